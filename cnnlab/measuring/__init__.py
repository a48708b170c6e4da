"""Timing networks on this machine, in a process of its own, for all sessions of one server.

``Desk`` takes requests and tells how far they are, ``child`` is the process that measures, ``process`` is its handle,
``memory`` refuses what does not fit. TensorFlow is loaded in the child only.
"""

from cnnlab.backends.timing import LayerTiming, Timing
from cnnlab.measuring.desk import Desk
from cnnlab.measuring.memory import available, needed, refusal
from cnnlab.measuring.state import Phase, State

__all__ = ["Desk", "LayerTiming", "Phase", "State", "Timing", "available", "needed", "refusal"]
