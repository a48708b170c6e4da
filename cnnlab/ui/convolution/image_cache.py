"""Results about a picture: shared where the picture is everybody's, and kept in this session alone where it is not."""

from collections.abc import Callable
from functools import lru_cache
from typing import Generic, TypeVar, TypeVarTuple, cast

import streamlit as st

from cnnlab.ui.convolution.image_source import SourceImage

P = TypeVarTuple("P")
T = TypeVar("T")


class Kept(Generic[*P, T]):
    """A function of a picture and of hashable values. Of the reader's own pictures only the last result is kept."""

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
    """Decorates such a function; ``size`` is how many shared results are kept."""
    return lambda work: Kept(work, size)
