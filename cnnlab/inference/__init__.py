"""What a network of a run is made of and how fast it learns, and what a trained one says of any picture.

All of it takes TensorFlow: ``job`` makes what the queue does, ``process`` is the process that answers.
"""

from cnnlab.inference.answer import Counts, Layer, Map, Pace, Part, Tried
from cnnlab.inference.jobs import job, warm
from cnnlab.inference.request import Counting, Order, Picture, Timing, Try, plain

__all__ = [
    "Counting",
    "Counts",
    "Layer",
    "Map",
    "Order",
    "Pace",
    "Part",
    "Picture",
    "Timing",
    "Tried",
    "Try",
    "job",
    "plain",
    "warm",
]
