"""Keras keeps every model it ever made; tests of many models let go of them."""

import gc
import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def clear_keras() -> Iterator[None]:
    yield
    if "keras" in sys.modules:
        import keras

        keras.backend.clear_session(free_memory=False)
        gc.collect()
