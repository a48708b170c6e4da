"""What Augment shows, kept in the session and written into the address bar.

The address holds ``picture``, ``number`` (which of a data set's pictures of that class), ``size``, ``view``, ``steps``
(``Pipeline.to_text``, or ``none``) and ``seed``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast, get_args

import streamlit as st

from cnnlab.augment import KINDS, MOST_SEED, MOST_STEPS, PRESETS, Pipeline, Step, from_text, step
from cnnlab.augmenting.request import View
from cnnlab.knobs import Value
from cnnlab.ui import bar
from cnnlab.ui.augment import image_source

STATE, IDS, NEXT, PROBLEMS = "augment.shown", "augment.ids", "augment.next", "augment.problems"
NONE = "none"
SIZES = (28, 32, 48, 64, 96, 160, 224, 299)
"""Sides of what networks see: LeNet's, CIFAR's, the embedded backbone's, … AlexNet's to ResNet's, Inception v3's."""
VIEWS: Mapping[str, str] = {"draws": "Draws", "steps": "Step by step", "batch": "A batch"}
assert tuple(VIEWS) == get_args(View)
Steps = tuple[tuple[int, Step], ...]
"""Every step with a number of its own."""


@dataclass(frozen=True)
class Shown:
    """The page's state as a value."""

    pipeline: Pipeline = PRESETS["course"].pipeline
    picture: str = image_source.FIRST
    number: int = 1
    size: int = 224
    view: View = "draws"


def arrive() -> None:
    """Take over the address, when it is not the one this session wrote last."""
    asked = bar.asked("augment")
    if asked is None:
        return
    params = {name: values[-1] for name, values in asked.items()}
    problems: list[str] = []
    usual = Shown()

    def read(name: str, how: Callable[[str], Any], before: Any) -> Any:
        try:
            return how(params.pop(name)) if name in params else before
        except ValueError as error:
            problems.append(str(error) if "usual" in str(error) else f"{error}; the usual is shown")
            return before

    seed = read("seed", _number("seed", 0, MOST_SEED), usual.pipeline.seed)
    pipeline = read("steps", lambda text: from_text("" if text == NONE else text, seed), usual.pipeline)
    shown = Shown(
        pipeline.model_copy(update={"seed": seed}),
        read("picture", image_source.check, usual.picture),
        read("number", _number("number", 1, image_source.MOST), usual.number),
        read("size", _one_of("size", [str(size) for size in SIZES], int), usual.size),
        read("view", _one_of("view", VIEWS, str), usual.view),
    )
    if params:
        problems.append(f"The address says {', '.join(repr(name[:40]) for name in sorted(params)[:5])}, which means "
                        "nothing here")  # fmt: skip
    if STATE not in st.session_state or shown != current():
        put(shown)
    st.session_state[PROBLEMS] = [bar.sentence(problem) for problem in problems]


def _number(name: str, low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if len(text) > 12 or not text.isdecimal() or not low <= int(text) <= high:
            raise ValueError(f"{name} must be a whole number from {low} to {high:,}, got {text[:40]!r}")
        return int(text)

    return read


def _one_of(name: str, options: Any, as_type: Callable[[str], Any]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        if text not in options:
            raise ValueError(f"{name} must be one of {', '.join(options)}, got {text[:40]!r}")
        return as_type(text)

    return read


def leave() -> None:
    """Write the address of what is shown."""
    shown, usual = current(), Shown()
    steps = shown.pipeline.to_text() or NONE
    params = {
        "picture": shown.picture if shown.picture != usual.picture else "",
        "number": str(shown.number) if shown.number != usual.number else "",
        "size": str(shown.size) if shown.size != usual.size else "",
        "view": shown.view if shown.view != usual.view else "",
        "steps": steps if shown.pipeline.steps != usual.pipeline.steps else "",
        "seed": str(shown.pipeline.seed or ""),
    }
    bar.write("augment", params)


def current() -> Shown:
    """What is shown."""
    return cast(Shown, st.session_state.get(STATE, Shown()))


def put(shown: Shown) -> None:
    """Show something else; its steps get widgets of their own."""
    st.session_state[STATE] = shown
    st.session_state[IDS] = tuple(_new_id() for _ in shown.pipeline.steps)
    st.session_state[PROBLEMS] = []


def change(**new: Any) -> None:
    """Show another picture, size or view; the steps stay."""
    st.session_state[STATE] = replace(current(), **new)
    st.session_state[PROBLEMS] = []


def problems() -> list[str]:
    """Sentences on what the address or a file asked for and did not get; told until something is changed."""
    return cast(list[str], st.session_state.get(PROBLEMS, []))


def tell(sentence: str) -> None:
    """Have a sentence told when the page is drawn next."""
    st.session_state[PROBLEMS] = [*st.session_state.get(PROBLEMS, []), bar.sentence(sentence)]


# Steps. Each has a number of its own while the page is open, so that its widgets stay when it is moved.


def steps() -> Steps:
    """Every step with its own number."""
    ids = st.session_state.get(IDS, ())
    return tuple(zip(ids, current().pipeline.steps, strict=True)) if ids else ()


def _new_id() -> int:
    st.session_state[NEXT] = number = st.session_state.get(NEXT, 0) + 1
    return int(number)


def _set(new: Steps) -> None:
    pipeline = Pipeline.of(*(step for _, step in new), seed=current().pipeline.seed)
    st.session_state[IDS] = tuple(number for number, _ in new)
    change(pipeline=pipeline)


def add(kind: str) -> None:
    """Another step behind those there are."""
    if kind in KINDS and len(steps()) < MOST_STEPS:
        _set(_in_order((*steps(), (_new_id(), step(kind)))))
        if KINDS[kind].on_batches:
            change(view="batch")  # elsewhere it would change nothing


def act(number: int, word: str) -> None:
    """What a press on a step's buttons asks for."""
    _set(after(steps(), number, word))


def after(now: Steps, number: int, word: str) -> Steps:
    """The steps after ``switch``, ``up``, ``down`` or ``delete``; the same where the step was deleted just before."""
    place = next((place for place, (each, _) in enumerate(now) if each == number), None)
    if place is None:
        return now
    new, each = list(now), now[place][1]
    if word == "switch":
        new[place] = (number, step(each.kind, not each.on, **each.fields))
    elif word == "delete":
        del new[place]
    elif word in ("up", "down"):
        target = min(max(place + (1 if word == "down" else -1), 0), len(new) - 1)
        new.insert(target, new.pop(place))
    return _in_order(new)


def _in_order(new: Iterable[tuple[int, Step]]) -> Steps:
    """What mixes batches comes last."""
    return tuple(sorted(new, key=lambda each: each[1].row.on_batches))


def set_fields(number: int, fields: Mapping[str, Value]) -> None:
    """Other settings of a step; none where it is gone."""
    _set(
        tuple(
            (each, step(old.kind, old.on, **{**old.fields, **fields}) if each == number else old)
            for each, old in steps()
        )
    )  # fmt: skip


def view_for(pipeline: Pipeline, before: View) -> View:
    """The view that shows what another pipeline does, mixing or not."""
    return "batch" if pipeline.batched else "draws" if before == "batch" else before


def reroll() -> None:
    """Other draws of the same steps."""
    pipeline = current().pipeline
    change(pipeline=pipeline.model_copy(update={"seed": (pipeline.seed + 1) % (MOST_SEED + 1)}))
