"""Networks on which the source of Keras and that of PyTorch are tested alike."""

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st
from random_graphs import layers

from cnnlab.graph import Activation, Add, BatchNorm, Concatenate, Conv, Input, Node, scope
from cnnlab.network import Network
from cnnlab.rewrites import REWRITES, apply

REWRITTEN = ["resnet18", "mobilenet_v1", "googlenet", "vgg11?input_size=64", "lenet5",
             "resnet50", "mobilenet_v2", "efficientnet_b0", "inception_v3", "nin"]  # fmt: skip


def rewritten() -> Iterator[tuple[str, Node]]:
    for reference in REWRITTEN:
        for name in REWRITES:
            try:
                yield f"{reference}+{name}", apply(Network.parse(reference).graph(), name)
            except ValueError:
                continue


def odd_names() -> Node:
    """Names that Python or the file keep for themselves, braces, quotes and line breaks, in blocks that repeat."""
    x = Input((4, 4, 2))()
    for name in (
        "class",
        "1st",
        "model",
        "keras",
        "a.b",
        "a_b",
        "inputs",
        "x",
        "conv_bn",
        "range",
        "#",
        "max",
        "sum",
        'q"{x}\n"""',
    ):
        x = Activation("relu")(x, name=name)
    for number in range(1, 4):
        for block in ('{name}"\\', "conv_bn", "layers"):
            with scope(f"{block}{number}"):
                y = Conv(2, 3)(x, name="name")
                y = BatchNorm()(y, name="name_bn")
                y = Conv(number, 3)(y, name='{filters}"')
                y = Activation("relu")(y, name="relu")
                y = Conv(2, (1, number))(y, name="x")
                x = Concatenate()(Add()(x, y, name="class"), y)
                x = Conv(2, 1)(x, name="y#")
    return x


@st.composite
def stacks(draw: st.DrawFn) -> Node:
    """Random blocks, each used several times with other numbers, some steps left out, a skip here and there."""
    x = Input((draw(st.integers(6, 9)), draw(st.integers(6, 9)), draw(st.integers(1, 4))))()
    for kind in range(draw(st.integers(1, 3))):
        steps = draw(st.lists(st.tuples(layers, st.sampled_from(["", "conv", "conv1", "conv2", "expand"])), min_size=1,
                              max_size=5))  # fmt: skip
        for block in range(draw(st.integers(1, 4))):
            with scope(draw(st.sampled_from([f"kind{kind}.block{block}", f"stage{block}", f"kind{kind}_{block}"]))):
                x = _block(draw, x, steps)
    return x


def _block(draw: st.DrawFn, x: Node, steps: list[tuple[Any, str]]) -> Node:
    y = x
    for layer, name in steps:
        if draw(st.integers(0, 4)) == 0:
            continue
        if isinstance(layer, Conv) and draw(st.booleans()):
            layer = Conv(draw(st.sampled_from([2, 4, 8])), layer.kernel, draw(st.sampled_from([1, 1, 2])), "same")
        try:
            if draw(st.integers(0, 5)) == 0:
                # The same several times in a row, as VGG's blocks have it.
                for number in range(1, draw(st.integers(1, 3)) + 1):
                    y = Activation("relu")(Conv(4, 3)(y, name=f"same{number}"), name=f"same{number}_relu")
            y = layer(y, name=name or None)
            if draw(st.booleans()):
                y = BatchNorm()(y, name=f"{name or layer.label}_bn")
            if draw(st.booleans()):
                function = draw(st.sampled_from(["relu", "swish"]))
                y = Activation(function)(y, name=f"{name or layer.label}_{function}")  # type: ignore[arg-type]
        except ValueError:
            continue
    if x.shape == y.shape and x is not y and draw(st.booleans()):
        y = Add()(*draw(st.permutations([y, x])))
    return y
