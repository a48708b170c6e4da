"""The PyTorch layer that each layer of a graph is, with its arguments. Knows PyTorch by name only and imports none.

``backends.source`` prints these calls as it does those of ``keras_calls``. Where PyTorch computes something else than
Keras, the call is of a class in ``torch_layers.py``, a copy of which the file gets.
"""

from collections.abc import Callable, Mapping
from functools import singledispatch
from typing import Any

from cnnlab import graph
from cnnlab.backends.keras_calls import Call, keras_call
from cnnlab.graph import Activation, BatchNorm, Dense, Dropout, Flatten, Layer, Node, named, outputs, pair, times, walk

# PyTorch's defaults, for what calls leave out: one use may give what another leaves out.
DEFAULTS: dict[str, Any] = {
    "stride": 1, "padding": "valid", "groups": 1, "dilation": 1, "bias": True, "multiplier": 1, "momentum": 0.1,
    "eps": 1e-5, "scale": True, "center": True, "keepdim": False, "offset": 0.0, "trainable": True,
    "requires_grad": True, "mode": "nearest",
}  # fmt: skip


class Name(str):
    """A class in the source, where other text would be in quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


FUNCTIONS = {
    "relu": "nn.ReLU", "relu6": "nn.ReLU6", "leaky_relu": "LeakyReLU", "elu": "nn.ELU", "gelu": "nn.GELU",
    "swish": "nn.SiLU", "hard_swish": "nn.Hardswish", "tanh": "nn.Tanh", "sigmoid": "nn.Sigmoid",
    "softmax": "Softmax", "linear": "nn.Identity",
}  # fmt: skip


@singledispatch
def torch_call(layer: Layer, node: Node) -> Call:
    """Return the PyTorch layer that does the same as a node's layer.

    Raises ``TypeError`` for a kind of layer that is not registered below, and ``ValueError`` with the reason where
    PyTorch cannot do the same, or where Keras could not make the layer either.
    """
    raise TypeError(f"no PyTorch layer is known for {layer!r}; cnnlab/backends/torch_calls.py has none")


def _call(cls: str, positional: Mapping[str, Any] | None = None, **named: Any) -> Call:
    shown = tuple((name, value) for name, value in named.items() if value != DEFAULTS.get(name, ...))
    return Call(cls, tuple((positional or {}).items()), shown, custom=not cls.startswith("nn."))


def _channels(node: Node) -> dict[str, int]:
    """Return the channels that arrive. Raises ``ValueError`` for what is neither a map nor a vector."""
    shape = node.inputs[0].shape
    if len(shape) not in (1, 3):
        raise ValueError(
            f"{node.path} takes {times(shape)}, no feature map and no vector, and cannot be written in PyTorch here"
        )
    return {"channels": shape[-1]}


@torch_call.register
def _(layer: graph.Input, node: Node) -> Call:
    return _call("Input")


@torch_call.register
def _(layer: graph.Conv, node: Node) -> Call:
    return _call(
        "Conv2d",
        _channels(node) | {"filters": layer.filters, "kernel": layer.kernel},
        stride=layer.stride,
        padding=layer.padding,
        groups=layer.groups,
        dilation=layer.dilation,
        bias=layer.bias,
    )


@torch_call.register
def _(layer: graph.DepthwiseConv, node: Node) -> Call:
    return _call(
        "DepthwiseConv2d",
        _channels(node) | {"kernel": layer.kernel},
        stride=layer.stride,
        padding=layer.padding,
        multiplier=layer.multiplier,
        dilation=layer.dilation,
        bias=layer.bias,
    )


@torch_call.register
def _(layer: graph.TransposedConv, node: Node) -> Call:
    sizes = _channels(node) | {"filters": layer.filters, "kernel": layer.kernel}
    return _call("ConvTranspose2d", sizes, stride=layer.stride, padding=layer.padding, bias=layer.bias)


@torch_call.register
def _(layer: graph.Dense, node: Node) -> Call:
    return _call("nn.Linear", _channels(node) | {"units": layer.units}, bias=layer.bias)


@torch_call.register
def _(layer: graph.BatchNorm, node: Node) -> Call:
    # Keras' momentum is the share that is kept, PyTorch's the share that is new.
    settings = {"eps": layer.epsilon, "momentum": round(1 - layer.momentum, 10)}
    cls = "BatchNorm2d" if len(node.shape) == 3 else "BatchNorm1d"
    return _call(cls, _channels(node), **settings, scale=layer.scale, center=layer.center)


@torch_call.register
def _(layer: graph.LayerNorm, node: Node) -> Call:
    cls = "LayerNorm2d" if len(node.shape) == 3 else "LayerNorm"
    sizes = {"channels": node.shape[-1]}
    return _call(cls, sizes, eps=layer.epsilon, scale=layer.scale, center=layer.center)


@torch_call.register
def _(layer: graph.GroupNorm, node: Node) -> Call:
    sizes = {"groups": layer.groups} | _channels(node)
    return _call("GroupNorm", sizes, eps=layer.epsilon, scale=layer.scale, center=layer.center)


@torch_call.register
def _(layer: graph.ChannelScale, node: Node) -> Call:
    return _call("DepthwiseConv2d", _channels(node) | {"kernel": 1}, bias=False)


@torch_call.register
def _(layer: graph.LocalResponseNorm, node: Node) -> Call:
    # PyTorch divides alpha by the number of channels that it sums over.
    size = 2 * layer.radius + 1
    return _call(
        "nn.LocalResponseNorm", {"size": size}, alpha=round(layer.alpha * size, 12), beta=layer.beta, k=layer.k
    )


@torch_call.register
def _(layer: graph.Activation, node: Node) -> Call:
    if layer.function == "softmax" and len(node.shape) not in (1, 3):
        _channels(node)
    return _call("Activation", {"activation": Name(FUNCTIONS[layer.function])})


@torch_call.register
def _(layer: graph.Dropout, node: Node) -> Call:
    return _call("StochasticDepth" if layer.whole_image else "nn.Dropout", {"rate": layer.rate})


@torch_call.register
def _(layer: graph.Rescale, node: Node) -> Call:
    _channels(node)
    return _call("Rescaling", {"scale": layer.scale}, offset=layer.offset)


@torch_call.register
def _(layer: graph.Normalize, node: Node) -> Call:
    return _call("Normalization", _channels(node))


@torch_call.register
def _(layer: graph.Pool, node: Node) -> Call:
    cls = {"max": "MaxPool2d", "avg": "AvgPool2d"}[layer.summary]
    stride = {} if layer.stride is None else {"stride": layer.stride}
    padding = {} if layer.padding == "valid" else {"padding": layer.padding}
    return Call(cls, (("size", layer.size),), tuple((stride | padding).items()), custom=True)


@torch_call.register
def _(layer: graph.GlobalPool, node: Node) -> Call:
    cls = {"max": "GlobalMaxPool2d", "avg": "GlobalAvgPool2d"}[layer.summary]
    return _call(cls, keepdim=layer.keep_map)


@torch_call.register
def _(layer: graph.AdaptivePool, node: Node) -> Call:
    return _call("nn.AdaptiveAvgPool2d", {"size": layer.size})


@torch_call.register
def _(layer: graph.Upsample, node: Node) -> Call:
    return _call("nn.Upsample", scale_factor=layer.size, mode="bilinear" if layer.smooth else "nearest")


@torch_call.register
def _(layer: graph.ZeroPad, node: Node) -> Call:
    return _call("nn.ZeroPad2d", {"pad": (layer.left, layer.right, layer.top, layer.bottom)})


@torch_call.register
def _(layer: graph.Crop, node: Node) -> Call:
    # Padding below zero crops.
    return _call("nn.ZeroPad2d", {"pad": (-layer.left, -layer.right, -layer.top, -layer.bottom)})


@torch_call.register
def _(layer: graph.PadChannels, node: Node) -> Call:
    return _call("nn.ZeroPad3d", {"pad": (0, 0, 0, 0, 0, layer.channels)})


@torch_call.register
def _(layer: graph.Flatten, node: Node) -> Call:
    return _call("nn.Flatten")


@torch_call.register
def _(layer: graph.Reshape, node: Node) -> Call:
    if len(node.inputs[0].shape) == 1 and layer.shape[:2] == (1, 1):
        return _call("nn.Unflatten", {"dim": 1, "shape": (-1, 1, 1)})  # a number a channel, ready to be a gate
    return _call("Reshape", {f"side{number}": side for number, side in enumerate(layer.shape)})


@torch_call.register
def _(layer: graph.Add, node: Node) -> Call:
    return _call("add")


@torch_call.register
def _(layer: graph.Multiply, node: Node) -> Call:
    return _call("multiply")


@torch_call.register
def _(layer: graph.Concatenate, node: Node) -> Call:
    return _call("concatenate" if len(node.shape) in (1, 3) else "concatenate_last")


@torch_call.register
def _(layer: graph.Combine, node: Node) -> Call:
    return _call(layer.how)


@torch_call.register
def _(layer: graph.Counted | graph.Opaque, node: Node) -> Call:
    return keras_call(layer)  # which says why it cannot be made again


JOINS = {
    "add": ("", " + ", ""),
    "multiply": ("", " * ", ""),
    "subtract": ("", " - ", ""),
    "average": ("torch.stack([", ", ", "]).mean(0)"),
    "maximum": ("torch.stack([", ", ", "]).amax(0)"),
    "minimum": ("torch.stack([", ", ", "]).amin(0)"),
    "concatenate": ("torch.cat([", ", ", "], 1)"),
    "concatenate_last": ("torch.cat([", ", ", "], -1)"),
}
"""What stands before, between and behind tensors that are joined: PyTorch has no layers for it."""


def calls(root: Node) -> dict[Node, Call]:
    """Return the call of each layer; a class of ``torch_layers`` only where PyTorch's own would not do."""
    found = {node: torch_call(node.layer, node) for node in named(root).values()}
    first = by_channel(root)
    for node, call in found.items():
        if isinstance(node.layer, Flatten) and node not in first and len(node.inputs[0].shape) == 3:
            found[node] = _call("FlattenLast")
        elif node.frozen and node.layer.weighted:
            kept = {"trainable": False} if isinstance(node.layer, BatchNorm) else {"requires_grad": False}
            found[node] = Call(call.cls, call.positional, (*call.named, *kept.items()), call.custom)
    plain = {
        cls
        for cls, needs in NEEDS.items()
        if not any(needs(call.kwargs | dict(call.positional)) for call in found.values() if call.cls == cls)
    }
    if "DepthwiseConv2d" in {call.cls for call in found.values()}:
        plain.discard("Conv2d")  # the file needs that class anyway
    return {
        node: Call(f"nn.{call.cls}", call.positional, call.named) if call.cls in plain else call
        for node, call in found.items()
    }


def _unusual(values: Mapping[str, Any]) -> bool:
    return any(name in values for name in ("scale", "center", "trainable"))


def _padded(values: Mapping[str, Any]) -> bool:
    strided = pair(values.get("stride", 1)) != (1, 1)
    # PyTorch warns of even kernels.
    return values.get("padding") == "same" and (strided or any(side % 2 == 0 for side in pair(values["kernel"])))


NEEDS: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "Conv2d": _padded,
    "MaxPool2d": lambda values: "padding" in values,
    "AvgPool2d": lambda values: "padding" in values,
    "BatchNorm1d": _unusual,
    "BatchNorm2d": _unusual,
    "GroupNorm": _unusual,
    "LayerNorm": _unusual,
}
"""What a class of ``torch_layers`` is needed for; otherwise the class of this name in ``nn`` is enough."""


def by_channel(root: Node) -> set[Node]:
    """Return the layers that flatten as PyTorch does: only dense layers, whose weights may have any order, use them.

    Between may stand what treats each number by itself. Anything else needs the numbers in Keras' order.
    """
    users: dict[Node, list[Node]] = {}
    for node in walk(*outputs(root)):
        for before in node.inputs:
            users.setdefault(before, []).append(node)
    shared = {node.weights_of for node in walk(*outputs(root)) if node.weights_of}
    heads = outputs(root)

    def free(node: Node) -> bool:
        waiting = [node]
        while waiting:
            each = waiting.pop()
            if each in heads:
                return False
            for user in users[each]:
                weighted = isinstance(user.layer, Dense | BatchNorm)
                if weighted and (user in shared or user.weights_of):
                    return False
                if isinstance(user.layer, Dense):
                    continue
                if not isinstance(user.layer, BatchNorm | Activation | Dropout):
                    return False
                waiting.append(user)
        return True

    flattened = [node for node in walk(*heads) if isinstance(node.layer, Flatten) and len(node.inputs[0].shape) == 3]
    return {node for node in flattened if free(node)}


def defaults(cls: str) -> Mapping[str, Any]:
    """Return the defaults of a class's arguments."""
    # A pool's default stride is its own size.
    return DEFAULTS | {"stride": None} if "Pool2d" in cls else DEFAULTS


def torch_refusal(root: Node) -> str | None:
    """Return why this network cannot be written as PyTorch, with the name of a layer; None if it can."""
    for node in walk(*outputs(root)):
        try:
            torch_call(node.layer, node)
        except ValueError as error:
            return f"its layer “{node.path}”: {error}"
    return None
