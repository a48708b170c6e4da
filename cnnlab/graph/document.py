"""A graph as plain data for JSON: everything another program needs to draw or count it."""

from dataclasses import asdict
from typing import Any

from cnnlab.graph.layer import Node, named, outputs

VERSION = 1


def to_document(root: Node, title: str) -> dict[str, Any]:
    """Return the graph with its layers in execution order.

    Each has its name, kind, settings, the names of its inputs, output shape, parameters and MACs.
    """
    nodes = named(root)
    names = {node: name for name, node in nodes.items()}
    return {
        "format": "cnnlab.graph",
        "version": VERSION,
        "title": title,
        "outputs": [names[head] for head in outputs(root)],
        "layers": [
            {
                "name": name,
                "kind": node.layer.kind,
                "class": type(node.layer).__name__,
                "settings": asdict(node.layer),  # type: ignore[call-overload]
                "inputs": [names[before] for before in node.inputs],
                "output_shape": list(node.shape),
                "trainable_params": node.params.trainable,
                "fixed_params": node.params.fixed,
                "weights_of": names[node.weights_of] if node.weights_of else None,
                "frozen": node.frozen,
                "macs": node.macs,
            }
            for name, node in nodes.items()
        ],
    }
