"""Processes of this project's own that load TensorFlow, so that the server never does: their handle and their loop.

``Line`` is where many sessions order what one such process works out.
"""

from cnnlab.process.child import Child, EndedError, python
from cnnlab.process.line import FailedError, Line, Ordered, Trade
from cnnlab.process.worker import Worker

__all__ = ["Child", "EndedError", "FailedError", "Line", "Ordered", "Trade", "Worker", "python"]
