"""A picture in SVG on the page: it scrolls where it is long, and tells what was clicked in it.

It can also hear clicks on the page's charts: whatever is clicked, one choice follows.
"""

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
    """What follows a click that means nothing here."""


def picture(
    key: str,
    svg: str,
    enlarge: float = 1.0,
    reveal: int = 0,
    hears: bool = False,
    on_choose: Callable[[], None] = _nothing,
    on_fold: Callable[[], None] = _nothing,
) -> None:
    """Show a picture, at most ``enlarge`` times its size; a change of ``reveal`` scrolls it into sight.

    What was clicked stands in the session under ``key``, as ``choose`` or ``fold``, when one of the two is called;
    ``hears`` takes clicks on charts in as well.
    """
    data = {"svg": svg, "enlarge": enlarge, "reveal": reveal, "hears": hears}
    _component(key=key, data=data, on_choose_change=on_choose, on_fold_change=on_fold)
