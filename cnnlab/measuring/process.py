"""The process that works: ``python -m cnnlab.measuring.process [idle seconds]``, started and spoken to by ``desk``.

A request is a line of JSON on standard input, ``{"network": "resnet50", "task": "layers"}``; a file has a ``path`` as
well. Each is answered by events, lines of JSON on standard output: any number of ``progress`` with ``share`` and
``text``, then ``done`` with ``result`` (the fields of ``Timing``, ``LayerTiming`` or ``KerasFile``), or ``failed``
with ``text``, a sentence, and ``detail`` for the log.

The process ends when its input is closed, in the middle of its work too: so none outlives a killed server. It also
ends when nothing is asked for a minute.
"""

import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from cnnlab.backends.saving import KerasFile, save_keras
from cnnlab.backends.timing import LayerTiming, Timing, time_layers, time_network
from cnnlab.network import Network
from cnnlab.workers.loop import Send, serve

IDLE = 60.0  # seconds; starting anew takes four, keeping TensorFlow loaded takes 0.6 GB
# Keras walks a model recursively; ResNet-1202 has 4,211 layers, and each takes several calls.
DEEPEST = 100_000
STACK = 1 << 29  # bytes of address space, of which only what is used is taken


def main(idle: float = IDLE) -> None:
    """Answer requests until the input is closed or nothing has come for ``idle`` seconds. Does not return."""
    sys.setrecursionlimit(DEEPEST)
    threading.stack_size(STACK)
    serve(answer, idle)


def answer(request: dict[str, Any], send: Send) -> None:
    """Do what one request asks for and send the events."""

    def report(share: float, text: str) -> None:
        send("progress", share=round(share, 4), text=text)

    try:
        result = _done(request, report)
    except Exception as error:
        send("failed", text=sentence(error), detail=traceback.format_exc())
        return
    send("done", result=asdict(result))


def _done(request: dict[str, Any], report: Callable[[float, str], None]) -> Timing | LayerTiming | KerasFile:
    """The work itself."""
    root = Network.parse(request["network"]).graph()
    if request["task"] == "file":
        return save_keras(root, request["path"], report)
    return time_layers(root, report) if request["task"] == "layers" else time_network(root, report)


def sentence(error: Exception) -> str:
    """What went wrong, for a student."""
    if isinstance(error, OSError):
        return "The file could not be written; the server's disk may be full."
    # By name, since TensorFlow may not even be loaded.
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return "Memory ran out; choose a smaller width or input size."
    return f"TensorFlow could not run this network ({type(error).__name__}); the server's log tells more."


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
