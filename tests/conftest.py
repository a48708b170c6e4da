"""What all tests share: an own cache, the order of files, larger runs on request, and golden files."""

import os
import tempfile
from pathlib import Path

import pytest
from golden import Golden
from hypothesis import is_hypothesis_test, settings
from profiles import THOROUGH

HERE = Path(__file__).parent
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Tests keep nothing in the cache of whoever runs them.
os.environ["CNNLAB_CACHE"] = os.environ["CNNLAB_RUNS"] = tempfile.mkdtemp(prefix="cnnlab-tests-")
# Folders of tests, those that take longest last.
COST = ("", "backends", "training", "measuring", "augmenting", "inference", "pages", "browser")


def thorough(config: pytest.Config) -> bool:
    """Return whether the larger run is asked for: ``-m thorough``."""
    return THOROUGH in config.option.markexpr


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="write tests/golden/ again, in place of comparing")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    return Golden(request.config.getoption("--rewrite-golden"))


def pytest_configure(config: pytest.Config) -> None:
    if thorough(config) and not config.option.hypothesis_profile:
        settings.load_profile(THOROUGH)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sort by cost; leave the larger run's tests out, or have every test that draws examples join them."""
    items.sort(key=lambda item: COST.index(_folder(item)) if _folder(item) in COST else 0)
    if thorough(config):
        for item in items:
            if is_hypothesis_test(getattr(item, "obj", None)):
                item.add_marker(THOROUGH)
        return
    later = [item for item in items if item.get_closest_marker(THOROUGH)]
    config.hook.pytest_deselected(items=later)
    items[:] = [item for item in items if item not in later]


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(HERE).parts[0]
