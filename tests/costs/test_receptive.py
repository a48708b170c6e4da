"""Receptive fields against published tables, and against following the positions one by one."""

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnnlab import costs, zoo
from cnnlab.graph import (
    Activation,
    AdaptivePool,
    Add,
    Concatenate,
    Conv,
    Crop,
    Dense,
    Flatten,
    GlobalPool,
    GroupNorm,
    Input,
    Multiply,
    Node,
    Opaque,
    Pool,
    Reshape,
    TransposedConv,
    Upsample,
)


# Araujo, Norris, Sim 2019, "Computing receptive fields of convolutional neural networks", table of the appendix.
@pytest.mark.parametrize(
    ("name", "field", "stride"),
    [
        ("alexnet", 195, 32),
        ("vgg16", 212, 32),
        ("inception_v3", 1311, 32),
        ("mobilenet_v1", 315, 32),
        ("resnet50", 483, 32),
        ("resnet101", 1027, 32),
        ("resnet152", 1507, 32),
    ],
)
def test_published_receptive_fields(name: str, field: int, stride: int) -> None:
    total = costs.totals(zoo.build(name))
    assert (total.receptive_field, total.effective_stride) == (field, stride)


windows = st.tuples(st.booleans(), st.integers(1, 5), st.integers(1, 3), st.integers(1, 3))


@given(st.lists(windows, min_size=1, max_size=5))
def test_receptive_field_matches_brute_force(chain: list[tuple[bool, int, int, int]]) -> None:
    size = 200
    x = Input((size, size, 1))()
    reached = [{position} for position in range(size)]  # which pixels each position of the current map depends on
    for is_pool, window, stride, dilation in chain:
        dilation = 1 if is_pool or stride > 1 else dilation
        extent = (window - 1) * dilation + 1
        assume(extent <= len(reached))
        layer = Pool("max", window, stride) if is_pool else Conv(1, window, stride, "valid", dilation=dilation)
        x = x >> layer
        reached = [
            set().union(*(reached[start + tap * dilation] for tap in range(window)))
            for start in range(0, len(reached) - extent + 1, stride)
        ]
    row = costs.layer_table(x).iloc[-1]
    assert x.shape[0] == len(reached)
    assert row["receptive_field"] == max(reached[0]) - min(reached[0]) + 1
    if len(reached) > 1:
        assert row["effective_stride"] == min(reached[1]) - min(reached[0])


def test_height_and_width_have_receptive_fields_of_their_own() -> None:
    row = costs.layer_table(Input((20, 20, 1))() >> Conv(1, (1, 7)) >> Conv(1, (3, 1))).iloc[-1]
    assert (row["receptive_field_height"], row["receptive_field_width"], row["receptive_field"]) == (3, 7, 7)


def test_dense_layers_see_the_whole_image_and_gates_do_not_count() -> None:
    table = costs.layer_table(zoo.build("lenet5")).set_index("layer")
    assert table.loc["fc3.dense", "receptive_field"] == 32
    gated = costs.layer_table(zoo.build("efficientnet_b0")).set_index("layer")
    before, gate, after = (
        gated.loc[f"stage1.block1.{name}"] for name in ("depthwise_swish", "se_expand_sigmoid", "se_excite")
    )
    assert gate["receptive_field"] >= 224
    assert after["receptive_field"] == before["receptive_field"] == 7


def test_a_vector_reshaped_to_a_map_sees_the_whole_image() -> None:
    x = Input((4, 4, 1))() >> Conv(2, 3) >> Flatten() >> Reshape((2, 2, 8)) >> Conv(1, 1)
    row = costs.layer_table(x).iloc[-1]
    assert row["receptive_field"] == 6  # the 3×3 windows of all four positions of a side
    assert pd.isna(row["effective_stride"])


def image(side: int = 64) -> Node:
    return Input((side, side, 3))()


def two_inputs() -> Node:
    x = image() >> Conv(4, 3) >> GlobalPool()
    return Concatenate()(x, Input((5,))()) >> Dense(2)


def pooled_context() -> Node:
    """A pyramid's branch that averages the whole map: each position sees all of it."""
    x = image() >> Conv(4, 3)
    return Concatenate()(x, x >> GlobalPool("avg", True) >> Upsample(64)) >> Conv(4, 3)


def cropped_beside() -> Node:
    x = image()
    return Add()(x >> Crop(bottom=8, right=8) >> Conv(3, 1), x >> Crop(top=8, left=8) >> Conv(3, 1))


# Worked out by hand; tests/costs/test_receptive_gradients.py compares random graphs with gradients.
@pytest.mark.parametrize(
    ("root", "field", "stride", "at_most"),
    [
        (two_inputs(), 3, 1, False),
        (Input((20,))() >> Dense(5) >> Dense(2), None, None, False),
        (image() >> Conv(4, 4, 2) >> TransposedConv(3, 2, 2), 4, 1, False),
        (image() >> Pool("max", 2) >> Upsample(2), 2, 1, False),
        (image() >> Pool("max", 2) >> Upsample(2) >> Conv(3, 3), 4, 1, False),
        (image() >> TransposedConv(3, 4, 2), 2, 0.5, False),
        (image() >> Upsample(3, True), 2, 1 / 3, False),
        (image() >> Conv(3, 3, 3) >> Upsample(2), 3, 1.5, False),
        (image(13) >> AdaptivePool(5), 4, 2.6, False),
        (image() >> Opaque("Resizing", (32, 32, 3)) >> Conv(4, 3) >> GlobalPool(), 64, None, True),
        (image() >> Conv(4, 3) >> Opaque("own") >> Conv(4, 3) >> GlobalPool(), 66, None, True),
        (image() >> Conv(4, 3) >> Opaque("own", pointwise=True) >> Conv(4, 3) >> GlobalPool(), 5, 1, False),
        (image() >> Crop(top=20, left=9) >> Conv(4, 3) >> GlobalPool(), 3, 1, False),
        (image() >> Conv(4, 3) >> GroupNorm(2) >> Activation("relu"), 66, None, False),
        (image() >> Reshape((32, 128, 3)) >> Conv(4, 3), 64, None, True),
        (image() >> Conv(4, 3) >> Flatten() >> Dense(48) >> Reshape((4, 4, 3)) >> Upsample(2), 66, None, False),
        (image() >> Conv(4, 64, padding="valid") >> Reshape((2, 2, 1)) >> Conv(4, 3), 64, None, False),
        (pooled_context(), 67, None, False),  # a position at the edge sees two pixels beyond it, and the map one
        (cropped_beside(), 9, 1, False),
    ],
)
def test_the_last_map_has_the_receptive_field_of_the_network(
    root: Node, field: int | None, stride: float | None, at_most: bool
) -> None:
    total = costs.totals(root)
    assert (total.receptive_field, total.receptive_field_at_most) == (field, at_most)
    assert total.effective_stride == stride


def test_a_dense_layer_sees_all_numbers_of_another_shape() -> None:
    x = image() >> Reshape((32, 128, 3))
    table = costs.layer_table(x >> Flatten() >> Dense(2))
    assert table["receptive_field"].tolist() == [1, 64, 64, 64]
    assert table["receptive_field_at_most"].tolist() == [False, True, True, False]


def test_a_layer_that_no_image_leads_to_has_no_receptive_field() -> None:
    x = image(8)
    gate = Input((3,))() >> Dense(3) >> Reshape((1, 1, 3))
    table = costs.layer_table(Multiply()(x, gate) >> Conv(4, 3)).set_index("layer")["receptive_field"]
    assert [pd.isna(table[name]) for name in ("input_2", "dense", "reshape")] == [True] * 3
    assert (table["multiply"], table["conv"]) == (1, 3)


def test_of_several_images_the_one_of_which_most_is_seen_counts() -> None:
    x = Concatenate()(image() >> Crop(top=8, left=8) >> Conv(3, 3), image() >> Crop(bottom=8, right=8) >> Conv(3, 5))
    assert costs.totals(x).receptive_field == 5  # not 12: the crops are far apart in one image, but these are two


def test_strides_multiply_beyond_64_bits() -> None:
    x = Input((1, 1, 1))()
    for _ in range(80):
        x = x >> Conv(1, 3, 2)
    total = costs.totals(x)
    assert total.receptive_field == 1 + 2 * (2**80 - 1)
    assert total.effective_stride == 2**80
    assert costs.layer_table(x)["receptive_field"].iloc[-1] == total.receptive_field


def test_positions_that_differ_for_too_long_make_an_upper_bound() -> None:
    x = Input((101, 101, 1))()
    for side in (97, 89, 83):
        x = x >> AdaptivePool(side) >> Crop(top=1)
    total = costs.totals(x)
    assert total.receptive_field_at_most
    assert total.receptive_field == 101
