"""Every setting of a run, in groups, each with its help."""

import streamlit as st

from cnnlab.augment import from_text
from cnnlab.augment.pipeline import LONGEST_TEXT
from cnnlab.training.spec import activation
from cnnlab.ui import html, links
from cnnlab.ui.transfer import data, draft, form_state, network
from cnnlab.ui.transfer.fields import field, problem
from cnnlab.ui.widgets.session_value import hold

OPEN = "transfer.settings"
GROUPS = {
    "Images": ("per_class", "validation", "seed", "input_size", "batch"),
    "Head": ("pooling", "head_units", "dropout"),
    "Learning": ("optimiser", "momentum", "head_rate", "head_epochs", "label_smoothing"),
    "Fine-tuning": ("tuning_rate", "tuning_epochs", "unfreeze"),
    "Stopping": ("stop_at", "patience"),
}
"""The fields of each group; the network and the augmentation have widgets of their own."""


def draw(wrong: dict[str, str]) -> None:
    """Draw the settings, folded: nothing is computed before they are opened."""
    values = form_state.current().values
    # Its title never changes: another one would be another expander, and closed.
    with st.expander("All settings", key=OPEN, icon=":material/tune:", on_change="rerun") as opened:
        if not opened.open:
            return
        st.html(html.heading("Network"))
        network.draw(wrong)
        unused = _unused(values)
        for title, names in GROUPS.items():
            scratch = title == "Fine-tuning" and values["network"]
            st.html(html.heading("Training from scratch" if scratch else title))
            with st.container(horizontal=True, gap="small"):
                for name in names:
                    field(name, wrong, "" if name in wrong else unused.get(name, ""))
            if title == "Images":
                _augmentation(values, wrong)
            if title == "Head":
                st.html(html.prose(_last(values), "cnnlab-aside"))
        if draft.values_for_url(values) != draft.default_values():
            st.button("Reset to the defaults", icon=":material/undo:", key="transfer.clear", on_click=form_state.clear)


def _unused(values: draft.Values) -> dict[str, str]:
    """Return the reasons why fields make no difference at the moment, by field; the fields in use have none."""
    scratch = "a network from scratch has no separate head." if values["network"] else ""
    still = "" if values["tuning_epochs"] else "tuning epochs are 0."
    found = {
        "momentum": "the optimiser is not SGD." if values["optimiser"] != "sgd" else "",
        "head_rate": scratch or ("" if values["head_epochs"] else "head epochs are 0."),
        "tuning_rate": still,
        "unfreeze": still,
    }
    return {name: f"It has no effect now: {reason}" for name, reason in found.items() if reason}


def _last(values: draft.Values) -> str:
    """Return the last layer's activation in words; it follows from the number of classes."""
    count = data.classes(values["data"])
    if count is None:
        return "For two classes the last layer is one sigmoid unit; for more it has one unit per class, with softmax."
    if activation(count) == "sigmoid":
        return "Two classes: the last layer is one unit with sigmoid, the probability of the second class."
    return f"{count} classes: the last layer has a unit for each, with softmax, whose probabilities add up to 1."


def _augmentation(values: draft.Values, wrong: dict[str, str]) -> None:
    """Draw the steps in words, a link to Augment, and the steps as text."""
    text = values["augmentation"]
    try:
        steps = [each.kind.title for each in from_text(text).active]
    except ValueError:
        steps = []
    words = f"Each image is changed a little in each epoch: {', '.join(steps)}." if steps else "No augmentation."
    if "augmentation" not in wrong:
        change = links.link("augment", {"steps": text} if text else {}, "Change it on Augment" if text else "Make one")
        st.html(f'<p class="cnnlab-prose">{html.explained(words)} {change}</p>')
    key = hold("transfer.augmentation", text)
    st.text_input(
        "augmentation",
        text,
        max_chars=LONGEST_TEXT,
        key=key,
        on_change=_set,
        placeholder="none",
        width=420,
        help=draft.AUGMENTATION.help,
    )
    problem("augmentation", wrong)


def _set() -> None:
    form_state.put(augmentation=st.session_state["transfer.augmentation"].strip())
