"""Dots, read by their traces."""

import pandas as pd
import plotly.graph_objects as go
import pytest

from cnnlab.figures.scatter import LETTER, LINE, dots
from cnnlab.ui.gallery.axes import AXES
from cnnlab.ui.gallery.scatter import COSTS, ONE_CROP, catalogue
from cnnlab.zoo import FAMILIES


def test_other_measurements_have_symbols_of_their_own() -> None:
    rows = catalogue().dropna(subset=["top1"])
    traces = go.Figure(dots(rows, "macs", "top1", AXES, FAMILIES, ONE_CROP, COSTS).to_dict()).data
    symbols = {name: trace.marker.symbol for trace in traces for name in trace.customdata}
    assert {symbols[name] for name in ("vgg16", "resnet50", "efficientnet_b7")} == {"circle"}
    assert symbols["plain18"] == symbols["plain34"] != "circle"
    assert symbols["resnet56_cifar"] == symbols["resnet20_cifar"] not in ("circle", symbols["plain18"])
    colours = {trace.name.partition(":")[0]: trace.marker.color for trace in traces}
    assert len(set(colours.values())) == len(FAMILIES)
    assert {trace.marker.color for trace in traces if trace.name.startswith("ResNet")} == {colours["ResNet"]}
    assert sum(len(trace.customdata) for trace in traces) == len(rows)


@pytest.mark.parametrize("x", AXES)
@pytest.mark.parametrize("y", AXES)
@pytest.mark.parametrize("log", [(), COSTS])
def test_names_leave_each_other_room(x: str, y: str, log: tuple[str, ...]) -> None:
    rows = catalogue().dropna(subset=[x, y])
    figure = go.Figure(dots(rows, x, y, AXES, FAMILIES, ONE_CROP, log).to_dict())
    assert (figure.layout.xaxis.type == "log") == (x in log)
    shown = [
        (text, across, up)
        for trace in figure.data
        for text, across, up in zip(trace.text, trace.x, trace.y, strict=True)
        if text
    ]
    assert shown

    def share(values: pd.Series, value: float, column: str) -> float:
        import math

        scale = math.log10 if column in log else float
        low, high = scale(values.min()), scale(values.max())
        return (scale(value) - low) / ((high - low) or 1)

    boxes = [(text, share(rows[x], across, x), share(rows[y], up, y)) for text, across, up in shown]
    for number, (text, across, up) in enumerate(boxes):
        for other, there, level in boxes[:number]:
            apart = abs(across - there) >= LETTER * (len(text) + len(other)) / 2 - 1e-9
            assert apart or abs(up - level) >= LINE - 1e-9, (text, other)
