"""What is usual for what is trained: the recipe with weights or from scratch, and the backbone's own input size."""

from dataclasses import fields
from typing import Any

from cnnlab.training.backbones import Backbone, backbone
from cnnlab.training.spec import EMBEDDED, PRETRAINED, SCRATCH, Spec

FIELDS = tuple(each.name for each in fields(Spec))


def usual(network: str = "", of: str = EMBEDDED, weights: str = PRETRAINED) -> dict[str, Any]:
    """Every field of a spec at its usual value, for a network from scratch or for a backbone with those weights.

    >>> usual()["input_size"], usual(of="imagenet:mobilenet_v2")["input_size"], usual("lenet5")["head_epochs"]
    (48, 224, 0)
    """
    spec = Spec.from_scratch() if network or weights == SCRATCH else Spec()
    found = {name: getattr(spec, name) for name in FIELDS} | {"network": "", "backbone": of, "weights": weights}
    if network:
        found |= {"network": network, "backbone": "", "weights": SCRATCH}
    if made := known_backbone(network or of):
        found["input_size"] = made.input_size
    return found


def usual_beside(spec: Spec) -> dict[str, Any]:
    """The usual values of the recipe that a spec belongs to."""
    return usual(spec.network, spec.backbone, spec.weights)


def known_backbone(name: str) -> Backbone | None:
    """Return the backbone of that name, or what a network makes; None if there is none, as for an import now gone."""
    try:
        return backbone(name)
    except (ValueError, LookupError):
        return None
