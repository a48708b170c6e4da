"""Names of layers: modules of PyTorch and layers of Keras are found again in the names of operations and weights."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from cnnlab.backends.imported.onnx_models.constants import Constant
from cnnlab.backends.imported.onnx_models.parsing import Node

# What exporters put around a layer's name.
_AROUND = {"StatefulPartitionedCall", "PartitionedCall", ""}
_WEIGHT = re.compile(
    r"[./](weight|bias|gamma|beta|kernel|running_mean|running_var|parametrizations\.weight\.original\d?)$"
    r"|/(Conv2D|depthwise|MatMul|BiasAdd)?/?ReadVariableOp.*$"
)
_FORMULA = re.compile(
    r"(?i)(?:^|[^a-z])const(?:ant)?s?(?:folding)?(?:[^a-z]|$)|^clone|^lifted|^val_\d|^onnx::|^scalar_tensor|^_?\d+$"
)


def of(node: Node, scope: str, weights: Sequence[Constant]) -> str:
    """Return the name for an operation's layer: its module's path if exporters keep it, otherwise that of its weights.

    ``scope`` is the block of the layer before it, which is taken where nothing better is known.

    >>> of(Node("Conv", "/layer1/layer1.0/conv1/Conv", [], []), "", [])
    'layer1.0.conv1'
    >>> of(Node("Conv", "node_conv2d_1", [], ["conv2d_1"]), "", [Constant((8,), None, ("layer1.0.conv1.weight",))])
    'layer1.0.conv1'
    >>> of(Node("Relu", "node_relu_1", [], ["relu_1"]), "layer1.0.", [])
    'layer1.0.relu_1'
    """
    if "/" in node.name:
        return _path(node)
    for weight in weights:
        for name in weight.stored:
            if _WEIGHT.search(name) and "::" not in name:
                return _WEIGHT.sub("", name)
    leaf = node.name or (node.outputs[0] if node.outputs else node.op)
    leaf = re.sub(r"^node_", "", leaf.rpartition("/")[2])
    if not re.match(r"[A-Za-z]{2}", leaf) or re.match(r"val_|getitem|n\d", leaf):
        leaf = node.op.rpartition(".")[2].lower()
    return f"{'' if node.op in _ALONE else scope}{leaf}"


def is_weight(name: str) -> bool:
    """Return whether a tensor is named as exporters name weights.

    >>> is_weight("layer1.0.conv1.weight"), is_weight("image")
    (True, False)
    """
    return _WEIGHT.search(name) is not None


def is_formula(name: str) -> bool:
    """Return whether a tensor is named as exporters name the numbers of formulas.

    >>> is_formula("val_3"), is_formula("/Constant_output_0"), is_formula("gamma"), is_formula("reconstruction.bias")
    (True, True, False, False)
    """
    return _FORMULA.search(name) is not None and not is_weight(name)


def without_outermost(nodes: Sequence[Node]) -> list[Node]:
    """Return the operations without the name of a module that holds nearly all: it would be one block of everything.

    >>> [node.name for node in without_outermost([Node("Conv", f"model/conv{n}/Conv2D", [], []) for n in range(2)])]
    ['conv0/Conv2D', 'conv1/Conv2D']
    """
    split = [[part for part in node.name.split("/") if part not in _AROUND] for node in nodes]
    firsts = Counter(parts[0] for parts in split if len(parts) > 2)
    if not firsts:
        return list(nodes)
    first, many = firsts.most_common(1)[0]
    if many < 0.8 * sum("/" in node.name for node in nodes):
        return list(nodes)
    return [
        replace(node, name="/".join(parts[1:])) if len(parts) > 2 and parts[0] == first else node
        for node, parts in zip(nodes, split, strict=True)
    ]


# Operations that seldom belong to the block of the layer before them.
_ALONE = {
    "MaxPool",
    "AveragePool",
    "GlobalAveragePool",
    "ReduceMean",
    "Flatten",
    "Reshape",
    "Softmax",
    "Resize",
    "Concat",
}


def _path(node: Node) -> str:
    """Return the path of modules in a name such as ``/layer1/layer1.0/conv1/Conv``."""
    found: list[str] = []
    for part in node.name.split("/"):
        if part in _AROUND:
            continue
        if found and (part == found[-1] or part.startswith(f"{found[-1]}.")):
            found[-1] = part
        else:
            found.append(part)
    said = len(found) > 1 and (node.op in _MODULES or found[-2].lower().startswith(node.op.lower()))
    if said and re.fullmatch(rf"{re.escape(node.op)}(_\d+)?|Conv2D|BiasAdd", found[-1]):
        found.pop()
    if found and re.fullmatch(rf"{re.escape(node.op)}(_\d+)?", found[-1]):
        found[-1] = found[-1].lower()
    return ".".join(found) or node.op


# Operations that are a module of their own in PyTorch, so that the module's name says enough.
_MODULES = {
    "AveragePool", "BatchNormalization", "Clip", "Conv", "ConvTranspose", "Elu", "Gemm", "GlobalAveragePool",
    "HardSwish", "InstanceNormalization", "LRN", "LayerNormalization", "LeakyRelu", "MatMul", "MaxPool", "PRelu",
}  # fmt: skip
