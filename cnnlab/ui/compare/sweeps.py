"""Scaling: a family on a grid of its knobs, the paper's own points, and what a budget allows."""

from collections.abc import Mapping
from functools import lru_cache

import streamlit as st

from cnnlab import guess
from cnnlab.figures.heatmap import heatmap
from cnnlab.figures.plain import Sent
from cnnlab.scaling import FINENESS, SWEEPS, Budget, Fineness, Sweep, grid, law, points_table, table
from cnnlab.ui import bar, html
from cnnlab.ui.compare import page_state
from cnnlab.ui.widgets.session_value import index
from cnnlab.units import full

COLOURS = {"macs": "MACs, 1 image", "params": "parameters", "peak_bytes": "peak memory, bytes, fp32"}
LIMITS = {"max_macs": "at most MACs", "max_params": "at most parameters", "max_bytes": "at most bytes at the peak"}
FIRST = next(iter(SWEEPS))


def sweeps() -> None:
    """The choice of a family, a budget, and the map."""
    st.html(
        html.heading("Scaling a family")
        + html.prose("Every cell is a network, built and counted. Choose a family, and a budget for your device.")
    )
    asked = page_state.kept()
    problems: list[str] = []
    sweep, colour, fineness = _choices(asked, problems)
    held = _held(sweep, asked, problems)
    budget, limits = _budget(asked, problems)
    for problem in problems:
        st.warning(html.plain(bar.sentence(problem)), icon=":material/info:")
    usual = {"sweep": FIRST, "colour": "macs", "fineness": FINENESS[0]}
    chosen = {"sweep": sweep.name, "colour": colour, "fineness": fineness}
    page_state.keep(
        {name: value if value != usual[name] else "" for name, value in chosen.items()}
        | {"at": ",".join(f"{name}:{value:g}" for name, value in held.items())}
        | limits
    )
    _map(sweep.at(**held) if held else sweep, colour, fineness, budget)


def _choices(asked: Mapping[str, str], problems: list[str]) -> tuple[Sweep, str, Fineness]:
    offered = {"sweep": SWEEPS, "colour": COLOURS, "fineness": FINENESS}
    titles = {name: sweep.title for name, sweep in SWEEPS.items()} | COLOURS
    picked = {}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for name, choices in offered.items():
            key = f"{page_state.SWEEP_KEYS}{name}"
            if key not in st.session_state:
                value = asked.get(name, next(iter(choices)))
                if value not in choices:
                    problems.append(f"{name} must be one of {', '.join(choices)}, got {value[:40]!r}.")
                    value = next(iter(choices))
                st.session_state[key] = value
            wide = 330 if name == "sweep" else 210
            picked[name] = str(
                st.selectbox(
                    name,
                    choices,
                    index(key, choices),
                    format_func=lambda each: titles.get(each, each),
                    key=key,
                    width=wide,
                )
            )
    return SWEEPS[picked["sweep"]], picked["colour"], FINENESS[FINENESS.index(picked["fineness"])]


def _held(sweep: Sweep, asked: Mapping[str, str], problems: list[str]) -> dict[str, float]:
    """The knobs beside the axes, and their values where they are not the usual ones."""
    st.html(html.prose(sweep.idea))
    wished = dict(part.partition(":")[::2] for part in asked.get("at", "").split(",") if part)
    held: dict[str, float] = {}
    usual = sweep.network(sweep.x.values[0][0], sweep.y.values[0][0] if sweep.y else None).values
    with st.container(horizontal=True, gap="small"):
        for axis in sweep.free:
            key, values = f"{page_state.SWEEP_KEYS}{sweep.name}.{axis.knob}", list(axis.at(FINENESS[0]))
            default = float(usual[axis.knob])
            values = sorted({*values, default})
            if key not in st.session_state:
                text = wished.get(axis.knob, "")
                try:
                    value = float(text) if text else default
                except ValueError:
                    value = float("nan")
                if value not in values:
                    problems.append(f"{axis.title} cannot be held at {text[:20]!r}; {default:g} is shown.")
                    value = default
                st.session_state[key] = value
            value = float(
                st.select_slider(
                    axis.title, values, st.session_state[key], format_func=lambda each: f"{each:g}", key=key, width=260
                )
            )
            if value != default:
                held[axis.knob] = value
    return held


def _budget(asked: Mapping[str, str], problems: list[str]) -> tuple[Budget, dict[str, str]]:
    """The limits that were typed, as numbers and as text for the address."""
    limits: dict[str, str] = {}
    numbers: dict[str, int | None] = {}
    with st.container(horizontal=True, gap="small"):
        for name, label in LIMITS.items():
            key = f"{page_state.SWEEP_KEYS}{name}"
            st.session_state.setdefault(key, asked.get(name, ""))
            text = st.text_input(
                label, key=key, placeholder="no limit", max_chars=40, width=210, help="Such as 300 M, 5M or 2000000."
            )
            numbers[name] = None
            if text:
                try:
                    numbers[name] = max(1, int(guess.read(text)))
                    limits[name] = text
                except ValueError as error:
                    problems.append(f"{label}: {error}.")
            limits.setdefault(name, "")
    return Budget(numbers["max_macs"], numbers["max_params"], numbers["max_bytes"]), limits


def _map(sweep: Sweep, colour: str, fineness: Fineness, budget: Budget) -> None:
    place = st.empty()

    def tell(done: int, total: int) -> None:
        place.progress(done / total, f"{full(done)} of {full(total)} networks built and counted")

    cells = grid(sweep, fineness, tell)
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
        "Labelled dots are the networks that the paper lists or its authors released; dark ones differ from their cell "
        "in a knob that is not on an axis. A click on a cell opens its network."
    )


@lru_cache(maxsize=32)
def _figure(sweep: Sweep, colour: str, fineness: Fineness, budget: Budget) -> tuple[Sent, int]:
    """The map, and how many networks are on it; up to 0.3 MB."""
    cells = grid(sweep, fineness)
    rows = table(sweep, cells)
    titles = {"x": sweep.x.title, "y": sweep.y.title if sweep.y else "", **COLOURS}
    fitting = None if budget.empty else budget.fitting(cells)
    return heatmap(rows, "x", "y" if sweep.y else None, colour, titles, points_table(sweep), fitting), len(rows)
