"""The upload of a data set: an archive from the browser into the server's data sets."""

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import PurePath
from typing import IO, BinaryIO, cast

import streamlit as st

from cnnlab.data import uploaded
from cnnlab.data.folders import Progress
from cnnlab.data.references import UPLOAD
from cnnlab.storage import cache
from cnnlab.storage.files import explained
from cnnlab.ui import queue
from cnnlab.ui.data import background
from cnnlab.ui.data.references import announce, look_key, remember

TAKEN = "data.taken"  # number of uploads: each gets a new widget, so that Streamlit forgets the file
TOLD = (
    "Pack one folder that has a folder of pictures for each class, such as `cats` and `dogs`, as .zip, .tar or "
    ".tar.gz. Folders called `train` and `test` around them are kept apart. Files that are no whole pictures are "
    "left out and listed."
)
KEPT = (
    "It stays on this server's disk until others need the room, and whoever has its link can see it: upload nothing "
    "private."
)


def ask(chosen: Callable[[str], None], refuse: Callable[[str], None]) -> None:
    """Draw the widget. Before the page runs again, ``chosen`` gets the reference, or ``refuse`` a sentence."""
    number = st.session_state.get(TAKEN, 0)
    with st.popover("Upload a data set", icon=":material/upload:", key=f"data.upload{number}"):
        st.markdown(TOLD)
        widget = f"data.file{number}"
        st.file_uploader(
            "an archive of pictures",
            type=["zip", "tar", "gz", "tgz"],
            key=widget,
            on_change=_take,
            args=(widget, chosen, refuse),
            label_visibility="collapsed",
        )
        st.caption(KEPT)


def _take(widget: str, chosen: Callable[[str], None], refuse: Callable[[str], None]) -> None:
    file = st.session_state.get(widget)
    if file is None:
        return
    st.session_state[TAKEN] = st.session_state.get(TAKEN, 0) + 1
    called = title(file.name)
    try:
        name, spool = uploaded.name_of(file), _spooled(file)
    except (ValueError, OSError) as error:
        refuse(f"“{called}” was not taken: {error if isinstance(error, ValueError) else 'the disk cannot be used'}")
        return
    reference = f"{UPLOAD}{name}"
    remember(reference, announce(reference, called))
    queue.queue().forget(look_key(reference))  # which may have failed before
    work = partial(_keep, spool, called)
    queue.submit(background.job("read", reference, "looking at every picture", work, file.size), anew=True)
    chosen(reference)


def title(file: str) -> str:
    """Return the name of a data set that came as this file.

    >>> title("pets.tar.gz"), title(".zip")
    ('pets', 'data set')
    """
    name = PurePath(file.replace("\\", "/")).name
    for ending in (".zip", ".tgz", ".gz", ".tar"):
        name = name.removesuffix(ending)
    return name[:60] or "data set"


def _spooled(file: BinaryIO) -> IO[bytes]:
    """Return a copy on disk, deleted when it is closed: forty archives of 300 MB do not fit into memory."""
    place = cache.folder("arriving")
    with explained(place):
        place.mkdir(parents=True, exist_ok=True)
        spool = tempfile.TemporaryFile(dir=place)  # noqa: SIM115  # closed by whoever unpacks it
        file.seek(0)
        while piece := file.read(1 << 20):
            spool.write(piece)
        return spool


def _keep(spool: IO[bytes], called: str, report: Progress) -> None:
    with spool:
        uploaded.put(cast(BinaryIO, spool), called, report)
