"""State of the page Runs: filters and order of the list, and the chosen runs (a ``run`` each in the URL)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast, get_args

import streamlit as st

from cnnlab.knobs import Knob
from cnnlab.training import runs
from cnnlab.training.run_folder import Phase
from cnnlab.ui.url_state import Repeated, ReplacedError, UrlState, choice, text

STATE = "runs.shown"
MOST = 6  # runs that are overlaid: as many as there are colours
LONGEST = 100  # letters of the words that are looked for
SORTS: Mapping[str, str] = {
    "newest": "newest first",
    "accuracy": "test accuracy",
    "duration": "longest first",
    "title": "title",
}
PHASES: Mapping[str, str] = {name: name for name in ("all", *get_args(Phase), "damaged")}


@dataclass(frozen=True)
class RunsState:
    """The state of the page as a value."""

    words: str = ""
    phase: str = "all"
    sort: str = "newest"
    mine: bool = False
    chosen: tuple[str, ...] = ()


def _runs(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of runs, each once."""
    asked = tuple(dict.fromkeys(names))
    good = tuple(name for name in asked if runs.NAME.fullmatch(name))
    problems = [f"there is no run {name[:40]!r}" for name in asked if name not in good][:3]
    if len(good) > MOST:
        problems.append(f"at most {MOST} runs are shown at a time; the first {MOST} are")
    if problems:
        raise ReplacedError(good[:MOST], *problems)
    return good


URL = UrlState(
    "runs",
    (
        text("words", LONGEST),
        choice("phase", PHASES),
        choice("sort", SORTS),
        Knob("mine", bool, False, ""),
        Repeated("run", (), _runs),
    ),
)


def take_url() -> None:
    """Read the state from the URL."""
    values = URL.take_url()
    if values is not None:
        st.session_state[STATE] = RunsState(chosen=values.pop("run", ()), **values)


def write_url() -> None:
    """Write the state into the URL."""
    URL.write_url({**vars(current()), "run": current().chosen})


def current() -> RunsState:
    """Return the state."""
    return cast(RunsState, st.session_state.get(STATE, RunsState()))


def change(**new: Any) -> None:
    """Change the state."""
    st.session_state[STATE] = replace(current(), **new)
    URL.set_problems()


def keep(found: Iterable[str]) -> None:
    """Keep the chosen runs that exist, with a sentence if others are missing."""
    gone = len(current().chosen)
    st.session_state[STATE] = replace(current(), chosen=tuple(found))
    gone -= len(current().chosen)
    if gone:
        which = "A chosen run is" if gone == 1 else f"{gone} chosen runs are"
        URL.add_problem(f"{which} not on this server; choose another from the list")


def press(name: str) -> None:
    """Select a run, or deselect it; too many selected runs are a problem."""
    chosen = current().chosen
    if name in chosen:
        change(chosen=tuple(each for each in chosen if each != name))
    elif len(chosen) < MOST:
        change(chosen=(*chosen, name))
    else:
        URL.set_problems(f"{MOST} runs are overlaid, which is the most; deselect one first")
