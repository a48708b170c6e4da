"""Random recipes: every block with any of its knobs; most have a row that cannot work."""

from hypothesis import strategies as st

from cnnlab.knobs import Knob
from cnnlab.knobs.image_size import of_sides
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
    fields = {name: draw(value(knob)) for name, knob in kind.knobs.items() if draw(st.booleans())}
    return row(kind.name, repeat=draw(st.sampled_from([1, 1, 1, 2])), **fields)  # type: ignore[arg-type]


recipes = st.builds(
    Recipe,
    input_size=st.integers(1, 40) | st.builds(of_sides, st.integers(1, 40), st.integers(1, 40)),
    channels=st.integers(1, 4),
    rows=st.lists(rows(), max_size=8).map(tuple),
)


MISTAKES = [
    # rows, a part of the sentence, and the first fix
    ((), "the recipe is empty; add a first row", None),
    ((("conv", {"kernel": 31, "padding": "valid"}), ("conv", {"kernel": 9, "padding": "valid"})),
     "a 9×9 window with padding \"valid\" does not fit a 2×2 map", "use “same” padding"),
    ((("conv", {"filters": 16}), ("residual_basic", {"filters": 32, "stride": 2, "shortcut": "identity"})),
     "16×16×32 and 32×32×16 cannot be added, their shapes differ", "add a projection to the skip"),
    ((("flatten", {}), ("flatten", {})), "the input is already a vector", "remove this row"),
    ((("conv", {"filters": 30, "groups": 4}),), "groups, 4, must divide both the 3 input channels", "use 1 group"),
    ((("conv", {}), ("dense", {})), "a dense layer needs a vector", "put global pooling before it"),
    ((("flatten", {}), ("conv", {})), "a convolution needs a feature map", "move it above “Flatten”"),
    ((("max_pool", {"size": 16}), ("max_pool", {"size": 16})), "does not fit a 9×9 map", "use “same” padding"),
    ((("conv", {"stride": 2, "dilation": 2}),), "cannot be used together", "lower the stride to 1"),
]  # fmt: skip
"""Rows that cannot work, a part of the sentence, and the first fix."""
