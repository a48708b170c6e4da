"""Cache of results computed from an image: shared by all sessions, but for the user's own images."""

from collections.abc import Callable
from functools import lru_cache
from typing import Generic, TypeVar, TypeVarTuple, cast

import streamlit as st

from cnnlab.ui.convolution.image_source import SourceImage

P = TypeVarTuple("P")
T = TypeVar("T")


class Kept(Generic[*P, T]):
    """A cached function of an image and of hashable values. For the user's own images only the last result is kept."""

    def __init__(self, work: Callable[[SourceImage, *P], T], size: int) -> None:
        self.work = work
        self.shared = lru_cache(maxsize=size)(work)

    def __call__(self, shown: SourceImage, *args: *P) -> T:
        if not shown.own:
            return self.shared(shown, *args)
        key, asked = f"convolution.own.{self.work.__name__}", (shown, args)
        kept = st.session_state.get(key)
        if kept is None or kept[0] != asked:
            kept = st.session_state[key] = (asked, self.work(shown, *args))
        return cast(T, kept[1])


def kept(size: int) -> Callable[[Callable[[SourceImage, *P], T]], Kept[*P, T]]:
    """Decorate such a function; ``size`` is the number of shared results that are kept."""
    return lambda work: Kept(work, size)
