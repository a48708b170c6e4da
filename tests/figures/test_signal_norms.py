"""Lengths along the depth: one line each for the network without and with skips, where they are told apart."""

import plotly.graph_objects as go
import pytest

from cnnlab.convolution.skips import norms
from cnnlab.figures.palette import SERIES
from cnnlab.figures.signal_norms import lengths


def test_each_line_has_its_own_numbers() -> None:
    figure = go.Figure(
        lengths((0, 2, 4), {"without skips": (1.0, 0.01, 0.0), "with skips": (1.0, 3.0, 9.0)}, "signal").to_dict()
    )
    plain, skips = figure.data
    assert (plain.name, skips.name) == ("without skips: 0, below this axis", "with skips")
    assert (plain.x, skips.x) == ((0, 2, 4), (0, 2, 4))
    assert plain.y == (1.0, 0.01, None)  # 0 has no place on a logarithmic axis
    assert skips.y == (1.0, 3.0, 9.0)
    assert (plain.line.color, skips.line.color) == SERIES[:2]
    assert plain.line.dash == "dash"
    assert plain.hovertext[2] == "layer 4<br>signal, without skips: 0"
    assert skips.hovertext[2] == "layer 4<br>signal, with skips: 9"
    assert figure.layout.yaxis.title.text == "signal"


@pytest.mark.parametrize("measure", ["signal", "gradient"])
@pytest.mark.parametrize("scale", [0.0, 0.05, 0.5, 0.7, 1.0, 2.0])
def test_every_scale_fits_its_axis(scale: float, measure: str) -> None:
    found = norms(0, 100, scale)
    lines = {str(place): getattr(each, measure) for place, each in enumerate(found)}
    figure = go.Figure(lengths(found.plain.layers, lines, measure).to_dict())
    low, high = figure.layout.yaxis.range
    assert figure.layout.yaxis.type == "log"
    for trace in figure.data:
        assert all(value is None or 10**low < value < 10**high for value in trace.y)
