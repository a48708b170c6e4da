"""The registry of readers of Keras layers, and the reader of activation functions."""

from collections.abc import Callable
from typing import cast

from cnnlab import graph
from cnnlab.backends.imported.fields import Fields, abbreviated
from cnnlab.graph import Layer, Shape

Shapes = tuple[Shape, ...]
Reader = Callable[[Fields, Shapes], list[Layer]]

READERS: dict[str, Reader] = {}
"""The readers by the name of their Keras class."""


def reads(*classes: str) -> Callable[[Reader], Reader]:
    """Register a reader for these Keras classes."""

    def register(reader: Reader) -> Reader:
        READERS.update(dict.fromkeys(classes, reader))
        return reader

    return register


FUNCTIONS = {"silu": "swish", "hard_silu": "hard_swish"} | {name: name for name in graph.FUNCTIONS}


POINTWISE = {
    "celu", "exponential", "hard_shrink", "hard_sigmoid", "hard_tanh", "log_sigmoid", "mish", "selu", "soft_shrink",
    "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "squareplus", "tanh_shrink", "threshold",
}  # fmt: skip
"""Keras' further functions that take each number alone."""


def function(value: object, fields: Fields) -> list[Layer]:
    """Return an activation: nothing for a linear one, and ``Counted`` for one that is not ours."""
    if isinstance(value, dict):  # a function, or a layer used as one
        config, cls = value.get("config"), str(value.get("class_name"))
        if cls in ("ReLU", "LeakyReLU", "ELU", "Softmax") and isinstance(config, dict):
            return READERS[cls](Fields(cls, fields.name, config), ())
        value = config if cls == "function" and isinstance(config, str) else cls
    if value in (None, "linear"):
        return []
    if not isinstance(value, str):
        raise ValueError(f"{fields.title}: activation must be the name of a function, not {abbreviated(value)}")
    name = FUNCTIONS.get(value)
    if name:
        return [graph.Activation(cast(graph.Function, name))]
    return [graph.Counted("activation", abbreviated(value).strip("'"), pointwise=value in POINTWISE)]
