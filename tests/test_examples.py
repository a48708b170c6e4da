"""The examples in docstrings run, and what modules promise in ``__all__`` is there."""

import doctest
import importlib
from pathlib import Path

import pytest
from test_imports import KERAS

ROOT = Path(__file__).parents[1]
SOURCES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file.read_text(encoding="utf-8")
    for file in sorted((ROOT / "cnnlab").rglob("*.py"))
}


WITH_EXAMPLES = [
    pytest.param(name, marks=pytest.mark.slow if name in KERAS else ())
    for name, source in SOURCES.items()
    if ">>> " in source
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_in_docstrings(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted > 0
    assert found.failed == 0


def test_modules_have_the_names_of_their_all() -> None:
    for name, source in SOURCES.items():
        if "\n__all__ = " in source:
            module = importlib.import_module(name)
            assert [public for public in module.__all__ if not hasattr(module, public)] == [], name
