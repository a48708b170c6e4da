"""Sentences on a run: its images, its network and how it was trained."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from types import MappingProxyType
from typing import Any

from cnnlab.augment import Pipeline
from cnnlab.data.references import short_name
from cnnlab.training.spec import KNOBS, PRETRAINED, SCRATCH, Spec, activation
from cnnlab.units import count, full, share

AUGMENTATION = "How training images are changed."
SETTINGS_HEAD = ("setting", "value", "what it does")
NO_PLAN: Mapping[str, Any] = MappingProxyType({})
OPTIMISERS = {"adam": "Adam", "rmsprop": "RMSprop", "sgd": "SGD"}


def sentences(
    spec: Spec, report: Mapping[str, Any], history: Sequence[Mapping[str, Any]] = (), plan: Mapping[str, Any] = NO_PLAN
) -> Sequence[str]:
    """Return sentences on the run's images, network and training; ``history`` and ``plan`` are its own."""
    return [_images(spec, report), _network(spec, len(report["classes"])), _training(spec, history, plan)]


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
        f"The data set “{short_name(spec.data)}” has {count(len(report['classes']), 'class')}. The network was trained "
        f"on {count(counts['train'], 'image')} of {spec.input_size}×{spec.input_size} pixels"
    )
    text += f"; {full(counts['validation'])} others were used for validation" if counts["validation"] > 1 else ""
    text += "; 1 other was used for validation" if counts["validation"] == 1 else ""
    active = [step.kind.title for step in spec.augmentation.active]
    changed = f"were augmented: {', '.join(active)}" if active else "were not augmented"
    return f"{text}. The training images {changed}."


def _network(spec: Spec, classes: int) -> str:
    weights = {PRETRAINED: "with its pretrained weights", SCRATCH: "with random weights"}
    known = "with weights from a file" if spec.weights_file else weights[spec.weights]
    body = f"The network {spec.network}" if spec.network else f"The backbone “{spec.backbone}”"
    head = f", a dense layer of {spec.head_units} units" if spec.head_units else ""
    dropout = f", dropout of {spec.dropout:.0%}".replace("%", " %") if spec.dropout else ""
    last = "one sigmoid unit" if activation(classes) == "sigmoid" else "a softmax over the classes"
    return f"{body} began {known}; its last map is pooled ({spec.pooling}){dropout}{head}, and {last} ends it."


def _training(spec: Spec, history: Sequence[Mapping[str, Any]], plan: Mapping[str, Any]) -> str:
    name = OPTIMISERS[spec.optimiser] + (f" with momentum {spec.momentum:g}" if spec.optimiser == "sgd" else "")
    parts = []
    if spec.head_epochs:
        epochs = _epochs("head", spec.head_epochs, history)
        parts.append(f"the head alone for {epochs} at a rate of {spec.head_rate:g}")
    if spec.tuning_epochs and not (history and not _done("tuning", history)):  # a run that stops early may skip it
        epochs = _epochs("tuning", spec.tuning_epochs, history)
        parts.append(f"{_tuned(spec, plan)} for {epochs} at a rate of {spec.tuning_rate:g}")
    text = f"{name} trained {', then '.join(parts)}, {spec.batch} images per step."
    if spec.label_smoothing:
        text += f" Labels were smoothed by {spec.label_smoothing:g}."
    if spec.patience:
        text += f" It was set to stop after {count(spec.patience, 'epoch')} without a better validation loss."
    if spec.stop_at:
        text += f" It was set to stop at an accuracy of {share(spec.stop_at)}."
    return f"{text} The seed is {spec.seed}."


def _tuned(spec: Spec, plan: Mapping[str, Any]) -> str:
    """Return what fine-tuning, or training from scratch, changed."""
    if spec.weights == SCRATCH and not spec.head_epochs:
        return "everything"
    if not spec.unfreeze:
        return "the head"
    for phase in plan.get("phases", ()):
        if phase["phase"] == "tuning" and "stage" in phase["trains"]:
            return f"{phase['trains']} of the backbone"
    return f"the head and the last stages of the backbone (at most {spec.unfreeze})"


def _epochs(phase: str, planned: int, history: Sequence[Mapping[str, Any]]) -> str:
    """Return the number of epochs that a phase took, of those that were planned if it ended early."""
    done = _done(phase, history)
    if not done:
        return f"at most {count(planned, 'epoch')}"
    return count(planned, "epoch") if done == planned else f"{full(done)} of {count(planned, 'epoch')}"


def _done(phase: str, history: Sequence[Mapping[str, Any]]) -> int:
    return sum(row.get("phase") == phase for row in history)
