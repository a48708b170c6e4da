"""Files: the Keras code, and the pipeline as JSON to save and to open."""

from io import BytesIO

import streamlit as st

from cnnlab.augment import Pipeline, from_json
from cnnlab.augment.source import source
from cnnlab.ui import html, links
from cnnlab.ui.augment import page_state
from cnnlab.ui.augment.image_source import Picked
from cnnlab.ui.augment.page_state import AugmentState
from cnnlab.ui.widgets import file_input


def draw(shown: AugmentState, image: Picked) -> None:
    """Draw the section, folded: its content is made when it is opened."""
    with st.expander("Code and files", key="augment.code", on_change="rerun") as opened:
        if not opened.open:
            return
        st.html(
            html.prose(
                "The images on disk do not change: the pipeline runs while training reads them, so each epoch sees new "
                f"variants.{_order(shown.pipeline)}"
            )
        )
        text = source(shown.pipeline, shown.pipeline.input_side(shown.size), image.covariance, image.among)
        st.code(text, language="python", height=420)
        with st.container(horizontal=True, gap="small"):
            st.download_button(
                "Keras code", text, "augmentation.py", "text/x-python", key="augment.save.code", on_click="ignore"
            )
            st.download_button(
                "Pipeline as JSON",
                shown.pipeline.to_json(),
                "pipeline.json",
                "application/json",
                key="augment.save.json",
                on_click="ignore",
            )
        file_input.ask(
            "open a pipeline (.json)",
            "augment.upload",
            _open,
            page_state.URL.add_problem,
            type=["json"],
            max_upload_size=1,
        )


def _order(pipeline: Pipeline) -> str:
    """Return which images are changed alone and which are mixed; empty if no step is on."""
    mixes = {each.kind.per_batch for each in pipeline.steps if each.on}
    alone = " Each image is changed alone, before batches are made." if False in mixes else ""
    return f"{alone} The images of a batch are mixed with each other." if True in mixes else alone


def train(shown: AugmentState) -> str:
    """Return a link that trains with these steps, as HTML; other settings there stay."""
    steps = shown.pipeline.to_text() or page_state.NONE
    return links.link("transfer", {"augmentation": steps, "keep": "true"}, "Train with this →", "cnnlab-go")


def _open(file: BytesIO) -> None:
    pipeline = from_json(file.getvalue())
    now = page_state.current()
    page_state.put(
        page_state.AugmentState(pipeline, now.image, now.number, now.size, page_state.view_for(pipeline, now.view))
    )
