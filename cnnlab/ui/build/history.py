"""The state of Build: a recipe with its past for undo, the chosen row, and a budget.

In the URL ``network`` is the recipe as a reference, or a case study that has a template.
"""

from collections.abc import Mapping
from typing import cast

import streamlit as st

from cnnlab.network import Network
from cnnlab.recipe import Recipe, from_graph
from cnnlab.recipe.templates import TEMPLATES
from cnnlab.ui import html
from cnnlab.ui.url_state import Codec, Field, ReplacedError, UrlState, Values, text
from cnnlab.ui.widgets import network_picker

STATE, PAST, FUTURE, CHOSEN = "build.recipe", "build.past", "build.future", "build.chosen"
EPOCH, LIMITS = "build.epoch", "build.limits"
BUDGET = ("max_macs", "max_params", "max_bytes", "challenge")
MOST_STEPS = 100  # that can be undone; a recipe takes a few kilobytes
EMPTY = Recipe()


def _read(reference: str) -> tuple[Recipe, list[str]]:
    """Return the recipe of a reference, the template of its case study or the same network as rows; and what is lost.

    Raises ``ValueError`` if no rows express the network.
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
    return usual, [f"{network.case.title} is opened with its defaults: rows cannot describe “{network.label}”"]


def _parse(reference: str) -> Recipe:
    try:
        found, problems = _read(reference)
    except ValueError as error:
        kept = " Your rows from before are kept." if recipe().rows else ""
        raise ReplacedError(recipe(), f"{html.sentence(str(error))}{kept}") from None
    if problems:
        raise ReplacedError(found, *problems)
    return found


def _row_field(values: Values) -> tuple[Field]:
    """Return the number of the chosen row, which depends on how many rows there are."""
    count = len(values.get("network", recipe()).rows)

    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or len(text) > 4 or not 0 < int(text) <= count:
            raise ReplacedError(None, f"there is no row {text[:20]!r}; none is chosen")
        return int(text)

    return (Codec("row", None, parse),)


URL = UrlState(
    "build",
    (
        Codec("network", EMPTY, _parse, lambda shown: str(Network.assembled(shown))),
        *(text(name, longest=40) for name in BUDGET),
    ),
    _row_field,
)


def take_url() -> None:
    """Read recipe, chosen row and budget from the URL; without a network the recipe stays."""
    values = URL.take_url()
    if values is None:
        return
    st.session_state[LIMITS] = {name: values[name] for name in BUDGET if values.get(name)}
    found = values.get("network", recipe())
    if found != recipe() or STATE not in st.session_state:
        _change(found)
    choose(values["row"] - 1 if values.get("row") else None)


def write_url() -> None:
    """Write recipe, chosen row and budget into the URL."""
    shown, place = recipe(), chosen()
    st.session_state[network_picker.OWN] = str(Network.assembled(shown)) if shown.rows else None
    URL.write_url({"network": shown, "row": place + 1 if place is not None else None, **limits()})


def recipe() -> Recipe:
    """Return the recipe."""
    return cast(Recipe, st.session_state.get(STATE, EMPTY))


def change(new: Recipe) -> None:
    """Show another recipe; undo brings back the one before."""
    URL.set_problems()
    _change(new)


def _change(new: Recipe) -> None:
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
    """Restore the recipe before the last change."""
    past = st.session_state.get(PAST, [])
    if past:
        st.session_state[FUTURE] = [recipe(), *st.session_state.get(FUTURE, [])]
        st.session_state[PAST] = past[:-1]
        _show(past[-1])


def redo() -> None:
    """Restore the recipe that was undone last."""
    future = st.session_state.get(FUTURE, [])
    if future:
        st.session_state[PAST] = [*st.session_state.get(PAST, []), recipe()]
        st.session_state[FUTURE] = future[1:]
        _show(future[0])


def undo_redo_available() -> tuple[bool, bool]:
    """Return whether undo and redo are available."""
    return bool(st.session_state.get(PAST)), bool(st.session_state.get(FUTURE))


def chosen() -> int | None:
    """Return the place of the chosen row, from 0; None if none is chosen."""
    return cast(int | None, st.session_state.get(CHOSEN))


def choose(place: int | None) -> None:
    """Choose the row at this place; None, or a place without a row, chooses none."""
    there = place is not None and 0 <= place < len(recipe().rows)
    st.session_state[CHOSEN] = place if there else None


def epoch() -> int:
    """Return the number of changes made outside the row's own widgets; each change makes these again."""
    return cast(int, st.session_state.get(EPOCH, 0))


def change_row(new: Recipe) -> None:
    """Show the recipe with the values of the chosen row's widgets, which stay as they are."""
    before = epoch()
    change(new)
    st.session_state[EPOCH] = before


def limits() -> dict[str, str]:
    """Return the limits of the budget as typed, by their names in the URL."""
    return cast(dict[str, str], st.session_state.get(LIMITS, {}))


def set_limits(values: Mapping[str, str]) -> None:
    """Set the limits of the budget."""
    st.session_state[LIMITS] = {name: value for name, value in values.items() if value}
