"""Where augmented pictures are drawn: by one process that has TensorFlow loaded, for all sessions.

``Studio`` takes orders and answers with pictures, ``child`` is the process that draws them.
"""

from cnnlab.augmenting.encoding import encoded
from cnnlab.augmenting.request import Drawn, Order, Pictures
from cnnlab.augmenting.service import Studio
from cnnlab.workers import FailedError

__all__ = ["Drawn", "FailedError", "Order", "Pictures", "Studio", "encoded"]
