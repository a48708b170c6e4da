"""Recipes at random: every block, any of its fields, most of them impossible somewhere."""

from hypothesis import strategies as st

from cnnlab.knobs import Knob
from cnnlab.recipe import KINDS, Recipe, Row, row


def value(knob: Knob) -> st.SearchStrategy[object]:
    if knob.choices:
        return st.sampled_from(knob.choices)
    if knob.limits:
        low, high = knob.limits.low, min(knob.limits.high, 24)
        return st.integers(int(low), int(high)) if knob.type is int else st.sampled_from([low, 0.25, 0.5])
    return st.booleans()


@st.composite
def rows(draw: st.DrawFn) -> Row:
    kind = KINDS[draw(st.sampled_from(list(KINDS)))]
    fields = {name: draw(value(knob)) for name, knob in kind.fields.items() if draw(st.booleans())}
    return row(kind.name, repeat=draw(st.sampled_from([1, 1, 1, 2])), **fields)  # type: ignore[arg-type]


recipes = st.builds(
    Recipe, input_size=st.integers(1, 40), channels=st.integers(1, 4), rows=st.lists(rows(), max_size=8).map(tuple)
)
