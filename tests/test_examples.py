"""The examples in docstrings run, and what modules promise in ``__all__`` is there."""

import doctest
import importlib
import pkgutil

import pytest

import cnnlab

# Imports Keras, or Streamlit's component registry, when imported.
HEAVY = ("cnnlab.backends.lrn", "cnnlab.ui", "cnnlab.__main__")
MODULES = [
    module.name for module in pkgutil.walk_packages(cnnlab.__path__, "cnnlab.") if not module.name.startswith(HEAVY)
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_are_true(name: str) -> None:
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=doctest.IGNORE_EXCEPTION_DETAIL).failed == 0
    for public in getattr(module, "__all__", ()):
        assert hasattr(module, public), f"{name}.__all__ promises {public}"
