// Without this a link would open a new session: a second instead of a moment, and what was set elsewhere would be gone.
// The browser is told that its URL changed, as after a click on Back: Streamlit then shows that page. st.switch_page
// would write the new page's settings behind the old page's path first, and Back would lead there.
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
