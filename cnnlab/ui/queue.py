"""The server's job queue on a page: who asks, and how a page waits for a job, shows its progress, and cancels it."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from uuid import uuid4

import streamlit as st

from cnnlab.ui import html
from cnnlab.workers import Job, Queue, State

POLL = 0.5  # seconds between two looks at a job whose progress is shown
SOON = 0.3  # seconds between two looks at a job whose result the page waits for
PATIENCE = 0.6  # seconds that a run waits for a result: most are there by then, once TensorFlow is
WHO = "queue.who"
R = TypeVar("R")


@st.cache_resource(show_spinner=False)
def queue() -> Queue:
    """Return the one queue of this server."""
    return Queue()


def who() -> str:
    """Return the name of this session."""
    return str(st.session_state.setdefault(WHO, uuid4().hex))


def state(job: Job[R]) -> State[R]:
    """Return the state of a job for this session."""
    return queue().state(who(), job.key)


def ask(job: Job[R], patience: float = 0.0) -> State[R]:
    """Submit a job unless it is known; return its state after ``patience`` seconds at most."""
    return queue().ask(who(), job, patience)


def submit(job: Job[Any], again: bool = False) -> None:
    """Submit a job for this session; ``again`` also if its result is there."""
    queue().submit(who(), job, again)


def cancel(*jobs: Job[Any]) -> None:
    """Cancel these jobs for this session."""
    for job in jobs:
        queue().cancel(who(), job.key)


def live(draw: Callable[[], bool], states: Iterable[State[Any]]) -> None:
    """Draw a fragment that runs again by itself while a job is live; ``draw`` returns whether one is."""
    running = any(state.live for state in states)

    @st.fragment(run_every=POLL if running else None)
    def part() -> None:
        if draw() != running:
            st.rerun()  # the timer is set again by the page's next run

    part()


def progress(name: str, state: State[Any]) -> None:
    """Show the progress of a job, or why it failed."""
    if state.live:
        st.progress(state.share, html.plain(f"{name}: {state.text}"))
    elif state.phase == "failed":
        st.warning(html.plain(f"{name}: {state.text}"), icon=":material/info:")


class Awaited:
    """Jobs whose results one run of a page waits for; ``watch`` at its end runs the page again once one has ended."""

    def __init__(self) -> None:
        self._pending: list[tuple[str, Job[Any]]] = []

    def ask(self, slot: str, job: Job[R], patience: float = PATIENCE) -> State[R]:
        """Return the state of a job after ``patience`` seconds at most; show why it failed and a button to try again.

        Of all jobs in a ``slot`` only the last is done.
        """
        session = f"{who()} {slot}"
        found = queue().ask(session, job, patience)
        if found.live:
            self._pending.append((session, job))
        elif found.phase == "failed":
            st.warning(html.plain(found.text), icon=":material/info:")
            st.button("Try again", key=f"{slot}.again", on_click=queue().submit, args=(session, job))
        return found

    def watch(self) -> None:
        """Run the page again when one of the jobs has ended."""
        pending = self._pending

        @st.fragment(run_every=SOON)
        def look() -> None:
            if not all(queue().ask(*each).live for each in pending):
                st.rerun()

        if pending:
            look()
