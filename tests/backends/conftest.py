"""Keras keeps every model it ever made; tests of many models let go of them."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def clear_keras() -> Iterator[None]:
    yield
    import keras

    keras.backend.clear_session(free_memory=False)
    gc.collect()
