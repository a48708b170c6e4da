"""Processes of this project's own that load TensorFlow, so that the server never does: their handle and their loop."""

from cnnlab.process.child import Child, EndedError, python
from cnnlab.process.worker import Worker

__all__ = ["Child", "EndedError", "Worker", "python"]
