"""Fixtures of page tests."""

import gc
from collections.abc import Iterator
from functools import cache

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner

from cnnlab.training.dask.cluster import Cluster
from cnnlab.ui.runs.owner import COOKIE


@pytest.fixture(scope="session", autouse=True)
def _heap_out_of_sight() -> None:
    """Exclude Keras' models of earlier tests from garbage collection: millions of objects, a second for each page."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _installed_packages_are_read_once() -> Iterator[None]:
    """Remember which packages bring components; AppTest reads all of them again for each page: half of a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(autouse=True)
def _nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start no worker: a page that only prepares one would leave it behind."""
    monkeypatch.setattr(Cluster, "warm", lambda self: None)


@pytest.fixture(autouse=True)
def _a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """All pages of a test are open in one browser."""
    monkeypatch.setattr(type(st.context), "cookies", {COOKIE: "0123456789abcdef" * 2})
