"""Layers by themselves: the course's worked examples, and a message for each way to get a shape wrong."""

import re

import pytest

from cnnlab.graph import (
    Activation,
    Add,
    BatchNorm,
    Concatenate,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    Flatten,
    GlobalPool,
    Input,
    Layer,
    Multiply,
    Node,
    Normalize,
    PadChannels,
    Params,
    Pool,
    Reshape,
    ZeroPad,
)


def image(*shape: int) -> Node:
    return Input(shape)()


def test_one_layer_of_ten_filters_has_280_parameters() -> None:
    node = image(6, 6, 3) >> Conv(10, 3, padding="valid")
    assert node.shape == (4, 4, 10)
    assert node.params == Params(280, 0)


def test_bottleneck_of_the_course() -> None:
    direct = image(28, 28, 192) >> Conv(32, 5)
    reduced = image(28, 28, 192) >> Conv(16, 1)
    assert direct.macs == 120_422_400
    assert (reduced.macs, (reduced >> Conv(32, 5)).macs) == (2_408_448, 10_035_200)


def test_depthwise_separable_of_the_course() -> None:
    x = image(6, 6, 3)
    depthwise = x >> DepthwiseConv(3, padding="valid")
    assert (x >> Conv(5, 3, padding="valid")).macs == 2160
    assert (depthwise.macs, (depthwise >> Conv(5, 1)).macs) == (432, 240)


def test_stack_of_the_course() -> None:
    x = image(39, 39, 3) >> Conv(10, 3, padding="valid") >> Conv(20, 5, 2, "valid") >> Conv(40, 5, 2, "valid")
    assert [node.shape for node in (x.inputs[0].inputs[0], x.inputs[0], x)] == [(37, 37, 10), (17, 17, 20), (7, 7, 40)]
    assert (x >> Flatten()).shape == (1960,)


def test_convolution_against_dense() -> None:
    assert sum((image(32, 32, 3) >> Conv(6, 5, padding="valid")).params) == 456
    dense = image(32, 32, 3) >> Flatten() >> Dense(28 * 28 * 6, bias=False)
    assert sum(dense.params) == 14_450_688


def test_a_million_pixels_into_a_thousand_units() -> None:
    assert (image(1000, 1000, 3) >> Flatten() >> Dense(1000)).macs == 3_000_000_000


def test_parameters_that_are_not_trained() -> None:
    assert (image(8, 8, 16) >> BatchNorm()).params == Params(32, 32)
    assert (image(8, 8, 16) >> BatchNorm(scale=False)).params == Params(16, 32)
    assert (image(8, 8, 3) >> Normalize()).params == Params(0, 7)


def test_groups_and_dilation() -> None:
    grouped = image(27, 27, 96) >> Conv(256, 5, groups=2)
    assert grouped.params.trainable == (5 * 5 * 48 + 1) * 256
    assert (image(9, 9, 1) >> Conv(1, 3, padding="valid", dilation=3)).shape == (3, 3, 1)


@pytest.mark.parametrize(
    ("shapes", "layer", "message"),
    [
        ([(4, 4, 3)], Conv(8, 5, padding="valid"), 'a 5×5 window with padding "valid" does not fit a 4×4 map'),
        ([(4, 4, 3)], Conv(8, 3, padding="valid", dilation=2), "spread to 5×5 by dilation 2"),
        ([(4, 4, 3)], Conv(0, 3), "filters must be a whole number of at least 1, not 0"),
        ([(4, 4, 3)], Conv(8, 3, stride=0), "stride must be"),
        ([(4, 4, 3)], Conv(8, 0, padding="valid"), "window size must be"),
        ([(4, 4, 3)], Conv(8, 3, padding="full"), "padding must be one of same, valid, not 'full'"),  # type: ignore[arg-type]
        (
            [(4, 4, 3)],
            Conv(8, 3, groups=2),
            "the number of groups, 2, must divide both the 3 input channels and the 8 filters",
        ),
        ([(4, 4, 3)], Conv(8, 3, stride=2, dilation=2), "stride 2 and dilation 2 cannot be used together"),
        ([(4, 4, 3)], DepthwiseConv(3, stride=(1, 2)), "one stride for both directions, not 1×2"),
        ([(16,)], Conv(8, 3), "needs a feature map (height×width×channels), not a vector of 16 numbers"),
        ([(7, 7, 512)], Dense(10), "needs a vector, not a 7×7×512 map; put Flatten or global pooling before it"),
        ([(16,)], Flatten(), "the input is already a vector"),
        ([(4, 4, 3), (4, 4, 5)], Add(), "4×4×3 and 4×4×5 cannot be added, their shapes differ"),
        ([(4, 4, 3)], Add(), "Add takes at least two inputs, not 1"),
        ([(4, 4, 3), (2, 2, 3)], Concatenate(), "their heights and widths differ"),
        ([(4, 4, 3), (1, 1, 5)], Multiply(), "cannot be multiplied"),
        ([(4, 4, 3)], Pool("max", 5), "does not fit a 4×4 map"),
        ([(4, 4, 3)], Pool("median", 2), "pooling must be one of max, avg"),  # type: ignore[arg-type]
        ([(16,)], GlobalPool(), "global pooling needs a feature map"),
        ([(4, 4, 3)], Reshape(()), "a shape has at least one side"),
        ([(4, 4, 3)], Reshape((5,)), "4×4×3 = 48 numbers cannot become 5 = 5"),
        ([(4, 4, 3)], Dropout(1.0), "dropout rate must be at least 0 and less than 1"),
        ([(16,)], Dropout(0.5, whole_image=True), "dropout of whole images needs a feature map"),
        ([(4, 4, 3)], Conv(8, (3, 3, 3)), "a size is one number or height and width, not (3, 3, 3)"),  # type: ignore[arg-type]
        ([(4, 4, 3)], Activation("gaussian"), "activation must be one of relu"),  # type: ignore[arg-type]
        ([(4, 4, 3)], ZeroPad(-1), "padding must be a whole number of at least 0"),
        ([(4, 4, 3)], PadChannels(0), "channels must be"),
        ([(4, 4, 3), (4, 4, 3)], BatchNorm(), "takes one input, not 2"),
    ],
)
def test_shapes_that_do_not_fit(shapes: list[tuple[int, ...]], layer: Layer, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        layer(*(image(*shape) for shape in shapes), name="here")
    assert str(caught.value).startswith("here: ")


@pytest.mark.parametrize("shape", [(), (0, 4, 3), (2.0, 4, 3)])
def test_shapes_that_no_input_may_have(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"^input: "):
        Input(shape)()
