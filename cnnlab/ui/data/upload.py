"""The upload of a data set: an archive from the browser into the server's data sets."""

import tempfile
from collections.abc import Callable
from functools import partial
from io import BytesIO
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
from cnnlab.ui.widgets import file_input

INPUT = "data.file"
HOW = (
    "Pack one folder that has a folder of images for each class, such as `cats` and `dogs`, as .zip, .tar or .tar.gz. "
    "Folders called `train` and `test` around them stay separate. Files that are not complete images are left out and "
    "listed."
)
KEPT = (
    "It stays on this server's disk until newer uploads need the space. Everybody with its link can see it: upload "
    "nothing private."
)


def ask(chosen: Callable[[str], None], refuse: Callable[[str], None]) -> None:
    """Draw the widget. Before the page runs again, ``chosen`` gets the reference, or ``refuse`` a sentence."""
    # A new popover after each file: it is closed.
    with st.popover("Upload a data set", icon=":material/upload:", key=f"data.upload{file_input.count(INPUT)}"):
        st.markdown(HOW)
        file_input.ask(
            "an archive of images",
            INPUT,
            partial(_unpack, chosen),
            refuse,
            type=["zip", "tar", "gz", "tgz"],
            label_visibility="collapsed",
        )
        st.caption(KEPT)


def _unpack(chosen: Callable[[str], None], file: BytesIO) -> None:
    """Submit the job that unpacks an archive. Raises ``ValueError`` or ``OSError`` if the disk has no room for it."""
    called, name, spool = title(file.name), uploaded.name_of(file), _spool(file)
    reference = f"{UPLOAD}{name}"
    remember(reference, announce(reference, called))
    queue.queue().forget(look_key(reference))  # which may have failed before

    def work(report: Progress) -> None:
        uploaded.put(cast(BinaryIO, spool), called, report, name)

    text, size = "reading each image", file.getbuffer().nbytes
    queue.submit(background.job("read", reference, text, work, size, spool.close), again=True)
    chosen(reference)


def title(file: str) -> str:
    """Return the name of a data set uploaded as this file.

    >>> title("pets.tar.gz"), title(".zip")
    ('pets', 'data set')
    """
    name = PurePath(file.replace("\\", "/")).name
    for ending in (".zip", ".tgz", ".gz", ".tar"):
        name = name.removesuffix(ending)
    return name[:60] or "data set"


def _spool(file: BytesIO) -> IO[bytes]:
    """Write a copy to disk, deleted when it is closed: forty archives of 300 MB do not fit into memory."""
    place = cache.folder("arriving")
    with explained(place):
        place.mkdir(parents=True, exist_ok=True)
        spool = tempfile.TemporaryFile(dir=place)  # noqa: SIM115  # the job closes it
        file.seek(0)
        while piece := file.read(1 << 20):
            spool.write(piece)
        return spool
