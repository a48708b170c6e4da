"""The section on data: the choice of a set, its content, the files left out, and the code that loads it."""

import csv
import io
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from cnnlab.data import downloads, folder, shared_folders
from cnnlab.data.references import DOWNLOAD, FOLDER, UPLOAD
from cnnlab.figures import class_samples
from cnnlab.ui import html, queue
from cnnlab.ui.data import background, code_and_zip, summary, upload
from cnnlab.ui.data.references import (
    FIRST,
    fetch,
    is_here,
    look_key,
    name_in_sentence,
    options,
    problem,
    title,
    transfer_state,
    weight,
)
from cnnlab.ui.data.summary import Seen
from cnnlab.ui.widgets.session_value import hold, index
from cnnlab.units import count, percent, size
from cnnlab.workers import Job, State

MOST_SEED = 999
PATIENCE = 0.4  # seconds that a run waits for a summary; most are done by then
PROBLEM, BEFORE = "data.problem", "data.before"
WHAT = "The images that train a network, and those that test it."
HELP = (
    "To offer data sets that are on the server, a teacher starts the dashboard with CNNLAB_DATA=/path/to/them: each "
    "folder there that has one folder per class can then be chosen here."
)


@dataclass(frozen=True)
class Chosen:
    """A data set's reference, as a run's spec holds it, and the seed that draws the images that are shown."""

    data: str = FIRST
    seed: int = 0


def draw(chosen: Chosen, put: Callable[[Chosen], None]) -> str:
    """Draw the section; return the reference of a data set that can be trained on now, otherwise an empty text.

    ``put`` is called with the user's choice before the page runs again; the caller keeps it. An unknown reference is
    replaced by the one before, with a warning.
    """
    chosen = replace_unknown(chosen, put)
    _choice(chosen, put)
    if problem_text := st.session_state.get(PROBLEM):
        st.warning(html.plain(html.sentence(problem_text)), icon=":material/info:")
    seen = _seen(chosen, put)
    if not seen:
        return ""
    st.session_state[BEFORE] = chosen.data
    _shown(chosen, seen, put)
    code_and_zip.draw(chosen.data, seen)
    return chosen.data


def replace_unknown(chosen: Chosen, put: Callable[[Chosen], None]) -> Chosen:
    """Return the chosen data set; replace an unknown one by the default, with a warning.

    A page that uses the reference above the section calls this first.
    """
    wrong = problem(chosen.data)
    if wrong:
        before = st.session_state.get(BEFORE, FIRST)
        chosen = replace(chosen, data=FIRST if before == chosen.data or problem(before) else before)
        put(chosen)
        set_problem(f"{html.sentence(wrong)} “{name_in_sentence(chosen.data)}” is shown instead.")
    return chosen


def set_problem(sentence: str) -> None:
    """Show a warning until something else is chosen."""
    st.session_state[PROBLEM] = sentence


def _choice(chosen: Chosen, put: Callable[[Chosen], None]) -> None:
    key = hold("data.chosen", chosen.data)
    known = options(chosen.data)
    # A browser answers with the text of an option, so no text may change while the page is open.
    titles = {each: title(each) for each in known}

    def choose(reference: str) -> None:
        st.session_state.pop(PROBLEM, None)
        put(Chosen(reference))

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            "data set",
            known,
            index(key, known),
            format_func=lambda each: titles.get(each, each),
            key=key,
            on_change=lambda: choose(st.session_state[key]),
            width=330,
            help=WHAT if shared_folders.root() else f"{WHAT} {HELP}",
        )
        upload.ask(choose, set_problem)
    here = [each.title for name, each in downloads.DOWNLOADS.items() if is_here(name)]
    if here:
        st.caption(html.plain(f"Already downloaded, usable without a network: {', '.join(here)}."))


def _seen(chosen: Chosen, put: Callable[[Chosen], None]) -> Seen | None:
    """Return the summary of the chosen data set; while it is prepared, show the progress and return None."""
    reference = chosen.data
    state: State[Any] = transfer_state(reference)
    if state.live:
        queue.live(lambda: _coming(reference, reference, put), [state])
        return None
    if state.phase == "failed" and reference.startswith(UPLOAD):  # since this run checked for problems
        st.rerun()
    name = reference.removeprefix(DOWNLOAD)
    if name != reference and not is_here(name):
        _offer(name, reference)
        return None
    job = look_job(chosen)
    state = queue.ask(job, PATIENCE)
    if state.live:
        queue.live(lambda: _coming(job.key, reference, put), [state])
        return None
    if state.phase == "failed":
        st.warning(html.plain(f"It cannot be used: {html.sentence(state.text)}"), icon=":material/info:")
        st.button("Look again", key="data.again", on_click=queue.submit, args=(job,), icon=":material/refresh:")
        return None
    found: Seen | None = state.result
    return found


def summary_or_none(chosen: Chosen) -> Seen | None:
    """Return the summary of a data set that is here; None until the background has made it."""
    return queue.ask(look_job(chosen), PATIENCE).result


def summary_if_made(chosen: Chosen) -> Seen | None:
    """Return the summary of a data set if it was made already; start nothing."""
    return queue.state(look_job(chosen)).result


def look_job(chosen: Chosen) -> Job[Seen]:
    """Return the job that inspects a data set."""
    lane = "read" if chosen.data.startswith((DOWNLOAD, FOLDER)) else "look"
    look = partial(summary.look, chosen.data, chosen.seed)
    return background.job(lane, look_key(chosen.data, chosen.seed), "reading its images", look)


def _coming(key: Hashable, reference: str, put: Callable[[Chosen], None]) -> bool:
    """Show the progress of a transfer; return whether it is live."""
    state = queue.queue().state(queue.who(), key)
    if state.live:
        queue.progress(name_in_sentence(reference), state)
        st.button("Stop", key="data.stop", icon=":material/stop:", on_click=_stop, args=(key, reference, put))
    return state.live


def _stop(key: Hashable, reference: str, put: Callable[[Chosen], None]) -> None:
    """Cancel the transfer, and show the data set that was shown before."""
    queue.queue().cancel(queue.who(), key)
    before = st.session_state.get(BEFORE, FIRST)
    put(Chosen(FIRST if before == reference or problem(before) else before))
    set_problem("Stopped; the data set from before is shown again")


def _offer(name: str, reference: str) -> None:
    """Draw the offer of a download that is not here yet."""
    wanted = downloads.DOWNLOADS[name]
    state = transfer_state(reference)
    if state.phase == "failed":
        st.warning(html.plain(html.sentence(state.text)), icon=":material/cloud_off:")
    st.html(
        html.prose(
            f"**{wanted.title}**: {wanted.about} It is not on this server yet; it is downloaded once, for all users."
        )
    )
    st.button(
        f"{'Try again' if state.phase == 'failed' else 'Download'}, {size(weight(name))}",
        key="data.download",
        icon=":material/download:",
        on_click=_download,
        args=(name, reference),
    )


def _download(name: str, reference: str) -> None:
    st.session_state.pop(PROBLEM, None)
    text = "downloading, then reading each image"
    queue.submit(background.job("fetch", reference, text, partial(fetch, name)), again=True)


def _shown(chosen: Chosen, seen: Seen, put: Callable[[Chosen], None]) -> None:
    """Draw the classes, the notes and the files left out."""
    st.html(
        html.prose(_notice(seen), "cnnlab-notice")
        + "".join(f'<p class="cnnlab-aside"><b>Note:</b> {escape(note)}.</p>' for note in seen.notes)
        + html.prose(f"{seen.about} {_as_read(seen)}", "cnnlab-aside")
    )
    with st.container(key="data_classes"):
        st.html(html.heading("Its classes") + class_samples.classes(seen.classes, summary.MOST_CLASSES))
        with st.container(horizontal=True, gap="small"):
            st.button(
                f"Other images (seed {chosen.seed})",
                icon=":material/casino:",
                key="data.reroll",
                on_click=put,
                args=(replace(chosen, seed=(chosen.seed + 1) % (MOST_SEED + 1)),),
                help="Shows other images of each class. The data set stays the same.",
            )
            if chosen.data.startswith(FOLDER):
                st.button(
                    "Look again",
                    icon=":material/refresh:",
                    key="data.look",
                    on_click=queue.submit,
                    args=(look_job(chosen), True),
                    help="For use after images were added to the folder or removed.",
                )
    if seen.left:
        st.html(_cleaned(seen))
    if seen.left > len(seen.left_out):
        st.download_button(
            "All of them as CSV",
            partial(_all_left_out, chosen.data),
            "left out.csv",
            "text/csv",
            key="data.left_out",
            on_click="ignore",
            icon=":material/download:",
        )


def _all_left_out(reference: str) -> str:
    made = io.StringIO()
    rows = csv.writer(made)
    rows.writerow(("file", "why"))
    rows.writerows((each.path, each.reason) for each in folder(reference).left_out)
    return made.getvalue()


def _notice(seen: Seen) -> str:
    train, test = (sum(getattr(row, part) for row in seen.classes) for part in ("train", "test"))
    most = max(seen.classes, key=lambda row: row.test)
    held = ", held out of each class" if seen.held_out else ""
    if seen.held_out and test and any(not row.test for row in seen.classes):
        held += " with more than one image"
    learned = f"**{count(len(seen.classes), 'class')}, {count(train, 'training image')}"
    if not test:
        return f"{learned}.** There are no test images: each class has a single image, so none can be held out."
    beat = ""
    if test and len({row.test for row in seen.classes}) == 1:
        beat = f" A random guess is right one time in {len(seen.classes)}: the baseline."
    elif test and not any(f"predicting “{most.name}”" in note for note in seen.notes):
        beat = (
            f" Predicting “{most.name}” for every test image is right for {percent(most.test, test)} of them: the "
            "baseline."
        )
    return f"{learned} and {count(test, 'test image')}**{held}.{beat}"


def _as_read(seen: Seen) -> str:
    if seen.own_size:
        if seen.size.split()[0] in seen.about:
            return ""
        return f"Each image has {seen.size}."
    return f"Those shown have {seen.size}; training stretches each to a square, as below."


def _cleaned(seen: Seen) -> str:
    files = "1 file was" if seen.left == 1 else f"{seen.left:,} files were"
    more = seen.left - len(seen.left_out)
    return (
        html.heading("Data cleaning")
        + html.prose(f"**{files} left out**; the {'reason is' if seen.left == 1 else 'reasons are'} below.")
        + html.table(
            ("file", "why"),
            ((html.Html(escape(each.path)), html.Html(escape(each.reason))) for each in seen.left_out),
            "files that were left out",
        )
        + (html.prose(f"and {more:,} more", "cnnlab-aside") if more else "")
    )
