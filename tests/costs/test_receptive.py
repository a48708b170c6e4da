"""Receptive fields against published tables, and against following the positions one by one."""

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnnlab import costs, zoo
from cnnlab.graph import Conv, Flatten, Input, Pool, Reshape


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
