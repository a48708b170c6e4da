"""Frees Keras' models after each test: Keras keeps every model it ever made."""

import gc
import sys
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def clear_keras(request: pytest.FixtureRequest) -> Iterator[None]:
    """Drop the models that a test made: Keras keeps every one."""
    yield
    if "keras" in sys.modules and request.node.get_closest_marker("slow"):
        import keras

        keras.backend.clear_session(free_memory=False)
        gc.collect()


@pytest.fixture
def zeros(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make all weights zero: drawing random ones takes half of the time of tests that only look at their shapes."""
    import keras

    add = keras.layers.Layer.add_weight

    def add_zeros(self: Any, shape: Any = None, initializer: Any = None, **more: Any) -> Any:
        return add(self, shape=shape, initializer="zeros", **more)

    monkeypatch.setattr(keras.layers.Layer, "add_weight", add_zeros)
