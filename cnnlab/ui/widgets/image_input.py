"""Input of the user's own image, from a file or the camera."""

from collections.abc import Callable
from io import BytesIO
from urllib.parse import urlsplit

import streamlit as st

from cnnlab.ui import html
from cnnlab.ui.widgets import file_input
from cnnlab.uploads.images import ENDINGS, MOST_BYTES, Pixels, decode

NO_CAMERA = "Browsers allow the camera only on https or localhost, and this page is neither: choose a file."
WAYS = ("a file", "the camera")


def ask(key: str, take: Callable[[Pixels], None], kept: str) -> None:
    """Draw widgets for a file or the camera; ``take`` gets the pixels of a valid image before the page runs again.

    For an invalid one a warning is shown, and nothing changes. ``kept`` is a sentence on where the image is kept.
    """
    way, problem = f"{key}.way", f"{key}.problem"

    def use(file: BytesIO) -> None:
        take(decode(file.getvalue()))
        st.session_state[problem] = None

    def refuse(sentence: str) -> None:
        st.session_state[problem] = sentence

    with st.container(border=True, key=key.replace(".", "_")):
        camera = camera_allowed(st.context.url)
        st.session_state.setdefault(way, WAYS[0])
        if camera:
            st.segmented_control(
                "from", WAYS, default=st.session_state[way], key=way, required=True, label_visibility="collapsed"
            )
        if camera and st.session_state[way] == "the camera":
            file_input.ask("a photograph", f"{key}.camera", use, refuse, camera=True, width=320)
        else:
            file_input.ask(
                "an image: PNG, JPEG, GIF, WebP or BMP",
                f"{key}.file",
                use,
                refuse,
                type=list(ENDINGS),
                max_upload_size=MOST_BYTES >> 20,
            )
            if not camera:
                st.caption(NO_CAMERA)
        if sentence := st.session_state.get(problem):
            st.warning(html.plain(sentence), icon=":material/info:")
        st.caption(kept)


def camera_allowed(url: str | None) -> bool:
    """Return whether a browser gives a page at that URL the camera."""
    where = urlsplit(url or "")
    host = where.hostname or ""
    local = host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")
    return where.scheme == "https" or local
