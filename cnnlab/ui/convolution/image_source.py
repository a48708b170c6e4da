"""The image that a bench filters: a drawn one, a photograph, or the user's own from a file or the camera."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import streamlit as st

from cnnlab.convolution.sample_images import DRAWN
from cnnlab.convolution.windows import Numbers
from cnnlab.data.photographs import PHOTOGRAPHS, photograph
from cnnlab.knobs import Knob
from cnnlab.ui.widgets.picture_input import ask
from cnnlab.uploads.images import Pixels, gray

OWN = "my own"
PICTURE = Knob(
    "picture",
    str,
    next(iter(DRAWN)),
    "The first are small enough to read every number; the photographs are "
    "scikit-image's. Your own comes from a file or the camera.",
    choices=(*DRAWN, *PHOTOGRAPHS, OWN),
)
KEPT = "convolution.own"
OWN_ONLY = "It stays in this session's memory and is not part of the link: who opens the link chooses their own."


@dataclass(frozen=True)
class SourceImage:
    """A grey image, as a key of caches: its size and its numbers, row by row."""

    height: int
    width: int
    data: bytes
    title: str
    own: bool = False
    """Whether it is the reader's: it must not be kept beyond their session."""

    def pixels(self) -> Numbers:
        found = np.frombuffer(self.data, dtype=np.uint8).reshape(self.height, self.width)
        return found.astype(np.float64)

    @property
    def small(self) -> bool:
        """Whether it is small enough that its numbers are shown."""
        return max(self.height, self.width) <= 12


def chosen(name: str) -> SourceImage | None:
    """Return the image of that name, with an input for the user's own; None if there is none yet."""
    if name == OWN:
        ask("convolution.own", _keep, OWN_ONLY)
        found: SourceImage | None = st.session_state.get(KEPT)
        return found
    return _known(name)


@lru_cache(maxsize=len(DRAWN) + len(PHOTOGRAPHS))
def _known(name: str) -> SourceImage:
    if name in DRAWN:
        return _shown(DRAWN[name].astype(np.uint8), name)
    return _shown(photograph(name), name)


def _shown(pixels: Pixels, title: str, own: bool = False) -> SourceImage:
    return SourceImage(pixels.shape[0], pixels.shape[1], pixels.tobytes(), title, own)


def _keep(pixels: Pixels) -> None:
    st.session_state[KEPT] = _shown(gray(pixels), "your picture", own=True)
