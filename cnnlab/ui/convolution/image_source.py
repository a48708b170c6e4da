"""The image that a bench filters: drawn, a photograph, or the reader's own from a file or the camera."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import streamlit as st

from cnnlab.convolution.sample_images import DRAWN
from cnnlab.convolution.windows import Numbers
from cnnlab.data.photographs import PHOTOGRAPHS, photograph
from cnnlab.knobs import Knob
from cnnlab.ui.widgets.image_input import ask
from cnnlab.uploads.images import Pixels, gray

OWN = "my own"
IMAGE = Knob(
    "image",
    str,
    next(iter(DRAWN)),
    "The first are small enough to read every number; the photographs are scikit-image's. Your own image comes from a "
    "file or the camera.",
    choices=(*DRAWN, *PHOTOGRAPHS, OWN),
)
OWN_IMAGE = "convolution.own"
OWN_ONLY = "It stays in the memory of this browser session and is not part of the link."


@dataclass(frozen=True)
class SourceImage:
    """A grey image, hashable as a key of caches: its size and its pixels, row by row."""

    height: int
    width: int
    data: bytes
    title: str
    own: bool = False
    """True for the reader's own, which must not be stored beyond their session."""

    def pixels(self) -> Numbers:
        """Return the pixels, shape (height, width), 0…255."""
        return np.frombuffer(self.data, dtype=np.uint8).reshape(self.height, self.width).astype(np.float64)

    @property
    def small(self) -> bool:
        """True if its numbers can be read one by one."""
        return max(self.height, self.width) <= 12


def chosen(name: str) -> SourceImage | None:
    """Return the image of that name. For the reader's own it draws the upload, and returns None without one."""
    if name == OWN:
        ask("convolution.own", _store, OWN_ONLY)
        image: SourceImage | None = st.session_state.get(OWN_IMAGE)
        return image
    return _bundled(name)


@lru_cache(maxsize=len(DRAWN) + len(PHOTOGRAPHS))
def _bundled(name: str) -> SourceImage:
    if name in DRAWN:
        return _image(DRAWN[name].astype(np.uint8), name)
    return _image(photograph(name), name)


def _image(pixels: Pixels, title: str, own: bool = False) -> SourceImage:
    return SourceImage(pixels.shape[0], pixels.shape[1], pixels.tobytes(), title, own)


def _store(pixels: Pixels) -> None:
    st.session_state[OWN_IMAGE] = _image(gray(pixels), "your image", own=True)
