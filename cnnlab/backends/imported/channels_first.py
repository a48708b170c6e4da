"""Turns models whose maps have channels first into models with channels last, layer by layer.

Every tensor of three sides (channels × height × width in the file) is kept as height × width × channels; all others
stay as they are. A layer on such a map gets settings that name the same sides. Layers for which there are no such
settings are refused. The MACs and parameters of the others do not change: each side is as long as before.
"""

from collections.abc import Iterator
from typing import Any

from cnnlab.backends.imported.fields import Fields
from cnnlab.backends.imported.registry import FUNCTIONS, POINTWISE, Shapes
from cnnlab.graph import Shape

FIRST, LAST = "channels_first", "channels_last"
PLACES = {1: 3, 2: 1, 3: 2}
"""Where each axis of a map is kept, counted behind the batch."""
ALONG = {
    "BatchNormalization": -1, "SyncBatchNormalization": -1, "LayerNormalization": -1, "GroupNormalization": -1,
    "RMSNormalization": -1, "UnitNormalization": -1, "Normalization": -1, "Softmax": -1, "Concatenate": -1,
}  # fmt: skip
"""Layers along an axis, and the axis of each unless the file names one."""
ALIKE = {
    "Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract", "CustomScaleLayer", "Flatten", "ReLU", "LeakyReLU",
    "ELU", "Dropout", "FixedDropout", "StochasticDepth", "Identity", "ActivityRegularization", "Masking",
}  # fmt: skip
"""Layers that do the same whatever the order of the sides, if all inputs have as many."""


def is_first(model: dict[str, Any]) -> bool:
    """Return whether all layers of images in a model have their channels first.

    A zero padding alone does not show it: with channels first it also stands for new channels of a map in our order.
    """
    formats = [
        each["config"].get("data_format")
        for each in _layers(model)
        if "2D" in each["class_name"] and each["class_name"] != "ZeroPadding2D"
    ]
    return FIRST in formats and LAST not in formats


def _layers(model: dict[str, Any]) -> Iterator[dict[str, Any]]:
    inside = model["config"].get("layers") if isinstance(model.get("config"), dict) else None
    for each in inside if isinstance(inside, list) else []:
        if isinstance(each, dict) and isinstance(each.get("config"), dict) and isinstance(each.get("class_name"), str):
            yield each
            yield from _layers(each)


def kept(shape: Shape | None) -> Shape | None:
    """Return a shape of the file as it is kept here."""
    return (*shape[1:], shape[0]) if shape is not None and len(shape) == 3 else shape


def kept_input(layer: dict[str, Any]) -> dict[str, Any]:
    """Return an input with its shape as it is kept here."""
    config = dict(layer["config"])
    for key in ("batch_shape", "batch_input_shape"):
        shape = config.get(key)
        if isinstance(shape, list) and len(shape) == 4:
            config[key] = [shape[0], *shape[2:], shape[1]]
    return layer | {"config": config}


def turned(fields: Fields, shapes: Shapes) -> Fields:
    """Return a layer's settings for the shapes as they are kept here. Raises ``ValueError`` for one that has none."""
    cls, config = fields.cls, dict(fields.config)
    if cls == "Reshape":
        target = config.get("target_shape")
        if isinstance(target, list) and len(target) == 3:
            config["target_shape"] = [*target[1:], target[0]]
        return Fields(cls, fields.name, config)
    ranks = {len(shape) for shape in shapes}
    if 3 not in ranks:
        return fields
    if len(ranks) > 1:
        raise fields.channels_first()
    if "2D" in cls or cls in ("Resizing", "CenterCrop", "RandomCrop"):
        if config.get("data_format") != FIRST or not _alike(config.get("activation")):
            raise fields.channels_first()
        config["data_format"] = LAST
    elif cls in ALONG:
        config["axis"] = _moved(config.get("axis", ALONG[cls]), fields)
    elif cls == "PReLU":
        config["shared_axes"] = _moved(config.get("shared_axes") or [], fields)
    elif cls == "Permute":
        config["dims"] = _reordered(config.get("dims"))
    elif cls == "Activation" and config.get("activation") == "softmax":
        cls, config = "Softmax", {"axis": PLACES[3]}
    elif not (
        cls in ALIKE
        or (cls == "Activation" and _alike(config.get("activation")))
        or (cls == "Rescaling" and not any(isinstance(config.get(key), list) for key in ("scale", "offset")))
    ):
        raise fields.channels_first()
    return Fields(cls, fields.name, config)


def _alike(activation: object) -> bool:
    """Return whether an activation takes each number alone."""
    if isinstance(activation, dict):
        inside = activation.get("config")
        activation = inside if isinstance(inside, str) else activation.get("class_name")
    names = ({None, "linear", "ReLU", "LeakyReLU", "ELU"} | set(FUNCTIONS) | POINTWISE) - {"softmax"}
    return (activation is None or isinstance(activation, str)) and activation in names


def _moved(axes: Any, fields: Fields) -> Any:
    """Return where one axis, or each of several, is kept. What is no axis of a map stays, for its reader to refuse."""
    if isinstance(axes, list):
        return [_moved(axis, fields) for axis in axes]
    return PLACES.get(axes % 4, axes) if type(axes) is int and -4 < axes < 4 else axes


def _reordered(order: Any) -> Any:
    if not isinstance(order, list) or len(order) != 3 or not all(type(axis) is int for axis in order):
        return order
    first, *rest = order
    return [PLACES.get(each, each) for each in (*rest, first)]
