"""The button that starts a run, and a sentence on that run."""

import streamlit as st

from cnnlab.training.backbones import backbone
from cnnlab.training.spec import BUILT_IN, SCRATCH, Spec
from cnnlab.ui import html
from cnnlab.ui.data.references import name_in_sentence
from cnnlab.ui.html import sentence
from cnnlab.ui.runs import cached_readers, cluster, labels
from cnnlab.ui.transfer import data, draft, form_state
from cnnlab.units import count, duration

USUAL = 13  # seconds of the default run, as tests/bench/training.py prints them with a warm worker
UNKNOWN = "The time per epoch is known after the first one"
STAGES, STAGES_OF_OTHERS = 4, 5  # of the built-in backbone, and of each of ImageNet's


def draw(spec: Spec | None, wrong: dict[str, str]) -> None:
    """Draw the button and the sentence; if a field is wrong the button is disabled, with the reason beside it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="transfer_start"):
        st.button(
            "Train", type="primary", icon=":material/play_arrow:", key="transfer.train", on_click=submit,
            args=(spec,), disabled=spec is None, width=170,
        )  # fmt: skip
        with st.container(width="stretch", key="transfer_description"):
            st.html(html.prose(description(spec)) + _unusual(spec) if spec else _wrong(wrong))


def _unusual(spec: Spec) -> str:
    """Return the settings that are not at their defaults, as HTML."""
    text = labels.settings(spec)
    return html.prose(f"Not at its default: {text}.", "cnnlab-aside") if text else ""


def _wrong(wrong: dict[str, str]) -> str:
    name, first = next(iter(wrong.items()))
    more = len(wrong) - 1
    text = f"**It cannot be trained like this.** {sentence(first)}"
    if more:
        text += f" And {more} more {'field is' if more == 1 else 'fields are'} wrong."
    where = "“Images”" if name == "data" else "“All settings”"
    return html.prose(f"{text} Correct it under {where} below; all other settings stay.", "cnnlab-wrong")


def submit(spec: Spec | None) -> None:
    """Submit the run and show it; if it is refused, show why and keep the form."""
    if spec is None:
        return
    try:
        (run,) = cluster.submit(spec)
    except ValueError as error:
        form_state.URL.set_problems(str(error))
    else:
        form_state.show(run.name)


def description(spec: Spec) -> str:
    """Return a sentence or two on what a press will train and how long it takes."""
    return f"**{_images(spec)}**: {_learning(spec)}. {_time(spec)}"


def _images(spec: Spec) -> str:
    name = "Eight textures" if spec.data == Spec().data else name_in_sentence(spec.data)
    return f"{name}, {data.amount(spec.data, spec.per_class)}"


def _learning(spec: Spec) -> str:
    epochs = count(spec.tuning_epochs, "epoch")
    if spec.network:
        return f"{backbone(spec.network).title} learns them from scratch for {epochs}"
    title = backbone(spec.backbone).title
    title = f"the {title.lower()}" if spec.backbone == Spec().backbone else title
    if spec.weights == SCRATCH and not spec.head_epochs:
        return f"{title} learns them from scratch for {epochs}"
    knows = "with your file’s weights, " if spec.weights_file else ""
    knows = "with random weights, " if spec.weights == SCRATCH else knows
    phases = []
    if spec.head_epochs:
        phases.append(f"a new head learns on {title}, {knows}frozen, for {count(spec.head_epochs, 'epoch')}")
    if spec.tuning_epochs:
        whole = STAGES if spec.backbone == BUILT_IN else STAGES_OF_OTHERS
        deep = "all stages of the backbone are"
        if spec.unfreeze < whole:
            deep = f"the last {spec.unfreeze} stages of the backbone are"
        deep = {0: "the head alone is", 1: "the last stage of the backbone is"}.get(spec.unfreeze, deep)
        phases.append(
            f"{deep} fine-tuned for {epochs}"
            if phases
            else f"a new head learns on {title}, while {deep} fine-tuned, for {epochs}"
        )
    return ", then ".join(phases)


def _time(spec: Spec) -> str:
    """Return the run's duration in words, if it was measured here."""
    before = last_duration(spec)
    then = "Then it is tested on new images"
    if not data.has_test(spec.data):
        took = f"It took {duration(before)} the last time" if before is not None else UNKNOWN
        return f"There are no images for a test. {took}."
    if before is not None:
        return f"{then}: {duration(before)} in total the last time."
    if spec == Spec():
        return f"{then}: about {USUAL} seconds in total on two cores."
    return f"{then}. {UNKNOWN}."


def last_duration(spec: Spec) -> float | None:
    """Return the seconds of the newest run with these settings, whatever its seed; None if there is none."""
    wanted = draft.seedless(spec)
    for summary in cached_readers.find(phase="done"):
        if summary.spec and draft.seedless(summary.spec) == wanted:
            return labels.seconds(summary)
    return None
