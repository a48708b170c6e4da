"""The loop of a process that works for a server."""

import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import Any

Send = Callable[..., None]
"""Sends one event: its name, and its fields by keyword."""


def serve(answer: Callable[[dict[str, Any], Send], None], idle: float) -> None:
    """Answer requests, lines of JSON on standard input, by events, lines of JSON on standard output.

    Ends, without returning, when the input is closed, in the middle of work too: so no process outlives a killed
    server. Ends also when nothing is asked for ``idle`` seconds.
    """
    # TensorFlow writes to standard output as it likes: what it finds there leads to standard error.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def send(event: str, **fields: Any) -> None:
        out.write(json.dumps({"event": event, **fields}) + "\n")
        out.flush()

    requests: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_work, args=(requests, answer, send, idle), daemon=True).start()
    for line in sys.stdin:
        requests.put(line)
    os._exit(0)  # at once, whatever the other thread is doing


def _work(
    requests: "queue.SimpleQueue[str]", answer: Callable[[dict[str, Any], Send], None], send: Send, idle: float
) -> None:
    while True:
        try:
            line = requests.get(timeout=idle)
        except queue.Empty:
            os._exit(0)
        try:
            answer(json.loads(line), send)
        except OSError:
            os._exit(1)  # nobody reads any more
