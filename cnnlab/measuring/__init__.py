"""What takes TensorFlow and more than a moment: timing and saving, in a process of its own, for all sessions.

``Desk`` takes requests and tells how far they are, ``child`` is the process that works, ``memory`` refuses what does
not fit. TensorFlow is loaded in the child only.
"""

from cnnlab.backends.saving import KerasFile
from cnnlab.backends.timing import LayerTiming, Timing
from cnnlab.measuring.memory import available, needed, refusal
from cnnlab.measuring.queue import Desk
from cnnlab.measuring.state import Phase, State, Task

__all__ = ["Desk", "KerasFile", "LayerTiming", "Phase", "State", "Task", "Timing", "available", "needed", "refusal"]
