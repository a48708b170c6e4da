"""A budget: limits as meters, and challenges that are passed on cost."""

from dataclasses import dataclass, replace
from html import escape

import streamlit as st

from cnnlab import costs, guess
from cnnlab.graph import Node
from cnnlab.knobs import missing
from cnnlab.recipe import Built, Recipe
from cnnlab.scaling import LIMITS
from cnnlab.ui import html
from cnnlab.ui.build import history
from cnnlab.ui.widgets.session_value import hold, index
from cnnlab.units import full, short, size

NOUNS = {"max_macs": "MACs", "max_params": "parameters", "max_bytes": "peak memory"}


@dataclass(frozen=True, slots=True)
class Challenge:
    """A task: input, number of classes, and limits of the costs."""

    title: str
    input_size: int
    channels: int
    classes: int
    limits: tuple[tuple[str, int], ...]
    least_depth: int


CHALLENGES = {
    "digits": Challenge(
        "Digits: 10 classes, 28×28 grey, at most 20 k parameters and 1 M MACs",
        28, 1, 10, (("max_params", 20_000), ("max_macs", 1_000_000)), 3,
    ),
    "cifar": Challenge(
        "CIFAR: 10 classes, 32×32, at most 100 k parameters and 10 M MACs",
        32, 3, 10, (("max_params", 100_000), ("max_macs", 10_000_000)), 6,
    ),
    "phone": Challenge(
        "Phone: 1,000 classes, 224×224, at most 3 M parameters and 100 M MACs",
        224, 3, 1000, (("max_params", 3_000_000), ("max_macs", 100_000_000)), 20,
    ),
    "chip": Challenge(
        "Chip: 10 classes, 96×96 grey, at most 50 k parameters, 5 M MACs and 200 kB at the peak",
        96, 1, 10, (("max_params", 50_000), ("max_macs", 5_000_000), ("max_bytes", 200_000)), 6,
    ),
}  # fmt: skip
NONE = "none"


def controls() -> None:
    """Draw a popover with the challenges and the reader's own limits."""
    asked = history.limits()
    with st.popover("Budget", icon=":material/speed:", key="build.budget"):
        task = asked.get("challenge", NONE)
        titles = {NONE: "no challenge", **{name: each.title for name, each in CHALLENGES.items()}}
        place = hold("build.limit.challenge", task if task in titles else NONE)
        st.selectbox(
            "challenge",
            titles,
            index(place, titles),
            format_func=titles.__getitem__,
            key=place,
            on_change=_take,
            args=("challenge",),
        )
        for name, label in LIMITS.items():
            place = hold(f"build.limit.{name}", asked.get(name, ""))
            st.text_input(
                label,
                key=place,
                placeholder="no limit",
                max_chars=40,
                on_change=_take,
                args=(name,),
                disabled=task in CHALLENGES,
                help="Such as 300 M, 50 k or 2,000,000.",
            )


def _take(name: str) -> None:
    value = str(st.session_state[f"build.limit.{name}"]).strip()
    if name == "challenge":
        history.set_limits({"challenge": value} if value != NONE else {})
        if value in CHALLENGES:
            _set_input(CHALLENGES[value])
    else:
        history.set_limits(history.limits() | {name: value})


def _set_input(task: Challenge) -> None:
    """Set the challenge's input on an empty recipe."""
    recipe = history.recipe()
    if not recipe.rows:
        history.change(replace(recipe, input_size=task.input_size, channels=task.channels))


def meters(recipe: Recipe, found: Built) -> str:
    """Return the limits as meters that fill and turn red, and whether the challenge is passed, as HTML."""
    asked, problems, numbers = history.limits(), [], dict[str, int]()
    name = asked.get("challenge")
    task = CHALLENGES.get(name or "")
    if task:
        numbers = dict(task.limits)
    elif name:
        problems.append(html.sentence(str(missing("challenge", name, CHALLENGES))))
    for limit, label in LIMITS.items() if not task else ():
        if limit in asked:
            try:
                numbers[limit] = guess.limit(asked[limit])
            except ValueError as error:
                problems.append(html.sentence(f"{label}: {error}"))
    asides = "".join(html.prose(problem, "cnnlab-aside") for problem in problems)
    if not numbers:
        return asides
    head = f"<b>{escape(task.title)}</b>" if task else ""
    mark = _mark(task, recipe, found, numbers) if task else ""
    return f'{asides}<div class="cnnlab-budget">{head}{_meters(found, numbers)}{mark}</div>'


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
        short_of = form(spent[name]), form(limit)
        had, most = short_of if short_of[0] != short_of[1] else (full(spent[name]), full(limit))
        text = f"{had} of {most}{': too much' if over else ''}"
        share = min(100.0, 100 * spent[name] / max(limit, 1))
        mark = f'<b style="left:{100 * limit / spent[name]:.1f}%"></b>' if over else ""
        lines.append(
            f'<div class="bar{" over" if over else ""}"><span class="name">{escape(NOUNS[name])}</span>'
            f'<span class="track"><i style="width:{share:.1f}%"></i>{mark}</span>'
            f"<span>{escape(text)}</span></div>"
        )
    return "".join(lines)


def _mark(task: Challenge, recipe: Recipe, found: Built, limits: dict[str, int]) -> str:
    """Return the missing conditions of the challenge, or that it is passed on cost, as HTML."""
    missing = []
    if (recipe.input_size, recipe.channels) != (task.input_size, task.channels):
        missing.append(f"the input must be {task.input_size}×{task.input_size}×{task.channels}")
    if found.problem:
        missing.append("a row has an error" if recipe.rows else "there is no row yet")
    elif found.output.shape != (task.classes,):
        missing.append(f"the output must have {task.classes:,} numbers")
    spent = _spent(found)
    if any(spent[name] > limit for name, limit in limits.items()):
        missing.append("it is over the budget")
    if not found.problem and recipe.rows:
        depth = costs.totals(found.output).depth
        if depth < task.least_depth:
            missing.append(
                f"the network must have at least {task.least_depth} layers with weights on its longest path, not "
                f"{depth}"
            )
    if missing:
        return html.prose(f"**Not yet:** {'; '.join(missing)}.")
    return html.prose("**It meets the budget.** Only training shows how well it learns.")
