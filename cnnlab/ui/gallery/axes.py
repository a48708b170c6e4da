"""The axes of the dots, kept in the session and written into the address bar as ``x``, ``y`` and ``log``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import streamlit as st

from cnnlab.ui import bar
from cnnlab.ui.widgets.session_value import index

AXES = {
    "params": "parameters",
    "macs": "MACs, 1 image",
    "activations": "activations, 1 image",
    "year": "year",
    "top1": "top-1 accuracy, %",
}
"""The measures by their names in addresses and frames, as the axes' titles say them."""

SIDES = {"x": "horizontal", "y": "vertical"}
STATE, PROBLEMS = "gallery.axes", "gallery.problems"


@dataclass(frozen=True, slots=True)
class Axes:
    """What is drawn against what, and whether costs go up by factors."""

    x: str = "macs"
    y: str = "top1"
    log: bool = True

    @property
    def params(self) -> dict[str, str]:
        """What differs from the usual, as text for an address."""
        text = {"x": self.x, "y": self.y, "log": str(self.log).lower()}
        usual = {"x": USUAL.x, "y": USUAL.y, "log": "true"}
        return {name: value for name, value in text.items() if value != usual[name]}


USUAL = Axes()


def read(params: Mapping[str, str]) -> tuple[Axes, list[str]]:
    """The axes an address asks for, and a sentence for each part that was passed over."""
    problems = []
    chosen = {"x": USUAL.x, "y": USUAL.y}
    for name, side in SIDES.items():
        value = params.get(name, chosen[name])
        if value in AXES:
            chosen[name] = value
        else:
            problems.append(
                f"There is no measure {value[:40]!r} for the {side} axis; {AXES[chosen[name]]} is shown. The measures "
                f"are {', '.join(AXES)}."
            )
    log = params.get("log", "true")
    if log not in ("true", "false"):
        problems.append(f"log must be true or false, got {log[:40]!r}; true is shown.")
    return Axes(chosen["x"], chosen["y"], log != "false"), problems


def arrive() -> None:
    """Take over the address, when it asks for axes that this session did not write itself."""
    asked = bar.asked("gallery", ("x", "y", "log"))
    if asked is None:
        return
    axes, st.session_state[PROBLEMS] = read({name: values[-1] for name, values in asked.items()})
    st.session_state[STATE] = axes
    for name in ("x", "y", "log"):
        st.session_state[f"gallery.{name}"] = getattr(axes, name)


def problems() -> list[str]:
    """Sentences on what the address asked for and did not get; told once."""
    return cast(list[str], st.session_state.pop(PROBLEMS, []))


def widgets() -> Axes:
    """Two selectors and a switch; returns what they say and writes it into the address."""
    before = cast(Axes, st.session_state[STATE])
    for name in ("x", "y", "log"):
        st.session_state.setdefault(f"gallery.{name}", getattr(before, name))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        y, x = (
            st.selectbox(
                f"{SIDES[name]} axis",
                AXES,
                index(f"gallery.{name}", AXES),
                format_func=AXES.__getitem__,
                key=f"gallery.{name}",
                width=210,
            )
            for name in ("y", "x")
        )
        log = st.toggle(
            "logarithmic costs",
            st.session_state["gallery.log"],
            key="gallery.log",
            help="Each step is a factor of ten.",
        )
    axes = Axes(x, y, log)
    bar.write("gallery", axes.params)
    st.session_state[STATE] = axes
    return axes
