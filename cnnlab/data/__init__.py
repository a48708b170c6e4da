"""Data sets: images with class numbers, split for training and for testing.

TensorFlow, scikit-learn and scikit-image are imported by the functions that need them, so that a page that only names
data sets waits for none of them. ``uploaded`` has the uploaded data sets, ``shared_folders`` those on this computer,
``downloads`` those of the network.
"""

from cnnlab.data.bundled import load, names
from cnnlab.data.dataset import Dataset, Split, Statistics, statistics
from cnnlab.data.folders import Folder, LeftOut
from cnnlab.data.references import dataset, folder
from cnnlab.data.source import source
from cnnlab.data.tensors import to_tf

__all__ = [
    "Dataset", "Folder", "LeftOut", "Split", "Statistics",
    "dataset", "folder", "load", "names", "source", "statistics", "to_tf",
]  # fmt: skip
