"""The section on one trick: sliders, both sides drawn to one scale, arithmetic, and the cost along its own knob."""

from functools import lru_cache

import streamlit as st

from cnnlab import tricks
from cnnlab.costs import Equation
from cnnlab.diagrams.layout import columns_and_lanes, links_between
from cnnlab.figures.diagram import Box, diagram, extent, scale
from cnnlab.figures.plain import PlainFigure
from cnnlab.figures.savings import cost_curve
from cnnlab.graph import Node, named, times, walk
from cnnlab.knobs import Value
from cnnlab.tricks import TRICKS, Trick
from cnnlab.ui import arithmetic, html
from cnnlab.ui.savings import trick_state
from cnnlab.ui.savings.comparison import CACHED, Side, Values, branches, curve, sentence, trick_costs
from cnnlab.ui.widgets import predict_first
from cnnlab.ui.widgets.clickable_svg import show_svg
from cnnlab.ui.widgets.knob import widget
from cnnlab.ui.widgets.session_value import index
from cnnlab.units import capitalised, compared, count, full, short

BESIDE = 9  # layers of a diagram that leaves room for another one beside it
SIDES = ("before", "after")
ENLARGED = 1.6  # of short diagrams, which leave room


def controls() -> tuple[Trick, dict[str, Value]]:
    """Draw the picker of a trick and its sliders; return the trick and its values."""
    st.session_state.setdefault(trick_state.PICKER, trick_state.current()[0].name)
    name = st.selectbox(
        "trick",
        TRICKS,
        index(trick_state.PICKER, TRICKS),
        format_func=lambda name: TRICKS[name].title,
        key=trick_state.PICKER,
        on_change=lambda: trick_state.choose(st.session_state[trick_state.PICKER]),
        width=330,
    )
    trick = TRICKS[name]
    st.html(html.prose(trick.idea))
    values: dict[str, Value] = {}
    before = trick_state.current()[1]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="trick_knobs"):
        for knob in trick.knobs.values():
            key = trick_state.knob_key(name, knob.name)
            st.session_state.setdefault(key, before[knob.name])
            widget(knob, key)
            values[knob.name] = st.session_state[key]
    return trick, trick.check(values)


def results(trick: Trick, values: Values) -> None:
    """Draw everything that follows from a trick's numbers; hide results until a guess if the reader predicts."""
    try:
        costs = trick_costs(trick.name, values)
    except ValueError as error:
        st.error(html.plain(f"{trick.title} cannot be built with these numbers. {error}."), icon=":material/block:")
        return
    may_show = predict_first.ask(
        "trick",
        f"savings {trick.name} {values}",
        f"{capitalised(trick.before)}: {full(costs.before.macs)} MACs. The other way is “{trick.after}”: how many "
        f"MACs does it need, with the numbers above?",
        costs.after.macs,
        lambda: arithmetic.lines(costs.after.equations),
        "MACs",
    )
    if may_show:
        st.html(html.prose(sentence(trick, values), "cnnlab-notice"))
    _drawings(trick, values)
    if not may_show:
        return
    st.html(_arithmetic(trick.name, values))
    pair = _branch_table(trick.name, values)
    if pair:
        st.html(pair)
    st.html(html.heading(f"MACs against {trick.knobs[trick.along].label}") + html.prose(_where_it_pays(trick, values)))
    figure, alt = _curve(trick.name, values)
    st.plotly_chart(figure, key="savings.curve", config=html.STILL, alt=alt)


def _drawings(trick: Trick, values: Values) -> None:
    left, right = _diagrams(trick.name, values)
    costs = trick_costs(trick.name, values)
    # Long diagrams stand below each other; side by side one of them would have to scroll.
    wide = len(walk(costs.after.root)) > BESIDE
    places = (st.container(), st.container()) if wide else st.columns(2, gap="large")
    for place, key, title, svg, side in zip(
        places, SIDES, (trick.before, trick.after), (left, right), (costs.before, costs.after), strict=True
    ):
        with place:
            st.html(html.prose(f"**{capitalised(title)}**: output {times(side.root.shape)}"))
            show_svg(f"savings.{key}", svg, 1.0 if wide else ENLARGED)
    st.caption(
        "Height: channels. Width: width of the map. Both diagrams have the same scale; a cut bar is a longer vector."
    )


@lru_cache(maxsize=CACHED)
def _diagrams(name: str, values: Values) -> tuple[str, str]:
    """Return SVGs of both sides, to one scale."""
    pair = tricks.trick(name).build(**dict(values))
    drawn = [(_boxes(root), links_between(walk(root), columns_and_lanes(walk(root))[0])) for root in pair]
    to = scale([box for boxes, _ in drawn for box in boxes])
    wide = max(extent(*drawing, to) for drawing in drawn)
    before, after = (
        diagram(*drawing, title, to, wide)
        for drawing, title in zip(drawn, (TRICKS[name].before, TRICKS[name].after), strict=True)
    )
    return before, after


def _boxes(root: Node) -> list[Box]:
    names = {node: name for name, node in named(root).items()}
    column, lane = columns_and_lanes(walk(root))
    return [
        Box(
            name="",
            label=names[node],
            detail=times(node.shape),
            tooltip=f"{names[node]}: {node.layer.kind} {node.layer}, output {times(node.shape)}",
            drawn_as=node.layer.drawn_as,
            shape=node.shape,
            column=column[node],
            lane=lane[node],
        )
        for node in column
    ]


@lru_cache(maxsize=CACHED)
def _arithmetic(name: str, values: Values) -> str:
    """Return HTML of both sides line by line, the ratio, and the law it follows."""
    trick, costs = TRICKS[name], trick_costs(name, values)
    counted = f"{full(costs.after.macs)} / {full(costs.before.macs)}"
    saved = compared(costs.after.macs, costs.before.macs)
    text = html.prose(f"after ÷ before = {counted}{arithmetic.decimal(costs.ratio)}: {saved}.")
    law = trick.ratio(**dict(values))
    if law:
        agrees = "exactly the counted ratio" if law.value == costs.ratio else "not the counted ratio"
        steps = arithmetic.chain(law.letters, law.numbers, str(law.value))
        text += html.prose(
            f"By formula: {steps}{arithmetic.decimal(law.value)}, {agrees}: "
            f"{arithmetic.chain(counted, str(costs.ratio))}."
        )
    every = [*costs.before.equations, *costs.after.equations]
    if law:
        every.append(Equation("ratio", law.letters, law.numbers, str(law.value)))
    return (
        html.heading("The arithmetic, line by line")
        + f'<div class="cnnlab-sides">{_side(trick.before, costs.before)}{_side(trick.after, costs.after)}</div>'
        + text
        + html.prose(arithmetic.letters(every, law.where if law else {}), "cnnlab-aside")
    )


def _side(title: str, side: Side) -> str:
    return (
        f"<div><p>{html.explained(f'**{capitalised(title)}**: {full(side.macs)} MACs, ')}"
        f"{html.explained(f'{full(side.params)} parameters')}</p>{arithmetic.lines(side.equations)}"
        f"{_stored(side)}</div>"
    )


def _stored(side: Side) -> str:
    """Return a sentence on parameters in layers that multiply nothing and so have no line."""
    sums: dict[str, int] = {}
    for node in walk(side.root):
        held = sum(node.params)
        if held:
            sums[node.layer.kind] = sums.get(node.layer.kind, 0) + held
    if len(sums) < 2:
        return ""
    parts = " + ".join(f"{full(value)} in {kind} layers" for kind, value in sums.items())
    return html.prose(f"Parameters: {parts} = {full(side.params)}.", "cnnlab-aside")


@lru_cache(maxsize=CACHED)
def _branch_table(name: str, values: Values) -> str:
    """Return HTML of MACs branch by branch, for tricks with branches."""
    pair = tricks.trick(name).build(**dict(values))
    rows = branches(pair)
    if rows is None:
        return ""
    naive, reduced = pair.before.shape[2], pair.after.shape[2]
    notice = (
        f"All branches work on the same {times(pair.after.inputs[0].inputs[0].input_shapes[0])} map. The naive "
        f"module's pooling keeps all its channels, so the module has {full(naive)} output channels"
    )
    if naive == reduced:
        notice += ", as many as the other module."
    else:
        more = count(abs(naive - reduced), f"{'more' if naive > reduced else 'fewer'} input channel")
        notice += f" instead of {full(reduced)}: {more} for the next module."
    cells = [
        (
            row.branch,
            full(row.before),
            full(row.after),
            _saved(row.before, row.after) if row.before != row.after else "",
            f"{short(row.params_before)} → {short(row.params_after)}",
        )
        for row in rows.itertuples()
    ]
    total = (
        "all branches",
        full(int(rows["before"].sum())),
        full(int(rows["after"].sum())),
        _saved(int(rows["before"].sum()), int(rows["after"].sum())),
        f"{short(int(rows['params_before'].sum()))} → {short(int(rows['params_after'].sum()))}",
    )
    return (
        html.heading("Branch by branch")
        + html.prose(notice)
        + html.table(
            ("branch", "MACs, naive", "MACs, reduced", "change", "parameters"),
            [*cells, total],
            "MACs of each branch of the module",
            marked=len(cells),
        )
    )


def _saved(before: int, after: int) -> str:
    if before == after:
        return "the same"
    return f"{full(after - before)} more" if after > before else compared(after, before)


def _where_it_pays(trick: Trick, values: Values) -> str:
    """Return a sentence on where the trick stops paying."""
    label, line = trick.knobs[trick.along].label, curve(trick.name, values)
    if line.break_even is not None:
        return (
            f"It saves MACs while “{label}” is at most {line.break_even - 1}; from {line.break_even} on it needs "
            f"as many or more."
        )
    paid = line.rows["after"] < line.rows["before"]
    if paid.all():
        return f"It saves MACs at each value of “{label}”."
    if not paid.any():
        return f"It saves MACs at no value of “{label}”: there is nothing to save with these numbers."
    return f"It saves MACs where “{label}” is {line.rows['x'][paid.to_numpy().argmax()]} or more."


@lru_cache(maxsize=CACHED)
def _curve(name: str, values: Values) -> tuple[PlainFigure, str]:
    trick, line = TRICKS[name], curve(name, values)
    figure = cost_curve(
        line.rows,
        (trick.before, trick.after),
        trick.knobs[trick.along].label,
        dict(values)[trick.along],
        line.crossing,
    )
    return figure, f"MACs of both ways along {trick.knobs[trick.along].label}. {_where_it_pays(trick, values)}"
