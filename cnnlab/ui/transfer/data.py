"""Training data: the section that chooses it, and whether it can be trained on."""

from collections.abc import Callable

import streamlit as st

from cnnlab.data.bundled import LEAST
from cnnlab.data.references import DOWNLOAD
from cnnlab.ui import queue
from cnnlab.ui.data import section as data
from cnnlab.ui.data.references import is_here, name_in_sentence, transfer_state
from cnnlab.ui.data.references import problem as unknown
from cnnlab.ui.data.section import Chosen
from cnnlab.units import full

LOOK = "transfer.look"  # in the session: the seed of the images that are shown, which is no matter of a run's
OPEN = "transfer.images"


def problem(reference: str) -> str:
    """Return why the data set cannot be trained on at the moment, as a sentence; empty if it can."""
    if reason := unknown(reference):
        return reason
    if transfer_state(reference).live:
        return f"“{name_in_sentence(reference)}” is still being prepared"
    name = reference.removeprefix(DOWNLOAD)
    if name != reference and not is_here(name):
        title = name_in_sentence(reference)
        return f"“{title}” is not on this server yet: download it under “Images”, or choose another data set"
    return ""


def classes(reference: str) -> int | None:
    """Return the number of classes of the data set; None if it is not known yet."""
    counted = count(reference)
    return counted[0] if counted else None


def count(reference: str, per_class: int = 0) -> tuple[int, int] | None:
    """Return the number of classes and of training images with ``per_class`` of each class, 0 for all.

    None if that is not known yet.
    """
    if problem(reference):
        return None
    known = data.summary_or_none(_chosen(reference))
    if not known:
        return None
    return len(known.classes), sum(min(per_class or each.train, each.train) for each in known.classes)


def await_summary(reference: str) -> None:
    """Run the page again when the data set's summary is made; show why it failed if it does."""
    awaited = queue.Awaited()
    awaited.ask("transfer.images", data.look_job(_chosen(reference)), patience=0.0)
    awaited.watch()


def has_test(reference: str) -> bool:
    """Return False for a data set that is known to have no test images; no file is read for it."""
    known = None if reference in LEAST else data.summary_if_made(_chosen(reference))
    return known is None or any(each.test for each in known.classes)


def amount(reference: str, per_class: int) -> str:
    """Return the number of images that a run learns from, in words; no file is read for it.

    >>> amount("textures", 25), amount("textures", 1000), amount("upload:0", 0)
    ('25 images of each class', 'at most 1,000 images of each class', 'all images')
    """
    if not per_class:
        return "all images"
    least = LEAST.get(reference, 0)
    if reference not in LEAST and (known := data.summary_if_made(_chosen(reference))):
        least = min(each.train for each in known.classes)
    return f"{'' if per_class <= least else 'at most '}{full(per_class)} images of each class"


def _chosen(reference: str) -> Chosen:
    return Chosen(reference, st.session_state.get(LOOK, 0))


def replace_unknown(reference: str, put: Callable[[str], None]) -> None:
    """Replace an unknown reference by the default if the section is open, before any other part shows it."""
    if st.session_state.get(OPEN):
        data.replace_unknown(_chosen(reference), lambda chosen: put(chosen.data))


def draw(reference: str, put: Callable[[str], None]) -> None:
    """Draw the section, folded; ``put`` gets the reference of another data set that the reader chose."""

    def chose(chosen: Chosen) -> None:
        st.session_state[LOOK] = chosen.seed
        if chosen.data != reference:
            put(chosen.data)

    # Its title never changes: another one would be another expander, and closed.
    with st.expander("Images", key=OPEN, icon=":material/photo_library:", on_change="rerun") as opened:
        if opened.open:
            data.draw(_chosen(reference), chose)
