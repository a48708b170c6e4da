"""Inference on a run's network: its trainable stages, seconds of a training step, and predictions for any image.

All of it takes TensorFlow: ``job`` makes what the queue does, ``process`` is the process that answers.
"""

from cnnlab.inference.answer import Counts, FeatureMap, LayerMaps, Pace, Prediction, StageCounts
from cnnlab.inference.jobs import job, warm
from cnnlab.inference.request import CountRequest, PaceRequest, PredictRequest, Request, plain

__all__ = [
    "CountRequest",
    "Counts",
    "FeatureMap",
    "LayerMaps",
    "Pace",
    "PaceRequest",
    "PredictRequest",
    "Prediction",
    "Request",
    "StageCounts",
    "job",
    "plain",
    "warm",
]
