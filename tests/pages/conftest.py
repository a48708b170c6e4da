"""Pages run many times over: what tests before them left on the heap must not be walked through each time."""

import gc

import pytest


@pytest.fixture(scope="session", autouse=True)
def _heap_out_of_sight() -> None:
    """Keras' models of earlier tests are millions of objects; each collection among them took a page a second."""
    gc.collect()
    gc.freeze()
