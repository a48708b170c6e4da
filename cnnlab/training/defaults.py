"""Default values of a run's settings, which depend on the network, the backbone and the weights that are trained."""

from dataclasses import fields
from typing import Any

from cnnlab.training import backbones
from cnnlab.training.backbones import Backbone
from cnnlab.training.spec import EMBEDDED, PRETRAINED, SCRATCH, Spec


def default_values(network: str = "", backbone: str = EMBEDDED, weights: str = PRETRAINED) -> dict[str, Any]:
    """Return the default of every field of a spec, for a network from scratch or for a backbone with those weights.

    >>> default_values()["input_size"], default_values(backbone="imagenet:mobilenet_v2")["input_size"]
    (48, 224)
    >>> default_values("lenet5")["head_epochs"]
    0
    """
    spec = Spec.from_scratch() if network or weights == SCRATCH else Spec()
    values = {each.name: getattr(spec, each.name) for each in fields(Spec)}
    named = (network, "", SCRATCH) if network else ("", backbone, weights)
    values |= zip(("network", "backbone", "weights"), named, strict=True)
    if known := known_backbone(network or backbone):
        values["input_size"] = known.input_size
    return values


def defaults_beside(spec: Spec) -> dict[str, Any]:
    """Return the defaults for the network, backbone and weights of a spec."""
    return default_values(spec.network, spec.backbone, spec.weights)


def known_backbone(name: str) -> Backbone | None:
    """Return the backbone of that name, or what a network makes; None if there is none, as for an import now gone."""
    try:
        return backbones.backbone(name)
    except (ValueError, LookupError):
        return None
