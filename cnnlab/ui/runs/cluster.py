"""The server's one connection to Dask, through which pages start runs."""

import time

import streamlit as st

from cnnlab.training import runs
from cnnlab.training.dask.cluster import Cluster
from cnnlab.training.run_folder import Run
from cnnlab.training.spec import Spec
from cnnlab.ui.runs import cached_readers
from cnnlab.ui.runs.owner import owner

TWICE = 2.0  # seconds within which a second press is the second half of a double click


@st.cache_resource(show_spinner=False)
def cluster() -> Cluster:
    """Return the server's ``Cluster``, shared by all sessions: it serves all runs that have not ended."""
    made = Cluster()
    made.start()
    return made


def submit(*specs: Spec) -> list[Run]:
    """Return new runs of the reader, all of them or none; after a double click those of its first half.

    Raises ``ValueError`` with a sentence.
    """
    me, now = owner(), time.time()
    live = cached_readers.find(owner=me, live=True)
    recent = {each.spec: each.run for each in live if now - runs.created(each) < TWICE}
    if all(spec in recent for spec in specs):
        return [recent[spec] for spec in specs]
    try:
        return cluster().submit_all(specs, me)
    except OSError as error:
        raise ValueError(
            f"no run can be kept in {runs.home()} ({error.strerror}); name another folder in CNNLAB_RUNS and restart "
            f"the dashboard"
        ) from error
