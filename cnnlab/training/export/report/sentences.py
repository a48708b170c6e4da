"""Sentences on a run: its images, its network and how it was trained."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from cnnlab.augment import Pipeline
from cnnlab.training.spec import KNOBS, PRETRAINED, SCRATCH, Spec, activation
from cnnlab.units import full, share

AUGMENTATION = "How training images are changed."
SETTINGS_HEAD = ("setting", "value", "what it does")
OPTIMISERS = {"adam": "Adam", "rmsprop": "RMSprop", "sgd": "SGD"}


def sentences(spec: Spec, report: Mapping[str, Any]) -> Sequence[str]:
    """Return sentences on the run's images, network and training."""
    return [_images(spec, report), _network(spec, len(report["classes"])), _training(spec)]


def setting_rows(spec: Spec) -> list[tuple[str, str, str]]:
    """Return name, value and purpose of every field of a spec, in words."""
    return [
        (
            each.name.replace("_", " "),
            _value(getattr(spec, each.name)),
            KNOBS[each.name].help if each.name in KNOBS else AUGMENTATION,
        )
        for each in fields(Spec)
    ]


def _value(value: object) -> str:
    if isinstance(value, Pipeline):
        return f"{value.to_text()} (seed {value.seed})" if value.active else "none"
    return f"{value:g}" if isinstance(value, float) else str(value) or "none"


def _images(spec: Spec, report: Mapping[str, Any]) -> str:
    counts = report["images"]
    text = (
        f"The training images are {full(counts['train'])} of {full(len(report['classes']))} classes of the data set "
        f"“{spec.data}”, {spec.input_size}×{spec.input_size} pixels each"
    )
    text += f"; {full(counts['validation'])} were used for validation" if counts["validation"] else ""
    active = [step.kind.title for step in spec.augmentation.active]
    return f"{text}. " + (f"They were augmented: {', '.join(active)}." if active else "They were not augmented.")


def _network(spec: Spec, classes: int) -> str:
    weights = {PRETRAINED: "with its pretrained weights", SCRATCH: "with random weights"}
    known = "with weights from a file" if spec.weights_file else weights[spec.weights]
    body = f"The network {spec.network}" if spec.network else f"The backbone “{spec.backbone}”"
    head = f", a dense layer of {spec.head_units} units" if spec.head_units else ""
    dropout = f", dropout of {spec.dropout:.0%}".replace("%", " %") if spec.dropout else ""
    last = "one sigmoid unit" if activation(classes) == "sigmoid" else "a softmax over the classes"
    return f"{body} began {known}; its last map is pooled ({spec.pooling}){dropout}{head}, and {last} ends it."


def _training(spec: Spec) -> str:
    name = OPTIMISERS[spec.optimiser] + (f" with momentum {spec.momentum:g}" if spec.optimiser == "sgd" else "")
    parts = []
    if spec.head_epochs:
        parts.append(f"the head alone for at most {_epochs(spec.head_epochs)} at a rate of {spec.head_rate:g}")
    if spec.tuning_epochs:
        what = (
            "everything"
            if spec.weights == SCRATCH and not spec.head_epochs
            else f"the head and the last stages of the backbone (at most {spec.unfreeze})"
            if spec.unfreeze
            else "the head"
        )
        parts.append(f"{what} for at most {_epochs(spec.tuning_epochs)} at a rate of {spec.tuning_rate:g}")
    text = f"{name} trained {', then '.join(parts)}, {spec.batch} images per step."
    if spec.label_smoothing:
        text += f" Labels were smoothed by {spec.label_smoothing:g}."
    if spec.patience:
        text += f" It was set to stop after {_epochs(spec.patience)} without a better validation loss."
    if spec.stop_at:
        text += f" It was set to stop at an accuracy of {share(spec.stop_at)}."
    return f"{text} The seed is {spec.seed}."


def _epochs(count: int) -> str:
    return "1 epoch" if count == 1 else f"{full(count)} epochs"
