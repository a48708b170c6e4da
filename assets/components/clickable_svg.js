export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".scroll");
  if (host.shown !== data.svg) {
    // The part that had the keyboard's focus gets it back in the new drawing.
    const { choose, fold } = host.getRootNode().activeElement?.dataset ?? {};
    host.innerHTML = data.svg;
    host.shown = data.svg;
    const svg = host.querySelector("svg");
    const wide = svg.viewBox.baseVal.width;
    // A short drawing is enlarged, a long one scrolls.
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
