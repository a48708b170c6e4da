"""What Augment shows: a picture, the steps that change it, and how.

In the URL, ``number`` says which of a data set's pictures of a class it is; ``steps`` is ``Pipeline.to_text``, or
``none``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast, get_args

import streamlit as st

from cnnlab.augment import KINDS, MOST_SEED, MOST_STEPS, PRESETS, Pipeline, Step, from_text, step
from cnnlab.augmenting.request import View
from cnnlab.knobs import Knob, Range, Value
from cnnlab.ui.augment import image_source
from cnnlab.ui.url_state import Codec, UrlState, choice

STATE, IDS, NEXT = "augment.shown", "augment.ids", "augment.next"
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


def _size(text: str) -> int:
    if text not in map(str, SIZES):
        raise ValueError(f"size must be one of {', '.join(map(str, SIZES))}, got {text[:40]!r}")
    return int(text)


USUAL = Shown()
URL = UrlState(
    "augment",
    (
        Codec("picture", USUAL.picture, image_source.check),
        Knob("number", int, USUAL.number, "", Range(1, image_source.MOST)),
        Codec("size", USUAL.size, _size),
        choice("view", VIEWS),
        Codec(
            "steps",
            USUAL.pipeline.steps,
            lambda text: from_text("" if text == NONE else text).steps,
            lambda steps: Pipeline.of(*steps).to_text() or NONE,
        ),
        Knob("seed", int, USUAL.pipeline.seed, "", Range(0, MOST_SEED)),
    ),
)


def arrive() -> None:
    """Take over what the URL asks for."""
    values = URL.arrive()
    if values is None:
        return
    pipeline = Pipeline.of(*values.pop("steps", USUAL.pipeline.steps), seed=values.pop("seed", USUAL.pipeline.seed))
    shown = Shown(pipeline, **values)
    if STATE not in st.session_state or shown != current():
        _show(shown)


def leave() -> None:
    """Write the URL of what is shown."""
    shown = current()
    URL.leave({**vars(shown), "steps": shown.pipeline.steps, "seed": shown.pipeline.seed})


def current() -> Shown:
    """What is shown."""
    return cast(Shown, st.session_state.get(STATE, Shown()))


def put(shown: Shown) -> None:
    """Show something else; its steps get widgets of their own."""
    _show(shown)
    URL.set_problems()


def _show(shown: Shown) -> None:
    st.session_state[STATE] = shown
    st.session_state[IDS] = tuple(_new_id() for _ in shown.pipeline.steps)


def change(**new: Any) -> None:
    """Show another picture, size or view; the steps stay."""
    st.session_state[STATE] = replace(current(), **new)
    URL.set_problems()


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
        if KINDS[kind].per_batch:
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
        new[place] = (number, replace(each, on=not each.on))
    elif word == "delete":
        del new[place]
    elif word in ("up", "down"):
        target = min(max(place + (1 if word == "down" else -1), 0), len(new) - 1)
        new.insert(target, new.pop(place))
    return _in_order(new)


def _in_order(new: Iterable[tuple[int, Step]]) -> Steps:
    """What mixes batches comes last."""
    return tuple(sorted(new, key=lambda each: each[1].kind.per_batch))


def set_fields(number: int, fields: Mapping[str, Value]) -> None:
    """Other settings of a step; none where it is gone."""
    _set(
        tuple(
            (each, old.having(**fields) if each == number else old)
            for each, old in steps()
        )
    )  # fmt: skip


def view_for(pipeline: Pipeline, before: View) -> View:
    """The view that shows what another pipeline does, mixing or not."""
    return "batch" if pipeline.per_batch else "draws" if before == "batch" else before


def reroll() -> None:
    """Other draws of the same steps."""
    pipeline = current().pipeline
    change(pipeline=replace(pipeline, seed=(pipeline.seed + 1) % (MOST_SEED + 1)))
