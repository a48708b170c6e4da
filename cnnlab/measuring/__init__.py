"""What takes TensorFlow and more than a moment: timing and saving networks, in a process of its own, for all sessions.

``job`` makes what the queue does, ``process`` is the process that works, ``memory`` refuses what does not fit.
TensorFlow is loaded in the process only.
"""

from cnnlab.backends.saving import KerasFile
from cnnlab.backends.timing import LayerTiming, Timing
from cnnlab.measuring.jobs import Task, job
from cnnlab.measuring.memory import available, needed, refusal

__all__ = ["KerasFile", "LayerTiming", "Task", "Timing", "available", "job", "needed", "refusal"]
