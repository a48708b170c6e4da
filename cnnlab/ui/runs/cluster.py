"""Who asks for runs and tends to them: one object for the whole server, and a name for each reader."""

import hashlib

import streamlit as st

from cnnlab.training.cluster import Cluster
from cnnlab.ui.work import who

COOKIE = "_streamlit_xsrf"


@st.cache_resource(show_spinner=False)
def cluster() -> Cluster:
    """The one of this server. It tends to what has not ended, whichever page is open."""
    made = Cluster()
    made.start()
    return made


def owner() -> str:
    """This reader's browser, or, where it keeps no cookies, this session.

    A session ends with a reload, and whoever reloads wants to find the own runs again. The cookie is Streamlit's own;
    of it only a digest is written down.
    """
    cookie = st.context.cookies.get(COOKIE, "")
    return hashlib.sha256(cookie.encode()).hexdigest()[:16] if cookie else who()
