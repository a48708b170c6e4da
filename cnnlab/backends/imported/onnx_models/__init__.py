"""Networks from ONNX files, as the configuration of a Keras model that the builder reads.

    document(data)  # {"class_name": "Functional", "config": {"layers": [...], ...}}

Only the structure is read: shapes of weights, never their values, and nothing in a file is executed. Layers that Keras
has are written as its own; ``padded_layers`` reads the others. Constants are computed in ``folding``, operations that
belong together are put together in ``fusing``, and each other operation is translated.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cnnlab.backends.imported.fields import clean
from cnnlab.backends.imported.onnx_models import beginning, convolving, elementwise, naming, normalising, rearranging
from cnnlab.backends.imported.onnx_models.beginning import Sides
from cnnlab.backends.imported.onnx_models.folding import fold
from cnnlab.backends.imported.onnx_models.fusing import Fusing
from cnnlab.backends.imported.onnx_models.parsing import Node, live, nodes, parse, text
from cnnlab.backends.imported.onnx_models.walking import Walk
from cnnlab.backends.imported.onnx_models.writing import Tensor, Writer
from cnnlab.backends.imported.words import ONNX

__all__ = ["answer", "document"]

TRANSLATIONS = (convolving, elementwise, normalising, rearranging)
"""Modules that register their translators when they are imported."""


def answer(path: Path) -> dict[str, Any]:
    """Return the document of the network in a file: called in the process of ``reader_process``."""
    return document(path.read_bytes())


def document(data: bytes) -> dict[str, Any]:
    """Return the configuration of the network in an ONNX file, without its weights.

    Raises ``ValueError`` that says what is wrong with the file, and how to export one that can be read.
    """
    model = parse(data)
    graph = model.graph
    ends = [text(each.name) for each in graph.output]
    every = live(nodes(model), iter(ends))
    version = max((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), default=1)
    walk = Walk(Writer(ONNX), version, {})
    for tensor in graph.initializer:
        walk.store(text(tensor.name), tensor)
    for tensor in graph.sparse_initializer:
        walk.store(text(tensor.values.name), tensor)
    inputs = {text(each.name): beginning.sides_of(each) for each in graph.input}
    stated = {text(each.name): beginning.sides_of(each) for each in (*graph.value_info, *graph.output)}
    return network(clean(text(graph.name) or "network"), inputs, every, ends, stated, walk) | {"format": "onnx"}


def network(
    name: str, inputs: Mapping[str, Sides], every: list[Node], ends: list[str], stated: Mapping[str, Sides], walk: Walk
) -> dict[str, Any]:
    """Return the document of a graph of operations in order, whose weights the walk has already.

    ``stated`` are the shapes that the file states for tensors. Raises ``ValueError`` with a sentence.
    """
    words = walk.write.words
    known = {*walk.values, *inputs, *(name for node in every for name in node.outputs)}
    for end in ends:
        if end not in known:
            raise ValueError(
                f"nothing in {words.file} makes its output ‘{clean(end)}’; the file is incomplete, {words.again}"
            )
    walk.run([node for node in every if node.op == "Constant"], fold)
    every = [node for node in every if node.op != "Constant"]
    beginning.begin(inputs, ends, every, walk)
    walk.hint(stated)
    walk.run(naming.without_outermost(Fusing(every, ends, walk.known).run()), fold)
    return _document(name, walk, ends)


def _document(name: str, walk: Walk, ends: list[str]) -> dict[str, Any]:
    """Return the document of the layers that were written. Raises ``ValueError`` if no output depends on an input."""
    outputs = []
    for end in ends:
        value = walk.values.get(end)
        if isinstance(value, Tensor):
            settled = walk.write.settled(value)
            outputs.append([settled.layer, settled.call, 0])
    if not outputs:
        raise ValueError(f"no output of {walk.write.words.file} depends on its inputs; {walk.write.words.again}")
    inputs = [[each["name"], 0, 0] for each in walk.write.layers if each["class_name"] == "InputLayer"]
    config = {"name": name, "layers": walk.write.layers, "input_layers": inputs, "output_layers": outputs}
    return {"class_name": "Functional", "config": config, "notes": _notes(walk.write.layers)}


def _notes(layers: list[dict[str, Any]]) -> list[str]:
    """Return what a reader of the network must know: layers whose bias is counted elsewhere.

    >>> _notes([{"config": {"bias_elsewhere": True}}] * 2)
    ['2 layers use the bias of another layer. The file stores it once; it is counted at the first layer that uses it.']
    """
    many = sum(layer["config"].get("bias_elsewhere") is True for layer in layers)
    if not many:
        return []
    subject = "1 layer uses" if many == 1 else f"{many:,} layers use"
    return [
        f"{subject} the bias of another layer. The file stores it once; it is counted at the first layer that uses it."
    ]
