"""A picture that plays: frames are shown by the browser, step by step or on their own, without a rerun for each.

The picture is one SVG. What belongs to some frames only carries ``data-from`` (shown from that frame on) or ``data-at``
(shown in that frame alone; several with commas). What moves is a group with ``data-move="name"``; ``moves`` has its
places, an (x, y) in the SVG's units for each frame. ``texts`` are HTML below the picture, one for each frame. Several
SVGs in a ``div`` of class ``panels`` do as well: side by side, below each other on a phone.
"""

from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

HTML = """
<div class="player" role="group">
  <div class="picture"></div>
  <div class="controls">
    <button data-go="first" aria-label="first step">|◀</button>
    <button data-go="back" aria-label="one step back">◀</button>
    <button data-go="play" aria-label="play">▶ play</button>
    <button data-go="on" aria-label="one step on">▶</button>
    <input type="range" min="0" value="0" aria-label="step">
    <span class="count"></span>
  </div>
  <div class="text" aria-live="polite"></div>
</div>
"""
CSS = """
.player { font-family: var(--st-font); color: var(--st-text-color); }
.picture { overflow-x: auto; }
.picture svg { display: block; max-width: 100%; height: auto; }
.panels { display: flex; flex-wrap: wrap; align-items: center; gap: .8rem 1.2rem; }
.panels span { font-size: 1.6rem; }
@media (min-width: 900px) {
  .panels { flex-wrap: nowrap; }
  .panels svg { min-width: 0; flex: 0 1 auto; }
}
.controls { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; margin: .5rem 0; }
.controls button {
  font: inherit; color: inherit; background: var(--st-secondary-background-color); cursor: pointer;
  border: 1px solid var(--st-border-color); border-radius: 6px; min-width: 2.4rem; padding: .3rem .6rem;
}
.controls button:hover, .controls button:focus-visible { border-color: var(--st-primary-color); }
.controls input { flex: 1 1 8rem; accent-color: var(--st-primary-color); }
.count { font-variant-numeric: tabular-nums; white-space: nowrap; font-size: .86rem; }
.text { font-variant-numeric: tabular-nums; line-height: 1.5; min-height: 3em; overflow-wrap: anywhere; }
"""
JS = """
export default function ({ data, parentElement, setStateValue }) {
  const player = parentElement.querySelector(".player");
  const find = (part) => player.querySelector(part);
  const slider = find("input");
  const last = data.texts.length - 1;
  const played = player.timer;
  clearInterval(played);
  player.timer = 0;
  player.setAttribute("aria-label", data.label);
  const fresh = player.shown !== data.svg;
  if (fresh) {
    find(".picture").innerHTML = data.svg;
    player.shown = data.svg;
  }
  // Another picture leaves the reader where they are; only a link moves them.
  if (player.asked !== data.asked) player.at = data.step;
  player.asked = data.asked;
  player.at = Math.min(player.at, last);
  slider.max = last;
  const draw = () => {
    const at = player.at;
    slider.value = at;
    find(".count").textContent = `${at + 1} of ${last + 1}`;
    slider.setAttribute("aria-valuetext", `step ${at + 1} of ${last + 1}`);
    find(".text").innerHTML = data.texts[at];
    for (const part of player.querySelectorAll("[data-from]"))
      part.style.visibility = at >= Number(part.dataset.from) ? "visible" : "hidden";
    for (const part of player.querySelectorAll("[data-at]"))
      part.style.visibility = part.dataset.at.split(",").includes(String(at)) ? "visible" : "hidden";
    for (const part of player.querySelectorAll("[data-move]")) {
      const [x, y] = data.moves[part.dataset.move][at];
      part.setAttribute("transform", `translate(${x} ${y})`);
    }
  };
  // Who listens hears a text when the picture rests, and not every one that passes by.
  const quiet = (on) => find(".text").setAttribute("aria-live", on ? "off" : "polite");
  const playing = (on) => {
    clearInterval(player.timer);
    quiet(on);
    const next = () => { if (player.at < last) { player.at += 1; draw(); } else rest(); };
    player.timer = on ? setInterval(next, data.pace) : 0;
    const button = find("[data-go=play]");
    button.textContent = on ? "■ stop" : "▶ play";
    button.setAttribute("aria-label", on ? "stop" : "play");
  };
  // The server is told only where the reader rests: for the link, and for nothing else.
  const told = () => {
    clearTimeout(player.telling);
    player.untold = false;
    setStateValue("rest", { asked: player.asked, step: player.at });
  };
  const tell = () => {
    clearTimeout(player.telling);
    player.untold = true;
    player.telling = setTimeout(told, 400);
  };
  const rest = () => { playing(false); draw(); tell(); };
  const go = (to) => { playing(false); player.at = Math.max(0, Math.min(last, to)); draw(); };
  player.onclick = (event) => {
    const act = event.target.closest("[data-go]")?.dataset.go;
    if (!act) return;
    if (act === "play") {
      if (player.timer) return rest();
      if (player.at === last) player.at = 0;
      draw();
      return playing(true);
    }
    go({ first: 0, back: player.at - 1, on: player.at + 1 }[act]);
    tell();
  };
  slider.oninput = () => { go(Number(slider.value)); quiet(true); };
  slider.onchange = rest;
  // Whoever works another control may leave this bench with it: the picture rests, and the server hears of it first.
  const elsewhere = (event) => {
    const path = event.composedPath();
    const works = path.some((part) => part.matches?.("button, a, input, label, [role=option], [role=slider]"));
    if (!works || event.key === "Tab" || path.includes(player) || !(player.timer || player.untold)) return;
    playing(false);
    told();
  };
  const events = ["pointerdown", "keydown"];
  for (const each of events) document.addEventListener(each, elsewhere, true);
  const plays = data.playing && player.at === 0 && (fresh || player.waits);
  const still = plays && matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (still) player.at = last;
  draw();
  playing(false);
  // What plays by itself begins when most of it is seen.
  player.waits = plays && !still;
  const seen = new IntersectionObserver((entries) => {
    if (!player.waits || !entries.at(-1).isIntersecting) return;
    player.waits = false;
    if (player.at === 0) playing(true);
  }, { threshold: 0.8 });
  if (player.waits) seen.observe(find(".picture"));
  if (data.reveal && player.revealed !== data.reveal) player.scrollIntoView({ behavior: "smooth", block: "center" });
  player.revealed = data.reveal;
  if (still || player.untold || played) tell();
  return () => {
    clearInterval(player.timer);
    clearTimeout(player.telling);
    seen.disconnect();
    for (const each of events) document.removeEventListener(each, elsewhere, true);
  };
}
"""
_component = st.components.v2.component("cnnlab_player", html=HTML, css=CSS, js=JS)


def player(
    key: str,
    label: str,
    svg: str,
    texts: Sequence[str],
    moves: Mapping[str, Sequence[tuple[float, float]]],
    step: int = 0,
    pace: int = 0,
    playing: bool = False,
    about: Hashable = None,
    reveal: int = 0,
) -> int:
    """Show the frames; returns the step at which the reader rests.

    ``label`` is what a screen reader calls it, since the buttons of two players are alike. ``pace`` is in milliseconds;
    without it half a second, and less where there are many steps. ``step`` is what this returned last, unless a link
    asks for another one. With ``playing`` a picture that is new and begins at its first frame plays as soon as it is
    seen; whoever wants no motion sees its last frame. A change of ``reveal`` scrolls it into sight. What it is
    ``about`` may be told: something else begins anew, unless a link asks for a step.
    """
    last, place = len(texts) - 1, f"{key}.memory"
    begin = {"asked": 0, "step": -1, "rest": -1, "known": -1, "about": about}
    memory = st.session_state.get(place, begin)
    other = memory["about"] != about
    if step == memory["known"]:  # what the page knows may be older than where the reader rests
        step = 0 if other else memory["rest"]
    step = min(max(step, 0), last)
    if key not in st.session_state or other or step != memory["rest"]:
        memory = {"asked": memory["asked"] + 1, "step": step, "rest": step, "about": about}
    moved = {name: [list(place) for place in places] for name, places in moves.items()}
    # The same data step by step: what did not change is not sent again.
    data = {"svg": svg, "texts": list(texts), "moves": moved, "step": memory["step"], "playing": playing}
    data |= {"label": label, "reveal": reveal, "asked": memory["asked"]}
    data |= {"pace": pace or max(120, min(500, 15_000 // len(texts)))}
    found = _component(key=key, data=data, default={"rest": None}, on_rest_change=partial(_rested, key)).rest
    memory = _heard(memory, found)
    known = min(max(int(memory["rest"]), 0), last)
    st.session_state[place] = memory | {"known": known}
    return known


def _rested(key: str) -> None:
    """Heard before the page runs, since the press that made the reader rest may lead to where no player is drawn."""
    if key in st.session_state and f"{key}.memory" in st.session_state:
        st.session_state[f"{key}.memory"] = _heard(st.session_state[f"{key}.memory"], st.session_state[key].rest)


def _heard(memory: dict[str, Any], found: Mapping[str, int] | None) -> dict[str, Any]:
    """The memory with where the reader rests, unless that is told of an older picture."""
    return memory | {"rest": int(found["step"])} if found and found["asked"] == memory["asked"] else memory
