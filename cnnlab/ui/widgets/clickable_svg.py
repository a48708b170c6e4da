"""An SVG with clickable parts, which scrolls if it is long. It can listen to clicks on the page's charts as well."""

from collections.abc import Callable

import streamlit as st

from cnnlab.ui.widgets.component_files import read

_component = st.components.v2.component(
    "cnnlab_diagram",
    html='<div class="scroll"></div>',
    css=read("clickable_svg.css"),
    js=read("chart_clicks.js", "clickable_svg.js"),
)


def _nothing() -> None:
    """Do nothing on a click."""


def show_svg(
    key: str,
    svg: str,
    enlarge: float = 1.0,
    reveal: int = 0,
    hears: bool = False,
    on_choose: Callable[[], None] = _nothing,
    on_fold: Callable[[], None] = _nothing,
) -> None:
    """Show an SVG, at most ``enlarge`` times its size; a change of ``reveal`` scrolls it into view.

    The name of the clicked part is in the session under ``key``, as ``choose`` or ``fold``, when a callback is called.
    With ``hears``, clicks on charts count as well.
    """
    data = {"svg": svg, "enlarge": enlarge, "reveal": reveal, "hears": hears}
    _component(key=key, data=data, on_choose_change=on_choose, on_fold_change=on_fold)
