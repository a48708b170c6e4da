"""Networks from TensorFlow.js graph models, as the configuration of a Keras model that the builder reads.

The operations are written as those of ONNX (``rewriting``), and the walk of ``onnx_models`` makes layers of them.
Weights have the shapes in the manifest. Axes, paddings and shapes are in the weight files: where these were not given,
they are taken from the shapes as far as they follow (``inferring``).
"""

import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cnnlab.backends.imported.formats import described_in
from cnnlab.backends.imported.graph_models import image_operations, inferring, other_operations
from cnnlab.backends.imported.graph_models.dilating import dilated
from cnnlab.backends.imported.graph_models.parsing import (
    Op,
    Stored,
    in_order,
    maker,
    operations,
    sides_of,
    stored,
    tensor,
)
from cnnlab.backends.imported.graph_models.rewriting import Rewriting
from cnnlab.backends.imported.graph_models.weight_files import ReadSpans, numbers
from cnnlab.backends.imported.onnx_models import network
from cnnlab.backends.imported.onnx_models.beginning import Sides
from cnnlab.backends.imported.onnx_models.constants import Constant, Number
from cnnlab.backends.imported.onnx_models.walking import Walk
from cnnlab.backends.imported.onnx_models.writing import Writer
from cnnlab.backends.imported.words import FORMATS, GRAPH_MODEL
from cnnlab.uploads import documents
from cnnlab.uploads.archives import open_zip

__all__ = ["answer", "document"]

OPERATIONS = (image_operations, other_operations, inferring)
"""Modules that register how operations are written and translated when they are imported."""

OPSET = 18  # of the ONNX operations that are written
_CONSTANT = ("Const", "VarHandleOp", "VariableV2")
_INPUT = ("Placeholder", "PlaceholderV2")


def answer(path: Path) -> dict[str, Any]:
    """Return the document of the network in a file: called in the process of ``reader_process``.

    The file is model.json, or an archive of it with the weight files in the same folder.
    """
    data = path.read_bytes()
    if not data.startswith(b"PK"):
        return document(documents.document(data))
    names = open_zip(io.BytesIO(data), documents.MOST_DIRECTORY, documents.DAMAGED, documents.DAMAGED).NameToInfo
    where = described_in(names) or "model.json"
    folder = where[: where.rfind("/") + 1]

    def read(paths: Sequence[str], spans: Sequence[tuple[int, int]]) -> list[bytes]:
        return documents.pieces(data, [f"{folder}{path}" for path in paths], spans)

    return document(documents.document(documents.member(data, where)), read)


def document(found: dict[str, Any], read: ReadSpans | None = None) -> dict[str, Any]:
    """Return the configuration of the network in a parsed model.json; ``read`` reads pieces of its weight files.

    Raises ``ValueError`` with a sentence.
    """
    topology = found.get("modelTopology", found)
    every = operations(topology.get("node"))
    manifest = found.get("weightsManifest")
    weights = stored(manifest)
    known = _constants(every, weights, {} if read is None else numbers(manifest, read))
    signature = _signature(found)
    ends = [name for name in signature["outputs"] if maker(name) in every] or _untaken(every)
    kind = "graph model" if read is None else "packed graph model"
    order = in_order(dilated(every, known), ends)
    also = _also(order, known)
    to = Rewriting(also, _outputs(order), _widths(order, also))
    for op in order:
        if op.op not in (*_CONSTANT, *_INPUT, "NoOp"):
            to.add(op)
    walk = Walk(Writer(FORMATS[kind]), OPSET, {})
    for name, each in known.items():
        walk.values[name] = each
        if each.shape is not None:
            walk.write.stored[name] = each.shape
    inputs = {op.name: _given(op, signature["inputs"].get(op.name)) for op in order if op.op in _INPUT}
    # A number that switches something, such as whether the network is trained, is no image.
    walk.values |= {name: Constant(None) for name, sides in inputs.items() if sides is not None and not sides}
    begun = {name: sides or [] for name, sides in inputs.items() if name not in walk.values}
    made = network("network", begun, to.nodes, ends, signature["outputs"], walk)
    return made | {"format": kind, "notes": [*made["notes"], *_assumed(walk.write.assumed)]}


def _assumed(found: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield what is taken for granted of operations whose axes are in files that were not given.

    >>> list(_assumed({"takes height and width together": ["mean", "mean_1", "mean_2"]}))
    ['The axes of ‘mean’ and 2 more are in .bin files that were not given; here each takes height and width together.']
    """
    for what, (first, *others) in found.items():
        more, each = (f" and {len(others):,} more", "each") if others else ("", "it")
        yield f"The axes of ‘{first}’{more} are in .bin files that were not given; here {each} {what}."


def _given(op: Op, named: Sides | None) -> Sides | None:
    """Return the shape of an input, from the operation or from the model's signature."""
    own = sides_of(op.setting("shape", "shape"))
    return named if named and (not own or None in own[1:]) else own if own is not None else named


def _constants(
    every: Mapping[str, Op], weights: Mapping[str, Stored], read: Mapping[str, tuple[Number, ...]]
) -> dict[str, Constant]:
    found = {}
    for name, op in every.items():
        if op.op in _CONSTANT:
            each = weights.get(name) or _inline(op)
            if each is not None:
                # Whole numbers and texts are no weights.
                own = (name,) if each.kind == "float32" else ()
                found[name] = Constant(each.shape, read.get(name), own)
            else:
                found[name] = Constant(None)
    return found


def _also(order: list[Op], known: Mapping[str, Constant]) -> dict[str, Constant]:
    """Return the constants with what is the same as one, such as a variable that is read."""
    found = dict(known)
    for op in order:
        if op.op in ("Identity", "ReadVariableOp", "Cast") and op.inputs and op.inputs[0] in found:
            found[op.name] = found[op.inputs[0]]
    return found


def _inline(op: Op) -> Stored | None:
    """Return a constant that the manifest does not have."""
    value = op.setting("value", "tensor")
    sides = sides_of(value.get("tensorShape", {})) if isinstance(value, dict) else None
    if sides is None or None in sides:
        return None
    kind = "float32" if value.get("dtype") in ("DT_FLOAT", 1) else "int32"
    return Stored(tuple(side for side in sides if side is not None), kind, kind)


def _signature(found: Mapping[str, Any]) -> dict[str, dict[str, Sides]]:
    """Return the inputs and outputs that the file names, with their shapes."""
    more = found.get("userDefinedMetadata")
    signature = found.get("signature") or (more.get("signature") if isinstance(more, dict) else None)
    ends: dict[str, dict[str, Sides]] = {"inputs": {}, "outputs": {}}
    for side, names in ends.items():
        listed = signature.get(side) if isinstance(signature, dict) else None
        for each in listed.values() if isinstance(listed, dict) else ():
            if isinstance(each, dict) and isinstance(each.get("name"), str):
                names[tensor(each["name"])] = sides_of(each.get("tensorShape")) or []
    return ends


def _untaken(every: Mapping[str, Op]) -> list[str]:
    """Return the operations whose output nothing takes."""
    taken = {maker(name) for op in every.values() for name in op.inputs}
    ends = [name for name, op in every.items() if name not in taken and op.op not in (*_CONSTANT, *_INPUT, "NoOp")]
    if not ends:
        raise ValueError(f"{GRAPH_MODEL.file} has no output; {GRAPH_MODEL.again}")
    return ends


def _outputs(order: list[Op]) -> Counter[str]:
    """Return how many outputs of each operation are taken."""
    found: Counter[str] = Counter()
    for op in order:
        for name in op.inputs:
            before, _, number = name.rpartition(":")
            if before and number.isdecimal() and len(number) < 4:
                found[before] = max(found[before], int(number) + 1)
            found[maker(name)] = max(found[maker(name)], 1)
    return found


def _widths(order: list[Op], known: Mapping[str, Constant]) -> dict[str, int]:
    """Return for tensors that a matrix multiplies how long their vectors must be."""
    found = {}
    for op in order:
        matrix = known.get(op.inputs[1]) if op.op in ("MatMul", "_FusedMatMul") and len(op.inputs) > 1 else None
        if matrix is not None and matrix.shape is not None and len(matrix.shape) == 2 and not op.flag("transpose_a"):
            found[op.inputs[0]] = matrix.shape[1 if op.flag("transpose_b") else 0]
    return found
