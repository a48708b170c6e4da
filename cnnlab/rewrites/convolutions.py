"""Rewrites of convolutions: into depthwise-separable ones and back, and 1×1 bottlenecks in and out."""

from dataclasses import replace
from typing import Annotated

from cnnlab.graph import Activation, BatchNorm, Conv, Counted, DepthwiseConv, Node, ZeroPad, pair, walk
from cnnlab.knobs import Range
from cnnlab.rewrites.rebuild import (
    name_in_block,
    norm_and_activation,
    only_user,
    rebuild,
    same_norm_and_activation,
    users,
    with_inputs,
)


def depthwise_separable(root: Node) -> Node:
    """Each standard convolution becomes a depthwise and a 1×1 convolution (Howard 2017, fig. 3).

    The convolution on the image itself stays as it is, as in MobileNet: three channels leave nothing to save. What
    followed the convolution, batch norm and activation, follows both parts. Raises ``ValueError`` if there is none.
    """
    used, chosen = users(root), _standard(root)
    if not chosen:
        raise ValueError(
            _why_no_convolution(root)
            or "after the first convolution, none is a standard convolution with a kernel larger than 1×1"
        )

    def make(node: Node, inputs: tuple[Node, ...]) -> Node:
        conv = node.layer
        if node not in chosen or not isinstance(conv, Conv):
            return with_inputs(node, inputs, renamed)
        bias = conv.bias and not _normalised(node, used)
        x = DepthwiseConv(conv.kernel, conv.stride, conv.padding, conv.dilation, bias=bias)(
            *inputs, name=f"{node.path}_depthwise"
        )
        return Conv(conv.filters, 1, bias=conv.bias)(same_norm_and_activation(x, node, used), name=renamed[node.path])

    renamed = {node.path: f"{node.path}_pointwise" for node in chosen}
    return rebuild(root, make)


def standard_conv(root: Node) -> Node:
    """Each depthwise-separable convolution becomes the standard one of the same window, stride and filters.

    Where something stands between the two parts, as EfficientNet's squeeze-and-excite gate, the depthwise convolution
    alone becomes a standard one that keeps its channels. Raises ``ValueError`` if there is none.
    """
    used = users(root)
    depthwise = [node for node in walk(root) if isinstance(node.layer, DepthwiseConv)]
    if not depthwise:
        raise ValueError(_why_no_convolution(root) or f"there is no depthwise convolution{_of_an_image(root)}")
    pointwise: dict[Node, Node] = {}
    gone: set[Node] = set()
    for node in depthwise:
        between = norm_and_activation(node, used)
        after = only_user(between[-1] if between else node, used)
        if after and _is_pointwise(after):
            pointwise[after] = node
            gone |= {node, *between}
    renamed = {node.path: name_in_block(node, "conv") for node in pointwise}

    def make(node: Node, inputs: tuple[Node, ...]) -> Node:
        if node in gone:
            return inputs[0]
        layer, before = node.layer, pointwise.get(node)
        if before and isinstance(layer, Conv) and isinstance(before.layer, DepthwiseConv):
            window = before.layer
            conv = Conv(
                layer.filters,
                window.kernel,
                window.stride,
                window.padding,
                dilation=window.dilation,
                bias=layer.bias,
            )
            return conv(*inputs, name=renamed[node.path])
        if isinstance(layer, DepthwiseConv):
            conv = Conv(
                node.shape[2], layer.kernel, layer.stride, layer.padding, dilation=layer.dilation, bias=layer.bias
            )
            return conv(*inputs, name=node.path)
        return with_inputs(node, inputs, renamed)

    return rebuild(root, make)


def bottleneck(
    root: Node,
    *,
    share: Annotated[float, Range(0.05, 0.95, 0.05), "Share of the channels that the 1×1 convolution keeps."] = 0.25,
) -> Node:
    """A 1×1 convolution to fewer channels is added before each larger one (Szegedy 2014).

    Convolutions on the image, and those behind a 1×1 convolution already, stay as they are. It stands in front of zero
    padding, so that the zeros stay zeros. Raises ``ValueError`` if nothing is left.
    """
    used = users(root)
    chosen = {node for node in _standard(root) if not _has_window_1x1(_before(node))}
    if not chosen:
        raise ValueError(_why_no_bottleneck(root))
    entries = {_entry(node, used): node for node in chosen}

    def make(node: Node, inputs: tuple[Node, ...]) -> Node:
        conv = entries.get(node)
        if conv is None or not isinstance(conv.layer, Conv):
            return with_inputs(node, inputs)
        channels = max(1, round(inputs[0].shape[2] * share))
        x = Conv(channels, 1, bias=conv.layer.bias)(*inputs, name=f"{conv.path}_reduce")
        return with_inputs(node, (same_norm_and_activation(x, conv, used),))

    return rebuild(root, make)


def _why_no_convolution(root: Node) -> str:
    """Return that a graph has no convolution, or none of an image; empty if it has one."""
    if any(isinstance(node.layer, Conv | DepthwiseConv) for node in walk(root)):
        return ""
    return f"there is no convolution{_of_an_image(root)}"


def _of_an_image(root: Node) -> str:
    """Return « of an image» where a graph also has convolutions of something else, which no rewrite changes."""
    others = any(isinstance(node.layer, Counted) and "conv" in node.layer.kind for node in walk(root))
    return " of an image" if others else ""


def _why_no_bottleneck(root: Node) -> str:
    """Return why no convolution of a graph gets a bottleneck, with the reasons that hold for this graph."""
    larger = [node for node in walk(root) if isinstance(node.layer, Conv | DepthwiseConv) and _is_larger(node)]
    plain = [node for node in larger if _is_standard(node)]
    if not larger:
        return _why_no_convolution(root) or f"there is no convolution{_of_an_image(root)} larger than 1×1"
    kinds = {
        "grouped": any(isinstance(node.layer, Conv) and node.layer.groups > 1 for node in larger),
        "depthwise": any(isinstance(node.layer, DepthwiseConv) for node in larger),
    }
    but = [kind for kind, here in kinds.items() if here]
    if not plain:
        return f"{'every' if len(larger) > 1 else 'the only'} convolution larger than 1×1 is {' or '.join(but)}"
    after = [node for node in plain if _has_window_1x1(_before(node))]
    uneven = [node for node in plain if node not in after and _is_uneven(node)]
    places = ["follows a 1×1 convolution"] if after else []
    places += ["has two strides"] if uneven else []
    places += ["is the first on the input image"] if len(plain) > len(after) + len(uneven) else []
    other = f" that is neither {' nor '.join(but)}" if len(but) > 1 else f" that is not {but[0]}" if but else ""
    every = "every" if len(plain) > 1 else "the only"
    return f"{every} convolution larger than 1×1{other} {' or '.join(places)}"


def no_bottleneck(root: Node) -> Node:
    """1×1 convolutions that only reduce the channels for a larger convolution are removed.

    A stride of the 1×1 convolution moves to the larger one. Raises ``ValueError`` if there is none.
    """
    used = users(root)
    larger: dict[Node, Node] = {}
    gone: set[Node] = set()
    for node in walk(root):
        if not _has_window_1x1(node) or not isinstance(node.layer, Conv):
            continue
        between = norm_and_activation(node, used)
        after = only_user(between[-1] if between else node, used)
        if after and isinstance(after.layer, ZeroPad) and pair(node.layer.stride) == (1, 1):
            after = only_user(after, used)  # the zeros stay; with a stride they would be too many
        thinner = node.layer.filters < node.input_shapes[0][2]
        if (
            after
            and thinner
            and _is_standard(after)
            and (isinstance(after.inputs[0].layer, ZeroPad) or _fits(node, after))
        ):
            larger[after] = node
            gone |= {node, *between}
    if not larger:
        raise ValueError("there is no 1×1 convolution that reduces the channels for exactly one larger convolution")

    def make(node: Node, inputs: tuple[Node, ...]) -> Node:
        if node in gone:
            return inputs[0]
        conv, thin = node.layer, larger.get(node)
        if thin is None or not isinstance(conv, Conv) or not isinstance(thin.layer, Conv):
            return with_inputs(node, inputs)
        return _with_stride(conv, thin.layer)(*inputs, name=node.path)

    return rebuild(root, make)


def _is_standard(node: Node) -> bool:
    return isinstance(node.layer, Conv) and _is_larger(node) and node.layer.groups == 1


def _is_larger(node: Node) -> bool:
    return isinstance(node.layer, Conv | DepthwiseConv) and pair(node.layer.kernel) != (1, 1)


def _is_uneven(node: Node) -> bool:
    """Return whether a convolution has one stride down and another one across."""
    return isinstance(node.layer, Conv) and len({*pair(node.layer.stride)}) > 1


def _is_pointwise(node: Node) -> bool:
    return _has_window_1x1(node) and isinstance(node.layer, Conv) and pair(node.layer.stride) == (1, 1)


def _has_window_1x1(node: Node) -> bool:
    """Return whether it is an ungrouped 1×1 convolution, whatever its stride."""
    layer = node.layer
    return isinstance(layer, Conv) and pair(layer.kernel) == (1, 1) and layer.groups == 1


def _standard(root: Node) -> set[Node]:
    """Return the standard convolutions that do not read the image itself and have one stride for both directions."""
    fed: dict[Node, bool] = {}  # whether a layer that multiplies stands before a node
    found = set()
    for node in walk(root):
        behind = any(fed[before] or before.macs > 0 for before in node.inputs)
        fed[node] = behind
        if behind and _is_standard(node) and not _is_uneven(node):
            found.add(node)
    return found


def _before(node: Node) -> Node:
    """Return the layer before a convolution; batch norm, activation and padding are passed over."""
    before = node.inputs[0]
    while before.inputs and isinstance(before.layer, BatchNorm | Activation | ZeroPad):
        before = before.inputs[0]
    return before


def _entry(conv: Node, used: dict[Node, list[Node]]) -> Node:
    """Return the padding that serves this convolution alone, otherwise the convolution."""
    before = conv.inputs[0]
    return before if isinstance(before.layer, ZeroPad) and only_user(before, used) is conv else conv


def _normalised(conv: Node, used: dict[Node, list[Node]]) -> bool:
    return any(isinstance(after.layer, BatchNorm) for after in norm_and_activation(conv, used))


def _with_stride(conv: Conv, thin: Conv) -> Conv:
    """Return the larger convolution with the stride of the 1×1 before it as well."""
    (down, right), (rows, columns) = pair(conv.stride), pair(thin.stride)
    stride = (down * rows, right * columns)
    return replace(conv, stride=stride[0] if stride[0] == stride[1] else stride)


def _fits(thin: Node, after: Node) -> bool:
    """Return whether the larger convolution gives the same map without the 1×1 before it."""
    if not isinstance(after.layer, Conv) or not isinstance(thin.layer, Conv):
        return False
    try:
        return _with_stride(after.layer, thin.layer).output_shape(thin.input_shapes) == after.shape
    except ValueError:  # a stride beside a dilation
        return False
