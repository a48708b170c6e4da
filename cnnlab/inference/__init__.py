"""What a network of a run is made of and how fast it learns, and what a trained one says of any picture.

All of it takes TensorFlow: ``Trier`` takes orders for all sessions, ``child`` is the process that answers them.
"""

from cnnlab.inference.answer import Counts, Layer, Map, Pace, Part, Tried
from cnnlab.inference.request import Counting, Order, Picture, Timing, Try, plain
from cnnlab.inference.service import Trier
from cnnlab.training.features import why_not_cached
from cnnlab.workers import FailedError

__all__ = [
    "Counting", "Counts", "FailedError", "Layer", "Map", "Order", "Pace", "Part", "Picture", "Timing", "Tried", "Trier",
    "Try", "plain", "why_not_cached",
]  # fmt: skip
