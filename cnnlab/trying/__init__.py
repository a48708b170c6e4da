"""What a network of a run is made of and how fast it learns, and what a trained one says of any picture.

All of it takes TensorFlow: ``Trier`` takes orders for all sessions, ``child`` is the process that answers them.
"""

from cnnlab.process import FailedError
from cnnlab.training.features import why_not
from cnnlab.trying.answer import Counts, Layer, Map, Pace, Part, Tried
from cnnlab.trying.order import Counting, Order, Picture, Timing, Try, plain
from cnnlab.trying.trier import Trier

__all__ = [
    "Counting", "Counts", "FailedError", "Layer", "Map", "Order", "Pace", "Part", "Picture", "Timing", "Tried", "Trier",
    "Try", "plain", "why_not",
]  # fmt: skip
