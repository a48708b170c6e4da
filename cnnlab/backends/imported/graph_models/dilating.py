"""Finds dilated convolutions: TensorFlow writes one as a convolution between SpaceToBatchND and BatchToSpaceND."""

from collections.abc import Mapping
from dataclasses import replace

from cnnlab.backends.imported.graph_models.parsing import Op
from cnnlab.backends.imported.onnx_models.constants import Constant

_CONVOLUTIONS = ("Conv2D", "_FusedConv2D", "DepthwiseConv2dNative", "FusedDepthwiseConv2dNative")
MOST_BETWEEN = 4  # operations between the convolution and BatchToSpaceND, such as a bias and an activation


def dilated(every: Mapping[str, Op], known: Mapping[str, Constant]) -> dict[str, Op]:
    """Return the operations, by name, with dilations in the settings of convolutions, where all numbers are known."""
    found = dict(every)
    for end in every.values():
        if end.op != "BatchToSpaceND" or len(end.inputs) != 3:
            continue
        conv = every.get(end.inputs[0])
        for _ in range(MOST_BETWEEN):
            if conv is not None and conv.op not in _CONVOLUTIONS and conv.inputs:
                conv = every.get(conv.inputs[0])
        begin = every.get(conv.inputs[0]) if conv is not None and conv.inputs else None
        if conv is None or begin is None or begin.op != "SpaceToBatchND" or len(begin.inputs) != 3:
            continue
        blocks, pads, crops = (
            each.whole() if (each := known.get(name)) is not None else None
            for name in (begin.inputs[1], begin.inputs[2], end.inputs[2])
        )
        if not blocks or not pads or not crops or len(blocks) != 2 or not len(pads) == len(crops) == 4:
            continue
        around = [0, 0, pads[0] - crops[0], pads[1] - crops[1], pads[2] - crops[2], pads[3] - crops[3], 0, 0]
        settings = {
            "dilations": {"list": {"i": [1, *blocks, 1]}},
            "padding": {"s": "RVhQTElDSVQ="},  # EXPLICIT
            "explicit_paddings": {"list": {"i": around}},
        }
        found[conv.name] = replace(
            conv, inputs=(begin.inputs[0], *conv.inputs[1:]), attributes=conv.attributes | settings
        )
        found[end.name] = replace(end, op="Identity", inputs=end.inputs[:1])
    return found
