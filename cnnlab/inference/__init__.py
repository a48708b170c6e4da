"""A run's network: its parameters and the seconds of its steps before it is trained, its predictions afterwards.

All of it takes TensorFlow: ``job`` makes a job of a request, ``process`` is the process that works.
"""

from cnnlab.inference.jobs import job, warm
from cnnlab.inference.request import CountRequest, Image, PredictRequest, Request, TimingRequest, canonical
from cnnlab.inference.result import FeatureMap, LayerMaps, ParameterCounts, Prediction, StageCounts, StepTimes
from cnnlab.training.features import why_not

__all__ = [
    "CountRequest",
    "FeatureMap",
    "Image",
    "LayerMaps",
    "ParameterCounts",
    "PredictRequest",
    "Prediction",
    "Request",
    "StageCounts",
    "StepTimes",
    "TimingRequest",
    "canonical",
    "job",
    "warm",
    "why_not",
]
