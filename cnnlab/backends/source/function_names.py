"""Names functions of the source by their structure: rewrites and imports change a block without renaming it."""

import re
from collections.abc import Collection, Sequence

from cnnlab.backends.source.steps import Use
from cnnlab.graph import Add, Concatenate, Conv, Dense, DepthwiseConv, Layer, Multiply, Node, Pool, pair

UNITS = {
    "conv_bn": "A convolution, batch normalisation and an activation.",
    "conv_act": "A convolution and an activation.",
    "depthwise_bn": "A depthwise convolution, which filters each channel alone, batch normalisation, activation.",
    "depthwise_act": "A depthwise convolution, which filters each channel alone, and an activation.",
    "dense_act": "A dense layer and an activation.",
    "dense_bn": "A dense layer, batch normalisation and an activation.",
}


def kind_of(uses: Sequence[Use]) -> tuple[str, str]:
    """Return the name of the function for these uses, and the sentence that explains it."""
    layers = max(([node.layer for node in _nodes(use)] for use in uses), key=len)
    has = {type(node.layer) for use in uses for node in _nodes(use)}
    windows = [pair(layer.kernel) for layer in layers if isinstance(layer, Conv)]
    if Concatenate in has:
        return "inception", "Parallel branches, each with its own filters, concatenated."
    if DepthwiseConv in has:
        return _depthwise(layers, has)
    if Add in has:
        if (1, 1) in windows[:1]:
            return "residual_bottleneck", "1×1 to fewer channels, a larger kernel, 1×1 to more, and a skip around them."
        return "residual_basic", "Convolutions with a skip around them."
    if len(windows) > 2 and windows[0] == (1, 1) and max(windows) != (1, 1):
        return "bottleneck", "1×1 to fewer channels, a larger kernel, 1×1 to more."
    if Multiply in has:
        return "gated", "A gate for each channel, computed from the feature map."
    if windows:
        if len(windows) > 2 and windows[-2:] == [(1, 1), (1, 1)]:
            return "nin_block", "A convolution, then two 1×1 convolutions."
        return ("conv_pool", "Convolutions, then pooling.") if Pool in has else ("conv_block", "Convolutions.")
    if Dense in has:
        return "dense_block", "A dense layer and the layers after it."
    name = re.sub(r"[^a-z]+", "_", uses[0].name.lower()).strip("_")
    return f"{name[:30] or 'layers'}_block", "Layers that are used more than once."


def _depthwise(layers: Sequence[Layer], has: Collection[type[Layer]]) -> tuple[str, str]:
    pointwise = any(isinstance(layer, Conv) and pair(layer.kernel) == (1, 1) for layer in layers)
    gate = " with a gate per channel (squeeze-and-excite)" if Multiply in has else ""
    if Add in has:
        return "inverted_residual", f"Few channels, many, few{gate}; the skip joins the ends."
    if gate:
        return "inverted_bottleneck", f"Few channels, many, few{gate}."
    if pointwise:
        return "depthwise_separable", "Filter each channel alone, then mix the channels with 1×1."
    return "depthwise_block", "A depthwise convolution and the layers around it."


def _nodes(use: Use) -> list[Node]:
    waiting, found = [use.output], dict[Node, None]()
    while waiting:
        node = waiting.pop()
        if node not in found:
            found[node] = None
            waiting += [before for before in node.inputs if before not in use.externals]
    return list(reversed(found))
