"""Links in a page's own HTML, and dots of its charts that open a network.

They are plain links, and once the page is there a click stays within the session.
"""

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import urlencode

import streamlit as st

from cnnlab.ui.pages import PAGES
from cnnlab.ui.widgets.chart_clicks import HEAR

# Without this a link would open a new session: a second instead of a moment, and what was set elsewhere would be gone.
# The browser is told that its address changed, as after a click on Back: Streamlit then shows that page. Its own
# ``st.switch_page`` writes the new page's settings behind the old page's path first, and Back would lead there.
#
# A page that writes its address without having been touched, as when it is entered anew, adds no step to the history:
# one step back would only make it write the same again. Neither does a player's step: ten of them would take ten steps
# back.
JS = """
function alike(...addresses) {
  const [one, other] = addresses.map((each) => {
    const address = new URL(each, document.baseURI);
    address.searchParams.delete("step");
    return address.searchParams.toString();
  });
  return one === other;
}

function keepSteps() {
  if (history.keepsSteps) return;
  history.keepsSteps = true;
  const push = history.pushState.bind(history);
  // A quick hand may have been at work before this script was there.
  let touched = Boolean(navigator.userActivation?.hasBeenActive);
  const touch = (event) => { touched = touched || Boolean(event.target.closest?.("[data-testid=stMain]")); };
  document.addEventListener("pointerdown", touch, true);
  document.addEventListener("keydown", touch, true);
  window.addEventListener("popstate", () => { touched = false; });
  history.pushState = (state, title, address) => {
    const same = new URL(address, document.baseURI).pathname === location.pathname;
    if (same && (!touched || alike(address, location.href))) return history.replaceState(state, title, address);
    if (!same) touched = false;
    push(state, title, address);
  };
}

export default function ({ data }) {
  keepSteps();
  const go = (address) => {
    history.pushState({}, "", new URL(address, document.baseURI));
    window.dispatchEvent(new PopStateEvent("popstate"));
    document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  };
  const follow = (event) => {
    const link = event.target.closest?.("a[data-within]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(link.href);
  };
  document.addEventListener("click", follow);
  const deaf = data.hears ? hear((name) => go("inspect?network=" + encodeURIComponent(name))) : () => {};
  return () => { document.removeEventListener("click", follow); deaf(); };
}
"""
_component = st.components.v2.component("cnnlab_links", html="<span></span>", js=HEAR + JS)


def link(page: str, params: Mapping[str, str | Sequence[str]], inside: str, style: str = "cnnlab-link") -> str:
    """Return HTML of a link to a page, by its name, with its settings; ``inside`` is HTML already."""
    address = escape(f"{PAGES[page].name}?{urlencode(params, doseq=True)}")
    return f'<a class="{style}" data-within="true" href="{address}">{inside}</a>'


def follow(dots: bool = True) -> None:
    """Let links on this page, and dots of its charts, lead to other pages within the session."""
    _component(key="links", data={"hears": dots}, height="content")
