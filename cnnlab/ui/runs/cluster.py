"""Who asks for runs and tends to them: one object for the whole server, and a name for each reader."""

import hashlib
import time

import streamlit as st

from cnnlab.training import runs
from cnnlab.training.dask.cluster import Cluster
from cnnlab.training.run_folder import Run
from cnnlab.training.spec import Spec
from cnnlab.ui.queue import who

COOKIE = "_streamlit_xsrf"
TWICE = 2.0  # seconds within which a second press is the second half of a double click


@st.cache_resource(show_spinner=False)
def cluster() -> Cluster:
    """The one of this server. It tends to what has not ended, whichever page is open."""
    made = Cluster()
    made.start()
    return made


def twin(spec: Spec) -> Run | None:
    """What this reader asked for a moment ago, if it is the same: the first half of a double click."""
    me, now = owner(), time.time()
    for seen in runs.find():
        status = seen.status
        if status and seen.live and status.owner == me and now - status.created < TWICE and seen.spec == spec:
            return seen.run
    return None


def owner() -> str:
    """This reader's browser as long as it is open, or, where it keeps no cookies, this session.

    A session ends with a reload, and whoever reloads wants to find the own runs again. The cookie is Streamlit's own;
    of it only a digest is written down.
    """
    return browser(str(st.context.cookies.get(COOKIE, ""))) or who()


def browser(cookie: str) -> str:
    """A name for the browser that has this cookie; nothing where it is of another kind.

    The cookie changes with each answer: «2|mask|token, masked|time» in hexadecimal digits. The token stays.

    >>> first, then = "2|a0892a3a|dcef7a4c6953ce6f212e6f919557ed75|1", "2|fa8c5570|86ea05063356b1257b2b10dbcf52923f|1"
    >>> browser(first) == browser(then)
    True
    >>> browser("another")
    ''
    """
    try:
        _, mask, masked, _ = cookie.split("|")
        key, hidden = bytes.fromhex(mask), bytes.fromhex(masked)
        token = bytes(byte ^ key[place % len(key)] for place, byte in enumerate(hidden))
    except (ValueError, ZeroDivisionError):
        return ""
    return hashlib.sha256(token).hexdigest()[:16]
