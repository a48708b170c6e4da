"""Charts, read by their traces."""

import pandas as pd

from cnnlab.figures.charts import depth_lines, memory_steps, share_bars


def test_bars_are_shares_to_both_sides() -> None:
    rows = pd.DataFrame(
        {
            "block": ["a", "b"],
            "label": ["A", "B"],
            "params": [1, 3],
            "count": [9, 1],
            "params_text": ["1", "3"],
            "count_text": ["9", "1"],
        }
    )
    params, macs = share_bars(rows, chosen="b").data
    assert list(params.x) == [-25, -75]
    assert list(macs.x) == [90, 10]
    assert list(params.customdata) == ["a", "b"]
    assert params.marker.opacity[0] < params.marker.opacity[1] == 1
    assert share_bars(rows.assign(params=0, count=0)).data[0].x == (0, 0)


def test_lines_leave_a_gap_for_vectors() -> None:
    rows = pd.DataFrame(
        {
            "layer": ["input", "conv", "dense"],
            "side": pd.Series([8, 6, None], dtype=object),
            "channels": [1, 4, 10],
            "receptive_field": pd.Series([1, 3, None], dtype=object),
        }
    )
    figure = depth_lines(rows, 8, "conv")
    side, channels, field, image = figure.data
    assert list(side.y) == [8, 6, None]
    assert list(channels.y) == [1, 4, 10]
    assert list(field.customdata) == ["input", "conv", "dense"]
    assert list(image.y) == [8, 8]
    assert len(figure.layout.shapes) == 1


def test_memory_bars() -> None:
    rows = pd.DataFrame({"layer": ["a", "b"], "bytes": [4, 8], "text": ["4 B", "8 B"]})
    assert list(memory_steps(rows).data[0].y) == [4, 8]
