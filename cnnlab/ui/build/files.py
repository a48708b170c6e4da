"""Files: the link, downloads, and files to open."""

from io import BytesIO
from urllib.parse import urlencode

import streamlit as st

from cnnlab.network import Network
from cnnlab.recipe import Recipe, build, from_json, is_recipe
from cnnlab.ui.build import history, importing
from cnnlab.ui.widgets import file_input
from cnnlab.ui.widgets.model_downloads import Export, exports, offer

UPLOAD = "build.upload"


def files(recipe: Recipe) -> None:
    """Draw a popover, whose content is made when it is opened."""
    key = f"build.files{file_input.count(UPLOAD)}"  # a new popover after each file: it is closed, and covers nothing
    with st.popover("Files", icon=":material/folder_open:", key=key, on_change="rerun") as opened:
        if opened.open:
            importing.warm()
            _ask()
            _downloads(recipe)


def _ask() -> None:
    # Any type is taken: a browser would refuse others with a chip that does not say what to do.
    file_input.ask(
        "open a recipe (.json) or a model (.keras, .h5, .onnx, .json, .zip)",
        UPLOAD,
        _open,
        history.URL.set_problems,
        help="Models of Keras 1 to 3 (.keras, .h5, or the text of model.to_json()), ONNX, TensorFlow.js "
        "(model.json) and Teachable Machine (.zip). Only layers and shapes are read: no code runs, and no weights are "
        "loaded.",
    )


def _open(file: BytesIO) -> None:
    data = file.getvalue()
    if is_recipe(data):
        history.change(from_json(data))
        history.choose(None)
    else:
        importing.begin(data, file.name)


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
