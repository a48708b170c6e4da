"""References of the data sets to choose from, with titles, and whether each can be used here."""

import time
from functools import lru_cache
from threading import Lock

import streamlit as st
from cachetools import FIFOCache

from cnnlab import data
from cnnlab.data import downloads, shared_folders, uploaded
from cnnlab.data.folders import Progress
from cnnlab.data.references import DOWNLOAD, FOLDER, UPLOAD
from cnnlab.ui import queue
from cnnlab.units import size
from cnnlab.workers import State

FIRST = data.names()[0]
BUNDLED = {
    "textures": "Textures: eight classes",
    "digits": "Handwritten digits: ten classes",
    "textures_grass_gravel": "Grass or gravel: two classes",
    "digits_3_8": "3 or 8: two classes",
    "drawings": "Drawings: sixty classes",
}
"""Titles, known without loading one."""
UPLOADS = "data.uploads"  # session key: titles of the uploads that it made or opened, by reference
MOST_UPLOADS = 8
MOST_ANNOUNCED = 300
_announced: FIFOCache[str, str] = FIFOCache(MOST_ANNOUNCED)
_one = Lock()
FRESH = 5  # seconds for which it is cached which downloads are here


def look_key(reference: str, seed: int = 0) -> str:
    """Return the key of the job that inspects a data set."""
    return f"look {reference} {seed}"


def transfer_state(reference: str) -> State[None]:
    """Return the state of an upload or a download that is on its way."""
    return queue.queue().state(queue.who(), reference)


def options(chosen: str) -> list[str]:
    """Return every reference to choose from, ``chosen`` among them."""
    found = [
        *data.names(),
        *st.session_state.get(UPLOADS, {}),
        *(f"{FOLDER}{name}" for name in shared_folders.names()),
        *(f"{DOWNLOAD}{name}" for name in downloads.names()),
    ]
    return found if chosen in found else [*found, chosen]


def title(reference: str) -> str:
    """Return the text of an option. A browser answers with it, so it must not change while a page is open."""
    if reference.startswith(UPLOAD):
        return f"uploaded: {name_in_sentence(reference)}"
    if reference.startswith(FOLDER):
        return f"on this server: {name_in_sentence(reference)}"
    name = reference.removeprefix(DOWNLOAD)
    if name != reference and name in downloads.DOWNLOADS:
        return f"to download: {name_in_sentence(reference)}, {size(weight(name))}"
    return BUNDLED.get(reference, reference[:60])


def name_in_sentence(reference: str) -> str:
    """Return the title of a data set in a sentence."""
    if reference.startswith(UPLOAD):
        return str(st.session_state.get(UPLOADS, {}).get(reference, "a data set"))
    if reference.startswith(FOLDER):
        return reference.removeprefix(FOLDER)
    name = reference.removeprefix(DOWNLOAD)
    if name != reference and name in downloads.DOWNLOADS:
        return downloads.DOWNLOADS[name].title
    return title(reference).partition(":")[0]


def weight(name: str) -> int:
    """Return the bytes of a download."""
    return sum(archive.size for archive in downloads.DOWNLOADS[name].archives)


def is_here(name: str) -> bool:
    """Return whether a download is here; if it is, cached for a moment, since thousands of files are checked."""
    try:
        _check_here(name, int(time.monotonic() / FRESH))
    except FileNotFoundError:
        return False
    return True


def fetch(name: str, report: Progress) -> None:
    """Download a data set. Raises ``ValueError`` with a sentence."""
    downloads.get(name, report)


@lru_cache(maxsize=8)
def _check_here(name: str, _moment: int) -> None:
    if not downloads.is_here(name):  # raised, so that it is not cached: it may arrive at any moment
        raise FileNotFoundError(name)


def remember(reference: str, name: str) -> None:
    """Offer an uploaded data set in this session, by the name it was first given."""
    known = st.session_state.get(UPLOADS, {})
    if reference not in known:
        st.session_state[UPLOADS] = dict([(reference, name), *known.items()][:MOST_UPLOADS])


def announce(reference: str, name: str) -> str:
    """Publish the first name of an upload, for everybody who opens its link before it has arrived."""
    with _one:
        return _announced.setdefault(reference, name)


def problem(reference: str) -> str:
    """Return why a data set is missing here; empty if it is here or being uploaded."""
    if reference in data.names():
        return ""
    if reference.startswith(UPLOAD):
        return _upload_problem(reference)
    if reference.startswith(FOLDER):
        if reference.removeprefix(FOLDER) in shared_folders.names():
            return ""
        return f"there is no folder of data sets {reference.removeprefix(FOLDER)[:40]!r} on this server"
    if reference.removeprefix(DOWNLOAD) in downloads.DOWNLOADS and reference.startswith(DOWNLOAD):
        return ""
    return f"there is no data set {reference[:40]!r}"


def _upload_problem(reference: str) -> str:
    state = transfer_state(reference)
    if state.live:
        remember(reference, announce(reference, "a data set"))
        return ""
    if state.phase == "failed":
        name = announce(reference, "the upload")
        st.session_state.get(UPLOADS, {}).pop(reference, None)
        return f"“{name}” could not be used: {state.text}"
    try:
        found = uploaded.get(reference.removeprefix(UPLOAD))
    except ValueError as error:
        st.session_state.get(UPLOADS, {}).pop(reference, None)
        return str(error)
    remember(reference, found.title)
    return ""
