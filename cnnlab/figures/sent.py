"""Figures as they are sent: plain data, built once and shared."""

from functools import cache
from typing import Any, cast

import plotly.graph_objects as go
import plotly.io as pio


class Sent(go.Figure):  # type: ignore[misc]  # plotly has no types
    """A plotly figure that is only its plain data, to be kept and sent to many. Never change it.

    A ``go.Figure`` checks every value, is thousands of objects that the garbage collector walks through, and is copied
    whole each time it is sent: together most of what a rerun took. Tests check these figures with ``go.Figure``.
    """

    def __init__(self, data: list[dict[str, Any]], layout: dict[str, Any]) -> None:
        # No super(): it would build the objects.
        object.__setattr__(self, "_plain", {"data": data, "layout": {"template": _template(), **layout}})

    def to_dict(self) -> dict[str, Any]:
        """The same dictionary at every call."""
        return cast(dict[str, Any], self._plain)


@cache
def _template() -> dict[str, Any]:
    """The template plotly would put in: Streamlit's own, whose colours the browser replaces by the theme's."""
    return cast(dict[str, Any], pio.templates[pio.templates.default].to_plotly_json())
