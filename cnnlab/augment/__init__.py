"""Augmentation: random changes of images before training sees them, as a value, as Keras layers and as source code.

>>> from cnnlab.augment import PRESETS
>>> PRESETS["alexnet"].pipeline.input_side(224)
256
"""

from cnnlab.augment.keras_calls import Call
from cnnlab.augment.kinds import KINDS, Kind
from cnnlab.augment.pipeline import MOST_SEED, MOST_STEPS, Pipeline, Step, from_json, from_text, step
from cnnlab.augment.presets import PRESETS, Preset

__all__ = [
    "KINDS",
    "MOST_SEED",
    "MOST_STEPS",
    "PRESETS",
    "Call",
    "Kind",
    "Pipeline",
    "Preset",
    "Step",
    "from_json",
    "from_text",
    "step",
]
