"""What tests of measurements share: waiting without a fixed pause, a clock to move, and networks that are small."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from cnnlab.network import Network

LENET, SMALL, OTHER = Network.of("lenet5"), Network.of("resnet20_cifar", depth=8), Network.of("mobilenet_v2")
PLENTY = 10**13  # bytes


def until(true: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait until something is so, and give it back."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found


def gone(pid: int) -> bool:
    """No such process, or only its name is left."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def running(folder: Path) -> dict[int, str]:
    """Return the process IDs and command lines of all processes whose command line names this folder."""
    commands = {each.pid: " ".join(each.info["cmdline"] or []) for each in psutil.process_iter(["cmdline"])}
    return {pid: command for pid, command in commands.items() if str(folder) in command}


def family(home: Path) -> list[int]:
    """Every process that works for these runs: scheduler, nanny, worker and what they started."""
    found = []
    for pid in running(home):
        with suppress(psutil.NoSuchProcess):
            found += [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    return found


class Clock:
    """Time that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now
