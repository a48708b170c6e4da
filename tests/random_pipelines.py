"""Random pipelines: every kind with any of its knobs, on or off."""

from hypothesis import strategies as st

from cnnlab.augment import KINDS, MOST_SEED, MOST_STEPS, Pipeline, Step, step
from cnnlab.knobs import Knob

SINGLE = [name for name, kind in KINDS.items() if not kind.per_batch]
BATCHED = [name for name, kind in KINDS.items() if kind.per_batch]
COVARIANCE = ((0.07, 0.06, 0.05), (0.06, 0.06, 0.05), (0.05, 0.05, 0.07))
"""Like that of photographs: bright pixels are bright in all three channels."""


def value(knob: Knob) -> st.SearchStrategy[object]:
    if knob.choices:
        return st.sampled_from(knob.choices)
    assert knob.limits
    if knob.type is int:
        return st.integers(int(knob.limits.low), int(knob.limits.high))
    return st.floats(knob.limits.low, knob.limits.high).map(lambda number: round(number, 6))


@st.composite
def steps(draw: st.DrawFn, names: list[str]) -> Step:
    kind = KINDS[draw(st.sampled_from(names))]
    fields = {name: draw(value(knob)) for name, knob in kind.knobs.items() if draw(st.booleans())}
    return step(kind.name, on=draw(st.sampled_from([True, True, False])), **fields)  # type: ignore[arg-type]


@st.composite
def pipelines(draw: st.DrawFn, single: list[str] = SINGLE, most: int = MOST_STEPS - 2, batched: int = 2) -> Pipeline:
    first = draw(st.lists(steps(single), max_size=most))
    then = draw(st.lists(steps(BATCHED), max_size=batched))
    return Pipeline.of(*first, *then, seed=draw(st.integers(0, MOST_SEED)))
