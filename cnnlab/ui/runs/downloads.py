"""What a run leaves to take home: files that are there, and files that are made when somebody wants them."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import streamlit as st

from cnnlab.training import runs
from cnnlab.training.export import maker
from cnnlab.training.export.maker import Kind
from cnnlab.training.run_folder import Run
from cnnlab.ui import html
from cnnlab.ui.runs import cached_readers

POLL = 0.5  # seconds between two looks at what is being made
LIVE = ("waiting", "running")
MADE: Mapping[Kind, tuple[str, str, str]] = MappingProxyType(
    {
        "script": (
            "Keras script",
            "application/zip",
            "Repeats the run without CNN Lab: a script, its pictures and the weights it begins with.",
        ),
        "html": ("Report", "text/html", "One page with all plots, for any browser, without a network."),
        "tflite": ("TFLite", "application/octet-stream", "The network for phones and small devices."),
    }
)
"""What each is called, its type, and what it is for."""


def downloads(run: Run) -> None:
    """A button for each file there is, whose bytes are read when it is pressed, or to have it made."""
    making = _making(run)

    @st.fragment(run_every=POLL if making else None)
    def part() -> None:
        if _making(run) != making:
            st.rerun()
        with st.container(horizontal=True, gap="small"):
            _there(run)
            if run.model:
                for kind in MADE:
                    _made(run, kind)
        for kind, (label, _, _) in MADE.items():
            _told(run, kind, label)

    part()


def _making(run: Run) -> list[Kind]:
    return [kind for kind in MADE if maker.state(run, kind).phase in LIVE]


def _there(run: Run) -> None:
    if model := run.model:
        _button(run, "Model", ".keras", "application/octet-stream", model.read_bytes, "For keras.models.load_model.")
    if cached_readers.told(run).history:
        _button(run, "History as CSV", ".csv", "text/csv", run.history_csv, "A line for each epoch.")
    if spec := runs.summary(run).spec:
        _button(run, "Spec as JSON", ".json", "application/json", spec.to_json, "For python -m cnnlab train.")


def _made(run: Run, kind: Kind) -> None:
    label, mime, told = MADE[kind]
    state = maker.state(run, kind)
    if state.path:
        ending = f".{state.path.name}"
        _button(run, label, ending, mime, state.path.read_bytes, told)
        return
    st.button(
        f"Make {label}",
        icon=":material/progress_activity:" if state.phase in LIVE else ":material/build:",
        key=f"runs.make.{run.name}.{kind}",
        on_click=maker.make,
        args=(run, kind),
        disabled=state.phase in LIVE,
        help=f"{told} It takes about ten seconds.",
    )


def _told(run: Run, kind: Kind, label: str) -> None:
    """How far it is, with a button that stops it, or why there is none."""
    state = maker.state(run, kind)
    if state.phase == "failed":
        st.warning(html.plain(f"{label}: {state.text}"), icon=":material/info:")
    elif state.phase in LIVE:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(html.plain(f"{label}: {state.text}"), width="content")
            st.button(
                "Stop",
                icon=":material/stop:",
                type="tertiary",
                key=f"runs.unmake.{run.name}.{kind}",
                on_click=maker.stop,
                args=(run, kind),
            )


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
