// Steps back lead to what somebody chose, and to nothing else.
//
// Streamlit adds a step to the browser's history whenever a page writes its URL, and has no public way to replace the
// last one. A page that writes without having been touched, as when it is entered anew, must add none: one step back
// would only make it write the same again. Neither must a player's step: ten of them would take ten steps back. So
// history.pushState is replaced by a function that tells these apart; tests/browser/test_history.py notices when
// Streamlit no longer needs it.
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
  const touch = (event) => {
    const within = (part) => Boolean(event.target.closest?.(`[data-testid=${part}]`));
    if (within("stSidebar")) touched = false; // the next page writes its URL before its path changes
    else touched = touched || within("stMain");
  };
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
