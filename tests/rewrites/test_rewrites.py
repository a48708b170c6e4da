"""Rewrites against networks of the catalogue built the other way, against printed tables, and over random graphs."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_graphs import graphs

from cnnlab import costs, rewrites, zoo
from cnnlab.graph import (
    Activation,
    Add,
    BatchNorm,
    Conv,
    Dense,
    DepthwiseConv,
    Flatten,
    Input,
    Node,
    TransposedConv,
    ZeroPad,
    branches,
    named,
    outputs,
    pair,
    walk,
)
from cnnlab.network import Applied, Network
from cnnlab.recipe import Recipe, row

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
    ("mobilenet_v1+standard_conv+bottleneck+no_bottleneck", "mobilenet_v1+standard_conv"),
    ("vgg16+bottleneck+no_bottleneck", "vgg16"),
]


def attempt(root: Node, rewrite: str) -> Node | None:
    """Return the rewritten graph, or None if the rewrite does not apply."""
    try:
        return rewrites.apply(root, rewrite)
    except ValueError:
        return None


def numbers(root: Node) -> list[tuple[object, ...]]:
    """Return the counts of each layer, in order."""
    return [(node.layer.kind, node.input_shapes, node.shape, node.params, node.macs) for node in named(root).values()]


@pytest.mark.parametrize(("rewritten", "twin"), TWINS)
def test_a_rewritten_network_equals_its_twin(rewritten: str, twin: str) -> None:
    assert numbers(Network.parse(rewritten).graph()) == numbers(Network.parse(twin).graph())


def test_mobilenet_with_standard_convolutions_is_the_papers() -> None:
    total = costs.totals(Network.parse("mobilenet_v1+standard_conv").graph())
    assert total.macs == 4_867_293_184  # Howard 2017, Table 4: 4866 million
    assert round(total.params / 1e5) == 293  # 29.3 million


def test_a_standard_efficientnet_b7_is_counted_not_built() -> None:
    total = costs.totals(Network.parse("efficientnet_b7+standard_conv").graph())
    assert round(total.params / 1e8) == 27  # 2.7 thousand million, at first 66.7 million


# Other forms of case studies, in which a block is built in another way.
FORMS = (
    "resnet18?shortcut=A", "resnet50?stride_on=v1.5", "resnet50?residual=false", "resnet20_cifar?shortcut=B",
    "googlenet?form=torchvision", "googlenet?auxiliary_heads=true", "inception_v3?form=paper",
    "vgg16?adaptive_pool=true",
)  # fmt: skip


@pytest.mark.parametrize("reference", [*zoo.names(), *FORMS])
@pytest.mark.parametrize("rewrite", rewrites.REWRITES)
def test_every_rewrite_of_every_case_study(reference: str, rewrite: str) -> None:
    """It changes what it is for, and nothing when it is applied once more."""
    root = Network.parse(reference).graph()
    before = numbers(root)
    after = attempt(root, rewrite)
    if after is None:
        assert not _to_do(root, rewrite)
    else:
        assert [head.shape for head in outputs(after)] == [head.shape for head in outputs(root)]
        assert numbers(after) != before
        assert _to_do(root, rewrite)
        assert rewrite == "scale_width" or not _to_do(after, rewrite)
        assert rewrite == "scale_width" or attempt(after, rewrite) is None
    assert numbers(root) == before


def _kinds(root: Node) -> set[type]:
    return {type(node.layer) for node in walk(root)}


def _larger(root: Node) -> list[Node]:
    """Return the ungrouped convolutions larger than 1×1."""
    convs = (node for node in walk(root) if isinstance(node.layer, Conv) and node.layer.groups == 1)
    return [node for node in convs if pair(node.layer.kernel) != (1, 1)]  # type: ignore[attr-defined]


def _residual(root: Node, windows: list[tuple[int, int]]) -> bool:
    """Return whether a sum has a main path of ungrouped convolutions with these windows."""
    for main, paths in branches(walk(root)).values():
        convs = [node.layer for node in reversed(paths[main]) if isinstance(node.layer, Conv | DepthwiseConv)]
        if [pair(layer.kernel) for layer in convs if isinstance(layer, Conv) and layer.groups == 1] == windows:
            return len(convs) == len(windows)
    return False


def _thin(root: Node) -> bool:
    """Return whether a 1×1 convolution makes a map thinner for one larger convolution right behind it."""
    users = Counter(before for node in walk(root) for before in node.inputs)
    for conv in _larger(root):
        before = conv.inputs[0]
        while users[before] == 1 and isinstance(before.layer, BatchNorm | Activation | ZeroPad):
            before = before.inputs[0]
        layer = before.layer
        pointwise = isinstance(layer, Conv) and pair(layer.kernel) == (1, 1) and layer.groups == 1
        if pointwise and users[before] == 1 and before.shape[2] < before.input_shapes[0][2]:
            return True
    return False


def _wide(root: Node) -> bool:
    """Return whether a larger convolution, not the first, stands behind anything but a 1×1 convolution."""
    for conv in _larger(root):
        before = conv.inputs[0]
        while isinstance(before.layer, BatchNorm | Activation | ZeroPad):
            before = before.inputs[0]
        layer = before.layer
        learned = any(isinstance(node.layer, Conv | DepthwiseConv) for node in walk(before))
        if learned and not (isinstance(layer, Conv) and pair(layer.kernel) == (1, 1)):
            return True
    return False


def _to_do(root: Node, rewrite: str) -> bool:
    """Return whether the rewrite applies, found in another way than the rewrite's own."""
    match rewrite:
        case "standard_conv":
            return DepthwiseConv in _kinds(root)
        case "depthwise_separable":
            return len(_larger(root)) > 1
        case "bottleneck":
            return _wide(root)
        case "no_bottleneck":
            return _thin(root)
        case "drop_skips":
            return Add in _kinds(root)
        case "basic_to_bottleneck":
            return _residual(root, [(3, 3), (3, 3)])
        case "bottleneck_to_basic":
            return _residual(root, [(1, 1), (3, 3), (1, 1)])
        case "global_pooling":
            return sum(isinstance(node.layer, Dense) for node in walk(root)) > len(outputs(root))
        case "scale_width":
            return True
    raise AssertionError(f"nobody looks after {rewrite}")


def test_a_separable_convolution_saves_as_the_paper_says() -> None:
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
            assert not isinstance(node.inputs[0].layer, ZeroPad)


def test_a_stride_moves_from_the_bottleneck_to_the_convolution() -> None:
    strided = Network.parse("resnet50?stride_on=v1+no_bottleneck").graph()
    moved = Network.parse("resnet50?stride_on=v1.5+no_bottleneck").graph()
    assert numbers(strided) == numbers(moved)


@given(graphs(longest=10), st.sampled_from(list(rewrites.REWRITES)))
def test_any_graph_keeps_its_output(drawn: tuple[Node, list[str]], rewrite: str) -> None:
    root = drawn[0]
    after = attempt(root, rewrite)
    if after is not None:
        assert len(after.shape) == len(root.shape)
        assert after.shape == root.shape or (rewrite == "scale_width" and not _kinds(root) & {Dense})


def test_scaled_widths_are_exact() -> None:
    x = Input((32, 32, 3))()
    for filters, groups in ((64, 1), (96, 32), (120, 3), (10, 1)):
        x = Conv(filters, 3, groups=groups)(x)
    after = [node.layer.filters for node in walk(rewrites.apply(x, "scale_width", 0.5)) if isinstance(node.layer, Conv)]
    assert after == [32, 96, 60, 10], "a multiple of the groups that see it, and of no other layer's"
    assert [node.shape[2] for node in walk(rewrites.apply(x, "scale_width", 2.05))][3] == 246  # not 245.99999


def test_transposed_convolutions_are_convolutions_too() -> None:
    decoder = Input((8, 8, 64))() >> TransposedConv(32, 3, 2) >> Conv(16, 3) >> Conv(3, 1)
    assert [node.shape[2] for node in walk(rewrites.apply(decoder, "scale_width", 0.5))] == [64, 16, 8, 3]
    separable = walk(rewrites.apply(decoder, "depthwise_separable"))
    assert [type(node.layer) for node in separable[1:]] == [TransposedConv, DepthwiseConv, Conv, Conv]


def test_layers_that_are_added_keep_equal_widths() -> None:
    x = Conv(12, 3)(Input((8, 8, 3))())
    y = Conv(12, 3)(x)
    root = Conv(5, 1)(Conv(12, 3, groups=4)(Add()(x, y)))
    after = rewrites.apply(root, "scale_width", 0.5)
    assert [node.layer.filters for node in walk(after) if isinstance(node.layer, Conv)] == [4, 4, 4, 5]


def test_residual_blocks_with_settings_the_other_kind_lacks_stay() -> None:
    for stride, dilation in ((1, 2), (2, 1)):
        x = Conv(16, 3)(Input((32, 32, 3))())
        skip = Conv(16, 1, stride=stride)(x)
        root = Add()(Conv(16, 3, stride, dilation=dilation)(Conv(16, 3)(x)), skip)
        assert attempt(root, "basic_to_bottleneck") is None


def test_the_main_path_has_most_macs() -> None:
    x = Conv(16, 3)(Input((32, 32, 3))())
    skip = Activation("relu")(BatchNorm()(Conv(16, 1)(x)))
    after = rewrites.apply(Add()(Conv(16, 3)(x), skip), "drop_skips")
    assert [pair(node.layer.kernel) for node in walk(after) if isinstance(node.layer, Conv)] == [(3, 3), (3, 3)]


def test_a_head_with_batch_norms_is_one_head() -> None:
    x = Flatten()(Conv(8, 3)(Input((8, 8, 3))()))
    root = Dense(10)(Activation("relu")(BatchNorm()(Dense(100)(x))))
    after = rewrites.apply(root, "global_pooling")
    assert [node.layer.units for node in walk(after) if isinstance(node.layer, Dense)] == [10]
    assert BatchNorm not in _kinds(after)


@given(st.floats(0.1, 4))
def test_settings_are_written_exactly(factor: float) -> None:
    network = Network.of("lenet5").rewritten(Applied.of("scale_width", factor))
    assert Network.parse(str(network)) == network


def test_networks_too_large_to_count_raise() -> None:
    rows = (row("conv", filters=8192, kernel=31, repeat=100),)
    with pytest.raises(ValueError, match="no machine can run"):
        Network.assembled(Recipe(input_size=1024, rows=rows)).graph()
    large = Network.parse("vgg19?input_size=1024+scale_width:4").graph()
    assert costs.totals(large).macs == sum(node.macs for node in walk(large)) == costs.summary(large).macs


def test_layers_are_named_after_rewritten_ones() -> None:
    names = set(named(Network.parse("mobilenet_v1+standard_conv").graph()))
    assert {"block3.conv", "block3.conv_bn", "block3.conv_relu6"} <= names
    names = set(named(Network.parse("resnet18+basic_to_bottleneck").graph()))
    assert {"stage2.block1.reduce_bn", "stage2.block1.conv", "stage2.block1.expand_bn"} <= names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("vgg16+unskip", "there is no rewrite 'unskip'"),
        ("vgg16+scale_width:9", "factor must be a number from 0.1 to 4"),
        ("vgg16+drop_skips:3", "has no value to set"),
        ("vgg16+scale_width+scale_width:2", "given twice"),
    ],
)
def test_a_wrong_reference_raises_a_sentence(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Network.parse(text)


def test_a_rewrite_that_does_not_apply_says_why() -> None:
    with pytest.raises(ValueError, match="“drop the skips” does not apply here: there is no skip connection"):
        Network.parse("vgg16+drop_skips").graph()


NO_BOTTLENECK = (
    "alexnet+depthwise_separable",
    "mobilenet_v1",
    "mobilenet_v2",
    "efficientnet_b0",
    "resnet50",
    "googlenet",
)


@pytest.mark.parametrize("reference", NO_BOTTLENECK)
def test_the_reason_against_bottlenecks_holds_for_each_convolution(reference: str) -> None:
    root = Network.parse(reference).graph()
    reason = rewrites.reason_against(root, "bottleneck")
    if not reason:
        return
    larger = [
        node for node in walk(root)
        if isinstance(node.layer, Conv | DepthwiseConv) and pair(node.layer.kernel) != (1, 1)
    ]  # fmt: skip
    grouped = [node for node in larger if isinstance(node.layer, Conv) and node.layer.groups > 1]
    depthwise = [node for node in larger if isinstance(node.layer, DepthwiseConv)]
    assert bool(grouped) == ("grouped" in reason)
    assert bool(depthwise) == ("depthwise" in reason)
    first = next(node for node in larger if node not in grouped + depthwise)
    assert ("is the first on the input image" in reason) == (first is larger[0])


def test_no_larger_convolution_needs_a_bottleneck() -> None:
    image = Input((8, 8, 4))()
    for root, words in (
        (image >> Conv(4, 1), "there is no convolution larger than 1×1"),
        (image >> Conv(4, 1) >> DepthwiseConv(3), "the only convolution larger than 1×1 is depthwise"),
        (image >> Conv(4, 1) >> Conv(4, 3, groups=2), "the only convolution larger than 1×1 is grouped"),
        (image >> Conv(4, 1) >> Conv(4, 3), "the only convolution larger than 1×1 follows a 1×1 convolution"),
        (image >> Conv(4, 3), "the only convolution larger than 1×1 is the first on the input image"),
        (
            image >> Conv(4, 3) >> Conv(4, 3, (1, 2)),
            "every convolution larger than 1×1 has two strides or is the first on the input image",
        ),
    ):
        assert rewrites.reason_against(root, "bottleneck") == words
