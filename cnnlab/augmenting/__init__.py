"""Augmented images, drawn by one process that has TensorFlow loaded, for all sessions.

``job`` makes a job of a ``Request``, ``process`` is the process that draws.
"""

from cnnlab.augmenting.encoding import data_url
from cnnlab.augmenting.jobs import job, warm
from cnnlab.augmenting.request import Augmented, Request
from cnnlab.workers.images import Images

__all__ = ["Augmented", "Images", "Request", "data_url", "job", "warm"]
