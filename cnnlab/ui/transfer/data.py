"""Which pictures are learned from: the section on data, folded, and whether a data set can be trained on."""

from collections.abc import Callable

import streamlit as st

from cnnlab.data.references import DOWNLOAD
from cnnlab.ui.data import section as data
from cnnlab.ui.data.references import LEAST, arrival, called, is_here
from cnnlab.ui.data.references import problem as unknown
from cnnlab.ui.data.section import Chosen
from cnnlab.units import full

LOOK = "transfer.look"  # in the session: the seed of the pictures that are shown, which is no matter of a run's
OPEN = "transfer.pictures"


def problem(reference: str) -> str:
    """Why it cannot be trained on at the moment, as a sentence; empty where it can."""
    if told := unknown(reference):
        return told
    if arrival(reference).live:
        return f"“{called(reference)}” is still on its way here"
    name = reference.removeprefix(DOWNLOAD)
    if name != reference and not is_here(name):
        return f"“{called(reference)}” is not on this server yet: download it under “Pictures”, or choose another set"
    return ""


def classes(reference: str) -> int | None:
    """How many classes it has; None where it cannot be told yet."""
    counted = count(reference)
    return counted[0] if counted else None


def count(reference: str, per_class: int = 0) -> tuple[int, int] | None:
    """How many classes it has, and pictures to learn from, at most ``per_class`` of each class where that is not 0.

    None where that cannot be told yet.
    """
    if problem(reference):
        return None
    seen = data.known(_chosen(reference))
    if not seen:
        return None
    return len(seen.classes), sum(min(per_class or each.train, each.train) for each in seen.classes)


def told(reference: str, per_class: int) -> str:
    """How many a run learns from, in words; nothing is looked into for it.

    >>> told("textures", 25), told("textures", 1000), told("upload:0", 0)
    ('25 pictures of each class', 'at most 1,000 pictures of each class', 'all pictures')
    """
    if not per_class:
        return "all pictures"
    least = LEAST.get(reference, 0)
    if reference not in LEAST and (seen := data.peeked(_chosen(reference))):
        least = min(each.train for each in seen.classes)
    return f"{'' if per_class <= least else 'at most '}{full(per_class)} pictures of each class"


def _chosen(reference: str) -> Chosen:
    return Chosen(reference, st.session_state.get(LOOK, 0))


def settle(reference: str, put: Callable[[str], None]) -> None:
    """Unfolded, the section shows another set where this one means nothing here: before anything is said of it."""
    if st.session_state.get(OPEN):
        data.settled(_chosen(reference), lambda chosen: put(chosen.data))


def section(reference: str, put: Callable[[str], None]) -> None:
    """Folded; ``put`` is given the reference of another set that the reader chose."""

    def chose(chosen: Chosen) -> None:
        st.session_state[LOOK] = chosen.seed
        if chosen.data != reference:
            put(chosen.data)

    # Its title never changes: another one would be another expander, and closed.
    with st.expander("Pictures", key=OPEN, icon=":material/photo_library:", on_change="rerun") as opened:
        if opened.open:
            data.section(_chosen(reference), chose)
