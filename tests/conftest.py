"""Shared fixtures. Fast tests come first: files are collected in the order of their cost."""

import os
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Tests keep nothing in the cache of whoever runs them.
os.environ["CNNLAB_CACHE"] = os.environ["CNNLAB_RUNS"] = tempfile.mkdtemp(prefix="cnnlab-tests-")

COST = (
    "test_",
    "graph",
    "zoo",
    "rewrites",
    "recipe",
    "costs",
    "convolution",
    "data",
    "augment",
    "figures",
    "ui",
    "backends",
    "training",
    "desk",
    "studio",
    "trying",
    "pages",
    "browser",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Pure parts first, then Keras, then pages, then the browser."""

    def cost(item: pytest.Item) -> int:
        place = item.path.relative_to(ROOT / "tests").parts[0]
        return next((rank for rank, name in enumerate(COST) if place.startswith(name)), len(COST))

    items.sort(key=cost)
