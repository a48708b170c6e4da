"""Progress of a run: its place in the queue, its epoch, the time left; and a button that stops it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from cnnlab.training import runs
from cnnlab.training.dask.cluster import ORDINARY
from cnnlab.training.run_folder import Run
from cnnlab.training.spec import Spec
from cnnlab.ui import html
from cnnlab.ui.html import sentence
from cnnlab.ui.runs import cached_readers, cluster
from cnnlab.ui.runs.cached_readers import EventSummary
from cnnlab.ui.runs.owner import owner
from cnnlab.units import duration, size


def progress(run: Run, key: str) -> None:
    """Draw the progress of a run with a button that stops it; or its error."""
    summary = runs.summary(run)
    for problem in summary.problems if summary.live else runs.problems(run):
        st.warning(html.plain(f"Damaged: {problem}."), icon=":material/broken_image:")
    status = summary.status
    if status is None or summary.spec is None:
        return
    if not status.live:
        if status.phase == "failed":
            st.error(html.plain(f"It failed: {status.text or 'the reason is unknown'}"), icon=":material/error:")
        elif status.phase == "cancelled":
            epochs = len(cached_readers.events(run).history)
            ended = f"It was stopped after {epochs} {'epoch' if epochs == 1 else 'epochs'}; there is no model of it."
            st.info(html.plain(f"{ended} {status.text}".strip()), icon=":material/cancel:")
        return
    if trouble := cluster.cluster().trouble(run):
        st.warning(html.plain(trouble), icon=":material/info:")
    events = cached_readers.events(run)
    stopping = (run.folder / "cancel").exists()
    share, text = (0.0, _waiting(status.before)) if status.phase == "waiting" else _running(events, summary)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.progress(share, html.plain("It is being stopped." if stopping else text))
        mine = status.owner == owner()
        st.button(
            "Stop" if mine else "Stop…",
            icon=":material/stop:",
            key=f"{key}.stop.{run.name}",
            on_click=_cancel if mine else _ask,
            args=(run,) if mine else (run, True),
            disabled=stopping,
            help="Ends it within a step or two. Its weights are not kept.",
        )
    if not stopping:
        _stopping(run, key)
    if status.text in ORDINARY:
        st.caption(html.plain(sentence(status.text)))
    elif status.text:
        st.warning(html.plain(sentence(status.text)), icon=":material/info:")


def _waiting(before: int) -> str:
    if not before:
        return "It waits for a worker and is next."
    return f"It waits for a worker: {before} {'run comes' if before == 1 else 'runs come'} first."


def _running(events: EventSummary, summary: runs.RunSummary) -> tuple[float, str]:
    """Return the share of finished epochs, and a sentence with the time left."""
    history, latest = events.history, events.latest
    kind: Any = latest.get("event")
    done: Any = latest.get("done", latest.get("step"))
    of: Any = latest.get("of")
    counted = isinstance(done, int) and isinstance(of, int) and of > 0
    if kind == "lost":
        return _share(events, summary), f"Its worker was lost; another one continues {_after(history)}."
    if kind == "start" and history:
        return _share(events, summary), f"It continues {_after(history)}: loading images and network."
    if kind == "weights" and counted:
        return 0.0, f"The backbone’s weights are being downloaded: {size(done)} of {size(of)}."
    if not history:
        if kind == "features" and counted:
            return 0.0, f"Frozen features: {done} of {of} images."
        if kind == "step" and counted:
            return 0.0, f"Epoch 1 of {_total(events, summary)}, step {done} of {of}."
        return 0.0, "It has started: loading images and network."
    total, testing = _total(events, summary), kind == "step" and latest.get("phase") == "test"
    if len(history) >= total or testing:
        ended = (
            f"{f'All {total} epochs have' if total > 1 else 'The only epoch has'} ended"
            if len(history) >= total
            else f"It has ended {_after(history)}"
        )
        if not cached_readers.has_test(summary.run):
            return 1.0, f"{ended}: the model is being saved."
        test = f"{done:,} of {of:,} images" if of == events.tested else "ten crops of each image"
        return 1.0, f"{ended}: the test{f', {test}' if testing and counted else ' follows'}."
    return _share(events, summary), f"{_epoch(events, summary)}{_left(events, total)}."


def _after(history: Sequence[Mapping[str, Any]]) -> str:
    return f"after epoch {history[-1]['epoch']}" if history else "from the beginning"


def _total(events: EventSummary, summary: runs.RunSummary) -> int:
    return max(events.total or (summary.spec.epochs if summary.spec else 0), len(events.history))


def _share(events: EventSummary, summary: runs.RunSummary) -> float:
    return min(len(events.history) / max(_total(events, summary), 1), 1.0)


def _epoch(events: EventSummary, summary: runs.RunSummary) -> str:
    """Return the present epoch with its step, phase and learning rate."""
    last, latest, phases = events.history[-1], events.latest, (summary.spec or Spec()).phases
    now: Mapping[str, Any]
    now, text = last, f"Epoch {last['epoch']} of {_total(events, summary)} has ended"
    if latest.get("event") == "step" and latest.get("epoch") == last["epoch"] + 1:
        now = latest
        text = f"Epoch {latest['epoch']} of {_total(events, summary)}, step {latest['step']} of {latest['of']}"
    text += f": {phases.get(now['phase'], now['phase'])}"
    rate = events.planned(now["phase"]).get("rate", last.get("rate"))
    return text + (f", learning rate {rate:g}" if isinstance(rate, int | float) else "")


def _left(events: EventSummary, total: int) -> str:
    """Return the time left, estimated from the last epochs of this phase; later phases are unknown."""
    history, last = events.history, events.history[-1]
    took = [row["seconds"] for row in history if row["phase"] == last["phase"] and "seconds" in row]
    done = sum(row["phase"] == last["phase"] for row in history)
    planned = events.planned(last["phase"]).get("epochs")
    if not took or not isinstance(planned, int) or planned <= done:
        return ""
    most = "at most " if len(took) == 1 else ""  # a phase's first epoch includes the making of TensorFlow's graph
    took = took[1:][-5:] or took
    left = duration((planned - done) * sum(took) / len(took))
    return f", {most}{left} left" + ("" if len(history) - done + planned >= total else " of this phase")


def _stopping(run: Run, key: str) -> None:
    """Draw the question before another reader's run is stopped, or why the last attempt to stop it failed."""
    if st.session_state.get(_sure(run)):
        text = "Stop this run? It was started from another browser, where somebody may be waiting for it."
        no = "Let it continue", partial(_ask, run, False)
        confirmation(f"{key}.stop.{run.name}", text, ("Stop it", partial(_cancel, run)), no)
    if problem := st.session_state.get(_unstoppable(run)):
        st.warning(html.plain(problem), icon=":material/info:")


def confirmation(
    key: str, question: str, yes: tuple[str, Callable[[], None]], no: tuple[str, Callable[[], None]]
) -> None:
    """Draw a question with two buttons, each with its label and its action."""
    with st.container(border=True):
        st.markdown(html.plain(question))
        with st.container(horizontal=True, gap="small"):
            st.button(yes[0], type="primary", key=f"{key}.yes", on_click=yes[1])
            st.button(no[0], key=f"{key}.no", on_click=no[1])


def _sure(run: Run) -> str:
    return f"{run.name}.sure"


def _unstoppable(run: Run) -> str:
    return f"{run.name}.unstoppable"


def _ask(run: Run, sure: bool) -> None:
    st.session_state[_sure(run)] = sure
    st.session_state.pop(_unstoppable(run), None)


def _cancel(run: Run) -> None:
    _ask(run, False)
    try:
        runs.cancel(run)
    except ValueError as error:
        st.session_state[_unstoppable(run)] = str(error)
