"""Random small graphs and references for property-based tests: mostly possible, often just not."""

from hypothesis import reject
from hypothesis import strategies as st

from cnnlab import zoo
from cnnlab.graph import (
    Activation,
    AdaptivePool,
    Add,
    BatchNorm,
    ChannelScale,
    Combine,
    Concatenate,
    Conv,
    Crop,
    Dense,
    DepthwiseConv,
    Dropout,
    Flatten,
    GlobalPool,
    GroupNorm,
    Input,
    Layer,
    LayerNorm,
    LocalResponseNorm,
    Multiply,
    Node,
    Normalize,
    PadChannels,
    Pool,
    Rescale,
    Reshape,
    TransposedConv,
    Upsample,
    ZeroPad,
    walk,
)
from cnnlab.knobs import Value
from cnnlab.knobs.image_size import Sides, of_sides
from cnnlab.network import Network

small = st.integers(1, 4)
sizes = st.one_of(st.integers(1, 5), st.tuples(st.integers(1, 5), st.integers(1, 5)))
strides = st.one_of(st.integers(1, 3), st.tuples(st.integers(1, 2), st.integers(1, 2)))
paddings = st.sampled_from(["same", "valid"])
flags = st.booleans()

# One entry for each kind of layer: tests/test_layer_kinds.py checks that none is missing.
LAYERS: dict[type[Layer], st.SearchStrategy[Layer]] = {
    Conv: st.one_of(
        st.builds(Conv, st.integers(0, 6), sizes, strides, paddings, st.sampled_from([1, 1, 2, 3]), small, flags),
        st.builds(Conv, small, sizes, strides, paddings, bias=flags),
    ),
    DepthwiseConv: st.builds(
        DepthwiseConv, sizes, strides, paddings, st.sampled_from([1, 1, 2]), st.integers(1, 2), flags
    ),
    TransposedConv: st.builds(TransposedConv, small, sizes, strides, paddings, flags),
    Upsample: st.builds(Upsample, st.one_of(st.integers(1, 3), st.tuples(small, small)), flags),
    Dense: st.builds(Dense, small, flags),
    Pool: st.builds(Pool, st.sampled_from(["max", "avg"]), sizes, st.one_of(st.none(), strides), paddings),
    GlobalPool: st.builds(GlobalPool, st.sampled_from(["max", "avg"]), flags),
    AdaptivePool: st.builds(AdaptivePool, st.integers(1, 5)),
    BatchNorm: st.builds(BatchNorm, flags, flags),
    LayerNorm: st.builds(LayerNorm, flags, flags),
    GroupNorm: st.builds(GroupNorm, small, flags, flags),
    ChannelScale: st.just(ChannelScale()),
    Crop: st.builds(Crop, st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)),
    Activation: st.builds(Activation, st.sampled_from(["relu", "relu6", "tanh", "swish", "softmax"])),
    Dropout: st.builds(Dropout, st.sampled_from([0.0, 0.5]), flags),
    ZeroPad: st.builds(ZeroPad, st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)),
    PadChannels: st.builds(PadChannels, small),
    Rescale: st.builds(Rescale, st.just(0.5)),
    Normalize: st.just(Normalize()),
    LocalResponseNorm: st.just(LocalResponseNorm()),
    Flatten: st.just(Flatten()),
    Reshape: st.builds(Reshape, st.tuples(small, small, small)),
}
JOINS: dict[type[Layer], st.SearchStrategy[Layer]] = {
    Add: st.just(Add()),
    Multiply: st.just(Multiply()),
    Concatenate: st.just(Concatenate()),
    Combine: st.builds(Combine, st.sampled_from(["average", "maximum", "minimum", "subtract"])),
}
KINDS = list(LAYERS | JOINS)


@st.composite
def uses(draw: st.DrawFn, kind: type[Layer]) -> Node:
    """One use of a layer of this kind, on an input that it accepts."""
    layer = draw((LAYERS | JOINS)[kind])
    shape: tuple[int, ...] = (*draw(st.tuples(st.integers(4, 9), st.integers(4, 9))), 4)
    if isinstance(layer, Dense):
        shape = shape[:1]
    if isinstance(layer, Reshape):
        shape = layer.shape[::-1]
    x = Input(shape)()
    try:
        return layer(x, x >> Activation("relu")) if kind in JOINS else layer(x)
    except ValueError:
        reject()


layers, joins = st.one_of(*LAYERS.values()), st.one_of(*JOINS.values())


@st.composite
def graphs(draw: st.DrawFn, longest: int = 8) -> tuple[Node, list[str]]:
    """A graph, and the messages of the layers that could not be added to it. Some layers are frozen or used again."""
    inputs = st.tuples(st.integers(1, 12), st.integers(1, 12), small)
    nodes = [Input(draw(inputs))()]
    refused = []
    for _ in range(draw(st.integers(1, longest))):
        layer = draw(st.one_of(layers, layers, joins))
        if type(layer) in JOINS:
            arrived = [draw(st.sampled_from(nodes)), nodes[-1]]
        else:
            # Mostly the last node, sometimes an earlier one: a branch.
            arrived = [draw(st.sampled_from([nodes[-1], nodes[-1], draw(st.sampled_from(nodes))]))]
        frozen, owner = draw(st.integers(0, 7)) == 0, None
        if draw(st.integers(0, 3)) == 0:
            owners = [node for node in walk(*arrived) if sum(node.params) and node.input_shapes == (arrived[-1].shape,)]
            if owners:
                owner = draw(st.sampled_from(owners))
                layer, arrived, frozen = owner.layer, arrived[-1:], owner.frozen
        try:
            nodes.append(layer(*arrived, weights_of=owner, frozen=frozen and layer.weighted))
        except ValueError as error:
            refused.append(str(error))
    return nodes[-1], refused


windows, steps, padded = st.integers(1, 4), st.integers(1, 3), st.integers(0, 2)
# Layers whose positions see a part of the map, without those that multiply by zero or take one number of several.
LOCAL: list[st.SearchStrategy[Layer]] = [
    st.builds(Conv, st.just(2), st.tuples(windows, windows), st.tuples(steps, steps), paddings),
    st.builds(Conv, st.just(2), windows, st.just(1), paddings, dilation=small),
    st.builds(DepthwiseConv, windows, steps, paddings),
    st.builds(TransposedConv, st.just(2), st.tuples(windows, windows), st.tuples(steps, steps), paddings),
    st.builds(Upsample, st.tuples(steps, steps), flags),
    st.builds(Pool, st.just("avg"), st.tuples(windows, windows), st.tuples(steps, steps), paddings),
    st.builds(AdaptivePool, st.tuples(st.integers(7, 40), st.integers(7, 40))),
    st.builds(Crop, padded, padded, padded, padded),
    st.builds(ZeroPad, padded, padded, padded, padded),
]


@st.composite
def map_graphs(draw: st.DrawFn, longest: int = 6, side: int = 72, largest: int = 100) -> Node:
    """A graph of one or two images, of ``side`` pixels and some, with branches that are resized or cropped to meet."""
    images = [Input((side + draw(padded), side + draw(padded), 2))() for _ in range(draw(st.integers(1, 2)))]
    nodes = [image >> Conv(2, 1) for image in images]
    for _ in range(draw(st.integers(1, longest))):
        # Mostly the last node, sometimes an earlier one: a branch.
        before = draw(st.sampled_from([nodes[-1], nodes[-1], *nodes]))
        if draw(st.integers(0, 3)) == 0:
            nodes.append(draw(meetings(before, draw(st.sampled_from(nodes)))))
            continue
        after = draw(st.one_of(LOCAL))(before)
        if max(after.shape) <= largest and min(after.shape[:2]) >= 7:
            nodes.append(after)
    return nodes[-1]


@st.composite
def meetings(draw: st.DrawFn, one: Node, other: Node) -> Node:
    """The sum of two maps, or both side by side; the rows and the columns of the larger are cropped or averaged."""
    rows, columns = (min(pair) for pair in zip(one.shape[:2], other.shape[:2], strict=True))
    met = []
    for node in (one, other):
        more = node.shape[0] - rows, node.shape[1] - columns
        if not any(more):
            met.append(node)
        elif draw(flags):
            top, left = draw(st.integers(0, more[0])), draw(st.integers(0, more[1]))
            met.append(node >> Crop(top, more[0] - top, left, more[1] - left))
        else:
            met.append(node >> AdaptivePool((rows, columns)))
    if met[0].shape != met[1].shape or draw(flags):
        return Concatenate()(*met) >> Conv(2, 1)
    return draw(st.sampled_from([Add(), Combine("average")]))(*met)


@st.composite
def networks(draw: st.DrawFn, highest: float = 21_841) -> Network:
    """A case study with some of its knobs set within their limits, numbers up to ``highest``."""
    case = zoo.case(draw(st.sampled_from(zoo.names())))
    values: dict[str, Value] = {}
    for knob in case.knobs.values():
        if not draw(st.booleans()):
            continue
        if knob.limits:
            low, high = knob.limits.low, min(knob.limits.high, highest)
            number = st.floats(low, high) if knob.type is float else st.integers(int(low), int(high))
            both = knob.type is Sides and draw(st.booleans())
            values[knob.name] = draw(st.builds(of_sides, number, number) if both else number)
        else:
            values[knob.name] = draw(st.sampled_from(knob.choices or (True, False)))
    return Network.of(case.name, **values)
