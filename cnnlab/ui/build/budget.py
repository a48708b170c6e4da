"""A budget: limits that fill and turn red, and challenges with an honest pass mark on cost."""

from dataclasses import dataclass
from html import escape

import streamlit as st

from cnnlab import costs, guess
from cnnlab.graph import Node
from cnnlab.recipe import Built, Recipe
from cnnlab.ui import bar, parts
from cnnlab.ui.build import address
from cnnlab.units import short, size

LIMITS = {"max_params": "at most parameters", "max_macs": "at most MACs", "max_bytes": "at most bytes at the peak"}


@dataclass(frozen=True, slots=True)
class Challenge:
    """A task: what goes in, how many classes come out, and what it may cost."""

    title: str
    input_size: int
    channels: int
    classes: int
    limits: tuple[tuple[str, int], ...]
    least_depth: int


CHALLENGES = {
    "digits": Challenge(
        "Digits: 10 classes, 28×28 grey, under 20 k parameters and 1 M MACs",
        28, 1, 10, (("max_params", 20_000), ("max_macs", 1_000_000)), 3,
    ),
    "cifar": Challenge(
        "CIFAR: 10 classes, 32×32, under 100 k parameters and 10 M MACs",
        32, 3, 10, (("max_params", 100_000), ("max_macs", 10_000_000)), 6,
    ),
    "phone": Challenge(
        "Phone: 1,000 classes, 224×224, under 3 M parameters and 100 M MACs",
        224, 3, 1000, (("max_params", 3_000_000), ("max_macs", 100_000_000)), 20,
    ),
    "chip": Challenge(
        "Chip: 10 classes, 96×96 grey, under 50 k parameters, 5 M MACs and 200 kB at the peak",
        96, 1, 10, (("max_params", 50_000), ("max_macs", 5_000_000), ("max_bytes", 200_000)), 6,
    ),
}  # fmt: skip
NONE = "none"


def budget(recipe: Recipe, found: Built) -> None:
    """The limits, their meters, and whether a challenge is passed."""
    asked, problems = address.limits(), []
    key = "build.limit.challenge"
    if key not in st.session_state:
        name = asked.get("challenge", NONE)
        if name not in (NONE, *CHALLENGES):
            problems.append(f"There is no challenge {name!r}; there are {', '.join(CHALLENGES)}")
            name = NONE
        st.session_state[key] = name
    titles = {NONE: "no challenge", **{name: each.title for name, each in CHALLENGES.items()}}
    chosen = str(st.selectbox("challenge", titles, format_func=titles.__getitem__, key=key))
    task = CHALLENGES.get(chosen)
    numbers: dict[str, int] = dict(task.limits) if task else {}
    typed: dict[str, str] = {}
    if task is None:
        with st.container(horizontal=True, gap="small"):
            for name, label in LIMITS.items():
                place = f"build.limit.{name}"
                st.session_state.setdefault(place, asked.get(name, ""))
                text = st.text_input(label, key=place, placeholder="no limit", max_chars=40, width=190)
                if text:
                    try:
                        numbers[name] = max(1, int(guess.read(text)))
                        typed[name] = text
                    except ValueError as error:
                        problems.append(f"{label}: {error}")
    address.limit(typed | ({"challenge": chosen} if task else {}))
    for problem in problems:
        st.warning(parts.plain(bar.sentence(problem)), icon=":material/info:")
    if numbers:
        st.html(_meters(found, numbers) + (_mark(task, recipe, found, numbers) if task else ""))


def _noun(limit: str) -> str:
    """What a limit is on."""
    return LIMITS[limit].removeprefix("at most ")


def _spent(found: Built) -> dict[str, int]:
    root: Node = found.output
    return {
        "max_params": sum(each.params for each in found.rows),
        "max_macs": sum(each.macs for each in found.rows),
        "max_bytes": costs.summary(root).peak_bytes(),
    }


def _meters(found: Built, limits: dict[str, int]) -> str:
    spent, lines = _spent(found), []
    for name, limit in limits.items():
        form = size if name == "max_bytes" else short
        over = spent[name] > limit
        told = f"{form(spent[name])} of {form(limit)}{': too much' if over else ''}"
        lines.append(
            f'<div class="bar{" over" if over else ""}"><span class="name">{escape(_noun(name))}</span>'
            f'<span class="track"><i style="width:{min(100.0, 100 * spent[name] / limit):.1f}%"></i></span>'
            f"<span>{escape(told)}</span></div>"
        )
    return f'<div class="cnnlab-budget">{"".join(lines)}</div>'


def _mark(task: Challenge, recipe: Recipe, found: Built, limits: dict[str, int]) -> str:
    """What is still missing, or that the task is done on cost; nobody knows yet how well it learns."""
    missing = []
    if (recipe.input_size, recipe.channels) != (task.input_size, task.channels):
        missing.append(f"the input must be {task.input_size}×{task.input_size}×{task.channels}")
    if found.problem:
        missing.append("a row does not work yet")
    elif found.output.shape != (task.classes,):
        missing.append(f"{task.classes:,} numbers must come out")
    spent = _spent(found)
    missing += [f"{_noun(name)} are over the limit" for name in limits if spent[name] > limits[name]]
    if not found.problem and recipe.rows:
        depth = costs.totals(found.output).depth
        if depth < task.least_depth:
            missing.append(f"it must be at least {task.least_depth} layers with weights deep, not {depth}")
    if missing:
        return parts.prose(f"**Not yet:** {'; '.join(missing)}.")
    return parts.prose("**Passed on cost.** How well it learns, only training can tell.")
