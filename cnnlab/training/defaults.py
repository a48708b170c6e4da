"""Default settings by network: the recipe with weights or from scratch, the backbone's own input size."""

from dataclasses import fields
from typing import Any

from cnnlab.training.backbones import Backbone, backbone
from cnnlab.training.spec import BUILT_IN, PRETRAINED, SCRATCH, Spec

FIELDS = tuple(each.name for each in fields(Spec))


def default_fields(network: str = "", of: str = BUILT_IN, weights: str = PRETRAINED) -> dict[str, Any]:
    """Return every field of a spec at its default, for a network from scratch or for a backbone with those weights.

    >>> default_fields(of="imagenet:mobilenet_v2")["input_size"], default_fields("lenet5")["head_epochs"]
    (224, 0)
    """
    spec = Spec.from_scratch() if network or weights == SCRATCH else Spec()
    found = {name: getattr(spec, name) for name in FIELDS} | {"network": "", "backbone": of, "weights": weights}
    if network:
        found |= {"network": network, "backbone": "", "weights": SCRATCH}
    if made := known_backbone(network or of):
        found["input_size"] = made.input_size
    return found


def default_fields_for(spec: Spec) -> dict[str, Any]:
    """Return the defaults of the recipe that a spec belongs to."""
    return default_fields(spec.network, spec.backbone, spec.weights)


def known_backbone(name: str) -> Backbone | None:
    """Return the backbone of that name, or a network as a backbone; None if there is none, as for a deleted import."""
    try:
        return backbone(name)
    except (ValueError, LookupError):
        return None
