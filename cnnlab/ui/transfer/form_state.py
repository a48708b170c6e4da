"""What Transfer shows, kept in the session and written into the address bar.

The address holds the fields of the spec that are not as usual, by their own names, ``run``, the one that is shown, and
``experiment`` with the runs that were made for it.
With ``keep=true`` a link lays its fields over the form as it stands, instead of over what is usual.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import streamlit as st

from cnnlab.training import runs
from cnnlab.training.experiments import experiments
from cnnlab.training.spec import Spec
from cnnlab.ui import bar
from cnnlab.ui.transfer import draft
from cnnlab.ui.transfer.experiments import Chosen

STATE, PROBLEMS = "transfer.shown", "transfer.problems"
MOST_RUNS = 3  # of an experiment


@dataclass(frozen=True)
class Shown:
    """The page's state as a value: the form's fields, the name of the run that is shown, and an experiment."""

    values: Mapping[str, Any] = field(default_factory=draft.usual)
    run: str = ""
    experiment: Chosen = field(default_factory=Chosen)


def arrive() -> None:
    """Take over the address, when it is not the one this session wrote last."""
    asked = bar.asked("transfer")
    if asked is None:
        return
    params = {name: values[-1] for name, values in asked.items()}
    problems = []
    run = params.pop("run", "")
    if run and not runs.NAME.fullmatch(run):
        problems.append(f"there is no run {run[:40]!r}")
        run = ""
    experiment, told = _experiment(params.pop("experiment", ""))
    problems += told
    keep = params.pop("keep", "") == "true"
    fields = {name: params.pop(name) for name in draft.FIELDS if name in params}
    values, told = draft.read(fields, current().values if keep else None)
    problems += told
    if params:
        unknown = ", ".join(repr(name[:40]) for name in sorted(params)[:5])
        problems.append(f"the address says {unknown}, which means nothing here")
    st.session_state[STATE] = Shown(values, run, experiment)
    st.session_state[PROBLEMS] = [bar.sentence(problem) for problem in problems]


def leave() -> None:
    """Write the address of what is shown."""
    shown = current()
    wanted = shown.experiment
    experiment = ":".join([wanted.name, ";".join(wanted.runs)]) if wanted.name else ""
    bar.write("transfer", draft.params(shown.values) | {"run": shown.run, "experiment": experiment})


def current() -> Shown:
    """What is shown."""
    return cast(Shown, st.session_state.get(STATE) or Shown())


def put(**new: Any) -> None:
    """Set fields of the form."""
    shown = current()
    st.session_state[STATE] = replace(shown, values=draft.changed(shown.values, **new))
    st.session_state[PROBLEMS] = []


def show(run: str) -> None:
    """Show a run, or none."""
    st.session_state[STATE] = replace(current(), run=run)
    st.session_state[PROBLEMS] = []


def experiment(chosen: Chosen) -> None:
    """Show an experiment."""
    st.session_state[STATE] = replace(current(), experiment=chosen)
    st.session_state[PROBLEMS] = []


def _experiment(text: str) -> tuple[Chosen, list[str]]:
    """What ``leave`` wrote, and what is wrong with it."""
    if not text:
        return Chosen(), []
    name, _, names = text.partition(":")
    found = tuple(filter(None, names.split(";")))
    known = name in {each.name for each in experiments(Spec())}
    if not known or len(found) > MOST_RUNS or not all(runs.NAME.fullmatch(each) for each in found):
        return Chosen(), [f"there is no experiment {text[:40]!r}"]
    return Chosen(name, found), []


def clear() -> None:
    """Every field as usual; the run stays."""
    st.session_state[STATE] = replace(current(), values=draft.usual())
    st.session_state[PROBLEMS] = []


def problems() -> list[str]:
    """Sentences on what was asked for and did not happen; told until something is changed."""
    return cast(list[str], st.session_state.get(PROBLEMS, []))


def tell(sentence: str) -> None:
    """Have a sentence told when the page is drawn next."""
    st.session_state[PROBLEMS] = [bar.sentence(sentence)]
