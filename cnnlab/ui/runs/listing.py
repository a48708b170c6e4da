"""The list of runs: filtered, sorted, and pressed to choose which are shown."""

from html import escape

import streamlit as st

from cnnlab.figures.palette import OTHER, SERIES
from cnnlab.training import runs
from cnnlab.training.runs import RunSummary
from cnnlab.ui import html, links
from cnnlab.ui.runs import cached_readers, labels, page_state
from cnnlab.ui.runs.owner import owner
from cnnlab.ui.runs.page_state import PHASES, SORTS, RunsState
from cnnlab.ui.widgets.clickable_html import clickable_html
from cnnlab.ui.widgets.session_value import hold
from cnnlab.units import duration, share

POLL = 2.0  # seconds between two looks at runs that wait or run
PAGE, COUNT = 30, "runs.count"  # runs that are listed at first
COLOURS = {"done": "#009E73", "running": "#0072B2", "waiting": "#E69F00", "failed": "#D55E00", "damaged": "#D55E00"}


def toolbar() -> None:
    """Draw the widgets that filter and sort the list."""
    shown = page_state.current()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        key = hold("runs.words", shown.words)
        st.text_input(
            "find", st.session_state[key], max_chars=page_state.LONGEST, key=key, on_change=_set, args=("words",),
            width=220, placeholder="words in the title", icon=":material/search:",
        )  # fmt: skip
        for name, options, width in (("phase", PHASES, 140), ("sort", SORTS, 160)):
            key = hold(f"runs.{name}", getattr(shown, name))
            st.selectbox(
                name, options, list(options).index(st.session_state[key]), format_func=options.__getitem__, key=key,
                on_change=_set, args=(name,), width=width,
            )  # fmt: skip
        key = hold("runs.mine", shown.mine)
        st.toggle(
            "mine only", st.session_state[key], key=key, on_change=_set, args=("mine",), width="content",
            help="Runs that were started from this browser.",
        )  # fmt: skip


def _set(name: str) -> None:
    page_state.change(**{name: st.session_state[f"runs.{name}"]})


def found(shown: RunsState) -> list[RunSummary]:
    """Return the runs that match the filters, sorted."""
    phase = None if shown.phase == "all" else shown.phase
    listed = list(cached_readers.find(shown.words, phase, owner() if shown.mine else None))
    if shown.sort == "accuracy":
        listed.sort(key=lambda summary: -(cached_readers.accuracy(summary.run) or cached_readers.UNTESTED).value)
    elif shown.sort == "duration":
        listed.sort(key=lambda summary: -(labels.seconds(summary) or 0.0))
    elif shown.sort == "title":
        listed.sort(
            key=lambda summary: (runs.title(summary).casefold(), labels.settings(summary.spec) if summary.spec else "")
        )
    return listed


def listing() -> None:
    """Draw the list; a click selects or deselects a run. It refreshes itself while one of them is live."""
    shown = page_state.current()
    live = any(summary.live for summary in found(shown))

    @st.fragment(run_every=POLL if live else None)
    def part() -> None:
        listed = found(shown)
        if page_state.current() != shown or any(summary.live for summary in listed) != live:
            st.rerun()  # what stands below is drawn again, too, and so is the timer
        if not listed:
            st.html(_empty(shown))
            return
        count = st.session_state.get(COUNT, PAGE)
        clickable_html("runs.list", _html(listed[:count], shown), _press)
        if len(listed) > count:
            st.button(f"Show more ({len(listed) - count:,} are left)", key="runs.more", on_click=_more)

    part()


def _press(word: str) -> None:
    page_state.press(word)


def _more() -> None:
    st.session_state[COUNT] = st.session_state.get(COUNT, PAGE) + PAGE


def _empty(shown: RunsState) -> str:
    """Return a hint for an empty list."""
    if shown.words or shown.phase != "all" or shown.mine:
        return html.prose("No run matches. Remove a filter above to see more runs.")
    if runs.home().exists() and not runs.home().is_dir():
        text = f"Runs are kept in {runs.home()}, which is not a folder; restore it, or name another one in CNNLAB_RUNS"
        return f'<p class="cnnlab-prose"><b>No run can be read.</b> {escape(text)} and restart the dashboard.</p>'
    start = links.link("transfer", {}, "Transfer")
    return (
        f'<p class="cnnlab-prose"><b>No run yet.</b> Start one on the page {start}, and it appears here, with its '
        "curves during training and its test results afterwards.</p>"
    )


def _html(listed: list[RunSummary], shown: RunsState) -> str:
    lines = "".join(_line(summary, shown.chosen) for summary in listed)
    return f'<ul class="cnnlab-runs" aria-label="runs">{lines}</ul>'


def _line(summary: RunSummary, chosen: tuple[str, ...]) -> str:
    pressed = summary.name in chosen
    colour = SERIES[chosen.index(summary.name) % len(SERIES)] if pressed else "transparent"
    phase = summary.phase
    text = summary.problems[0] if phase == "damaged" else labels.settings(summary.spec) if summary.spec else ""
    test = cached_readers.accuracy(summary.run) if phase == "done" else None
    result = _how_far(summary)
    if test:
        against = f"<em>baseline {share(test.baseline['accuracy'])}</em>" if test.baseline else ""
        result = f"<b>{share(test.value)}</b> test{against}"
    return (
        f'<li><button class="run" data-act="{escape(summary.name)}" aria-pressed="{str(pressed).lower()}">'
        f'<i class="mark" style="background:{colour}"></i>'
        f"<span><b>{escape(runs.title(summary))}</b><em>{escape(text)}</em></span>"
        f'<span class="phase"><i style="background:{COLOURS.get(phase, OTHER)}"></i>{phase}</span>'
        f"<span>{result}</span><span>{duration(labels.seconds(summary))}</span><span>{labels.when(summary)}</span>"
        "</button></li>"
    )


def _how_far(summary: RunSummary) -> str:
    status = summary.status
    if not status or not summary.spec:
        return ""
    if status.phase == "waiting":
        return f"{status.before} before it" if status.before else "the next"
    if status.phase == "done":
        return "no readable test" if cached_readers.has_test(summary.run) else "no test images"
    return f"epoch {len(cached_readers.events(summary.run).history)} of {summary.spec.epochs}"
