"""In and out: the link, files to take home, and files to open."""

from urllib.parse import urlencode

import streamlit as st

from cnnlab.network import Network
from cnnlab.recipe import Recipe, build, from_json
from cnnlab.ui.build import address
from cnnlab.ui.exports import Export, exports, offer

OPENED = "build.opened"  # counts the uploads: each gets a widget of its own, which forgets the file


def files(recipe: Recipe) -> None:
    """A popover; what is in it is made when it is opened."""
    with st.popover("Files", icon=":material/folder_open:", key="build.files", on_change="rerun") as opened:
        if opened.open:
            _open()
            _take_home(recipe)


def _open() -> None:
    key = f"build.upload.{st.session_state.get(OPENED, 0)}"
    st.file_uploader("open a recipe (.json)", type=["json"], key=key, on_change=_read, args=(key,))


def _read(key: str) -> None:
    file = st.session_state[key]
    if file is None:
        return
    st.session_state[OPENED] = st.session_state.get(OPENED, 0) + 1
    try:
        found = from_json(file.getvalue())
    except ValueError as error:
        address.tell(f"{file.name[:60]}: {error}. What was there before is kept.")
        return
    address.change(found)
    address.choose(None)


def _take_home(recipe: Recipe) -> None:
    if not recipe.rows:
        return
    st.caption("Link to this network, for everybody who can open this page")
    network = Network.assembled(recipe)
    here = (st.context.url or "").partition("?")[0]
    st.code(f"{here}?{urlencode({'network': str(network)}, safe=':')}", language=None, wrap_lines=True, height=110)
    own = [Export("Recipe as JSON", recipe.to_json, ".json", "application/json")]
    if build(recipe).problem:
        st.caption("A row cannot work yet: the recipe can be saved, the network when it is mended.")
        offer("build.file", network, own, whole=False)
    else:
        offer("build.file", network, own + exports(network))
