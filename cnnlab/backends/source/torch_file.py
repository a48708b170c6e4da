"""PyTorch source of a graph: a file with the class ``Network``, the classes of its blocks, and what PyTorch lacks."""

import ast
import re
from functools import cache
from pathlib import Path

from cnnlab.backends.source.framework import TORCH
from cnnlab.backends.source.grouping import grouped
from cnnlab.backends.source.modules import Network, channels_first, class_lines
from cnnlab.backends.source.text import docstring
from cnnlab.backends.torch_calls import by_channel
from cnnlab.graph import Node, entries, named
from cnnlab.units import full

LAYERS_FILE = Path(__file__).parents[1] / "torch_layers.py"
IMPORTS = {"torch": "import torch", "nn": "from torch import nn", "F": "from torch.nn import functional as F"}
MAIN = """if __name__ == "__main__":
    network = Network()
    print(network)
    print(f"{sum(weight.numel() for weight in network.parameters()):,} parameters")
"""


def torch_source(root: Node, title: str) -> str:
    """Return a Python file with a class ``Network`` that is this very network in PyTorch; run, it prints itself.

    ``title`` says in the file's first line what network it is. Raises ``ValueError`` with the reason where PyTorch
    cannot do the same.
    """
    steps, functions = grouped(root, TORCH, {"Network", *_layers()})
    classes = ["\n".join(class_lines(function, sentence)) for function, sentence in functions]
    classes.append("\n".join(Network(root, steps, [function for function, _ in functions]).lines()))
    own = _used("\n".join(classes))
    text = "\n".join([*own, *classes])
    imports = "\n".join(line for name, line in IMPORTS.items() if re.search(rf"(?<![\w.]){name}\.", text))
    return "\n\n\n".join(["\n\n".join([docstring(root, title, *_notes(root)), imports]), *own, *classes, MAIN])


def _notes(root: Node) -> list[str]:
    taken = " and ".join(f"({', '.join(['batch', *map(str, channels_first(node.shape))])})" for node in entries(root))
    notes = [f"Made by CNN Lab; needs PyTorch 2 (pip install torch). The network takes {taken}."]
    nodes = [node for node in named(root).values() if not node.weights_of]
    kept = sum(node.layer.params(node.input_shapes).fixed for node in nodes)
    if kept:
        total = sum(sum(node.params) for node in nodes)
        notes.append(
            f"PyTorch counts {full(total - kept)} of them as parameters. The others are statistics, which it keeps in "
            "buffers."
        )
    if any(
        channels > 1 < height * width for height, width, channels in (node.input_shapes[0] for node in by_channel(root))
    ):
        notes.append(
            "nn.Flatten takes one channel after another, Keras one position after another: the weights of the dense "
            "layer after it have another order."
        )
    return notes


@cache
def _layers() -> dict[str, str]:
    """Return the source of each class and function that PyTorch lacks, by its name."""
    text = LAYERS_FILE.read_text(encoding="utf-8")
    parts = [each for each in ast.parse(text).body if isinstance(each, ast.ClassDef | ast.FunctionDef)]
    return {part.name: ast.get_source_segment(text, part) or "" for part in parts}


def _used(text: str) -> list[str]:
    """Return the source of those that a text uses, and of those that these use."""
    found: dict[str, str] = {}
    waiting = [text]
    while waiting:
        using = waiting.pop()
        for name, source in _layers().items():
            if name not in found and re.search(rf"(?<![\w.]){name}\b", using):
                found[name] = source
                waiting.append(source)
    return [source for name, source in _layers().items() if name in found]
