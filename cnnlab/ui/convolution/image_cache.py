"""Caching of results computed from an image: shared for bundled images, in the session alone for the reader's."""

from collections.abc import Callable
from functools import lru_cache
from typing import Generic, TypeVar, TypeVarTuple, cast

import streamlit as st

from cnnlab.ui.convolution.image_source import SourceImage

P = TypeVarTuple("P")
T = TypeVar("T")


class ImageCache(Generic[*P, T]):
    """A cached function of an image and hashable values. Of the reader's images only the last result is cached."""

    def __init__(self, function: Callable[[SourceImage, *P], T], size: int) -> None:
        self.function = function
        self.shared = lru_cache(maxsize=size)(function)

    def __call__(self, image: SourceImage, *args: *P) -> T:
        if not image.own:
            return self.shared(image, *args)
        key, call = f"convolution.own.{self.function.__name__}", (image, args)
        last = st.session_state.get(key)
        if last is None or last[0] != call:
            last = st.session_state[key] = (call, self.function(image, *args))
        return cast(T, last[1])


def image_cache(size: int) -> Callable[[Callable[[SourceImage, *P], T]], ImageCache[*P, T]]:
    """Return a decorator that caches a function's results, at most ``size`` of them for bundled images."""
    return lambda function: ImageCache(function, size)
