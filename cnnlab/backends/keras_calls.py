"""The Keras layer that each layer of a graph is, with its arguments. Knows Keras by name only and imports none of it.

``backends.keras`` makes layers from these calls and ``backends.source`` prints them, so that the two cannot differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any

from cnnlab import graph
from cnnlab.graph import Layer, Node, named, outputs, walk

# Keras' defaults for what calls leave out: one use may give what another leaves out.
DEFAULTS: dict[str, Any] = {
    "strides": 1, "padding": "valid", "groups": 1, "dilation_rate": 1, "use_bias": True, "depth_multiplier": 1,
    "momentum": 0.99, "epsilon": 1e-3, "scale": True, "center": True, "keepdims": False, "offset": 0.0,
    "noise_shape": None, "data_format": None, "trainable": True,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    """``keras.layers.<cls>(*args, **kwargs)``; ``custom`` names a class that this project brings along.

    ``positional`` has each of ``args`` with its word in the source code that is shown.
    """

    cls: str
    positional: tuple[tuple[str, Any], ...] = ()
    named: tuple[tuple[str, Any], ...] = ()
    custom: bool = False

    @property
    def args(self) -> tuple[Any, ...]:
        return tuple(value for _, value in self.positional)

    @property
    def kwargs(self) -> dict[str, Any]:
        return dict(self.named)


def _call(cls: str, positional: Mapping[str, Any] | None = None, **named: Any) -> Call:
    return Call(cls, tuple((positional or {}).items()), tuple(named.items()))


def _unless(default: Any, **kwargs: Any) -> dict[str, Any]:
    """Return the arguments that are not at Keras' default, so that source stays short."""
    return {name: value for name, value in kwargs.items() if value != default}


@singledispatch
def keras_call(layer: Layer) -> Call:
    """Return the Keras layer that does the same.

    Raises ``TypeError`` for a kind of layer that is not registered below, and ``ValueError`` for a layer of an imported
    file that cannot be made again.
    """
    raise TypeError(f"no Keras layer is known for {layer!r}; cnnlab/backends/keras_calls.py has none")


@keras_call.register
def _(layer: graph.Input) -> Call:
    return _call("Input", {"shape": layer.shape})


@keras_call.register
def _(layer: graph.Conv) -> Call:
    return _call(
        "Conv2D",
        {"filters": layer.filters, "kernel": layer.kernel},
        **_unless(1, strides=layer.stride),
        **_unless("valid", padding=layer.padding),
        **_unless(1, groups=layer.groups, dilation_rate=layer.dilation),
        **_unless(True, use_bias=layer.bias),
    )


@keras_call.register
def _(layer: graph.DepthwiseConv) -> Call:
    return _call(
        "DepthwiseConv2D",
        {"kernel": layer.kernel},
        **_unless(1, strides=layer.stride),
        **_unless("valid", padding=layer.padding),
        **_unless(1, depth_multiplier=layer.multiplier, dilation_rate=layer.dilation),
        **_unless(True, use_bias=layer.bias),
    )


@keras_call.register
def _(layer: graph.TransposedConv) -> Call:
    return _call(
        "Conv2DTranspose",
        {"filters": layer.filters, "kernel": layer.kernel},
        **_unless(1, strides=layer.stride),
        **_unless("valid", padding=layer.padding),
        **_unless(True, use_bias=layer.bias),
    )


@keras_call.register
def _(layer: graph.Dense) -> Call:
    return _call("Dense", {"units": layer.units}, **_unless(True, use_bias=layer.bias))


@keras_call.register
def _(layer: graph.BatchNorm) -> Call:
    return _call(
        "BatchNormalization",
        **_unless(0.99, momentum=layer.momentum),
        **_unless(1e-3, epsilon=layer.epsilon),
        **_unless(True, scale=layer.scale, center=layer.center),
    )


@keras_call.register
def _(layer: graph.LayerNorm) -> Call:
    settings = _unless(1e-3, epsilon=layer.epsilon) | _unless(True, scale=layer.scale, center=layer.center)
    return _call("LayerNormalization", **settings)


@keras_call.register
def _(layer: graph.GroupNorm) -> Call:
    settings = _unless(1e-3, epsilon=layer.epsilon) | _unless(True, scale=layer.scale, center=layer.center)
    return _call("GroupNormalization", {"groups": layer.groups}, **settings)


@keras_call.register
def _(layer: graph.ChannelScale) -> Call:
    # Keras has no public layer for it; this one has the same weights and computes the same.
    return _call("DepthwiseConv2D", {"kernel": 1}, use_bias=False)


@keras_call.register
def _(layer: graph.LocalResponseNorm) -> Call:
    arguments = {"radius": layer.radius, "k": layer.k, "alpha": layer.alpha, "beta": layer.beta}
    return Call("LocalResponseNormalization", (), tuple(arguments.items()), custom=True)


@keras_call.register
def _(layer: graph.Activation) -> Call:
    return _call("Activation", {"activation": layer.function})


@keras_call.register
def _(layer: graph.Dropout) -> Call:
    return _call("Dropout", {"rate": layer.rate}, **({"noise_shape": (None, 1, 1, 1)} if layer.whole_image else {}))


@keras_call.register
def _(layer: graph.Rescale) -> Call:
    return _call("Rescaling", {"scale": layer.scale}, **_unless(0.0, offset=layer.offset))


@keras_call.register
def _(layer: graph.Normalize) -> Call:
    return _call("Normalization", axis=-1)


@keras_call.register
def _(layer: graph.Pool) -> Call:
    cls = {"max": "MaxPooling2D", "avg": "AveragePooling2D"}[layer.summary]
    return _call(
        cls, {"size": layer.size}, **_unless(None, strides=layer.stride), **_unless("valid", padding=layer.padding)
    )


@keras_call.register
def _(layer: graph.GlobalPool) -> Call:
    cls = {"max": "GlobalMaxPooling2D", "avg": "GlobalAveragePooling2D"}[layer.summary]
    return _call(cls, **_unless(False, keepdims=layer.keep_map))


@keras_call.register
def _(layer: graph.AdaptivePool) -> Call:
    return _call("AdaptiveAveragePooling2D", {"size": layer.size})


@keras_call.register
def _(layer: graph.Upsample) -> Call:
    return _call("UpSampling2D", {"size": layer.size}, **({"interpolation": "bilinear"} if layer.smooth else {}))


@keras_call.register
def _(layer: graph.ZeroPad) -> Call:
    return _call("ZeroPadding2D", {"pad": ((layer.top, layer.bottom), (layer.left, layer.right))})


@keras_call.register
def _(layer: graph.Crop) -> Call:
    return _call("Cropping2D", {"crop": ((layer.top, layer.bottom), (layer.left, layer.right))})


@keras_call.register
def _(layer: graph.PadChannels) -> Call:
    # With channels first, Keras takes (width, channels) of our maps for the two sides it pads.
    return _call("ZeroPadding2D", {"pad": ((0, 0), (0, layer.channels))}, data_format="channels_first")


@keras_call.register
def _(layer: graph.Flatten) -> Call:
    return _call("Flatten")


@keras_call.register
def _(layer: graph.Reshape) -> Call:
    return _call("Reshape", {"shape": layer.shape})


@keras_call.register
def _(layer: graph.Add) -> Call:
    return _call("Add")


@keras_call.register
def _(layer: graph.Multiply) -> Call:
    return _call("Multiply")


@keras_call.register
def _(layer: graph.Concatenate) -> Call:
    return _call("Concatenate")


@keras_call.register
def _(layer: graph.Combine) -> Call:
    return _call(layer.how.title())


@keras_call.register
def _(layer: graph.Counted) -> Call:
    raise ValueError(f"{layer.what} is counted, but CNN Lab cannot write it as Keras or PyTorch code")


@keras_call.register
def _(layer: graph.Opaque) -> Call:
    raise ValueError(f"{layer.what} was not understood")


def refusal(root: Node) -> str | None:
    """Return why Keras cannot make this network again, with the name of a layer; None if it can."""
    for node in walk(*outputs(root)):  # the bundle of several heads is no layer
        try:
            keras_call(node.layer)
        except ValueError as error:
            return f"its layer “{node.path}”{_reason(node, error)}"
    return None


def _reason(node: Node, error: ValueError) -> str:
    if isinstance(node.layer, graph.Opaque):
        return f" ({node.layer.what}) was not understood"
    return f": {error}"


def calls(root: Node) -> dict[Node, Call]:
    """Return the call of each layer in source; there a frozen layer is made as one."""
    found = {}
    for node in named(root).values():
        call = keras_call(node.layer)
        found[node] = replace(call, named=(*call.named, ("trainable", False))) if node.frozen else call
    return found


def defaults(cls: str) -> Mapping[str, Any]:
    """Return the defaults of a class's arguments."""
    # A pool's default stride is its own size.
    return DEFAULTS | {"strides": None} if "Pooling" in cls else DEFAULTS
