"""The Keras code that loads a data set, and its images as a zip with a folder for each class."""

from functools import partial
from pathlib import Path

import streamlit as st

from cnnlab.data.folders import SIZE, safe
from cnnlab.ui import html, queue
from cnnlab.ui.data import background, zip_download
from cnnlab.ui.data.summary import Seen
from cnnlab.units import size
from cnnlab.workers import Job


def draw(reference: str, seen: Seen) -> None:
    """Draw the section, folded: its content is made when it is opened."""
    with st.expander("The code that loads it", key="data.code", on_change="rerun") as opened:
        if not opened.open:
            return
        name = _name(reference, seen)
        st.html(html.prose(_instructions(name, seen)))
        st.code(seen.source, language="python")
        with st.container(horizontal=True, gap="small"):
            st.download_button(
                "Keras code",
                seen.source,
                "load_data.py",
                "text/x-python",
                key="data.save.code",
                on_click="ignore",
                icon=":material/download:",
            )
            if seen.bytes <= zip_download.MOST_BYTES:
                work = partial(zip_download.pack, reference)
                job = background.job("pack", f"zip {reference}", "packing the images", work)
                queue.live(lambda: _zip(job, name), [queue.state(job)])


def _name(reference: str, seen: Seen) -> str:
    """Return the name of the folder that the code reads."""
    return reference if seen.own_size else safe(seen.title)


def _instructions(name: str, seen: Seen) -> str:
    resized = "" if seen.own_size else f" Each image is stretched to {SIZE}×{SIZE} pixels while it is read."
    if seen.bytes > zip_download.MOST_BYTES:
        return (
            f"The code reads a folder “{name}” beside it. Its {size(seen.bytes)} of images are too large for a "
            f"download: copy the folder itself.{resized}"
        )
    return (
        f"The code reads a folder “{name}” beside it, with a folder of images for each class: download the zip and "
        f"unpack it there.{resized}"
    )


def _zip(job: Job[Path], name: str) -> bool:
    """Draw the download of the zip, or a button that makes it; return whether the zip is being made."""
    state = queue.state(job)
    path = state.result
    if path and path.exists():
        st.download_button(
            f"Images as a zip, {size(path.stat().st_size)}",
            path.read_bytes,
            f"{name}.zip",
            "application/zip",
            key="data.save.zip",
            on_click="ignore",
            icon=":material/download:",
        )
        return False
    if not state.live:
        st.button(
            "Make a zip of its images",
            key="data.make.zip",
            icon=":material/folder_zip:",
            on_click=queue.submit,
            args=(job, True),
        )
    queue.progress("Zip", state)
    return state.live
