"""Where augmented pictures are drawn: by one process that has TensorFlow loaded, for all sessions.

``Studio`` takes orders and answers with pictures, ``child`` is the process that draws them.
"""

from cnnlab.process import FailedError
from cnnlab.studio.encoding import encoded
from cnnlab.studio.order import Drawn, Order, Pictures
from cnnlab.studio.studio import Studio

__all__ = ["Drawn", "FailedError", "Order", "Pictures", "Studio", "encoded"]
