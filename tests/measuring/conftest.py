"""Desks that are closed after the test."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from waiting import PLENTY, Clock

from cnnlab.measuring import Desk


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(clock: Clock, tmp_path: Path) -> Iterator[Desk]:
    """A desk whose process answers when the test writes ``go`` into ``tmp_path``."""
    fake = Path(__file__).with_name("fake_child.py")
    made = Desk(free=lambda: PLENTY, clock=clock, command=(sys.executable, str(fake), str(tmp_path)))
    yield made
    made.close()


@pytest.fixture
def real() -> Iterator[Desk]:
    """A desk whose process measures."""
    made = Desk(free=lambda: PLENTY)
    yield made
    made.close()
