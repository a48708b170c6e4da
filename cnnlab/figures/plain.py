"""Plotly figures as plain data, built once and shared."""

from functools import cache
from typing import Any, cast

import plotly.graph_objects as go
import plotly.io as pio


class Sent(go.Figure):  # type: ignore[misc]  # plotly has no types
    """A plotly figure as plain data, built once and sent to many sessions. Never change it.

    A ``go.Figure`` checks every value, is thousands of objects that the garbage collector walks through, and is copied
    whole each time it is sent: together most of what a rerun took. Tests check these figures with ``go.Figure``.
    """

    def __init__(self, data: list[dict[str, Any]], layout: dict[str, Any]) -> None:
        # No super(): it would build the objects.
        object.__setattr__(self, "_plain", {"data": data, "layout": {"template": _template(), **layout}})

    def __getattr__(self, name: str) -> Any:
        """Raise for anything else that plotly's own figures have."""
        raise AttributeError(f"a Sent figure has no {name!r}: it is plain data; go.Figure(figure.to_dict()) has all")

    def to_dict(self) -> dict[str, Any]:
        """Return the figure as a dictionary, the same at every call."""
        return cast(dict[str, Any], self._plain)


@cache
def _template() -> dict[str, Any]:
    """Return Streamlit's template, whose colours the browser replaces by the theme's; plotly's without Streamlit."""
    name = "streamlit" if "streamlit" in pio.templates else pio.templates.default
    return cast(dict[str, Any], pio.templates[name].to_plotly_json())
