"""Input of the user's own image, from a file or the camera."""

from collections.abc import Callable
from urllib.parse import urlsplit

import streamlit as st

from cnnlab.ui import html
from cnnlab.uploads.images import ENDINGS, MOST_BYTES, Pixels, picture

NO_CAMERA = "Browsers give the camera only to pages from https or localhost, and this page is neither: choose a file."
WAYS = ("a file", "the camera")


def ask(key: str, take: Callable[[Pixels], None], kept: str) -> None:
    """Draw widgets for a file or the camera. ``take`` gets the pixels of a valid image before the page runs again.

    For an invalid one a warning is shown, and nothing changes. ``kept`` is a sentence on where the image is kept.
    """
    way, taken, problem = f"{key}.way", f"{key}.taken", f"{key}.problem"
    number = st.session_state.get(taken, 0)  # each image gets a new widget, so that Streamlit forgets the file

    def got(widget: str) -> None:
        file = st.session_state.get(widget)
        if file is None:
            return
        st.session_state[taken] = number + 1
        st.session_state[problem] = None
        try:
            take(picture(file.getvalue()))
        except ValueError as error:
            st.session_state[problem] = f"“{file.name[:60]}” was not opened: {error}. What was there before is kept."

    with st.container(border=True, key=key.replace(".", "_")):
        camera = camera_allowed(st.context.url)
        st.session_state.setdefault(way, WAYS[0])
        if camera:
            st.segmented_control(
                "from", WAYS, default=st.session_state[way], key=way, required=True, label_visibility="collapsed"
            )
        if camera and st.session_state[way] == "the camera":
            widget = f"{key}.camera{number}"
            st.camera_input("a photograph", key=widget, on_change=got, args=(widget,), width=320)
        else:
            widget = f"{key}.file{number}"
            st.file_uploader(
                "a picture: PNG, JPEG, GIF, WebP or BMP",
                type=list(ENDINGS),
                key=widget,
                on_change=got,
                args=(widget,),
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
