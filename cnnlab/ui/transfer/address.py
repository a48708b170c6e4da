"""What Transfer shows, kept in the session and written into the address bar.

The address holds the fields of the spec that are not as usual, by their own names, and ``run``: the one that is shown.
With ``keep=true`` a link lays its fields over the form as it stands, instead of over what is usual.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import streamlit as st

from cnnlab.training import runs
from cnnlab.ui import bar
from cnnlab.ui.transfer import draft

STATE, PROBLEMS = "transfer.shown", "transfer.problems"


@dataclass(frozen=True)
class Shown:
    """The page's state as a value: the form's fields, and the name of the run that is shown."""

    values: Mapping[str, Any] = field(default_factory=draft.usual)
    run: str = ""


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
    keep = params.pop("keep", "") == "true"
    fields = {name: params.pop(name) for name in draft.FIELDS if name in params}
    values, told = draft.read(fields, current().values if keep else None)
    problems += told
    if params:
        unknown = ", ".join(repr(name[:40]) for name in sorted(params)[:5])
        problems.append(f"the address says {unknown}, which means nothing here")
    st.session_state[STATE] = Shown(values, run)
    st.session_state[PROBLEMS] = [bar.sentence(problem) for problem in problems]


def leave() -> None:
    """Write the address of what is shown."""
    shown = current()
    bar.write("transfer", draft.params(shown.values) | {"run": shown.run})


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


def clear() -> None:
    """Every field as usual; the run stays."""
    st.session_state[STATE] = Shown(run=current().run)
    st.session_state[PROBLEMS] = []


def problems() -> list[str]:
    """Sentences on what was asked for and did not happen; told until something is changed."""
    return cast(list[str], st.session_state.get(PROBLEMS, []))


def tell(sentence: str) -> None:
    """Have a sentence told when the page is drawn next."""
    st.session_state[PROBLEMS] = [bar.sentence(sentence)]
