"""State of the page Transfer: the form's fields, a run, and an experiment with the runs that were made for it.

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
from cnnlab.ui.transfer.experiments import ChosenExperiment
from cnnlab.ui.url_state import Codec, ReplacedError, UrlState

STATE = "transfer.shown"
MOST_RUNS = 3  # of an experiment


@dataclass(frozen=True)
class FormState:
    """The state of the page as a value: the form's fields, the name of the run that is shown, and an experiment."""

    values: Mapping[str, Any] = field(default_factory=draft.default_values)
    run: str = ""
    experiment: ChosenExperiment = field(default_factory=ChosenExperiment)


def _run(name: str) -> str:
    if not runs.NAME.fullmatch(name):
        raise ReplacedError("", f"there is no run {name[:40]!r}")
    return name


def _experiment(text: str) -> ChosenExperiment:
    name, _, names = text.partition(":")
    found = tuple(filter(None, names.split(";")))
    known = name in {each.name for each in experiments(Spec())}
    if not known or len(found) > MOST_RUNS or not all(runs.NAME.fullmatch(each) for each in found):
        raise ReplacedError(ChosenExperiment(), f"there is no experiment {text[:40]!r}")
    return ChosenExperiment(name, found)


URL = UrlState(
    "transfer",
    (
        Codec("run", "", _run),
        Codec(
            "experiment", ChosenExperiment(), _experiment, lambda shown: ":".join([shown.name, ";".join(shown.runs)])
        ),
        Knob("keep", bool, False, ""),
        *draft.NETWORK_CODECS,
    ),
    draft.spec_fields,
)


def take_url() -> None:
    """Read the state from the URL."""
    values = URL.take_url()
    if values is not None:
        run, experiment = values.pop("run", ""), values.pop("experiment", ChosenExperiment())
        standing = current().values if values.pop("keep", False) else None
        st.session_state[STATE] = FormState(draft.values_from_url(values, standing), run, experiment)


def write_url() -> None:
    """Write the state into the URL."""
    shown = current()
    URL.write_url({**draft.values_for_url(shown.values), "run": shown.run, "experiment": shown.experiment})


def current() -> FormState:
    """Return the state."""
    return cast(FormState, st.session_state.get(STATE) or FormState())


def put(**new: Any) -> None:
    """Set fields of the form."""
    _change(values=draft.with_changes(current().values, **new))


def show(run: str) -> None:
    """Show a run."""
    _change(run=run)


def lose_run() -> None:
    """Show no run, and the reason."""
    st.session_state[STATE] = replace(current(), run="")
    URL.add_problem("The run of this link is not on this server; start another one")


def experiment(chosen: ChosenExperiment) -> None:
    """Show an experiment."""
    _change(experiment=chosen)


def clear() -> None:
    """Set every field to its default; the run stays."""
    _change(values=draft.default_values())


def _change(**new: Any) -> None:
    st.session_state[STATE] = replace(current(), **new)
    URL.set_problems()
