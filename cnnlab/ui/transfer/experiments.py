"""Experiments: runs that differ in one thing, started with one click, overlaid, and their result in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from cnnlab.training import experiments, runs
from cnnlab.training.experiments import Experiment
from cnnlab.training.run_folder import Run
from cnnlab.training.spec import Spec
from cnnlab.ui import html
from cnnlab.ui.runs import cached_readers, cluster, overlay
from cnnlab.ui.widgets.session_value import index
from cnnlab.units import share

WHICH, PROBLEM = "transfer.experiment", "transfer.experiment.problem"


@dataclass(frozen=True)
class ChosenExperiment:
    """An experiment by name, and the runs made for it in the order of its specs."""

    name: str = ""
    runs: tuple[str, ...] = ()


def draw(spec: Spec, chosen: ChosenExperiment, put: Callable[[ChosenExperiment], None]) -> None:
    """Draw the choice of an experiment, its button and its runs. ``put`` gets the reader's choice."""
    offered = {each.name: each for each in experiments.experiments(spec)}
    found = _runs(chosen)
    made = _made_for(chosen, found)
    name = chosen.name if chosen.name in offered else next(iter(offered))
    if not made or made.name in offered:
        st.session_state[WHICH] = name
        st.selectbox(
            "Experiment",
            list(offered),
            index=index(WHICH, offered),
            format_func=lambda name: offered[name].title,
            key=WHICH,
            on_change=lambda: put(ChosenExperiment(st.session_state[WHICH])),
            help="Runs to compare, with the images and settings above where the experiment does not change them. "
            "The one on depth has its own.",
        )
    wanted = offered[name]
    shown = made or wanted
    st.html(html.prose(f"**{shown.asks}** {shown.explained}"))
    if problem := st.session_state.pop(PROBLEM, ""):
        st.warning(html.plain(problem), icon=":material/info:")
    st.button(
        f"Train {_number(len(wanted.specs))}" + (" again, with the settings above" if found else ""),
        type="secondary" if found else "primary",
        icon=":material/play_arrow:",
        key=f"{WHICH}.start",
        on_click=_start,
        args=(wanted, put),
        disabled=any(runs.summary(run).live for run in found),
    )
    if len(found) < len(chosen.runs):
        st.warning("A run of this experiment is no longer on this server; train them again.", icon=":material/info:")
    elif found and not made:
        st.warning("These runs do not belong to this experiment; train its own.", icon=":material/info:")
    elif made:
        labels = {run.name: label for label, run in zip(made.specs, found, strict=True)}
        overlay.watched(found, WHICH, notice=False, unfolded=made.name == "depth", labels=labels)
        _concluded(made, found)


def _made_for(chosen: ChosenExperiment, found: Sequence[Run]) -> Experiment | None:
    """Return the experiment that the shown runs were made for, whatever the form says now."""
    specs = [summary.spec for summary in map(runs.summary, found)]
    known_specs = [spec for spec in specs if spec]
    if len(known_specs) < max(len(chosen.runs), 1):
        return None
    return experiments.find_experiment(chosen.name, known_specs)


def _number(count: int) -> str:
    return f"the {('two', 'three')[count - 2]} runs"


def _start(wanted: Experiment, put: Callable[[ChosenExperiment], None]) -> None:
    try:
        made = cluster.submit(*wanted.specs.values())
    except ValueError as error:
        st.session_state[PROBLEM] = str(error)
        return
    put(ChosenExperiment(wanted.name, tuple(run.name for run in made)))


def _runs(chosen: ChosenExperiment) -> list[Run]:
    found = []
    for name in chosen.runs:
        try:
            found.append(runs.get(name))
        except ValueError:
            continue
    return found


def _concluded(wanted: Experiment, found: Sequence[Run]) -> None:
    """Draw the conclusion once all runs are finished."""
    if len(found) != len(wanted.specs):
        return
    try:
        reports = {label: cached_readers.report(run) for label, run in zip(wanted.specs, found, strict=True)}
        measured = {label: report for label, report in reports.items() if report}
        if len(measured) < len(reports):
            return
        losses = {
            label: cached_readers.events(run).history[-1]["loss"] for label, run in zip(measured, found, strict=True)
        }
        st.html(html.prose(experiments.conclusion(wanted.name, measured, losses), "cnnlab-notice"))
        if wanted.name == "seeds":
            st.html(html.prose(_ensemble(found)))
    except (ValueError, KeyError, TypeError) as error:
        reason = str(error) if isinstance(error, ValueError) else "a report is damaged; train them again"
        st.warning(html.plain(f"There is no conclusion: {reason}."), icon=":material/broken_image:")


def _ensemble(found: Sequence[Run]) -> str:
    score = experiments.ensemble(found)
    if score is None:
        return "Their test images differ, so their predictions cannot be averaged."
    low, high = (share(each) for each in score["interval"])
    return (
        f"**The ensemble** averages the three networks' probabilities for each image and is right in "
        f"{score['correct']:,} of {score['count']:,}: {share(score['accuracy'])} (95 % interval {low} to {high}). It "
        f"needs three times the memory and the time."
    )
