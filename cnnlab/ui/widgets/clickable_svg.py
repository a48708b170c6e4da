"""A picture in SVG on the page: it scrolls where it is long, and tells what was clicked in it.

It can also hear clicks on the page's charts: whatever is clicked, one choice follows.
"""

from collections.abc import Callable

import streamlit as st

from cnnlab.ui.widgets.chart_clicks import HEAR

HTML = '<div class="scroll"></div>'
CSS = """
.scroll {
  overflow-x: auto; padding-bottom: 4px; scroll-margin-top: 100px;
  /* A shadow at an edge behind which the picture goes on; the covers move with the picture and hide it at the end. */
  background:
    linear-gradient(to right, var(--st-background-color) 30%, transparent) left / 40px 100% no-repeat local,
    linear-gradient(to left, var(--st-background-color) 30%, transparent) right / 40px 100% no-repeat local,
    linear-gradient(to right, #8886, transparent) left / 14px 100% no-repeat scroll,
    linear-gradient(to left, #8886, transparent) right / 14px 100% no-repeat scroll;
}
.scroll svg { display: block; height: auto; }
"""
JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".scroll");
  if (host.shown !== data.svg) {
    // The part that had the keyboard's focus gets it back in the new picture.
    const { choose, fold } = host.getRootNode().activeElement?.dataset ?? {};
    host.innerHTML = data.svg;
    host.shown = data.svg;
    const svg = host.querySelector("svg");
    const wide = svg.viewBox.baseVal.width;
    // A short picture is enlarged, a long one scrolls.
    svg.style.width = Math.min(data.enlarge * wide, Math.max(wide, host.clientWidth)) + "px";
    const again = choose ? `[data-choose="${CSS.escape(choose)}"]` : fold ? `[data-fold="${CSS.escape(fold)}"]` : null;
    if (again) host.querySelector(again)?.focus({ preventScroll: true });
  }
  if (data.reveal && host.revealed !== data.reveal) host.scrollIntoView({ behavior: "smooth", block: "start" });
  host.revealed = data.reveal;
  const act = (target) => {
    const part = target.closest("[data-fold],[data-choose]");
    if (!part) return false;
    if (part.dataset.fold) setTriggerValue("fold", part.dataset.fold);
    else setTriggerValue("choose", part.dataset.choose);
    return true;
  };
  host.onclick = (event) => act(event.target);
  host.onkeydown = (event) => {
    if ((event.key === "Enter" || event.key === " ") && act(event.target)) event.preventDefault();
    if (event.key === "Escape") setTriggerValue("choose", "");
  };
  if (data.hears) return hear((name) => setTriggerValue("choose", name));
}
"""
_component = st.components.v2.component("cnnlab_diagram", html=HTML, css=CSS, js=HEAR + JS)


def _nothing() -> None:
    """What follows a click that means nothing here."""


def picture(
    key: str,
    svg: str,
    enlarge: float = 1.0,
    reveal: int = 0,
    hears: bool = False,
    on_choose: Callable[[], None] = _nothing,
    on_fold: Callable[[], None] = _nothing,
) -> None:
    """Show a picture, at most ``enlarge`` times its size; a change of ``reveal`` scrolls it into sight.

    What was clicked stands in the session under ``key``, as ``choose`` or ``fold``, when one of the two is called;
    ``hears`` takes clicks on charts in as well.
    """
    data = {"svg": svg, "enlarge": enlarge, "reveal": reveal, "hears": hears}
    _component(key=key, data=data, on_choose_change=on_choose, on_fold_change=on_fold)
