"""Fixtures of page tests."""

import gc

import pytest

from cnnlab.training.dask.cluster import Cluster


@pytest.fixture(scope="session", autouse=True)
def _heap_out_of_sight() -> None:
    """Exclude Keras' models of earlier tests from garbage collection: millions of objects, a second for each page."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start no worker: a page that only prepares one would leave it behind."""
    monkeypatch.setattr(Cluster, "warm", lambda self: None)
