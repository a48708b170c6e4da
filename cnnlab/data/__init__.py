"""Data sets: pictures with the number of their class, apart for training and for testing.

TensorFlow, scikit-learn and scikit-image are loaded by the functions that need them: a page that only names data sets
waits for none of them. ``kept`` has what was uploaded, ``local`` the folders on this computer, ``downloads`` what the
network has.
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
