"""Charts, read by their traces."""

import pandas as pd
import plotly.graph_objects as go
import plotly.io as pio
import pytest
import streamlit  # noqa: F401  brings its template along
from hypothesis import given
from hypothesis import strategies as st

from cnnlab import costs, zoo
from cnnlab.figures.charts import depth_lines, memory_steps, share_bars
from cnnlab.figures.plain import PlainFigure, counts
from cnnlab.guess import read
from cnnlab.network import Network
from cnnlab.ui.inspect import charts


def checked(figure: PlainFigure) -> go.Figure:
    """The figure as plotly reads it; raises for anything plotly does not know."""
    return go.Figure(figure.to_dict())


@pytest.mark.parametrize("name", zoo.names())
def test_every_network_gives_charts_that_plotly_knows(name: str) -> None:
    network = Network.of(name)
    total = costs.totals(zoo.build(name))
    params, macs = checked(charts._bars(network, "macs", None)[0]).data
    assert sum(params.x) == pytest.approx(-100)
    assert sum(macs.x) == pytest.approx(100 if total.macs else 0)
    lines = checked(charts._lines(network, None)[0])
    assert max(value for value in lines.data[2].y if value) >= total.receptive_field
    # As Streamlit sends it: its own template, whose colours the browser replaces.
    colours = {name: pio.templates[name].layout.colorway for name in ("streamlit", "plotly")}
    assert lines.layout.template.layout.colorway == colours["streamlit"] != colours["plotly"]


def test_bars_are_shares_to_both_sides() -> None:
    rows = pd.DataFrame(
        {
            "block": ["a", "b"],
            "label": ["A", "B"],
            "left": [1, 3],
            "right": [9, 1],
            "left_text": ["1", "3"],
            "right_text": ["9", "1"],
        }
    )
    params, macs = checked(share_bars(rows, chosen="b")).data
    assert list(params.x) == [-25, -75]
    assert list(macs.x) == [90, 10]
    assert list(params.customdata) == ["a", "b"]
    assert params.marker.opacity[0] < params.marker.opacity[1] == 1
    assert checked(share_bars(rows.assign(left=0, right=0))).data[0].x == (0, 0)


def test_lines_leave_a_gap_for_vectors() -> None:
    rows = pd.DataFrame(
        {
            "layer": ["input", "conv", "dense"],
            "side": pd.Series([8, 6, None], dtype=object),
            "channels": [1, 4, 10],
            "receptive_field": pd.Series([1, 3, None], dtype=object),
        }
    )
    figure = checked(depth_lines(rows, (8, 8), "conv"))
    side, channels, field, image = figure.data
    assert list(side.y) == [8, 6, None]
    assert list(channels.y) == [1, 4, 10]
    assert list(field.customdata) == ["input", "conv", "dense"]
    assert list(image.y) == [8, 8]
    assert len(figure.layout.shapes) == 1


def test_memory_steps_are_drawn() -> None:
    rows = pd.DataFrame({"layer": ["a", "b"], "bytes": [4, 8], "text": ["4 B", "8 B"]})
    assert list(checked(memory_steps(rows)).data[0].y) == [4, 8]


@given(st.lists(st.integers(0, 10**13), max_size=5))
def test_ticks_of_counts_are_round_numbers_written_as_elsewhere(values: list[int]) -> None:
    axis = counts("MACs", values)
    high = max([*values, 1])
    ticks = axis["tickvals"]
    assert ticks[0] == 0
    assert ticks[-1] >= high
    assert 2 <= sum(tick <= high for tick in ticks) <= 8
    assert [read(text) for text in axis["ticktext"]] == ticks
