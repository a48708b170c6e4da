"""Owner of a run: a name for each browser, from a cookie that the server gives it."""

import hashlib
import re
import secrets

import streamlit as st
from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response

from cnnlab.ui.queue import who

COOKIE = "cnnlab_browser"
NAME = re.compile("[0-9a-f]{32}")


async def give_cookie(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """Set a cookie with a random name in a browser without one, as ASGI middleware; the name ends with the browser."""
    response = await call_next(request)
    if COOKIE not in request.cookies:
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, secrets.token_hex(16), httponly=True, samesite="lax", secure=secure)
    return response


def owner() -> str:
    """Return the name of the reader's browser; of the session, which ends with a reload, if it accepts no cookies.

    Whoever knows a cookie can take its browser's name, and all can read a run's status: so it holds a digest.
    """
    name = str(st.context.cookies.get(COOKIE, ""))
    return hashlib.sha256(name.encode()).hexdigest()[:16] if NAME.fullmatch(name) else who()
