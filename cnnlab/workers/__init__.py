"""Processes of this project's own that load TensorFlow, so that the server never does: their handle and their loop.

``Line`` is where many sessions order what one such process works out.
"""

from cnnlab.workers.handle import Child, EndedError, python
from cnnlab.workers.queue import FailedError, Line, Ordered, Trade
from cnnlab.workers.worker import Worker

__all__ = ["Child", "EndedError", "FailedError", "Line", "Ordered", "Trade", "Worker", "python"]
