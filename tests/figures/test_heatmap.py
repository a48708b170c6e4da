"""Heat maps and lines of sweeps, read by their traces."""

from itertools import product
from math import log10

import plotly.graph_objects as go
import pytest

from cnnlab.figures import labels
from cnnlab.figures.heatmap import heatmap
from cnnlab.figures.plain import PlainFigure
from cnnlab.network import Network
from cnnlab.scaling import SWEEPS, Budget, Fineness, Sweep, grid, points_table, table
from cnnlab.units import full

TITLES = {"x": "across", "y": "up", "macs": "MACs", "params": "parameters", "peak_bytes": "bytes"}
FINENESS: Fineness = "coarse"  # few networks to build
TIGHT = Budget(macs=330_000_000)
PLANES = [name for name, sweep in SWEEPS.items() if sweep.y]


def draw(sweep: Sweep, value: str = "macs", budget: Budget | None = None) -> PlainFigure:
    cells = grid(sweep, FINENESS)
    rows, fits = table(sweep, cells), budget.fitting(cells) if budget else None
    return heatmap(rows, "x", "y" if sweep.y else None, value, TITLES, points_table(sweep), fits)


@pytest.mark.parametrize(("name", "value"), [*product(SWEEPS, ("macs", "params", "peak_bytes"))])
def test_plotly_accepts_the_heatmap_and_every_network_can_be_opened(name: str, value: str) -> None:
    figure = go.Figure(draw(SWEEPS[name], value, TIGHT).to_dict())
    listed = figure.data[-1]
    assert set(listed.customdata) == {str(point.network) for point in SWEEPS[name].points}
    if SWEEPS[name].y is None:
        names = list(figure.data[0].customdata)
    else:
        names = [name for trace in figure.data[:2] for row in trace.customdata for name in row if name]
    assert sorted(names) == sorted(str(cell.network) for cell in grid(SWEEPS[name], "coarse"))
    for reference in names[::20]:
        assert str(Network.parse(reference)) == reference


@pytest.mark.parametrize("name", PLANES)
def test_networks_beyond_the_budget_are_dimmed_behind_a_border(name: str) -> None:
    sweep = SWEEPS[name]
    cells = grid(sweep, FINENESS)
    dimmed, fits, *border, points = go.Figure(draw(sweep, "macs", TIGHT).to_dict()).data
    assert (dimmed.name, fits.name, points.name) == ("does not fit", "fits", "the paper's")
    assert dimmed.opacity < 0.5
    assert fits.opacity == 1
    assert dimmed.hoverongaps is fits.hoverongaps is False  # a gap must not hide the other trace
    good = {str(cell.network) for cell in cells if cell.summary and TIGHT.fits(cell.summary)}
    assert {name for row in fits.customdata for name in row if name} == good
    # Each piece of the border has a cell that fits on one side and one that does not on the other.
    across, up = sweep.x.at(FINENESS), sweep.y.at(FINENESS)  # type: ignore[union-attr]
    fitting = {(across.index(cell.x), up.index(cell.y)) for cell in cells if str(cell.network) in good}  # type: ignore[arg-type]
    assert [len(line.x) % 3 for line in border] == [0, 0]
    xs, ys = border[0].x, border[0].y
    pieces = set()
    for start in range(0, len(xs), 3):
        (left, right), (low, high) = sorted(xs[start : start + 2]), sorted(ys[start : start + 2])
        beside = [(left + 0.5, low - 0.5), (left + 0.5, low + 0.5)]
        if left == right:
            beside = [(left - 0.5, low + 0.5), (left + 0.5, low + 0.5)]
        assert sum(place in fitting for place in beside) == 1
        pieces.add((left, right, low, high))
    expected = sum(
        ((column, row) in fitting) != (other in fitting)
        for column, row in product(range(len(across)), range(len(up)))
        for other in ((column + 1, row), (column, row + 1))
        if other[0] < len(across) and other[1] < len(up)
    )
    assert len(pieces) == expected > 0


def test_without_a_budget_nothing_is_dimmed() -> None:
    for budget in (None, Budget(), Budget(macs=10**12)):
        dimmed, fits, points = draw(SWEEPS["mobilenet_v1"], "macs", budget).to_dict()["data"]
        assert not any(map(any, dimmed["z"]))
        assert all(map(all, fits["z"]))
        assert points["type"] == "scatter"


def test_colours_go_up_by_factors_with_round_ticks() -> None:
    figure = go.Figure(draw(SWEEPS["mobilenet_v1"]).to_dict())
    macs = [cell.summary.macs for cell in grid(SWEEPS["mobilenet_v1"], FINENESS) if cell.summary]
    colours = figure.layout.coloraxis
    assert (10**colours.cmin, 10**colours.cmax) == pytest.approx((min(macs), max(macs)))
    assert list(colours.colorbar.ticktext) == ["10 M", "30 M", "100 M", "300 M", "1 G"]
    assert list(colours.colorbar.tickvals) == pytest.approx([7, log10(3e7), 8, log10(3e8), 9])
    across = SWEEPS["mobilenet_v1"].x.at(FINENESS).index(1)
    up = SWEEPS["mobilenet_v1"].y.at(FINENESS).index(224)  # type: ignore[union-attr]
    cell = figure.data[1]
    assert cell.z[up][across] == pytest.approx(log10(568_740_352))
    assert full(568_740_352) in cell.hovertext[up][across]
    assert list(figure.layout.xaxis.ticktext)[:3] == ["0.25", "0.5", "0.75"]


@pytest.mark.parametrize("name", SWEEPS)
def test_labels_leave_each_other_room_on_a_phone(name: str) -> None:
    figure = draw(SWEEPS[name]).to_dict()
    points = figure["data"][-1]
    assert sum(map(bool, points["text"])) >= 0.9 * len(points["text"])
    if SWEEPS[name].y is None:
        return
    wide, high = labels.PHONE
    shape = [figure["layout"][axis]["range"][1] + 0.5 for axis in ("xaxis", "yaxis")]
    boxes = []
    for text, side, x, y in zip(points["text"], points["textposition"], points["x"], points["y"], strict=True):
        right, above, off_x, off_y = labels.SIDES[side]
        width = labels.LETTER * len(text)
        across, up = (x + 0.5) * wide / shape[0], (y + 0.5) * high / shape[1]
        if text:
            boxes.append((across + right * width + off_x, up + above * labels.LINE + off_y, width))
    for number, (x, y, width) in enumerate(boxes):
        for other_x, other_y, other in boxes[:number]:
            assert abs(x - other_x) >= (width + other) / 2 - 1e-6 or abs(y - other_y) >= labels.LINE - 1e-6


def test_a_released_network_that_differs_from_its_cell_looks_different() -> None:
    colours = draw(SWEEPS["efficientnet_width_depth"]).to_dict()["data"][-1]["marker"]["color"]
    assert len({*colours[1:]}) == 1 != len({*colours})
    line, points = draw(SWEEPS["efficientnet_phi"], budget=Budget(macs=10**9)).to_dict()["data"]
    assert points["marker"]["symbol"] == ["circle"] + ["circle-open"] * 7
    assert points["y"][7] == 37_745_884_192
    opacity = line["marker"]["opacity"]
    assert (opacity[0], max(opacity[-5:])) == (1, min(opacity))
    assert opacity[line["x"].index(1)] == 1


def test_fits_has_one_value_a_row() -> None:
    sweep = SWEEPS["resnet_imagenet"]
    rows = table(sweep, grid(sweep, FINENESS))
    with pytest.raises(ValueError, match="1 values for 5 rows"):
        heatmap(rows, "x", None, "macs", TITLES, points_table(sweep), [True])
