"""What Build shows, kept in the session with its past, and written into the address bar.

The address holds ``network`` (the recipe as a reference, or a case study that has a template), ``row`` (the number of
the chosen row) and the budget: ``max_macs``, ``max_params``, ``max_bytes``, or a ``challenge``.
"""

from collections.abc import Mapping
from typing import cast

import streamlit as st

from cnnlab.network import Network
from cnnlab.recipe import Recipe, from_graph
from cnnlab.recipe.templates import TEMPLATES
from cnnlab.ui import bar
from cnnlab.ui.widgets import network_picker

STATE, PAST, FUTURE, CHOSEN = "build.recipe", "build.past", "build.future", "build.chosen"
PROBLEMS, EPOCH, LIMITS = "build.problems", "build.epoch", "build.limits"
BUDGET = ("max_macs", "max_params", "max_bytes", "challenge")
MOST_STEPS = 100  # that can be undone; a recipe takes a few kilobytes
EMPTY = Recipe()


def arrive() -> None:
    """Take over the address, when it is not the one this session wrote last."""
    asked = bar.asked("build")
    if asked is None:
        return
    params = {name: values[-1] for name, values in asked.items()}
    problems: list[str] = []
    found = recipe()
    try:
        if params.get("network"):
            found, problems = _read(params["network"])
    except ValueError as error:
        kept = " What was there before is kept." if found.rows else ""
        problems.append(f"{bar.sentence(str(error))}{kept}")
    row = params.get("row", "")
    chosen = int(row[:4]) - 1 if row[:4].isdecimal() else None
    unknown = sorted(set(params) - {"network", "row", *BUDGET})
    if unknown:
        names = ", ".join(repr(name[:40]) for name in unknown[:5])
        problems.append(f"The address says {names}, which means nothing here.")
    st.session_state[LIMITS] = {name: params[name][:40] for name in BUDGET if name in params}
    if found != recipe() or STATE not in st.session_state:
        change(found)
    choose(chosen)
    st.session_state[PROBLEMS] = [bar.sentence(problem) for problem in problems]


def _read(reference: str) -> tuple[Recipe, list[str]]:
    """The recipe that a reference spells, its case study's template, or the rows that say the same; and what is lost.

    Raises ``ValueError`` where no rows say it.
    """
    network = Network.parse(reference)
    template = TEMPLATES.get(network.name)
    usual = network.recipe or (template.make() if template else None)
    if network == network.original and not network.changed and usual:
        return usual, []
    same = from_graph(network.graph())
    if same:
        return same, []
    if usual is None:
        raise ValueError(f"{network.case.title} cannot be opened as rows; choose one of the templates")
    return usual, [f"{network.case.title} is opened as it usually is: rows cannot say “{network.label}”"]


def leave() -> None:
    """Write the address of what is shown."""
    shown, place = recipe(), chosen()
    reference = str(Network.assembled(shown)) if shown != EMPTY else ""
    st.session_state[network_picker.OWN] = reference if shown.rows else None
    row = str(place + 1) if place is not None else ""
    bar.write("build", {"network": reference, "row": row, **limits()})


def recipe() -> Recipe:
    """The recipe shown last."""
    return cast(Recipe, st.session_state.get(STATE, EMPTY))


def change(new: Recipe) -> None:
    """Show another recipe; the one before can be had back."""
    settle()
    if STATE in st.session_state and new != recipe():
        st.session_state[PAST] = [*st.session_state.get(PAST, []), recipe()][-MOST_STEPS:]
        st.session_state[FUTURE] = []
    _show(new)


def _show(new: Recipe) -> None:
    st.session_state[STATE] = new
    st.session_state[EPOCH] = epoch() + 1
    place = chosen()
    if place is not None and place >= len(new.rows):
        choose(len(new.rows) - 1)


def undo() -> None:
    """The recipe before the last change."""
    past = st.session_state.get(PAST, [])
    if past:
        st.session_state[FUTURE] = [recipe(), *st.session_state.get(FUTURE, [])]
        st.session_state[PAST] = past[:-1]
        _show(past[-1])


def redo() -> None:
    """The recipe that was undone last."""
    future = st.session_state.get(FUTURE, [])
    if future:
        st.session_state[PAST] = [*st.session_state.get(PAST, []), recipe()]
        st.session_state[FUTURE] = future[1:]
        _show(future[0])


def can() -> tuple[bool, bool]:
    """Whether there is something to undo, and to redo."""
    return bool(st.session_state.get(PAST)), bool(st.session_state.get(FUTURE))


def chosen() -> int | None:
    """Place of the chosen row."""
    return cast(int | None, st.session_state.get(CHOSEN))


def choose(place: int | None) -> None:
    """Choose a row by its place; None, or a place where no row is, chooses nothing."""
    there = place is not None and 0 <= place < len(recipe().rows)
    st.session_state[CHOSEN] = place if there else None


def epoch() -> int:
    """How often the recipe was changed other than by its own widgets: these are made anew then."""
    return cast(int, st.session_state.get(EPOCH, 0))


def edited(new: Recipe) -> None:
    """Take over what the chosen row's widgets say; they stay as they are."""
    before = epoch()
    change(new)
    st.session_state[EPOCH] = before


def limits() -> dict[str, str]:
    """The budget as it was typed, by the names in the address."""
    return cast(dict[str, str], st.session_state.get(LIMITS, {}))


def limit(values: Mapping[str, str]) -> None:
    """Keep another budget."""
    st.session_state[LIMITS] = {name: value for name, value in values.items() if value}


def tell(sentence: str) -> None:
    """Have a sentence told when the page is drawn next."""
    st.session_state[PROBLEMS] = [*st.session_state.get(PROBLEMS, []), bar.sentence(sentence)]


def settle() -> None:
    """Tell nothing of what went wrong before."""
    st.session_state[PROBLEMS] = []


def problems() -> list[str]:
    """Sentences on what an address or a file asked for and did not get; told until something is changed."""
    return cast(list[str], st.session_state.get(PROBLEMS, []))
