"""Importing a network: the job that reads its file, the wait for it, and what was found."""

import hashlib
from functools import partial

import streamlit as st

from cnnlab import shelf
from cnnlab.backends import reader_process
from cnnlab.backends.imported import Imported, read
from cnnlab.network import Network
from cnnlab.recipe import Recipe, from_graph
from cnnlab.sources import IMPORTED
from cnnlab.ui import html, queue
from cnnlab.ui.build import history
from cnnlab.ui.build.entrances import network_links
from cnnlab.ui.network_cache import cached_by_network
from cnnlab.ui.study import study
from cnnlab.ui.widgets import file_input, network_picker
from cnnlab.units import count, full
from cnnlab.workers import Job, JobError, Lane, Progress, State

JUST_NOW = "build.just_imported"
PENDING = "build.importing"
MOST_IMPORTS = 8  # that a session offers
LANE = Lane(
    "importing",
    latest_only=True,
    kept=40,  # networks of 30 kB at most
    full="{waiting} files are waiting to be read; try again in a minute",
    place=lambda before: "1 other file comes first" if before == 1 else f"{before} other files come first",
)


def warm() -> None:
    """Start the process that reads files, in the background: it is there when a file is chosen."""
    if reader_process.WORKER.pid is None:
        queue.submit(Job(LANE, ("importing", "warm"), lambda _: reader_process.start()), again=True)


def begin(data: bytes, name: str) -> None:
    """Read a file. If it takes more than a moment, ``wait`` shows that. Raises ``ValueError`` as ``read``."""
    st.session_state.pop(PENDING, None)  # the last file counts
    reading = job(data, name)
    queue.submit(reading)
    if not _take(queue.ask(reading, queue.PATIENCE)):
        st.session_state[PENDING] = name, reading


def job(data: bytes, name: str) -> Job[Imported]:
    """Return the job that reads a file."""
    key = ("importing", name, hashlib.sha256(data).digest())
    return Job(LANE, key, partial(_read, data, name), "reading the file", len(data))


def _read(data: bytes, name: str, _: Progress) -> Imported:
    try:
        return read(data, name)
    except ValueError as error:
        raise JobError(str(error)) from None


def _take(state: State[Imported]) -> bool:
    """Take what was read; return whether it was. Raises ``ValueError`` if the file was refused."""
    if state.phase == "failed":
        raise ValueError(state.text)
    if state.result is None:
        return False
    _import(state.result)
    return True


def wait() -> None:
    """Show that a file is being read, until it is taken or refused."""
    if PENDING not in st.session_state:
        return
    name, reading = st.session_state[PENDING]
    state = queue.ask(reading)
    if state.live:
        queue.live(partial(_progress, name, reading), [state])
        return
    del st.session_state[PENDING]
    file_input.use_or_refuse(name, lambda: _take(state), history.URL.set_problems)
    st.rerun()


def _progress(name: str, reading: Job[Imported]) -> bool:
    state = queue.ask(reading)
    queue.progress(f"“{name[:60]}”", state)
    return state.live


def _import(found: Imported) -> None:
    """Store the import, and offer it wherever a network is chosen. Raises ``ValueError`` if it is too large."""
    name = shelf.put(found)
    network = Network.of(f"{IMPORTED}{name}")
    try:
        network.graph()
    except ValueError:  # too large to be counted
        shelf.drop(name)
        raise
    history.URL.set_problems()
    known = [name for name in st.session_state.get(network_picker.IMPORTS, []) if name != network.name]
    st.session_state[network_picker.IMPORTS] = [network.name, *known][:MOST_IMPORTS]
    st.session_state[JUST_NOW] = network.name


def just_imported() -> None:
    """Draw the last import, with links to other pages, until the reader closes it."""
    name = st.session_state.get(JUST_NOW)
    if name is None:
        return
    try:
        network = Network.of(name)
        totals = study(network).totals
    except ValueError as error:  # it was deleted in the meantime
        del st.session_state[JUST_NOW]
        st.warning(html.plain(html.sentence(str(error))), icon=":material/info:")
        return
    first = "At least " if totals.at_least else ""
    with st.container(border=True, key="build_imported"):
        st.html(
            html.heading(f"Imported: {network.title}")
            + html.prose(
                f"{first}**{full(totals.params)}** parameters and **{full(totals.macs)}** MACs in "
                f"{count(totals.layers, 'layer')}, {study(network).example}."
            )
            + "".join(html.prose(note, "cnnlab-aside") for note in network.notes)
            + network_links(network)
        )
        if as_rows(network):
            st.button(
                "Open it as rows",
                key="build.as_rows",
                icon=":material/construction:",
                on_click=_take_rows,
                args=(network,),
            )
        st.button("Close", key="build.close_import", on_click=st.session_state.pop, args=(JUST_NOW,), type="tertiary")


@cached_by_network
def as_rows(network: Network) -> Recipe | None:
    """Return the same network as rows, if it is a plain chain of layers."""
    return from_graph(network.graph())


def _take_rows(network: Network) -> None:
    recipe = as_rows(network)
    if recipe:
        history.change(recipe)
        history.choose(None)
        st.session_state.pop(JUST_NOW, None)
