"""The server's one connection to Dask, through which pages start runs."""

import time

import streamlit as st

from cnnlab.training import runs
from cnnlab.training.dask.cluster import Cluster
from cnnlab.training.run_folder import Run
from cnnlab.training.spec import Spec
from cnnlab.ui.runs.owner import owner

TWICE = 2.0  # seconds within which a second press is the second half of a double click


@st.cache_resource(show_spinner=False)
def cluster() -> Cluster:
    """Return the one of this server. It looks after the runs that have not ended, whichever page is open."""
    made = Cluster()
    made.start()
    return made


def twin(spec: Spec) -> Run | None:
    """Return the same run if this reader started it a moment ago: with the first half of a double click."""
    me, now = owner(), time.time()
    for seen in runs.find():
        status = seen.status
        if status and seen.live and status.owner == me and now - status.created < TWICE and seen.spec == spec:
            return seen.run
    return None
