"""Pages run many times over: what tests before them left on the heap must not be walked through each time."""

import gc

import pytest

from cnnlab.training.dask.cluster import Cluster


@pytest.fixture(scope="session", autouse=True)
def _heap_out_of_sight() -> None:
    """Keras' models of earlier tests are millions of objects; each collection among them took a page a second."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that only gets a worker ready would leave one behind."""
    monkeypatch.setattr(Cluster, "warm", lambda self: None)
