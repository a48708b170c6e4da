"""A worker process as its server sees it: requests go in, events come out."""

import json
import os
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[2]


def python(module: str) -> tuple[str, ...]:
    """Return the command that runs a module in a process of its own."""
    return (sys.executable, "-m", module)


def environment() -> dict[str, str]:
    """Return the variables of such a process: this one's, and where this project is."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    return os.environ | quiet | {"PYTHONPATH": os.pathsep.join(paths)}


class EndedError(Exception):
    """The process ended; the message says how, as the rest of a sentence."""


class Child:
    """A process that runs ``loop.serve``; ``command`` starts it, such as ``python("cnnlab.measuring.process")``.

    It is an ordinary subprocess: one that multiprocessing spawns would run the Streamlit script again, and a forked one
    deadlocks if TensorFlow is loaded.
    """

    def __init__(self, command: tuple[str, ...]) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # errors come as events, with their tracebacks
            env=environment(),
            encoding="utf-8",
        )
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, name="child-events", daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put(None)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def memory(self) -> int:
        """Return the bytes resident now; 0 after the end of the process."""
        try:
            return int(psutil.Process(self.pid).memory_info().rss)
        except psutil.Error:
            return 0

    def send(self, request: dict[str, Any]) -> None:
        """Write a request. Raises ``EndedError``."""
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except OSError:
            raise EndedError(self._ending()) from None

    def event(self, timeout: float) -> dict[str, Any] | None:
        """Return the next event; None if none has come for ``timeout`` seconds. Raises ``EndedError``."""
        try:
            line = self._lines.get(timeout=timeout)
        except queue.Empty:
            return None
        if line is None:
            self._lines.put(None)
            raise EndedError(self._ending())
        event: dict[str, Any] = json.loads(line)
        return event

    def kill(self) -> None:
        """End the process at once, and wait for its end."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdin
        with suppress(OSError):  # what was written but never read
            self._process.stdin.close()

    def _ending(self) -> str:
        code = self._process.wait()
        return f"was killed (signal {-code}), perhaps because memory ran out" if code < 0 else f"ended with code {code}"
