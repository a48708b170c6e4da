"""A run's downloads: files that are there, and files that are made on request."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import streamlit as st

from cnnlab.training import runs
from cnnlab.training.export.maker import Kind, existing_file, job
from cnnlab.training.run_folder import Run
from cnnlab.ui import html, queue
from cnnlab.ui.runs import cached_readers

MADE: Mapping[Kind, tuple[str, str, str]] = MappingProxyType(
    {
        "script": (
            "Keras script",
            "application/zip",
            "Repeats the run without CNN Lab: a script, its images and its initial weights.",
        ),
        "html": ("Report", "text/html", "One page with all plots, for any browser, offline."),
        "tflite": ("TFLite", "application/octet-stream", "The network for phones and small devices."),
    }
)
"""Label, MIME type and purpose of each file that is made."""


def downloads(run: Run) -> None:
    """Draw a button for each file: it downloads the file, read when pressed, or has it made."""
    queue.live(lambda: _buttons(run), [queue.state(job(run, kind)) for kind in MADE])


def _buttons(run: Run) -> bool:
    """Draw the buttons; return whether a file is in the making."""
    with st.container(horizontal=True, gap="small"):
        _there(run)
        if run.model:
            for kind in MADE:
                _made(run, kind)
    live = [_progress(run, kind) for kind in MADE]
    return any(live)


def _there(run: Run) -> None:
    if model := run.model:
        _button(run, "Model", ".keras", "application/octet-stream", model.read_bytes, "For keras.models.load_model.")
    if cached_readers.events(run).history:
        _button(run, "History as CSV", ".csv", "text/csv", run.history_csv, "One line per epoch.")
    if spec := runs.summary(run).spec:
        _button(run, "Spec as JSON", ".json", "application/json", spec.to_json, "For python -m cnnlab train.")


def _made(run: Run, kind: Kind) -> None:
    label, mime, help_text = MADE[kind]
    if path := existing_file(run, kind):
        _button(run, label, f".{path.name}", mime, path.read_bytes, help_text)
        return
    making = job(run, kind)
    live = queue.state(making).live
    st.button(
        f"Make {label}",
        icon=":material/progress_activity:" if live else ":material/build:",
        key=f"runs.make.{run.name}.{kind}",
        on_click=queue.submit,
        args=(making, True),
        disabled=live,
        help=f"{help_text} It takes about ten seconds.",
    )


def _progress(run: Run, kind: Kind) -> bool:
    """Show the progress of a file with a button that stops it, or its error; return whether it is in the making."""
    label, making = MADE[kind][0], job(run, kind)
    state = queue.state(making)
    if state.phase == "failed" and not existing_file(run, kind):
        st.warning(html.plain(f"{label}: {state.text}"), icon=":material/info:")
    elif state.live:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(html.plain(f"{label}: {state.text}"), width="content")
            st.button(
                "Stop",
                icon=":material/stop:",
                type="tertiary",
                key=f"runs.unmake.{run.name}.{kind}",
                on_click=queue.cancel,
                args=(making,),
            )
    return state.live


def _button(run: Run, label: str, ending: str, kind: str, data: Callable[[], str | bytes], help_text: str) -> None:
    st.download_button(
        label,
        data,
        f"{run.name}{ending}",
        kind,
        key=f"runs.save.{run.name}{ending}",
        on_click="ignore",
        icon=":material/download:",
        help=help_text,
    )
