"""What the page Runs shows, kept in the session and written into the address bar.

The address holds ``words``, ``phase``, ``sort``, ``mine`` and, for each chosen run, a ``run``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import streamlit as st

from cnnlab.training import runs
from cnnlab.ui import bar

STATE, PROBLEMS = "runs.shown", "runs.problems"
MOST = 6  # runs that are overlaid: as many as there are colours
LONGEST = 100  # letters of the words that are looked for
SORTS: Mapping[str, str] = {
    "newest": "newest first",
    "accuracy": "test accuracy",
    "duration": "longest first",
    "title": "title",
}
PHASES: Mapping[str, str] = {
    "all": "all",
    "waiting": "waiting",
    "running": "running",
    "done": "done",
    "failed": "failed",
    "cancelled": "cancelled",
    "damaged": "damaged",
}


@dataclass(frozen=True)
class Shown:
    """The page's state as a value."""

    words: str = ""
    phase: str = "all"
    sort: str = "newest"
    mine: bool = False
    chosen: tuple[str, ...] = ()


def arrive() -> None:
    """Take over the address, when it is not the one this session wrote last."""
    asked = bar.asked("runs")
    if asked is None:
        return
    usual, problems = Shown(), []
    found: dict[str, Any] = {}
    readers: dict[str, Callable[[str], Any]] = {
        "words": _words,
        "phase": _one_of("phase", PHASES),
        "sort": _one_of("sort", SORTS),
        "mine": lambda text: _one_of("mine", ("true", "false"))(text) == "true",
    }
    for name, read in readers.items():
        try:
            found[name] = read(asked.pop(name)[-1]) if name in asked else getattr(usual, name)
        except ValueError as error:
            problems.append(str(error))
            found[name] = getattr(usual, name)
    names = tuple(dict.fromkeys(asked.pop("run", ())))
    good = tuple(name for name in names if runs.NAME.fullmatch(name))
    problems += [f"there is no run {name[:40]!r}" for name in names if name not in good][:3]
    if len(good) > MOST:
        problems.append(f"at most {MOST} runs are shown at a time; the first {MOST} are")
    if asked:
        unknown = ", ".join(repr(name[:40]) for name in sorted(asked)[:5])
        problems.append(f"the address says {unknown}, which means nothing here")
    st.session_state[STATE] = Shown(**found, chosen=good[:MOST])
    st.session_state[PROBLEMS] = [bar.sentence(problem) for problem in problems]


def _words(text: str) -> str:
    if len(text) > LONGEST:
        raise ValueError(f"words have at most {LONGEST} letters, got {len(text):,}; all runs are shown")
    return text


def _one_of(name: str, options: Any) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in options:
            raise ValueError(f"{name} must be one of {', '.join(options)}, got {text[:40]!r}; the usual is shown")
        return text

    return read


def leave() -> None:
    """Write the address of what is shown."""
    shown, usual = current(), Shown()
    bar.write(
        "runs",
        {
            "words": shown.words,
            "phase": shown.phase if shown.phase != usual.phase else "",
            "sort": shown.sort if shown.sort != usual.sort else "",
            "mine": "true" if shown.mine else "",
            "run": shown.chosen,
        },
    )


def current() -> Shown:
    """What is shown."""
    return cast(Shown, st.session_state.get(STATE, Shown()))


def change(**new: Any) -> None:
    """Show something else."""
    st.session_state[STATE] = replace(current(), **new)
    st.session_state[PROBLEMS] = []


def press(name: str) -> None:
    """Choose a run, or let it go; of too many a sentence is told."""
    chosen = current().chosen
    if name in chosen:
        change(chosen=tuple(each for each in chosen if each != name))
    elif len(chosen) < MOST:
        change(chosen=(*chosen, name))
    else:
        tell(
            f"{MOST} runs are overlaid already, and there are no more colours that can be told apart; let one go first"
        )


def problems() -> list[str]:
    """Sentences on what was asked for and did not happen; told until something is changed."""
    return cast(list[str], st.session_state.get(PROBLEMS, []))


def tell(sentence: str) -> None:
    """Have a sentence told when the page is drawn next."""
    st.session_state[PROBLEMS] = [bar.sentence(sentence)]
