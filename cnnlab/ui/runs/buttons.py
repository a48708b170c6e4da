"""Buttons for the chosen runs: stop, delete, train again with changes."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from cnnlab.knobs import FieldError, Knob
from cnnlab.training import runs
from cnnlab.training.runs import RunSummary
from cnnlab.training.spec import KNOBS, changed
from cnnlab.ui.runs import cluster, page_state
from cnnlab.ui.runs.owner import owner
from cnnlab.ui.runs.progress import confirmation
from cnnlab.ui.widgets.knob import widget
from cnnlab.units import capitalised

SURE, STOP, COPY = "runs.sure", "runs.sure.stop", "runs.copy"
FIELDS = (
    "per_class", "seed", "head_epochs", "tuning_epochs", "head_rate", "tuning_rate", "unfreeze", "dropout",
    "label_smoothing", "patience",
)  # fmt: skip
"""Knobs of the form; all others stay as they are."""


def draw_buttons(chosen: Sequence[RunSummary]) -> None:
    """Draw the buttons, the question before a deletion, and the form of a duplicate."""
    names = tuple(summary.name for summary in chosen)
    ended, live = [summary for summary in chosen if not summary.live], [summary for summary in chosen if summary.live]
    with st.container(horizontal=True, gap="small"):
        if live and len(chosen) > 1:
            others = _others(live)
            st.button(
                f"Stop {_many(live)}" + "…" * bool(others),
                icon=":material/stop:",
                key="runs.stop",
                on_click=_ask if others else _cancel,
                args=(names, STOP) if others else (live,),
            )
        if ended:
            st.button(
                "Delete…" if len(chosen) == 1 else f"Delete {_many(ended)}…",
                icon=":material/delete:",
                key="runs.delete",
                on_click=_ask,
                args=(names, SURE),
            )
        st.button("Show none", icon=":material/deselect:", key="runs.none", on_click=page_state.change,
                  kwargs={"chosen": ()})  # fmt: skip
    if ended and st.session_state.get(SURE) == names:
        _confirm(ended)
    if live and len(chosen) > 1 and st.session_state.get(STOP) == names:
        _confirm_stop(live)
    if len(chosen) == 1 and chosen[0].spec:
        _copy(chosen[0])


def _many(some: Sequence[RunSummary]) -> str:
    return "1 run" if len(some) == 1 else f"{len(some)} runs"


def _ask(names: tuple[str, ...], what: str) -> None:
    st.session_state[what] = names


def _others(some: Sequence[RunSummary]) -> str:
    """Return a warning if runs belong to other browsers."""
    me = owner()
    others = sum(summary.status is not None and summary.owner != me for summary in some)
    if not others:
        return ""
    whose = "It was" if len(some) == 1 else f"{others} of them were" if others > 1 else "One of them was"
    return f" {whose} started from another browser."


def _confirm_stop(live: Sequence[RunSummary]) -> None:
    it = "it" if len(live) == 1 else "them"
    yes, no = (f"Stop {it}", partial(_cancel, live)), (f"Let {it} continue", partial(_ask, (), STOP))
    confirmation("runs.stop", f"Stop {_many(live)}?{_others(live)}", yes, no)


def _confirm(ended: Sequence[RunSummary]) -> None:
    text = f"Delete {_many(ended)} for good, with model, history and report?{_others(ended)}"
    yes, no = ("Delete for good", partial(_delete, ended)), ("Keep", partial(_ask, (), SURE))
    confirmation("runs.delete", text, yes, no)


def _delete(ended: Sequence[RunSummary]) -> None:
    st.session_state[SURE] = ()
    problems, gone = [], set()
    for summary in ended:
        try:
            runs.delete(summary.run)
            gone.add(summary.name)
        except ValueError as error:
            problems.append(str(error))
    page_state.change(chosen=tuple(name for name in page_state.current().chosen if name not in gone))
    if problems:
        page_state.URL.set_problems("; ".join(dict.fromkeys(problems)))


def _cancel(live: Sequence[RunSummary]) -> None:
    st.session_state[STOP] = ()
    try:
        for summary in live:
            runs.cancel(summary.run)
    except ValueError as error:
        page_state.URL.set_problems(str(error))


def _copy(summary: RunSummary) -> None:
    """Draw a form of the settings that matter; the new run is shown at once."""
    with st.expander("Duplicate with changes", key=COPY, icon=":material/content_copy:", on_change="rerun") as opened:
        if not opened.open:
            return
        st.caption("A new run with all other settings unchanged; this run stays.")
        with st.form(f"runs.form.{summary.name}", border=False):
            with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
                for name in FIELDS:
                    _field(summary, KNOBS[name])
            st.form_submit_button(
                "Train it", type="primary", icon=":material/play_arrow:", on_click=_submit, args=(summary,)
            )


def _key(summary: RunSummary, name: str) -> str:
    return f"{COPY}.{summary.name}.{name}"


def _field(summary: RunSummary, knob: Knob) -> None:
    key, limits = _key(summary, knob.name), knob.limits
    if st.session_state.get(key) is None:
        st.session_state[key] = getattr(summary.spec, knob.name)
    bounds = f" {capitalised(limits.ends)}." if limits and limits.high < 1e6 else ""
    widget(knob, key, width=140, typed=True, help_text=knob.help + bounds)


def _submit(summary: RunSummary) -> None:
    assert summary.spec
    given = {name: st.session_state.get(_key(summary, name)) for name in FIELDS}
    try:
        spec = changed(summary.spec, **{name: value for name, value in given.items() if value is not None})
        (run,) = cluster.submit(spec)
    except FieldError as error:
        page_state.URL.set_problems("; ".join(error.problems.values()))
    except ValueError as error:
        page_state.URL.set_problems(str(error))
    else:
        st.session_state[COPY] = False
        page_state.change(chosen=(run.name,), words="", phase="all")
