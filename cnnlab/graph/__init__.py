"""What a network is. PURE: this folder imports the standard library alone.

A ``Layer`` is an immutable value that knows its output shape, parameters and multiply-accumulates from shapes.
A ``Node`` is one use of a layer. A graph is its output node.
"""

from cnnlab.graph.base import MOST_MACS, POINT, Layer, Params, Reach, Weightless
from cnnlab.graph.document import to_document
from cnnlab.graph.growing import TransposedConv, Upsample
from cnnlab.graph.imported_layers import Opaque, Reuse
from cnnlab.graph.node import Node, named, outputs, scope, walk
from cnnlab.graph.outline import Block, Skip, block_name, blocks, branches, fold, skips
from cnnlab.graph.pointwise import (
    FUNCTIONS,
    Activation,
    BatchNorm,
    ChannelScale,
    Dropout,
    Function,
    GroupNorm,
    Input,
    LayerNorm,
    LocalResponseNorm,
    Normalize,
    Rescale,
)
from cnnlab.graph.reshaping import (
    AdaptivePool,
    Add,
    Combination,
    Combine,
    Concatenate,
    Crop,
    Flatten,
    GlobalPool,
    Multiply,
    Outputs,
    PadChannels,
    Pool,
    Reshape,
    ZeroPad,
)
from cnnlab.graph.shapes import Padding, Shape, Size, pair, times
from cnnlab.graph.weighted import Conv, Dense, DepthwiseConv

__all__ = [
    "FUNCTIONS",
    "MOST_MACS",
    "POINT",
    "Activation",
    "AdaptivePool",
    "Add",
    "BatchNorm",
    "Block",
    "ChannelScale",
    "Combination",
    "Combine",
    "Concatenate",
    "Conv",
    "Crop",
    "Dense",
    "DepthwiseConv",
    "Dropout",
    "Flatten",
    "Function",
    "GlobalPool",
    "GroupNorm",
    "Input",
    "Layer",
    "LayerNorm",
    "LocalResponseNorm",
    "Multiply",
    "Node",
    "Normalize",
    "Opaque",
    "Outputs",
    "PadChannels",
    "Padding",
    "Params",
    "Pool",
    "Reach",
    "Rescale",
    "Reshape",
    "Reuse",
    "Shape",
    "Size",
    "Skip",
    "TransposedConv",
    "Upsample",
    "Weightless",
    "ZeroPad",
    "block_name",
    "blocks",
    "branches",
    "fold",
    "named",
    "outputs",
    "pair",
    "scope",
    "skips",
    "times",
    "to_document",
    "walk",
]
