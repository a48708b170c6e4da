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
)
from cnnlab.knobs import Value
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
    """A graph, and the messages of the layers that could not be added to it."""
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
        try:
            nodes.append(layer(*arrived))
        except ValueError as error:
            refused.append(str(error))
    return nodes[-1], refused


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
            values[knob.name] = draw(st.integers(int(low), int(high)) if knob.type is int else st.floats(low, high))
        else:
            values[knob.name] = draw(st.sampled_from(knob.choices or (True, False)))
    return Network.of(case.name, **values)
