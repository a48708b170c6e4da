export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".acts");
  if (host.shown !== data.html) {
    // The part that had the keyboard's focus gets it back.
    const focused = document.activeElement?.closest?.("[data-act]")?.dataset.act;
    host.innerHTML = data.html;
    host.shown = data.html;
    const wanted = focused && data.focus ? data.focus : focused;
    const part = wanted && host.querySelector(`[data-act="${CSS.escape(wanted)}"]`);
    if (part) part.focus({ preventScroll: true });
  }
  host.onclick = (event) => {
    const part = event.target.closest("[data-act]");
    if (!part || part.disabled) return;
    // The second half of a double click would hit what moved under the pointer.
    if (event.detail > 1 && /^(delete|fix)/.test(part.dataset.act)) return;
    if (part.dataset.top) document.querySelector(part.dataset.top)?.closest('[data-testid="stColumn"]')?.scrollTo(0, 0);
    setTriggerValue("act", `${part.dataset.act}@${data.revision}`);
  };
}
