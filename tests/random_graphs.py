"""Random small graphs and references for property-based tests: mostly possible, often just not."""

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

layers: st.SearchStrategy[Layer] = st.one_of(
    st.builds(Conv, st.integers(0, 6), sizes, strides, paddings, st.sampled_from([1, 1, 2, 3]), small, flags),
    st.builds(Conv, small, sizes, strides, paddings, bias=flags),
    st.builds(DepthwiseConv, sizes, strides, paddings, st.sampled_from([1, 1, 2]), st.integers(1, 2), flags),
    st.builds(TransposedConv, small, sizes, strides, paddings, flags),
    st.builds(Upsample, st.one_of(st.integers(1, 3), st.tuples(small, small)), flags),
    st.builds(Dense, small, flags),
    st.builds(Pool, st.sampled_from(["max", "avg"]), sizes, st.one_of(st.none(), strides), paddings),
    st.builds(GlobalPool, st.sampled_from(["max", "avg"]), flags),
    st.builds(AdaptivePool, st.integers(1, 5)),
    st.builds(BatchNorm, flags, flags),
    st.builds(LayerNorm, flags, flags),
    st.builds(GroupNorm, small, flags, flags),
    st.just(ChannelScale()),
    st.builds(Crop, st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)),
    st.builds(Activation, st.sampled_from(["relu", "relu6", "tanh", "swish", "softmax"])),
    st.builds(Dropout, st.sampled_from([0.0, 0.5]), flags),
    st.builds(ZeroPad, st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)),
    st.builds(PadChannels, small),
    st.builds(Rescale, st.just(0.5)),
    st.just(Normalize()),
    st.just(LocalResponseNorm()),
    st.just(Flatten()),
    st.builds(Reshape, st.tuples(small, small, small)),
)
joins: st.SearchStrategy[Layer] = st.sampled_from(
    [Add(), Multiply(), Concatenate(), *(Combine(how) for how in ("average", "maximum", "minimum", "subtract"))]
)


@st.composite
def graphs(draw: st.DrawFn, longest: int = 8) -> tuple[Node, list[str]]:
    """A graph, and the messages of the layers that could not be added to it."""
    inputs = st.tuples(st.integers(1, 12), st.integers(1, 12), small)
    nodes = [Input(draw(inputs))()]
    refused = []
    for _ in range(draw(st.integers(1, longest))):
        layer = draw(st.one_of(layers, layers, joins))
        if isinstance(layer, Add | Multiply | Concatenate | Combine):
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
