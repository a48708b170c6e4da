"""The clickable list of rows: each with its output shape and its share of the costs, the wrong one marked."""

import re
from dataclasses import replace
from html import escape

import streamlit as st

from cnnlab.figures.palette import MACS, PARAMS
from cnnlab.graph import times
from cnnlab.knobs import Value
from cnnlab.recipe import MOST_ROWS, Built, Recipe, Row, build, fixes
from cnnlab.ui import html
from cnnlab.ui.build import history
from cnnlab.ui.widgets.clickable_html import clickable_html
from cnnlab.units import full, percent, short

# Knobs that a row shows even at their defaults.
ALWAYS_SHOWN = {
    "filters",
    "units",
    "kernel",
    "size",
    "stride",
    "activation",
    "function",
    "rate",
    "top",
    "bottom",
    "left",
    "right",
}
FOCUS = "build.focus"
NOTABLE = 0.4  # share of the MACs from which the sentence names a row
# Action, symbol in the font that Streamlit brings, and what it does.
TOOLS = (
    ("up", "arrow_upward", "move up"),
    ("down", "arrow_downward", "move down"),
    ("copy", "content_copy", "duplicate"),
    ("delete", "delete", "delete"),
)


def listing(recipe: Recipe) -> None:
    """Draw every row; a click chooses, moves, copies, deletes or fixes it."""
    focus = st.session_state.pop(FOCUS, "")
    # A click on rows that are gone must not reach those in their place; an edited knob moves no row.
    clickable_html("build.rows", _html(recipe, history.chosen()), _clicked, str(history.epoch()), focus)


def _html(recipe: Recipe, chosen: int | None) -> str:
    found = build(recipe)
    lines = [f'<li class="row source"><span><b>input</b></span><span>{times(found.source.shape)}</span></li>']
    lines += [_line(recipe, found, place, place == chosen) for place in range(len(recipe.rows))]
    return f'<ol class="cnnlab-rows">{"".join(lines)}</ol>'


def _line(recipe: Recipe, found: Built, place: int, chosen: bool) -> str:
    each, live, wrong = recipe.rows[place], place < len(found.rows), place == len(found.rows)
    settings = ", ".join(f"{each.kind.knobs[name].label} {_word(value)}" for name, value in _shown_knobs(each).items())
    numbers = _costs(found, place) if live else f"<span>{'has an error' if wrong else 'not checked yet'}</span>"
    many = f" × {each.repeat}" if each.repeat > 1 else ""
    words = {"chosen": chosen, "wrong": wrong, "waiting": not live and not wrong}
    style = " ".join(["row", *(word for word, there in words.items() if there)])
    return (
        f'<li class="{style}"><button class="open" data-act="choose:{place}" aria-pressed="{str(chosen).lower()}"'
        f' data-top=".st-key-build_side">'
        f"<span><b>{place + 1}. {escape(each.kind.title)}{many}</b><em>{escape(settings)}</em></span>{numbers}</button>"
        f"{_tools(place, len(recipe.rows))}{_problem(recipe, found) if wrong else ''}</li>"
    )


def _shown_knobs(each: Row) -> dict[str, Value]:
    """Return the knobs that a row shows: those that were changed, and those that give its width and size."""
    return {
        name: value
        for name, value in each.values.items()
        if name in dict(each.changed) or (name in ALWAYS_SHOWN and value != "none" and (name, value) != ("stride", 1))
    }


def _costs(found: Built, place: int) -> str:
    """Return output shape and shares of the costs of a working row, among all working rows, as HTML."""
    each = found.rows[place]
    params, macs = sum(one.params for one in found.rows), sum(one.macs for one in found.rows)
    return (
        f"<span>{times(each.shape)}</span>"
        f"{_meter(each.params, params, 'params', PARAMS)}{_meter(each.macs, macs, 'MACs', MACS)}"
    )


def _meter(value: int, total: int, noun: str, colour: str) -> str:
    if not value:
        return f'<span class="meter none">no {noun}</span>'
    share = f'<i style="width:{100 * value / total:.0f}%;background:{colour}"></i>'
    return (
        f'<span class="meter">{short(value)} {noun}, {percent(value, total).replace("under ", "&lt; ")}{share}</span>'
    )


def _tools(place: int, count: int) -> str:
    useless = {("up", 0), ("down", count - 1)}
    buttons = "".join(
        f'<button data-act="{act}:{place}" title="{title}" aria-label="{title} row {place + 1}"'
        f'{" disabled" if (act, place) in useless else ""}><span translate="no">{symbol}</span></button>'
        for act, symbol, title in TOOLS
    )
    return f'<span class="tools">{buttons}</span>'


def _problem(recipe: Recipe, found: Built) -> str:
    """Return the problem of the row and a button for each fix, as HTML."""
    ways = "".join(
        f'<button class="fix" data-act="fix:{escape(fix.label)}">{escape(fix.label[:1].upper() + fix.label[1:])}'
        "</button>"
        for fix in fixes(recipe)
    )
    # The error begins with the layer's name, which the row shows already.
    text = re.sub(r"^[\w.]+: ", "", found.problem or "")
    return f'<div class="problem" role="alert"><p>{escape(html.sentence(text))}</p>{ways}</div>'


def _word(value: object) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


def after_click(recipe: Recipe, chosen: int | None, word: str) -> tuple[Recipe, int | None]:
    """Return the recipe and the chosen row after a click.

    A click that no longer fits, since another came before it, does nothing.
    """
    act, _, text = word.partition(":")
    rows, place = list(recipe.rows), int(text) if text.isdecimal() else -1
    if act == "fix":
        return next((fix.recipe for fix in fixes(recipe) if fix.label == text), recipe), chosen
    if not 0 <= place < len(rows):
        return recipe, chosen
    target = place
    if act == "choose":
        return recipe, None if place == chosen else place
    if act == "delete":
        del rows[place]
    elif act == "copy" and len(rows) < MOST_ROWS:
        target = place + 1
        rows.insert(target, rows[place])
    elif act in ("up", "down"):
        target = min(max(place + (1 if act == "down" else -1), 0), len(rows) - 1)
        rows.insert(target, rows.pop(place))
    return replace(recipe, rows=tuple(rows)), _chosen_after(chosen, act, place, target)


def _chosen_after(chosen: int | None, act: str, place: int, target: int) -> int | None:
    """Return the place of the chosen row, which is being edited, after an action on the row at ``place``."""
    if chosen is None or (chosen == place and act == "delete"):
        return None
    if chosen == place:
        return target
    if act in ("up", "down"):
        return place if chosen == target else chosen
    return chosen + (chosen > place) * {"delete": -1, "copy": 1}.get(act, 0)


def _clicked(word: str) -> None:
    recipe, chosen = after_click(history.recipe(), history.chosen(), word)
    act, _, place = word.partition(":")
    if act in ("up", "down") and recipe != history.recipe():
        # The keyboard's focus stays with the row.
        st.session_state[FOCUS] = f"{act}:{int(place) + (1 if act == 'down' else -1)}"
    if recipe != history.recipe():
        history.change(recipe)
    history.choose(chosen)


def notice(recipe: Recipe) -> str:
    """Return the costs of the working rows, and the problem of the first other, as HTML."""
    if not recipe.rows:
        text = "**A network is a list of rows, from the image to the classes.** Click a block to add the first one"
        return html.prose(f"{text}, start from a template, or open a file.", "cnnlab-notice")
    found = build(recipe)
    params, macs = sum(each.params for each in found.rows), sum(each.macs for each in found.rows)
    layers = 1 + sum(each.layers for each in found.rows)  # with the input, as Keras and Inspect count
    way = f"{times(found.source.shape)} → {times(found.output.shape)}"
    if found.problem:
        place = len(found.rows)
        text = f"**Row {place + 1} ({recipe.rows[place].kind.title}) has an error.** "
        text += f"Up to there: {full(params)} parameters and {full(macs)} MACs, 1 image, {way}."
        return html.prose(text, "cnnlab-notice wrong")
    text = f"**{full(params)}** parameters and **{full(macs)}** MACs in {layers} layers, 1 image, {way}."
    heavy = max(range(len(found.rows)), key=lambda place: found.rows[place].macs)
    share = found.rows[heavy].macs / macs if macs else 0
    if share >= NOTABLE and len(found.rows) > 1:
        name = f"{recipe.rows[heavy].kind.title}, row {heavy + 1},"
        text += f" {name} does {percent(found.rows[heavy].macs, macs)} of the MACs."
    return html.prose(text, "cnnlab-notice")
