"""Rewrites against networks of the catalogue that were built the other way, printed tables, and over everything."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import graphs

from cnnlab import costs, rewrites, zoo
from cnnlab.graph import Add, Conv, Dense, DepthwiseConv, Node, named, outputs, pair, walk
from cnnlab.network import Network

TWINS = [
    # rewritten, the same network built by its own function
    ("mobilenet_v1+scale_width:0.5", "mobilenet_v1?width=0.5"),
    ("mobilenet_v1+scale_width:0.25", "mobilenet_v1?width=0.25"),
    ("mobilenet_v1+standard_conv+depthwise_separable", "mobilenet_v1"),
    ("resnet20_cifar+scale_width:0.5", "resnet20_cifar?width=8"),
    ("resnet56_cifar+scale_width:3", "resnet56_cifar?width=48"),
    ("resnet34+drop_skips", "plain34"),
    ("resnet18+drop_skips", "plain18"),
    ("resnet56_cifar+drop_skips", "plain56_cifar"),
    ("resnet50?bias=false+drop_skips", "resnet50?bias=false&residual=false"),
    ("resnet50?stride_on=v1.5+bottleneck_to_basic+basic_to_bottleneck", "resnet50?stride_on=v1.5"),
    ("resnet34+basic_to_bottleneck+bottleneck_to_basic", "resnet34"),
    ("vgg11?adaptive_pool=true+global_pooling", "vgg11+global_pooling"),
]


def attempt(root: Node, rewrite: str) -> Node | None:
    """The rewritten graph, or None where it does not apply."""
    try:
        return rewrites.apply(root, rewrite)
    except ValueError:
        return None


def numbers(root: Node) -> list[tuple[object, ...]]:
    """All that is counted of each layer, in order."""
    return [(node.layer.kind, node.input_shapes, node.shape, node.params, node.macs) for node in named(root).values()]


@pytest.mark.parametrize(("rewritten", "twin"), TWINS)
def test_equals_the_network_built_so(rewritten: str, twin: str) -> None:
    assert numbers(Network.parse(rewritten).graph()) == numbers(Network.parse(twin).graph())


def test_mobilenet_with_standard_convolutions_is_the_papers() -> None:
    total = costs.totals(Network.parse("mobilenet_v1+standard_conv").graph())
    assert total.macs == 4_867_293_184  # Howard 2017, Table 4: 4866 million
    assert round(total.params / 1e5) == 293  # 29.3 million


def test_a_standard_efficientnet_b7_is_counted_not_built() -> None:
    total = costs.totals(Network.parse("efficientnet_b7+standard_conv").graph())
    assert round(total.params / 1e8) == 27  # 2.7 thousand million, at first 66.7 million


@pytest.mark.parametrize("name", zoo.names())
@pytest.mark.parametrize("rewrite", rewrites.REWRITES)
def test_over_the_registry(name: str, rewrite: str) -> None:
    root = zoo.build(name)
    before = numbers(root)
    after = attempt(root, rewrite)
    if after is None:
        assert _reason_holds(root, rewrite)
    else:
        assert [head.shape for head in outputs(after)] == [head.shape for head in outputs(root)]
        assert numbers(after) != before
        assert not _left_over(after, rewrite)
    assert numbers(root) == before


def _kinds(root: Node) -> set[type]:
    return {type(node.layer) for node in walk(root)}


def _larger(root: Node) -> list[Node]:
    """Ungrouped convolutions larger than 1×1."""
    convs = (node for node in walk(root) if isinstance(node.layer, Conv) and node.layer.groups == 1)
    return [node for node in convs if pair(node.layer.kernel) != (1, 1)]  # type: ignore[attr-defined]


def _reason_holds(root: Node, rewrite: str) -> bool:
    """Whether what the rewrite works on is really missing."""
    match rewrite:
        case "standard_conv":
            return DepthwiseConv not in _kinds(root)
        case "depthwise_separable":
            return len(_larger(root)) <= 1
        case "drop_skips":
            return Add not in _kinds(root)
        case "global_pooling":
            return sum(isinstance(node.layer, Dense) for node in walk(root)) <= 1
        case "scale_width":
            return False
    return True


def _left_over(root: Node, rewrite: str) -> bool:
    """Whether anything is left of what the rewrite takes away."""
    match rewrite:
        case "standard_conv":
            return DepthwiseConv in _kinds(root)
        case "depthwise_separable":
            return len(_larger(root)) > 1
        case "drop_skips":
            return Add in _kinds(root)
        case "global_pooling":
            return sum(isinstance(node.layer, Dense) for node in walk(root)) > len(outputs(root))
    return False


def test_a_separable_convolution_saves_what_the_paper_says() -> None:
    before = {node.path: node for node in walk(zoo.build("vgg16"))}
    after = {node.path: node for node in walk(rewrites.apply(zoo.build("vgg16"), "depthwise_separable"))}
    for path, conv in before.items():
        if isinstance(conv.layer, Conv) and path != "block1.conv1":
            parts = after[f"{path}_depthwise"].macs + after[f"{path}_pointwise"].macs
            # Howard 2017, section 3.1: 1/N + 1/D² of the standard convolution's.
            assert parts * conv.layer.filters * 9 == conv.macs * (9 + conv.layer.filters)


def test_padding_stays_outside_a_bottleneck() -> None:
    padded = rewrites.apply(Network.parse("mobilenet_v1+standard_conv").graph(), "bottleneck", 0.5)
    for node in walk(padded):
        if node.path.endswith("_reduce"):
            assert node.inputs[0].layer.kind != "zero pad"


def test_a_stride_moves_from_the_bottleneck_to_the_convolution() -> None:
    strided = Network.parse("resnet50?stride_on=v1+no_bottleneck").graph()
    moved = Network.parse("resnet50?stride_on=v1.5+no_bottleneck").graph()
    assert numbers(strided) == numbers(moved)


@settings(max_examples=150, deadline=None)
@given(graphs(longest=10), st.sampled_from(list(rewrites.REWRITES)))
def test_any_graph_keeps_its_output(drawn: tuple[Node, list[str]], rewrite: str) -> None:
    root = drawn[0]
    after = attempt(root, rewrite)
    if after is not None:
        assert len(after.shape) == len(root.shape)
        assert after.shape == root.shape or rewrite == "scale_width"


def test_names_follow_what_is_rewritten() -> None:
    names = set(named(Network.parse("mobilenet_v1+standard_conv").graph()))
    assert {"block3.conv", "block3.conv_bn", "block3.conv_relu6"} <= names
    names = set(named(Network.parse("resnet18+basic_to_bottleneck").graph()))
    assert {"stage2.block1.reduce_bn", "stage2.block1.conv", "stage2.block1.expand_bn"} <= names


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("vgg16+unskip", "there is no rewrite 'unskip'"),
        ("vgg16+scale_width:9", "factor must be a number from 0.1 to 4"),
        ("vgg16+drop_skips:3", "has nothing to set"),
        ("vgg16" + 7 * "+scale_width", "at most 6 rewrites"),
    ],
)
def test_a_wrong_reference_is_told(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Network.parse(text)


def test_a_rewrite_that_does_not_apply_says_why() -> None:
    with pytest.raises(ValueError, match="“drop the skips” does not apply here: there is no skip connection"):
        Network.parse("vgg16+drop_skips").graph()
