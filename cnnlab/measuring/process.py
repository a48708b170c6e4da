"""The process that measures and saves: ``python -m cnnlab.measuring.process``, started by ``measuring.jobs``.

A request is ``{"network": "resnet50", "task": "layers"}``; a file has a ``path`` as well. The result is the fields of
``Timing``, ``LayerTiming`` or ``KerasFile``.
"""

import sys
import threading
from dataclasses import asdict
from typing import Any

from cnnlab.backends.saving import save_keras
from cnnlab.backends.timing import time_layers, time_network
from cnnlab.network import Network
from cnnlab.workers.loop import Report, error_sentence, serve

IDLE = 60.0  # seconds; starting again takes four, keeping TensorFlow loaded takes 0.6 GB
# Keras walks a model recursively; ResNet-1202 has 4,211 layers, and each takes several calls.
DEEPEST = 100_000
STACK = 1 << 29  # bytes of address space, of which only what is used is taken


def measure(request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Return the result of one request. Raises TensorFlow's errors."""
    root = Network.parse(request["network"]).graph()
    if request["task"] == "file":
        return asdict(save_keras(root, request["path"], report))
    return asdict(time_layers(root, report) if request["task"] == "layers" else time_network(root, report))


def explain(error: Exception) -> str:
    """Return a sentence on an unforeseen error, for a student."""
    if isinstance(error, OSError):
        return "The file could not be written; the server's disk may be full."
    return error_sentence(error, "run this network", "a smaller width or input size")


if __name__ == "__main__":
    sys.setrecursionlimit(DEEPEST)
    threading.stack_size(STACK)
    serve(measure, explain, IDLE)
