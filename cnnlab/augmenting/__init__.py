"""Where augmented images are drawn: by one process that has TensorFlow loaded, for all sessions.

``job`` makes what the queue does of an ``Order``, ``process`` is the process that draws.
"""

from cnnlab.augmenting.encoding import encoded
from cnnlab.augmenting.jobs import job, warm
from cnnlab.augmenting.request import Drawn, Order, Pictures

__all__ = ["Drawn", "Order", "Pictures", "encoded", "job", "warm"]
