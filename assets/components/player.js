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
    find(".drawing").innerHTML = data.svg;
    player.shown = data.svg;
  }
  // Another drawing leaves the reader where they are; only a link moves them.
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
  // Who listens hears a text when the drawing rests, and not every one that passes by.
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
  // Whoever works another control may leave this bench with it: the drawing rests, and the server hears of it first.
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
  if (player.waits) seen.observe(find(".drawing"));
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
