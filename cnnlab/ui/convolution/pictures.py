"""Which picture a bench filters: a drawn one, a photograph, or the reader's own from a file or the camera."""

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import numpy as np
import streamlit as st

from cnnlab.convolution.drawn import DRAWN
from cnnlab.convolution.windows import Numbers
from cnnlab.knobs import Knob
from cnnlab.photographs import PHOTOGRAPHS, photograph
from cnnlab.pictures import ENDINGS, MOST_BYTES, Pixels, gray, picture
from cnnlab.ui import parts

OWN = "my own"
PICTURE = Knob(
    "picture", str, next(iter(DRAWN)), "The first are small enough to read every number; the photographs are "
    "scikit-image's. Your own comes from a file or the camera.", choices=(*DRAWN, *PHOTOGRAPHS, OWN),
)  # fmt: skip
KEPT, PROBLEM, TAKEN = "convolution.own", "convolution.own.problem", "convolution.own.taken"
NO_CAMERA = "Browsers give the camera only to pages from https or localhost, and this page is neither: choose a file."


@dataclass(frozen=True)
class Shown:
    """A picture in grey, as a key of caches: its size and its numbers, row by row."""

    height: int
    width: int
    data: bytes
    title: str
    drawn: bool = False

    def pixels(self) -> Numbers:
        found = np.frombuffer(self.data, dtype=np.uint8).reshape(self.height, self.width)
        return found.astype(np.float64)

    @property
    def small(self) -> bool:
        """Whether its numbers can be read one by one."""
        return max(self.height, self.width) <= 12


def chosen(name: str) -> Shown | None:
    """The picture of that name; None where the reader has none of their own yet. Asks for the reader's own."""
    if name == OWN:
        _ask()
        found: Shown | None = st.session_state.get(KEPT)
        return found
    return _known(name)


@lru_cache(maxsize=len(DRAWN) + len(PHOTOGRAPHS))
def _known(name: str) -> Shown:
    if name in DRAWN:
        return _shown(DRAWN[name].astype(np.uint8), name, drawn=True)
    return _shown(photograph(name), name)


def _shown(pixels: Pixels, title: str, drawn: bool = False) -> Shown:
    return Shown(pixels.shape[0], pixels.shape[1], pixels.tobytes(), title, drawn)


def _ask() -> None:
    """A file or the camera; what was taken is kept for this session, and the last one only."""
    number = st.session_state.get(TAKEN, 0)  # each takes a widget of its own, which then forgets the file
    with st.container(border=True, key="convolution_own"):
        way: str | None = "a file"
        if camera_allowed(st.context.url):
            st.session_state.setdefault("convolution.own.way", way)
            way = st.segmented_control(
                "from",
                ("a file", "the camera"),
                default=st.session_state["convolution.own.way"],
                key="convolution.own.way",
                required=True,
                label_visibility="collapsed",
            )
        if way == "the camera":
            key = f"convolution.own.camera{number}"
            st.camera_input("a photograph", key=key, on_change=_take, args=(key,), width=320)
        else:
            key = f"convolution.own.file{number}"
            st.file_uploader(
                "a picture: PNG, JPEG, GIF, WebP or BMP",
                type=list(ENDINGS),
                key=key,
                on_change=_take,
                args=(key,),
                max_upload_size=MOST_BYTES >> 20,
            )
            if not camera_allowed(st.context.url):
                st.caption(NO_CAMERA)
        if problem := st.session_state.pop(PROBLEM, None):
            st.warning(parts.plain(problem), icon=":material/info:")
        st.caption(
            "It stays in this session's memory and is not part of the link: who opens the link chooses their own."
        )


def _take(key: str) -> None:
    file = st.session_state[key]
    if file is None:
        return
    st.session_state[TAKEN] = st.session_state.get(TAKEN, 0) + 1
    try:
        st.session_state[KEPT] = _shown(gray(picture(file.getvalue())), "your picture")
    except ValueError as error:
        before = " The picture from before is kept." if KEPT in st.session_state else ""
        st.session_state[PROBLEM] = f"“{file.name[:60]}” was not opened: {error}.{before}"


def camera_allowed(url: str | None) -> bool:
    """Whether a browser gives a page at that address the camera."""
    where = urlsplit(url or "")
    host = where.hostname or ""
    local = host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")
    return where.scheme == "https" or local
