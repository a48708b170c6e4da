"""The rows: a list that is pressed, and the fields of the chosen one."""

from html import escape

import streamlit as st

from cnnlab.graph import times
from cnnlab.recipe import MOST_REPEATS, MOST_ROWS, Built, Recipe, Row, build, mends, row
from cnnlab.ui import parts
from cnnlab.ui.acts import acts
from cnnlab.ui.build import address
from cnnlab.ui.knobs import widget
from cnnlab.units import full, percent, short

BUTTONS = (("up", "↑", "move up"), ("down", "↓", "move down"), ("copy", "⧉", "duplicate"), ("delete", "×", "delete"))


def listing(recipe: Recipe) -> None:
    """Every row with its output shape and its share of the costs; the faulty one is marked in place."""
    acts("build.rows", _html(recipe, address.chosen()), lambda word: _act(recipe, word))


def _html(recipe: Recipe, chosen: int | None) -> str:
    found = build(recipe)
    most = max((each.params for each in found.rows), default=0), max((each.macs for each in found.rows), default=0)
    lines = [
        '<li class="row source"><button data-act="none" disabled>'
        f"<b>input</b><span></span><span>{times(found.source.shape)}</span></button></li>"
    ]
    for place, each in enumerate(recipe.rows):
        lines.append(_line(recipe, found, place, each, chosen, most))
    return f'<ol class="cnnlab-rows">{"".join(lines)}</ol>'


def _line(recipe: Recipe, found: Built, place: int, each: Row, chosen: int | None, most: tuple[int, int]) -> str:
    live, wrong = place < len(found.rows), place == len(found.rows)
    told = ", ".join(f"{name.replace('_', ' ')} {_word(value)}" for name, value in each.changed.items())
    costs = ""
    if live:
        built = found.rows[place]
        costs = (
            f"<span>{times(built.shape)}</span>"
            f"{_meter(built.params, most[0], 'params', '#D55E00')}{_meter(built.macs, most[1], 'MACs', '#0072B2')}"
        )
    else:
        costs = f"<span>{'does not work' if wrong else '…'}</span>"
    many = f" <i>× {each.repeat}</i>" if each.repeat > 1 else ""
    words = {"chosen": place == chosen, "wrong": wrong, "waiting": not live and not wrong}
    style = " ".join(["row", *(word for word, there in words.items() if there)])
    buttons = "".join(
        f'<button class="tool" data-act="{act}:{place}" title="{title}" aria-label="{title} row {place + 1}"'
        f"{' disabled' if (act == 'up' and not place) or (act == 'down' and place == len(recipe.rows) - 1) else ''}>"
        f"{sign}</button>"
        for act, sign, title in BUTTONS
    )
    problem = f'<p class="problem">{escape(found.problem or "")}.</p>' if wrong else ""
    pressed = f'data-act="choose:{place}" aria-pressed="{str(place == chosen).lower()}"'
    return (
        f'<li class="{style}"><button class="open" {pressed}><b>{place + 1}. {escape(each.kind.title)}{many}</b>'
        f'<span>{escape(told)}</span>{costs}</button><span class="tools">{buttons}</span>{problem}</li>'
    )


def _meter(value: int, most: int, noun: str, colour: str) -> str:
    share = 100 * value / most if most else 0
    line = f'<i style="width:{share:.0f}%;background:{colour}"></i>'
    return f'<span class="meter">{line}<em>{short(value)} {noun}</em></span>'


def _word(value: object) -> str:
    return {True: "on", False: "off"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _act(recipe: Recipe, word: str) -> None:
    """Do what was pressed. What no longer fits, since two presses came at once, is passed over."""
    act, _, text = word.partition(":")
    rows, place = list(recipe.rows), int(text) if text.isdigit() else -1
    if not 0 <= place < len(rows):
        return
    if act == "choose":
        address.choose(None if place == address.chosen() else place)
        return
    target = place
    if act == "delete":
        del rows[place]
    elif act == "copy" and len(rows) < MOST_ROWS:
        rows.insert(place + 1, rows[place])
        target = place + 1
    elif act in ("up", "down"):
        target = place + (1 if act == "down" else -1)
        if not 0 <= target < len(rows):
            return
        rows[place], rows[target] = rows[target], rows[place]
    address.change(_with(recipe, rows), min(target, len(rows) - 1))


def _with(recipe: Recipe, rows: list[Row]) -> Recipe:
    return recipe.model_copy(update={"rows": tuple(rows)})


def mistakes(recipe: Recipe) -> None:
    """The sentence on the first row that cannot work, and a button for each way out."""
    found = build(recipe)
    if found.problem is None:
        return
    if not recipe.rows:
        st.info("The recipe is empty: add a first block from the palette, or start from a template.")
        return
    st.error(parts.plain(f"Row {len(found.rows) + 1}, {found.problem}."), icon=":material/build:")
    with st.container(horizontal=True, gap="xsmall"):
        for number, mend in enumerate(mends(recipe)):
            st.button(
                mend.label[:1].upper() + mend.label[1:],
                icon=":material/healing:",
                key=f"build.mend.{number}",
                on_click=address.change,
                args=(mend.recipe, len(found.rows)),
            )


def fields(recipe: Recipe) -> None:
    """Widgets for the chosen row."""
    place = address.chosen()
    if place is None or place >= len(recipe.rows):
        return
    each = recipe.rows[place]
    with st.container(border=True, key="build_fields"):
        st.html(
            parts.heading(f"Row {place + 1}: {each.kind.title}") + parts.prose(each.kind.explained.replace("``", ""))
        )
        values = {}
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            for knob in each.kind.fields.values():
                key = f"build.field.{address.epoch()}.{place}.{knob.name}"
                st.session_state.setdefault(key, each.fields[knob.name])
                widget(knob, key)
                values[knob.name] = st.session_state[key]
            key = f"build.field.{address.epoch()}.{place}.repeat"
            st.session_state.setdefault(key, each.repeat)
            repeat = st.number_input("repeat", 1, MOST_REPEATS, value=1, key=key, width=130, help="So often.")
        new = row(each.block, repeat=int(repeat or 1), **values)
    if new != each:
        address.edited(_with(recipe, [*recipe.rows[:place], new, *recipe.rows[place + 1 :]]))
        st.rerun(scope="fragment")


def totals(found: Built) -> str:
    """The sum over the rows that work, as a sentence."""
    params, macs = sum(each.params for each in found.rows), sum(each.macs for each in found.rows)
    layers = sum(each.layers for each in found.rows)
    first = "So far" if found.problem else "All in all"
    text = f"{first}: **{full(params)}** parameters and **{full(macs)}** MACs in {layers} layers, 1 image, "
    text += f"{times(found.source.shape)} → {times(found.output.shape)}."
    heavy = max(found.rows, key=lambda each: each.macs, default=None)
    if heavy and macs:
        text += f" {heavy.name} does {percent(heavy.macs, macs)} of the MACs."
    return text
