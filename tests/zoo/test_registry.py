"""The catalogue: names, knobs read from signatures, presets, and what is published about it."""

import pytest
from golden import Golden
from hypothesis import given
from random_graphs import networks

from cnnlab import costs, zoo
from cnnlab.graph import outputs
from cnnlab.knobs import Value
from cnnlab.network import Network
from cnnlab.zoo.published import _rows as published_rows
from cnnlab.zoo.published import published

NAMES = [
    "lenet5",
    "alexnet",
    *(f"vgg{depth}" for depth in (11, 13, 16, 19)),
    "nin",
    "googlenet",
    "inception_v3",
    *("plain18", "plain34", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152"),
    *("resnet20_cifar", "resnet56_cifar", "plain20_cifar", "plain56_cifar"),
    *("mobilenet_v1", "mobilenet_v2"),
    *(f"efficientnet_b{number}" for number in range(8)),
]


def test_catalogue_is_complete() -> None:
    assert list(zoo.names()) == NAMES


@pytest.mark.parametrize("name", zoo.names())
def test_every_case_study_has_a_story(name: str) -> None:
    case = zoo.case(name)
    assert case.paper.year >= 1989  # LeCun's first convolutional network
    assert case.paper.link.startswith("http")
    for text in (case.story.before, case.story.introduced, case.story.look_at, case.story.differs):
        assert text.endswith(".")
        assert len(text) > 20
    assert {"input_size", "classes"} <= set(case.knobs)
    assert all(knob.help.endswith(".") and knob.check(knob.default) == knob.default for knob in case.knobs.values())


def test_totals_do_not_change(golden: Golden) -> None:
    """The larger run holds these against Keras; here they may not change unnoticed."""
    totals = ((name, costs.totals(zoo.build(name))) for name in zoo.names())
    golden.check_pairs(
        "totals of case studies",
        (
            (
                name,
                f"{found.params:,} parameters, {found.trainable_params:,} trainable, {found.macs:,} MACs, "
                f"{found.activations:,} activations, {found.layers} layers, depth {found.depth}",
            )
            for name, found in totals
        ),
    )


@pytest.mark.parametrize("name", zoo.names())
def test_classes_reach_the_last_layer(name: str) -> None:
    assert {head.shape for head in outputs(zoo.build(name, classes=7))} == {(7,)}


@given(networks(highest=300))
def test_any_knobs_build_or_raise_a_sentence(network: Network) -> None:
    said = ""
    try:
        root = network.graph()
    except ValueError as error:
        said = str(error)
    assert len(said) > 30 if said else costs.totals(root).params > 0


@pytest.mark.parametrize(
    ("name", "knobs", "layer"),
    [
        ("inception_v3", {"input_size": 60}, "mixed8.conv3x3_2: "),
        ("alexnet", {"input_size": 32}, "conv2.pool: "),
        ("vgg16", {"input_size": 16}, "block5.pool: "),
        ("lenet5", {"input_size": 8}, "conv2.conv: "),
        ("googlenet", {"input_size": 64, "auxiliary_heads": True}, "auxiliary4a.pool: "),
    ],
)
def test_an_input_too_small_names_the_layer(name: str, knobs: dict[str, Value], layer: str) -> None:
    with pytest.raises(ValueError, match=f"^{layer}.*larger input image"):
        zoo.build(name, **knobs)


def test_plain_twins_share_every_layer_but_the_skips() -> None:
    for depth in (18, 34):
        twin = zoo.build(f"resnet{depth}", residual=False)
        assert costs.layer_table(twin).equals(costs.layer_table(zoo.build(f"plain{depth}")))
    with_a, plain = zoo.build("resnet34", shortcut="A"), zoo.build("plain34")
    assert costs.totals(with_a).params == costs.totals(plain).params
    assert costs.totals(with_a).macs == costs.totals(plain).macs


def test_efficientnets_are_presets_of_one_function() -> None:
    b0 = {"input_size": 224, "width": 1.0, "depth": 1.0}
    for number, (width, depth, size) in enumerate([(1.0, 1.0, 224), (1.0, 1.1, 240), (1.1, 1.2, 260), (1.2, 1.4, 300)]):
        preset = zoo.build(f"efficientnet_b{number}")
        built = zoo.build("efficientnet_b0", **(b0 | {"input_size": size, "width": width, "depth": depth}))
        assert costs.totals(preset).macs == costs.totals(built).macs
    # Compound scaling: φ = 1 multiplies depth by 1.2, width by 1.1 and resolution by 1.15.
    scaled = zoo.build("efficientnet_b0", phi=1.0)
    by_hand = zoo.build("efficientnet_b0", width=1.1, depth=1.2, resolution=1.15)
    assert costs.layer_table(scaled).equals(costs.layer_table(by_hand))


def test_cifar_depth_is_six_n_plus_two() -> None:
    assert costs.totals(zoo.build("resnet20_cifar", depth=110)).depth == 110
    with pytest.raises(ValueError, match="depth must be 6n \\+ 2"):
        zoo.build("resnet20_cifar", depth=51)
    with pytest.raises(ValueError, match="the nearest is 56"):
        zoo.build("resnet20_cifar", depth=55)


@pytest.mark.parametrize("name", [*zoo.names(), "mobilenet_v1+standard_conv"])
def test_published_values_agree_or_have_a_reason(name: str) -> None:
    total = costs.totals(Network.parse(name).graph())
    for row in published(name):
        if row.quantity in ("params", "macs"):
            verdict = row.verdict(getattr(total, row.quantity))
            unexplained = abs(getattr(total, row.quantity) - row.number) > row.last_nonzero_digit / 2
            assert verdict.startswith("differs by") == (unexplained and not row.reason)
        else:
            assert 50 < row.number < 100
            assert row.dataset
            assert row.protocol


def count(reference: str, quantity: str) -> int:
    return int(getattr(costs.totals(Network.parse(reference).graph()), quantity))


FIRST_ROW = 7 * 7 * 3 * 64 * 112 * 112  # MACs of GoogLeNet's first convolution
# Of each reason the numbers in it, counted; the first becomes the printed one by rounding, or none does.
REASONS = {
    ("lenet5", "params"): (None, count("lenet5", "params")),
    ("resnet34", "macs"): (count("resnet34?shortcut=A", "macs"),),
    ("googlenet", "macs"): (count("googlenet", "macs") - FIRST_ROW + 34_000_000, FIRST_ROW),
    ("inception_v3", "macs"): (None, count("inception_v3", "macs"), count("inception_v3?form=paper", "macs")),
    ("mobilenet_v1", "params"): (count("mobilenet_v1", "trainable_params"),),
    ("resnet56_cifar", "params"): (count("resnet56_cifar", "trainable_params"),),
}


def test_every_reason_is_counted() -> None:
    """A reason says what else was counted, or that the source gives no reason."""
    rows = {(row.network, row.quantity): row for row in published_rows() if row.reason}
    assert set(rows) == set(REASONS)
    for key, (explains, *others) in REASONS.items():
        row = rows[key]
        for number in (explains, *others):
            assert number is None or f"{number:,}" in row.reason
        if explains is None:
            assert "does not say how it counted" in row.reason or "(section II.B)" in row.reason
        else:
            assert abs(explains - row.number) <= row.last_digit / 2, "rounded, it is the printed number"


def test_a_round_number_and_an_unexplained_one_are_named() -> None:
    remarks = {
        (row.network, row.quantity): row.verdict(count(row.network, row.quantity))
        for row in published_rows()
        if row.quantity in ("params", "macs")
    }
    assert remarks["alexnet", "params"] == "agrees with the rounded published value"
    assert remarks["mobilenet_v2", "macs"] == "agrees with the rounded published value"
    assert remarks["efficientnet_b7", "macs"] == "differs by 2 %; the source gives no reason"
    assert remarks["resnet101", "macs"] == remarks["resnet152", "macs"] == "agrees"
    assert "cut off" not in " ".join(remarks.values())


def test_vggs_adaptive_pool_fits_from_64_pixels() -> None:
    for size in (64, 65, 97, 161, 224):
        assert count(f"vgg16?adaptive_pool=true&input_size={size}", "params") == 138_357_544
    with pytest.raises(ValueError, match="1×1"):
        zoo.build("vgg16", adaptive_pool=True, input_size=63)
