"""What the source of Keras and that of PyTorch differ in: the calls, and what calls leave out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cnnlab.backends import keras_calls, torch_calls
from cnnlab.backends.keras_calls import Call
from cnnlab.graph import Node


@dataclass(frozen=True)
class Framework:
    """The calls of a network's layers, and the defaults of a class's arguments.

    In Keras a function ``knows_shapes``, since it gets tensors; a PyTorch class is told how many channels arrive.
    ``named`` makes the name of a kind of block one of a function or class.
    """

    calls: Callable[[Node], Mapping[Node, Call]]
    defaults: Callable[[str], Mapping[str, Any]]
    knows_shapes: bool
    named: Callable[[str], str]


def _in_capitals(kind: str) -> str:
    return "".join(word.title() for word in kind.split("_"))


KERAS = Framework(keras_calls.calls, keras_calls.defaults, True, str)
TORCH = Framework(torch_calls.calls, torch_calls.defaults, False, _in_capitals)
ORDER = ("strides", "stride", *keras_calls.DEFAULTS, *torch_calls.DEFAULTS)
"""The order of arguments that are written with their names."""
