"""Every setting of a run, folded: grouped as they are thought of, each with what it does."""

import streamlit as st

from cnnlab.augment import from_text
from cnnlab.training.spec import activation
from cnnlab.ui import html, links
from cnnlab.ui.transfer import data, draft, form_state, network
from cnnlab.ui.transfer.fields import field, held, problem

OPEN = "transfer.settings"
UNUSED = "At the moment it makes no difference: "


def section(wrong: dict[str, str]) -> None:
    """Folded: nothing of it is computed before it is opened."""
    values = form_state.current().values
    # Its title never changes: another one would be another expander, and closed.
    with st.expander("All settings", key=OPEN, icon=":material/tune:", on_change="rerun") as opened:
        if not opened.open:
            return
        _group("Network")
        network.section(wrong)
        _group("Pictures", "per_class", "validation", "seed", "input_size", "batch", wrong=wrong)
        _augmentation(values, wrong)
        _group("Head", "pooling", "head_units", "dropout", wrong=wrong)
        st.html(html.prose(_last(values), "cnnlab-aside"))
        scratch = f"{UNUSED}a network from scratch has no head of its own." if values["network"] else ""
        _group("Learning", "optimiser", "momentum", "head_rate", "head_epochs", "label_smoothing", wrong=wrong,
               idle={"momentum": f"{UNUSED}it is SGD’s." if values["optimiser"] != "sgd" else "",
                     "head_rate": scratch or _idle(values, "head_epochs")})  # fmt: skip
        still = _idle(values, "tuning_epochs")
        title = "Training from scratch" if values["network"] else "Fine-tuning"
        _group(title, "tuning_rate", "tuning_epochs", "unfreeze", wrong=wrong,
               idle={"tuning_rate": still, "unfreeze": still})  # fmt: skip
        _group("Stopping", "stop_at", "patience", wrong=wrong)
        if draft.params(values):
            st.button("All as usual", icon=":material/undo:", key="transfer.clear", on_click=form_state.clear)


def _group(title: str, *names: str, wrong: dict[str, str] | None = None, idle: dict[str, str] | None = None) -> None:
    st.html(html.heading(title))
    if names:
        with st.container(horizontal=True, gap="small"):
            for name in names:
                told = (idle or {}).get(name, "")
                field(name, wrong or {}, "" if name in (wrong or {}) else told)


def _idle(values: draft.Values, epochs: str) -> str:
    return "" if values[epochs] else f"{UNUSED}{epochs.replace('_', ' ')} are 0."


def _last(values: draft.Values) -> str:
    """What the last layer ends with: it follows from the number of classes."""
    count = data.classes(values["data"])
    if count is None:
        return "Two classes are told apart by one sigmoid unit; more classes have a unit each, with softmax."
    if activation(count) == "sigmoid":
        return "Two classes: the last layer is one unit with sigmoid, the probability of the second class."
    return f"{count} classes: the last layer has a unit for each, with softmax, whose probabilities add up to 1."


def _augmentation(values: draft.Values, wrong: dict[str, str]) -> None:
    """The steps in words, a way to change them where their pictures are seen, and their text."""
    text = values["augmentation"]
    try:
        steps = [each.row.title for each in from_text(text).active]
    except ValueError:
        steps = []
    told = f"Each picture is changed a little in every epoch: {', '.join(steps)}." if steps else "No augmentation."
    if "augmentation" not in wrong:
        change = links.link("augment", {"steps": text} if text else {}, "Change it on Augment" if text else "Make one")
        st.html(f'<p class="cnnlab-prose">{html.explained(told)} {change}</p>')
    key = held("augmentation", text)
    st.text_input(
        "augmentation", text, max_chars=draft.LONGEST_TEXT, key=key, on_change=_set, placeholder="none", width=420,
        help="The steps as Augment has them in its link, such as mirror;rotation:degrees=10.",
    )  # fmt: skip
    problem("augmentation", wrong)


def _set() -> None:
    form_state.put(augmentation=st.session_state["transfer.augmentation"].strip())
