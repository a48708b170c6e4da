"""Body of the page: one button first, then the settings, then the run that is shown.

Setting a field reruns the form alone, not the run with all its images. A section that reruns on a timer may not stand
inside such a fragment, or Streamlit drops its timer: while one is open, the whole page reruns.
"""

from collections.abc import Callable

import streamlit as st

from cnnlab.training import runs
from cnnlab.training.runs import RunSummary
from cnnlab.training.spec import Spec
from cnnlab.ui import html, links
from cnnlab.ui.runs import cluster, labels, result
from cnnlab.ui.runs.downloads import downloads
from cnnlab.ui.runs.progress import progress
from cnnlab.ui.transfer import data as images
from cnnlab.ui.transfer import (
    draft,
    experiments,
    form,
    form_state,
    from_scratch,
    ledger,
    recent_runs,
    train_button,
    try_model,
)

LEDGER, EXPERIMENTS = "transfer.ledger", "transfer.experiments"  # whether they are open


def body() -> None:
    """Draw everything below the heading."""
    cluster.cluster().warm()  # in the background, so that the first run need not wait for TensorFlow
    run = _run()
    name = run.name if run else ""
    images.replace_unknown(form_state.current().values["data"], _choose)
    finish: Callable[[], None] | None = None
    if _timed():
        with st.container():  # as a fragment has one: elements keep their places
            finish = _form()
    else:
        _form_alone(name)
    if run:
        _shown(run, draft.check(form_state.current().values)[0])
    recent_runs.draw(name)
    if finish:
        finish()


def _timed() -> bool:
    """Return whether a section that reruns on a timer is open or about to be."""
    state = st.session_state
    unfolded = bool(form_state.current().experiment.runs)
    return bool(state.get(images.OPEN) or state.get(LEDGER) or state.get(EXPERIMENTS, unfolded))


@st.fragment
def _form_alone(run: str) -> None:
    """Draw the form as a fragment; the rest of the page shows ``run``."""
    if _timed() or form_state.current().run != run:
        st.rerun()
    _form()


def _form() -> Callable[[], None] | None:
    """Draw the form and write the URL; return a function that draws the waiting part, if there is one."""
    values = form_state.current().values
    spec, wrong = draft.check(values)
    train_button.draw(spec, wrong)
    form_state.URL.show_problems()
    images.draw(values["data"], _choose)
    form.draw(wrong)
    finish = _ledger(spec) if spec else None
    _experiments(spec or Spec())
    form_state.write_url()
    return finish


def _choose(data: str) -> None:
    form_state.put(data=data)


def _ledger(spec: Spec) -> Callable[[], None] | None:
    """Draw the ledger's fold; if it is open, return a function that draws its content, which waits."""
    place = st.expander("Trainable and frozen parameters", key=LEDGER, icon=":material/lock:", on_change="rerun")

    def content() -> None:
        with place:
            counted = images.count(spec.data, spec.per_class)
            if counted:
                ledger.draw(spec, *counted)
            elif reason := images.problem(spec.data):
                st.html(html.prose(f"The counts need the data set. {html.sentence(reason)}"))
            else:
                st.html(html.prose("The counts appear when the data set is loaded."))
                images.await_summary(spec.data)

    return content if place.open else None


def _experiments(spec: Spec) -> None:
    """Draw runs that differ in one thing, folded unless the URL names an experiment."""
    shown = form_state.current().experiment
    with st.expander(
        "Experiments: runs to compare",
        key=EXPERIMENTS,
        icon=":material/science:",
        on_change="rerun",
        expanded=bool(shown.runs),
    ) as opened:
        if opened.open:
            experiments.draw(spec, shown, form_state.experiment)


def _run() -> RunSummary | None:
    """Return the run that the URL names; if it is deleted, show a sentence."""
    name = form_state.current().run
    if not name:
        return None
    try:
        return runs.summary(runs.get(name))
    except ValueError:
        form_state.lose_run()
        return None


def _shown(summary: RunSummary, spec: Spec | None) -> None:
    """Draw a run; ``spec`` is the form's, which may differ from the run's own."""
    changed = labels.settings(summary.spec) if summary.spec else ""
    notes = [changed, f"made {labels.when(summary)}"]
    if summary.spec and summary.spec != spec:
        notes.append("the button and the settings above are for the next run")
    st.html(html.heading(runs.title(summary)) + html.prose(" · ".join(filter(None, notes)), "cnnlab-aside"))
    key = "transfer.run"
    if summary.live:
        result.draw_live_run(summary.run, key)
        return
    progress(summary.run, key)
    result.curves(summary.run, key)
    from_scratch.draw(summary)
    result.report(summary.run, key)
    if summary.run.model:
        with st.expander(
            "Try it on an image", key="transfer.try", icon=":material/photo_camera:", on_change="rerun"
        ) as opened:
            if opened.open:
                try_model.draw(summary.run, "transfer.try")
    st.html(html.heading("Downloads"))
    downloads(summary.run)
    again = links.link(
        "runs", {"run": summary.name}, "All settings of this run, and how to duplicate it with changes: on Runs"
    )
    st.html(f'<p class="cnnlab-aside">{again}</p>')
