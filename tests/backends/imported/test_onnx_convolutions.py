"""Convolutions of ONNX along one, two and three sides, with any padding: the shapes are those that onnx infers."""

from math import prod

import onnx
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper
from onnx_files import model, weight

from cnnlab import costs
from cnnlab.backends.imported import read
from cnnlab.graph import outputs


@st.composite
def settings(draw: st.DrawFn) -> tuple[str, int, int, dict[str, object], tuple[int, ...]]:
    """Draw an operation, its channels and filters for each group, its settings and the sides of its input."""
    sides = draw(st.integers(1, 3))
    op = draw(st.sampled_from(["Conv", "ConvTranspose"]))
    row = st.lists(st.integers(1, 3), min_size=sides, max_size=sides)
    kernel, strides = draw(row), draw(row)
    dilations = draw(row)
    pads = draw(st.lists(st.integers(0, 2), min_size=2 * sides, max_size=2 * sides))
    group = draw(st.integers(1, 3))
    found: dict[str, object] = {"kernel_shape": kernel, "strides": strides, "dilations": dilations, "group": group}
    auto = draw(st.sampled_from(["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"])) if op == "Conv" else "NOTSET"
    found |= {"pads": pads} if auto == "NOTSET" else {"auto_pad": auto}
    if op == "ConvTranspose" and draw(st.booleans()):
        found["output_padding"] = [step - 1 for step in strides]
    image = draw(st.lists(st.integers(9, 12), min_size=sides, max_size=sides))
    return op, group * draw(st.integers(1, 2)), draw(st.integers(1, 2)), found, tuple(image)


@given(settings())
def test_shapes_are_those_of_onnx_and_costs_those_of_the_weights(
    drawn: tuple[str, int, int, dict[str, object], tuple[int, ...]],
) -> None:
    op, channels, filters, found, image = drawn
    group, kernel = int(str(found["group"])), list(found["kernel_shape"])  # type: ignore[call-overload]
    last = (channels, filters) if op == "ConvTranspose" else (filters * group, channels // group)
    made = model(
        [helper.make_node(op, ["x", "w", "b"], ["y"], **found)],
        (1, channels, *image),
        [weight("w", *last, *kernel), weight("b", filters * group)],
    )
    dims = onnx.shape_inference.infer_shapes(made, strict_mode=True).graph.output[0].type.tensor_type.shape.dim
    out = tuple(each.dim_value for each in dims)
    root = read(made.SerializeToString(), "c.onnx").graph()
    totals = costs.totals(root)
    assert outputs(root)[0].shape == (*out[2:], out[1])
    assert totals.params == prod(last) * prod(kernel) + filters * group
    assert totals.macs == prod(image if op == "ConvTranspose" else out[2:]) * prod(last) * prod(kernel)
    assert not totals.at_least
