"""Parses the graph of a TensorFlow.js graph model: its operations in order, their settings, its stored constants."""

import base64
import binascii
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cnnlab.backends.imported.fields import clean
from cnnlab.backends.imported.onnx_models.beginning import Sides
from cnnlab.backends.imported.onnx_models.walking import UnknownError
from cnnlab.backends.imported.words import GRAPH_MODEL

MOST_NODES = 20_000  # as in ONNX files; EfficientNet-B7 has 3,000
MOST_SIDE = 10**9
INTEGER = 2**62  # whole numbers beyond are none of a setting


@dataclass(frozen=True, slots=True)
class Stored:
    """A weight or another constant of the file: its shape, and its type (float32, int32, …).

    ``packed`` is the type in the weight files, which may be smaller; its numbers times ``scale`` plus ``least`` count.
    """

    shape: tuple[int, ...]
    kind: str
    packed: str
    scale: float = 1.0
    least: float = 0.0


@dataclass(frozen=True, slots=True)
class Op:
    """An operation of TensorFlow, with the names of the tensors that it takes."""

    op: str
    name: str
    inputs: tuple[str, ...]
    attributes: dict[str, Any]

    def setting(self, name: str, kind: str) -> Any:
        """Return what stands under a setting's name and type, None if nothing does."""
        found = self.attributes.get(name)
        return found.get(kind) if isinstance(found, dict) else None

    def ints(self, name: str) -> list[int]:
        """Return a list of whole numbers, empty if there is none."""
        found = self.setting(name, "list")
        values = found.get("i") if isinstance(found, dict) else None
        return [whole(each) for each in values] if isinstance(values, list) else []

    def int(self, name: str, default: int) -> int:
        """Return a whole number."""
        found = self.setting(name, "i")
        return default if found is None else whole(found)

    def flag(self, name: str) -> bool:
        """Return true or false; false if it is not given."""
        return self.setting(name, "b") is True

    def number(self, name: str, default: float) -> float:
        """Return a number."""
        found = self.setting(name, "f")
        if found is None:
            return default
        if type(found) not in (int, float) or not abs(found) < 1e30:
            raise UnknownError
        return float(found)

    def text(self, name: str, default: str = "") -> str:
        """Return a word, which is written in base 64."""
        found = self.setting(name, "s")
        return decoded(found) if isinstance(found, str) else default

    def texts(self, name: str) -> list[str]:
        """Return a list of words."""
        found = self.setting(name, "list")
        values = found.get("s") if isinstance(found, dict) else None
        return [decoded(each) for each in values if isinstance(each, str)] if isinstance(values, list) else []


def whole(value: object) -> int:
    """Return a whole number, which JSON has as a number or as text."""
    if isinstance(value, str) and len(value) < 20:
        with suppress(ValueError):
            value = int(value)
    if type(value) is not int or abs(value) > INTEGER:
        raise UnknownError
    return value


def decoded(value: str) -> str:
    """Return a word in base 64, or as it is if it is none.

    >>> decoded("U0FNRQ=="), decoded("VALID!")
    ('SAME', 'VALID!')
    """
    try:
        return base64.b64decode(value[:200], validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return value[:200]


def sides_of(found: Any) -> Sides | None:
    """Return the sides of a shape in TensorFlow's JSON, None for one that is open; None for a shape of unknown rank."""
    if not isinstance(found, dict) or found.get("unknownRank") is True:
        return None
    dims = found.get("dim", [])
    if not isinstance(dims, list) or len(dims) > 16:
        return None
    sides: list[int | None] = []
    for each in dims:
        with suppress(UnknownError):
            side = whole(each.get("size", 0)) if isinstance(each, dict) else -1
            sides.append(side if 0 < side <= MOST_SIDE else None)
    return sides if len(sides) == len(dims) else None


def operations(found: object) -> dict[str, Op]:
    """Return the operations by name. Raises ``ValueError`` for a list that is none."""
    if not isinstance(found, list) or len(found) > MOST_NODES:
        raise ValueError(
            f"{GRAPH_MODEL.file} must have a list of at most {MOST_NODES:,} operations; {GRAPH_MODEL.again}"
        )
    every: dict[str, Op] = {}
    for place, each in enumerate(found, 1):
        match each:
            case {"name": str(name), "op": str(op)}:
                inputs = each.get("input", [])
                attributes = each.get("attr", {})
                if (
                    isinstance(inputs, list)
                    and isinstance(attributes, dict)
                    and all(isinstance(i, str) for i in inputs)
                ):
                    every[name] = Op(op, name, tuple(tensor(i) for i in inputs if not i.startswith("^")), attributes)
                    continue
        raise ValueError(
            f"operation {place:,} of {GRAPH_MODEL.file} has no name, no kind or no inputs; {GRAPH_MODEL.again}"
        )
    return every


def tensor(name: str) -> str:
    """Return the name of a tensor; that of an operation's first output is the operation's.

    >>> tensor("conv:0"), tensor("split:1")
    ('conv', 'split:1')
    """
    return name.removesuffix(":0")


def maker(name: str) -> str:
    """Return the name of the operation that makes a tensor.

    >>> maker("split:1"), maker("split")
    ('split', 'split')
    """
    before, _, number = name.rpartition(":")
    return before if before and number.isdecimal() else name


def in_order(every: dict[str, Op], ends: Sequence[str]) -> list[Op]:
    """Return the operations that the ends need, each behind those it takes. Raises ``ValueError`` for a circle."""
    order: list[Op] = []
    state: dict[str, int] = {}  # 1 while an operation's inputs are looked at, then 2
    waiting = [maker(end) for end in reversed(ends)]
    while waiting:
        name = waiting[-1]
        op = every.get(name)
        if op is None or state.get(name) == 2:
            waiting.pop()
            continue
        if state.get(name) == 1:
            state[name] = 2
            order.append(op)
            waiting.pop()
            continue
        state[name] = 1
        for before in dict.fromkeys(map(maker, op.inputs)):
            if state.get(before) == 1:
                raise ValueError(
                    f"operation ‘{clean(name)}’ of {GRAPH_MODEL.file} ({clean(op.op, 40)}) is part of a loop that "
                    "decides while the network runs how often it is computed; convert the part of the network without "
                    "loops, or open the original Keras file here"
                )
            if before in every and before not in state:
                waiting.append(before)
    return order


def stored(manifest: object) -> dict[str, Stored]:
    """Return the weights in the manifest by name, in order."""
    found: dict[str, Stored] = {}
    for group in manifest if isinstance(manifest, list) else []:
        weights = group.get("weights") if isinstance(group, dict) else None
        for each in weights if isinstance(weights, list) else []:
            match each:
                case {"name": str(name), "shape": list(shape), "dtype": str(kind)} if _sound(shape):
                    found[name] = _stored(tuple(shape), kind, each.get("quantization"))
    return found


def _sound(shape: list[Any]) -> bool:
    return len(shape) <= 16 and all(type(side) is int and 0 <= side <= MOST_SIDE for side in shape)


def _stored(shape: tuple[int, ...], kind: str, quantization: Any) -> Stored:
    match quantization:
        case {"dtype": str(packed)}:
            scale, least = quantization.get("scale", 1.0), quantization.get("min", 0.0)
            if all(type(each) in (int, float) and abs(each) < 1e30 for each in (scale, least)):
                return Stored(shape, kind, packed, scale, least)
            return Stored(shape, kind, packed)
    return Stored(shape, kind, kind)
