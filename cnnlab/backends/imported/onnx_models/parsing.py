"""Parses the bytes of an ONNX file: weights are left out before, and functions are put in where they are called.

ONNX writes protocol buffers; the numbers below are those of its schema (onnx.proto).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, cast

from cnnlab.backends.imported.fields import clean
from cnnlab.backends.imported.words import ONNX
from cnnlab.uploads import protobuf

EXPORT = ONNX.again
MOST_STRUCTURE = 64 << 20  # bytes of the file without weights
MOST_NODES = 20_000  # with functions put in; ResNet-152 by PyTorch's newer exporter has 1,400
DEEPEST = 16  # functions that call functions; PyTorch's newer exporter has three levels
MOST_FIELDS = 300_000  # of all messages that are taken apart; ResNet-152 has 7,000
SMALL = 4096  # bytes; shorter messages are taken whole
LONGEST = 8192  # bytes of a value inside a tensor; longer ones are weights

# Of each kind of message, the fields that are kept, and what kind of message they are.
_KEPT: dict[str, dict[int, str]] = {
    "model": {1: "", 2: "", 7: "graph", 8: "", 25: "function"},
    "graph": {1: "node", 2: "", 5: "tensor", 11: "", 12: "", 13: "", 15: "sparse"},
    "function": {1: "", 4: "", 5: "", 6: "", 7: "node", 9: "", 10: "", 11: "attribute", 13: ""},
    "node": {1: "", 2: "", 3: "", 4: "", 5: "attribute", 7: "", 8: ""},
    "attribute": dict.fromkeys((1, 2, 3, 4, 7, 8, 9, 20, 21), "")
    | {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 3: ""},
    "tensor": dict.fromkeys((1, 2, 4, 5, 7, 8, 9, 10, 11, 14), ""),
}


@dataclass(slots=True)
class Node:
    """One operation of the file, with the names of the tensors it takes and makes."""

    op: str
    name: str
    inputs: list[str]
    outputs: list[str]
    settings: dict[str, Any] = field(default_factory=dict)


def parse(data: bytes) -> Any:
    """Return the ``onnx.ModelProto`` of a file, its weights left out.

    Raises ``ValueError`` for bytes that are no ONNX file, that are cut, or whose structure is far too long.
    """
    if not data:
        raise ValueError("this file is empty; choose another, or export the model again")
    try:
        slim = _slim(data, 0, len(data), "model", 0, count())
    except ValueError as error:
        raise ValueError(f"this is not a complete ONNX file: {error}; copy the whole file again, or {EXPORT}") from None
    if len(slim) > MOST_STRUCTURE:
        raise ValueError(
            f"this ONNX file has more than {MOST_STRUCTURE >> 20} MB beside its weights, which no network needs; "
            f"{EXPORT}"
        )
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.ModelProto.FromString(slim)
    except DecodeError:
        raise ValueError(f"this is no ONNX file, or it is damaged: its messages cannot be read; {EXPORT}") from None
    if not model.graph.node:
        raise ValueError(f"this is no ONNX file, or its network has no operations; {EXPORT}")
    return model


def slim(path: Path) -> bytes:
    """Return an ONNX file of any size without its weights. Raises ``ValueError`` for a file that is none."""
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        try:
            return _slim(cast(bytes, data), 0, len(data), "model", 0, count())
        except ValueError as error:
            raise ValueError(f"this is not a complete ONNX file: {error}; copy the whole file again") from None


def _slim(data: bytes, start: int, end: int, kind: str, depth: int, seen: Iterator[int]) -> bytes:
    """Return a message without the fields that are not needed, and without weights; ``seen`` counts the fields."""
    if depth > DEEPEST * 2:
        raise ValueError("its messages nest too deeply")
    kept = _KEPT[kind]
    parts = []
    for each in protobuf.fields(data, start, end):
        if next(seen) > MOST_FIELDS:
            raise ValueError("it has far more fields than a network needs")
        inner = kept.get(each.number)
        if inner is None or (kind == "tensor" and each.number != 8 and each.end - each.start > LONGEST):
            continue
        if inner and each.stored == protobuf.BYTES and each.end - each.start > (0 if kind == "model" else SMALL):
            parts.append(protobuf.message(each.number, _slim(data, each.start, each.end, inner, depth + 1, seen)))
        else:
            parts.append(data[each.begin : each.end])
    return b"".join(parts)


def nodes(model: Any) -> list[Node]:
    """Return the operations of the file in order, functions put in where they are called."""
    functions = {(each.domain, each.name, each.overload): each for each in model.functions}
    found = _Inliner(functions)
    found.put(model.graph.node, {}, {}, "", 0)
    return found.nodes


@dataclass(slots=True)
class _Inliner:
    """Puts functions in where they are called, bounded in number and depth."""

    functions: dict[tuple[str, str, str], Any]
    nodes: list[Node] = field(default_factory=list)
    steps: int = 0

    def put(self, protos: Any, names: dict[str, str], given: dict[str, Any], prefix: str, depth: int) -> None:
        """Append operations; ``names`` are those of a function's tensors where it is called, ``given`` its settings."""
        if depth > DEEPEST:
            raise ValueError(f"functions of this ONNX file call one another more than {DEEPEST} deep; {EXPORT}")
        for proto in protos:
            self.steps += 1
            if self.steps > MOST_NODES:
                raise ValueError(f"this ONNX file has more than {MOST_NODES:,} operations; no network here is as large")
            inputs = [_named(text(each), names, prefix) for each in proto.input]
            outputs = [_named(text(each), names, prefix) for each in proto.output]
            settings = {}
            for attribute in proto.attribute:
                if not attribute.ref_attr_name:
                    settings[text(attribute.name)] = _value(attribute, proto)
                elif text(attribute.ref_attr_name) in given:
                    settings[text(attribute.name)] = given[text(attribute.ref_attr_name)]
            function = self.functions.get((proto.domain, proto.op_type, proto.overload))
            if function is None:
                known = proto.domain in ("", "ai.onnx", "com.microsoft")
                op = text(proto.op_type) if known else f"{text(proto.domain)}.{text(proto.op_type)}"
                self.nodes.append(Node(op, "" if prefix else text(proto.name), inputs, outputs, settings))
                continue
            inner = dict(zip(map(text, function.input), [*inputs, *[""] * len(function.input)], strict=False))
            inner |= dict(zip(map(text, function.output), outputs, strict=False))
            defaults = {text(each.name): _value(each, proto) for each in function.attribute_proto}
            self.put(function.node, inner, defaults | settings, f"{prefix}{self.steps}/", depth + 1)


def decimal(value: float) -> float:
    """Return a number of 32 bits as it was written.

    >>> decimal(0.20000000298023224)
    0.2
    """
    return float(f"{value:.7g}")


def text(value: str | bytes) -> str:
    """Return a name. Where it is damaged, the parser gives bytes."""
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def _named(name: str, names: dict[str, str], prefix: str) -> str:
    if not name:
        return ""
    return names.get(name, f"{prefix}{name}")


def _value(attribute: Any, proto: Any) -> Any:
    """Return an attribute's value. Raises ``ValueError`` for one that is a network of its own: a loop or a branch."""
    match attribute.type:
        case 1:
            return decimal(attribute.f)
        case 2:
            return attribute.i
        case 3:
            return attribute.s.decode("utf-8", "replace")
        case 4:
            return attribute.t
        case 6:
            return [decimal(each) for each in attribute.floats]
        case 7:
            return list(attribute.ints)
        case 8:
            return [each.decode("utf-8", "replace") for each in attribute.strings]
        case 5 | 10:
            name, op = clean(text(proto.name or proto.op_type)), clean(text(proto.op_type), 40)
            raise ValueError(
                f"operation ‘{name}’ of this ONNX file ({op}) decides while the network runs what is computed; export "
                "the model for one fixed input size, without loops or conditions"
            )
    return None


def live(every: list[Node], ends: Iterator[str]) -> list[Node]:
    """Return the operations that the outputs need, in order. Raises ``ValueError`` if an output is made twice."""
    makers: dict[str, int] = {}
    for place, node in enumerate(every):
        for name in filter(None, node.outputs):
            if name in makers:
                raise ValueError(f"tensor ‘{clean(name)}’ of this ONNX file is made twice; {EXPORT}")
            makers[name] = place
    needed: set[int] = set()
    waiting = [makers[name] for name in ends if name in makers]
    while waiting:
        place = waiting.pop()
        if place not in needed:
            needed.add(place)
            waiting += [makers[name] for name in every[place].inputs if name in makers]
    return [every[place] for place in sorted(needed)]
