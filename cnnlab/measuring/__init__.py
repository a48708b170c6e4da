"""Timing networks and saving them as Keras files, in a process of their own that has TensorFlow loaded.

``job`` makes a job of a network, ``process`` is the process that works, ``memory`` refuses networks that do not fit.
"""

from cnnlab.backends.saving import KerasFile
from cnnlab.backends.timing import LayerTiming, Timing
from cnnlab.measuring.jobs import Task, job
from cnnlab.measuring.memory import available, needed, refusal

__all__ = ["KerasFile", "LayerTiming", "Task", "Timing", "available", "job", "needed", "refusal"]
