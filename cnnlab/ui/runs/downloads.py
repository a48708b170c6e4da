"""What a run leaves to take home."""

from collections.abc import Callable

import streamlit as st

from cnnlab.training import runs
from cnnlab.training.folder import Run
from cnnlab.ui.runs import known


def downloads(run: Run) -> None:
    """A button for each file there is; its bytes are read when it is pressed."""
    with st.container(horizontal=True, gap="small"):
        if model := run.model:
            _button(
                run, "Model", ".keras", "application/octet-stream", model.read_bytes, "For keras.models.load_model."
            )
        if known.told(run).history:
            _button(run, "History as CSV", ".csv", "text/csv", run.history_csv, "A line for each epoch.")
        if spec := runs.look(run).spec:
            _button(run, "Spec as JSON", ".json", "application/json", spec.to_json, "For python -m cnnlab train.")


def _button(run: Run, label: str, ending: str, kind: str, data: Callable[[], str | bytes], told: str) -> None:
    st.download_button(
        label,
        data,
        f"{run.name}{ending}",
        kind,
        key=f"runs.save.{run.name}{ending}",
        on_click="ignore",
        icon=":material/download:",
        help=told,
    )
