"""The scaling view: a family on a grid of its knobs, the paper's own points, and a budget."""

from functools import lru_cache

import streamlit as st

from cnnlab import guess
from cnnlab.figures.heatmap import heatmap
from cnnlab.figures.plain import PlainFigure
from cnnlab.scaling import FINENESS, LIMITS, SWEEPS, Budget, Fineness, Sweep, grid, law, points_table, table
from cnnlab.ui import html
from cnnlab.ui.compare import scaling_state
from cnnlab.ui.compare.scaling_state import COLOURS
from cnnlab.ui.widgets.session_value import index
from cnnlab.units import full


def draw() -> None:
    """Draw the choice of a family, a budget, and the map."""
    st.html(
        html.heading("Scaling a family")
        + html.prose(
            "Each cell is a network for square images, built and counted. Choose a family, and a budget for your "
            "device."
        )
    )
    chosen = _choices()
    sweep, colour = SWEEPS[chosen["sweep"]], chosen["colour"]
    fineness = FINENESS[FINENESS.index(chosen["fineness"])]
    fixed = _fixed_knobs(sweep)
    budget, limits = _budget()
    scaling_state.keep({**chosen, "at": fixed, **limits})
    _map(sweep.at(**fixed) if fixed else sweep, colour, fineness, budget)


def _choices() -> dict[str, str]:
    titles = {name: sweep.title for name, sweep in SWEEPS.items()} | COLOURS
    picked = {}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for name, options in scaling_state.CHOICES.items():
            choices, key = list(options), f"{scaling_state.WIDGETS}{name}"
            st.session_state.setdefault(key, scaling_state.kept().get(name, choices[0]))
            picked[name] = str(
                st.selectbox(
                    name,
                    choices,
                    index(key, choices),
                    format_func=lambda each: titles.get(each, each),
                    key=key,
                    width=330 if name == "sweep" else 210,
                )
            )
    return picked


def _fixed_knobs(sweep: Sweep) -> dict[str, float]:
    """Return the knobs beside the axes that are not at their usual values."""
    st.html(html.prose(sweep.idea))
    fixed: dict[str, float] = {}
    with st.container(horizontal=True, gap="small"):
        for axis in sweep.free:
            values, usual = scaling_state.offered(sweep)[axis.knob]
            key = f"{scaling_state.WIDGETS}{sweep.name}.{axis.knob}"
            st.session_state.setdefault(key, scaling_state.kept().get("at", {}).get(axis.knob, usual))
            value = float(
                st.select_slider(
                    axis.title, values, st.session_state[key], format_func=lambda each: f"{each:g}", key=key, width=260
                )
            )
            if value != usual:
                fixed[axis.knob] = value
    return fixed


def _budget() -> tuple[Budget, dict[str, str]]:
    """Draw the fields of the budget; return its limits as numbers and as text."""
    limits: dict[str, str] = {}
    numbers: dict[str, int] = {}
    problems = []
    with st.container(horizontal=True, gap="small"):
        for name, label in LIMITS.items():
            key = f"{scaling_state.WIDGETS}{name}"
            st.session_state.setdefault(key, scaling_state.kept().get(name, ""))
            text = st.text_input(
                label,
                key=key,
                placeholder="no limit",
                max_chars=40,
                width=210,
                help="Such as 300 M, 50 k or 2,000,000.",
            )
            if text:
                try:
                    numbers[name] = guess.limit(text)
                    limits[name] = text
                except ValueError as error:
                    problems.append(f"{label}: {error}")
    for problem in problems:
        st.warning(html.plain(html.sentence(problem)), icon=":material/info:")
    return Budget(numbers.get("max_macs"), numbers.get("max_params"), numbers.get("max_bytes")), limits


def _map(sweep: Sweep, colour: str, fineness: Fineness, budget: Budget) -> None:
    place = st.empty()

    def show_progress(done: int, total: int) -> None:
        place.progress(done / total, f"{full(done)} of {full(total)} networks built and counted")

    cells = grid(sweep, fineness, show_progress)
    place.empty()
    text = budget.sentence(sweep, cells)
    st.html(html.prose(text, "cnnlab-notice"))
    figure, count = _figure(sweep, colour, fineness, budget)
    if not count:
        return
    alt = f"{sweep.title}: {count} networks by {COLOURS[colour]}. {text}"
    st.plotly_chart(figure, key="compare.scaling", config=html.STILL, alt=alt)
    if sweep.x.knob == "phi":
        st.html(html.prose(law(cells)))
    st.caption(
        "Labelled dots are networks that the paper lists or its authors released. A dark dot also differs in a knob "
        "that is not on the axes. A click on a cell opens its network."
    )


@lru_cache(maxsize=32)
def _figure(sweep: Sweep, colour: str, fineness: Fineness, budget: Budget) -> tuple[PlainFigure, int]:
    """Return the heatmap and its number of networks; up to 0.3 MB."""
    cells = grid(sweep, fineness)
    rows = table(sweep, cells)
    titles = {"x": sweep.x.title, "y": sweep.y.title if sweep.y else "", **COLOURS}
    fitting = None if budget.empty else budget.fitting(cells)
    return heatmap(rows, "x", "y" if sweep.y else None, colour, titles, points_table(sweep), fitting), len(rows)
