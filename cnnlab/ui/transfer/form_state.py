"""What Transfer shows: the form's fields, a run, and an experiment with the runs that were made for it.

In the URL the fields of the spec that are not as usual have their own names. With ``keep=true`` a link lays its fields
over the form as it stands, instead of over what is usual.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import streamlit as st

from cnnlab.knobs import Knob
from cnnlab.training import runs
from cnnlab.training.experiments import experiments
from cnnlab.training.spec import Spec
from cnnlab.ui.transfer import draft
from cnnlab.ui.transfer.experiments import Chosen
from cnnlab.ui.url_state import Codec, ReplacedError, UrlState

STATE = "transfer.shown"
MOST_RUNS = 3  # of an experiment


@dataclass(frozen=True)
class FormState:
    """The page's state as a value: the form's fields, the name of the run that is shown, and an experiment."""

    values: Mapping[str, Any] = field(default_factory=draft.default_values)
    run: str = ""
    experiment: Chosen = field(default_factory=Chosen)


def _run(name: str) -> str:
    if not runs.NAME.fullmatch(name):
        raise ReplacedError("", f"there is no run {name[:40]!r}")
    return name


def _experiment(text: str) -> Chosen:
    name, _, names = text.partition(":")
    found = tuple(filter(None, names.split(";")))
    known = name in {each.name for each in experiments(Spec())}
    if not known or len(found) > MOST_RUNS or not all(runs.NAME.fullmatch(each) for each in found):
        raise ReplacedError(Chosen(), f"there is no experiment {text[:40]!r}")
    return Chosen(name, found)


URL = UrlState(
    "transfer",
    (
        Codec("run", "", _run),
        Codec("experiment", Chosen(), _experiment, lambda shown: ":".join([shown.name, ";".join(shown.runs)])),
        Knob("keep", bool, False, ""),
        *draft.WHAT_FIELDS,
    ),
    draft.spec_fields,
)


def take_url() -> None:
    """Take over what the URL asks for."""
    values = URL.take_url()
    if values is not None:
        run, experiment = values.pop("run", ""), values.pop("experiment", Chosen())
        standing = current().values if values.pop("keep", False) else None
        st.session_state[STATE] = FormState(draft.arrived(values, standing), run, experiment)


def write_url() -> None:
    """Write the URL of what is shown."""
    shown = current()
    URL.write_url({**draft.written(shown.values), "run": shown.run, "experiment": shown.experiment})


def current() -> FormState:
    """What is shown."""
    return cast(FormState, st.session_state.get(STATE) or FormState())


def put(**new: Any) -> None:
    """Set fields of the form."""
    shown = current()
    st.session_state[STATE] = replace(shown, values=draft.changed(shown.values, **new))
    URL.set_problems()


def show(run: str) -> None:
    """Show a run."""
    st.session_state[STATE] = replace(current(), run=run)
    URL.set_problems()


def lose_run() -> None:
    """Show no run any more, and say why."""
    st.session_state[STATE] = replace(current(), run="")
    URL.add_problem("The run of this link is not on this server (any more); start another one")


def experiment(chosen: Chosen) -> None:
    """Show an experiment."""
    st.session_state[STATE] = replace(current(), experiment=chosen)
    URL.set_problems()


def clear() -> None:
    """Every field as usual; the run stays."""
    st.session_state[STATE] = replace(current(), values=draft.default_values())
    URL.set_problems()
