"""Files: the link, downloads, and files to open."""

from io import BytesIO
from urllib.parse import urlencode

import streamlit as st

from cnnlab import shelf
from cnnlab.backends.imported import SUFFIXES, Imported, read
from cnnlab.network import Network
from cnnlab.recipe import Recipe, build, from_graph, from_json, is_recipe
from cnnlab.sources import IMPORTED
from cnnlab.ui import html
from cnnlab.ui.build import history
from cnnlab.ui.build.entrances import network_links
from cnnlab.ui.network_cache import cached_by_network
from cnnlab.ui.study import study
from cnnlab.ui.widgets import file_input, network_picker
from cnnlab.ui.widgets.model_downloads import Export, exports, offer
from cnnlab.units import full

JUST_NOW = "build.just_imported"
MOST_IMPORTS = 8  # that a session offers


def files(recipe: Recipe) -> None:
    """Draw a popover, whose content is made when it is opened."""
    with st.popover("Files", icon=":material/folder_open:", key="build.files", on_change="rerun") as opened:
        if opened.open:
            if JUST_NOW in st.session_state:
                st.success("Imported; it is shown below this window.", icon=":material/check:")
            _ask()
            _downloads(recipe)


def _ask() -> None:
    file_input.ask(
        "open a recipe (.json) or a model (.keras, .h5, .json, .zip)",
        "build.upload",
        _open,
        history.URL.set_problems,
        type=list(SUFFIXES),
        help="Models of Keras 1 to 3 (.keras, .h5, or the text of model.to_json()), of TensorFlow.js (model.json) and "
        "of Teachable Machine (.zip). Only layers and shapes are read: no code runs, and no weights are loaded.",
    )


def _open(file: BytesIO) -> None:
    data = file.getvalue()
    if is_recipe(data):
        history.change(from_json(data))
        history.choose(None)
    else:
        _import(read(data, file.name))


def _import(found: Imported) -> None:
    """Store the import, and offer it wherever a network is chosen. Raises ``ValueError`` if it is too large."""
    name = shelf.put(found)
    network = Network.of(f"{IMPORTED}{name}")
    try:
        network.graph()
    except ValueError:  # too large to be counted
        shelf.drop(name)
        raise
    history.URL.set_problems()
    known = [name for name in st.session_state.get(network_picker.IMPORTS, []) if name != network.name]
    st.session_state[network_picker.IMPORTS] = [network.name, *known][:MOST_IMPORTS]
    st.session_state[JUST_NOW] = network.name


def just_imported() -> None:
    """Draw the last import, with links to other pages, until the reader closes it."""
    name = st.session_state.get(JUST_NOW)
    if name is None:
        return
    try:
        network = Network.of(name)
        totals = study(network).totals
    except ValueError as error:  # it was deleted in the meantime
        del st.session_state[JUST_NOW]
        st.warning(html.plain(html.sentence(str(error))), icon=":material/info:")
        return
    first = "At least " if totals.at_least else ""
    with st.container(border=True, key="build_imported"):
        st.html(
            html.heading(f"Imported: {network.title}")
            + html.prose(
                f"{first}**{full(totals.params)}** parameters and **{full(totals.macs)}** MACs in "
                f"{totals.layers} layers, {study(network).example}. The rows below stay as they are."
            )
            + "".join(html.prose(note, "cnnlab-aside") for note in network.notes)
            + network_links(network)
        )
        if as_rows(network):
            st.button(
                "Open it as rows",
                key="build.as_rows",
                icon=":material/construction:",
                on_click=_take_rows,
                args=(network,),
            )
        st.button("Put away", key="build.put_away", on_click=st.session_state.pop, args=(JUST_NOW,), type="tertiary")


@cached_by_network
def as_rows(network: Network) -> Recipe | None:
    """Return the same network as rows, if it is a plain chain of layers."""
    return from_graph(network.graph())


def _take_rows(network: Network) -> None:
    recipe = as_rows(network)
    if recipe:
        history.change(recipe)
        history.choose(None)
        st.session_state.pop(JUST_NOW, None)


def _downloads(recipe: Recipe) -> None:
    if not recipe.rows:
        return
    st.caption("Link to this network, for everybody who can open this page")
    network = Network.assembled(recipe)
    here = (st.context.url or "").partition("?")[0]
    st.code(f"{here}?{urlencode({'network': str(network)}, safe=':')}", language=None, wrap_lines=True, height=110)
    own = [Export("Recipe as JSON", recipe.to_json, ".json", "application/json")]
    if build(recipe).problem:
        st.caption("A row has an error. You can save the recipe now, and the network once the error is fixed.")
        offer("build.file", network, own, whole=False)
    else:
        offer("build.file", network, own + exports(network))
