"""The comparison of a trick's two graphs: costs and savings, computed once and shared by all sessions."""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import pandas as pd

from cnnlab import tricks
from cnnlab.costs import Equation, layer_equations
from cnnlab.graph import Concatenate, Conv, Node, Pool, named, walk
from cnnlab.knobs import Value, number
from cnnlab.tricks import Pair, Trick
from cnnlab.units import capitalised, compared, full, told_apart

CACHED = 256  # comparisons; each a few kilobytes
POINTS = 96  # values of a knob along a curve
MACS = "MACs"

Values = tuple[tuple[str, Value], ...]
"""A trick's knobs and their values, in the order of its signature: hashable, for the caches."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the comparison: its totals, and the arithmetic of every layer that multiplies."""

    root: Node
    macs: int
    params: int
    equations: tuple[Equation, ...]


@dataclass(frozen=True, slots=True)
class TrickCosts:
    """Both sides, and the ratio of their MACs, after ÷ before."""

    before: Side
    after: Side

    @property
    def ratio(self) -> Fraction:
        """Exact ratio of the MACs, after ÷ before."""
        return Fraction(self.after.macs, self.before.macs)


@lru_cache(maxsize=CACHED)
def trick_costs(name: str, values: Values) -> TrickCosts:
    """Return the costs of the trick of that name with these values. Raises ``ValueError`` if shapes do not fit."""
    pair = tricks.trick(name).build(**dict(values))
    return TrickCosts(_side(pair.before), _side(pair.after))


def _side(root: Node) -> Side:
    equations = []
    for name, node in named(root).items():
        if node.macs:
            macs = next(equation for equation in layer_equations(node) if equation.what == MACS)
            equations.append(Equation(name, macs.formula, macs.numbers, macs.result, str(node.layer)))
    if len(equations) > 1:
        equations.append(
            Equation("sum", "", " + ".join(equation.result for equation in equations), full(tricks.macs(root)))
        )
    return Side(root, tricks.macs(root), tricks.params(root), tuple(equations))


def sentence(trick: Trick, values: Values) -> str:
    """Return a sentence on the trick's savings with these values, and whether it pays; ``**…**`` is bold."""
    costs = trick_costs(trick.name, values)
    before, after = costs.before, costs.after
    macs, after_title = told_apart(after.macs, before.macs), capitalised(trick.after)
    change = compared(after.macs, before.macs)
    if after.macs < before.macs:
        text = f"**{after_title}**: {macs[0]} MACs instead of {macs[1]}, **{change}**"
    elif after.macs == before.macs and after.params == before.params:
        return f"**“{after_title}” needs exactly as many MACs and parameters**: with these numbers it saves nothing."
    elif after.macs == before.macs:
        text = f"**“{after_title}” needs exactly as many MACs**"
    else:
        text = f"**“{after_title}” saves no MACs here**: {macs[0]} MACs instead of {macs[1]}, {change}"
    return f"{text}, with {compared(after.params, before.params, 'parameters')}."


def branches(pair: Pair) -> pd.DataFrame | None:
    """Return MACs and parameters of each branch of both sides; None if they do not end in parallel branches.

    Columns ``branch``, ``before``, ``after`` (MACs), ``params_before``, ``params_after``.
    """
    if not all(isinstance(root.layer, Concatenate) for root in pair):
        return None
    rows = []
    for old, new in zip(pair.before.inputs, pair.after.inputs, strict=True):
        rows.append(
            {
                "branch": _branch_name(new),
                "before": tricks.macs(old),
                "after": tricks.macs(new),
                "params_before": tricks.params(old),
                "params_after": tricks.params(new),
            }
        )
    return pd.DataFrame(rows)


def _branch_name(end: Node) -> str:
    kinds = [str(node.layer).partition(",")[0] for node in walk(end) if isinstance(node.layer, Conv | Pool)]
    return " → ".join(kinds)


@dataclass(frozen=True, slots=True)
class Curve:
    """MACs along one knob: ``rows`` has ``x``, ``before`` and ``after``; ``even`` is where the trick stops paying.

    ``crossing`` is where the two lines cross, between two values of the knob.
    """

    rows: pd.DataFrame
    break_even: int | None
    crossing: float | None = None


@lru_cache(maxsize=CACHED)
def curve(name: str, values: Values) -> Curve:
    """Return the cost of both sides along the trick's own knob, all other knobs as they are.

    The values reach past the break-even point, if there is one, and past the current value. Values at which shapes do
    not fit are left out.
    """
    trick = tricks.trick(name)
    knob, here = trick.knobs[trick.along], dict(values)[trick.along]
    if knob.choices:
        return Curve(_rows(trick, values, list(knob.choices)), None)
    assert knob.limits is not None  # a knob has choices or limits, and no trick is drawn along a switch
    low, high, now = int(knob.limits.low), int(knob.limits.high), int(number(here))
    break_even = _break_even(trick, values, low, high)
    top = min(high, max(16, 3 * now, round(1.3 * break_even) if break_even else 0))
    step = max(1, (top - low) // POINTS)
    points = {*range(low, top + 1, step), now, *([break_even] if break_even else [])}
    return Curve(_rows(trick, values, sorted(points)), break_even, _crossing(trick, values, break_even))


def _crossing(trick: Trick, values: Values, break_even: int | None) -> float | None:
    """Return where the lines before and after cross, between the last value that pays and the first that does not."""
    if break_even is None:
        return None
    (before, after), (then, later) = (_macs_at(trick, values, value) for value in (break_even - 1, break_even))
    pays_before, loss_after = before - after, later - then
    return break_even - loss_after / (pays_before + loss_after)


def _break_even(trick: Trick, values: Values, low: int, high: int) -> int | None:
    """Return the first value of the knob, above one that pays, at which the trick no longer pays."""
    pays_before = False
    for value in range(low, high + 1):
        try:
            before, after = _macs_at(trick, values, value)
        except ValueError:
            continue
        if after < before:
            pays_before = True
        elif pays_before:
            return value
    return None


def _macs_at(trick: Trick, values: Values, value: Value) -> tuple[int, int]:
    """Return MACs before and after, at another value of the trick's own knob."""
    pair = trick.build(**(dict(values) | {trick.along: value}))
    return tricks.macs(pair.before), tricks.macs(pair.after)


def _rows(trick: Trick, values: Values, points: list[Value]) -> pd.DataFrame:
    rows = []
    for value in points:
        try:
            before, after = _macs_at(trick, values, value)
        except ValueError:
            continue
        rows.append({"x": value, "before": before, "after": after})
    return pd.DataFrame(rows)
