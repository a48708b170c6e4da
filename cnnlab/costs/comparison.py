"""Networks side by side: their stages aligned, a sentence on their costs, and the efficient frontier."""

from collections.abc import Callable, Collection, Sequence
from math import log2
from typing import NamedTuple

import pandas as pd

from cnnlab.costs.table import Totals, layer_table
from cnnlab.graph import Node, Shape, ZeroPad, named, times
from cnnlab.units import compared, field, full, listed, ratio, short, told_apart

HEAD = "head"
COMPARED = 2, 6
"""The fewest and the most networks of a comparison."""


class Measure(NamedTuple):
    """A row of a comparison: its name for programs, its words, what it counts, and the unit."""

    name: str
    word: str
    of: Callable[[Totals], int | None]
    unit: str = ""
    unknown: bool = False
    """Whether a layer that is not understood makes the count "at least"."""
    shown: Callable[[Totals], str] | None = None
    """The number as text, unless it is that of all counts."""


MEASURES = (
    Measure("params", "Parameters", lambda totals: totals.params, unknown=True),
    Measure("macs", "MACs", lambda totals: totals.macs, unknown=True),
    Measure("activations", "Activations", lambda totals: totals.activations),
    Measure("peak_bytes", "Peak memory", lambda totals: totals.peak_bytes(), " B"),
    Measure("weight_bytes", "Weights", lambda totals: totals.weight_bytes(), " B", unknown=True),
    Measure(
        "receptive_field",
        "Receptive field",
        lambda totals: totals.receptive_field,
        " px",
        shown=lambda totals: field(totals.receptive_field_height, totals.receptive_field_width, form=full),
    ),
    Measure("depth", "Depth", lambda totals: totals.depth),
)


class Compared(NamedTuple):
    """A network's number in a row of a comparison, as text, and as a multiple of the baseline where that is known."""

    number: int | None
    text: str
    factor: float | None


def compare(measure: Measure, totals: Sequence[Totals], base: int = 0) -> list[Compared]:
    """Return one row of a comparison; ``base`` is the place of the baseline, whose text has no ratio."""
    numbers = [measure.of(each) for each in totals]
    bounds = [_bound(measure, each) for each in totals]
    baseline, row = numbers[base], []
    for place, (number, bound) in enumerate(zip(numbers, bounds, strict=True)):
        if number is None:
            row.append(Compared(None, "none", None))
            continue
        shown = measure.shown(totals[place]) if measure.shown else full(number)
        text, factor = f"{bound}{shown}{measure.unit}", None
        # Of numbers that may be bounds, a ratio would be neither.
        if baseline is not None and not (bound or bounds[base]):
            factor = number / baseline if baseline else None
            change = "" if place == base else ratio(number, baseline)
            text += f" ({change})" if change else ""
        row.append(Compared(number, text, factor))
    return row


def _bound(measure: Measure, totals: Totals) -> str:
    if measure.name == "receptive_field" and totals.receptive_field_at_most:
        return "at most "
    return "at least " if measure.unknown and totals.at_least else ""


def numbered(labels: Sequence[str]) -> list[str]:
    """Return the labels of a comparison; equal ones are numbered.

    >>> numbered(["A", "B", "A"])
    ['A (1)', 'B', 'A (2)']
    """
    return [
        f"{label} ({list(labels[: place + 1]).count(label)})" if list(labels).count(label) > 1 else label
        for place, label in enumerate(labels)
    ]


def stage_table(root: Node, table: pd.DataFrame | None = None) -> pd.DataFrame:
    """Roll the layer table up by how often the map was halved, so that stages of two networks can be aligned.

    Pass the layer table if there is one already.

    One row a stage in the order of execution: ``stage`` (0, 1, 2 … halvings of the image, rounded, in the direction
    that is halved more often, and ``"head"``), ``sides`` (height and width of its maps, in order, as a tuple of pairs;
    empty for the head), ``layers``, and the sums of ``params``, ``macs`` and ``activations``. A layer belongs to the
    map it writes; a gate's vectors and 1×1 maps belong to the map before them, and those behind the last map are the
    head.
    """
    nodes = list(named(root).values())
    image = next((node.shape[:2] for node in nodes if len(node.shape) == 3), (1, 1))
    spatial = [len(node.shape) == 3 and node.shape[:2] != (1, 1) for node in nodes]
    last = max((place for place, there in enumerate(spatial) if there), default=-1)
    stage: list[object] = []
    sides: dict[object, dict[Shape, None]] = {}
    for place, (node, there) in enumerate(zip(nodes, spatial, strict=True)):
        # Padding makes a map of its own size, which is nobody's idea of a stage.
        own = there and not isinstance(node.layer, ZeroPad)
        if place > last:
            stage.append(HEAD)
        else:
            # The image is a map, even if it is a single pixel; padding belongs to the map that it pads.
            stage.append(_halvings(image, node.shape) if own or not stage else stage[-1])
        sides.setdefault(stage[-1], {}).update({node.shape[:2]: None} if own else {})
    table = layer_table(root) if table is None else table
    sums = table[["params", "macs", "activations"]].assign(stage=stage, layers=1)
    rows = sums.groupby("stage", sort=False).sum().reset_index()
    return rows.assign(sides=[tuple(sides[each]) for each in rows["stage"]])


def _halvings(image: Shape, shape: Shape) -> int:
    """Return how often the image was halved; a side of one pixel cannot be halved, so the other side tells."""
    if len(shape) != 3:
        return 0
    return max(round(log2(before / after)) for before, after in zip(image, shape[:2], strict=True))


def stage_label(stage: object, sides: Collection[Shape]) -> str:
    """Return the name of a stage: the smallest of its maps, «56×56», or «head».

    >>> stage_label(2, [(112, 160), (56, 80)]), stage_label("head", [])
    ('56×80', 'head')
    """
    return HEAD if stage == HEAD else times(min(sides)) if sides else "…"


def stages(tables: Sequence[pd.DataFrame]) -> list[object]:
    """Return every stage that at least one of the networks has, in order."""
    found = {stage for table in tables for stage in table["stage"]}
    return [*sorted(stage for stage in found if stage != HEAD), *([HEAD] if HEAD in found else [])]


def verdict(names: Sequence[str], totals: Sequence[Totals]) -> str:
    """Return one or two sentences on which network costs how many times as much; ``**…**`` is bold.

    Of more than two networks only the extremes are compared. Raises ``ValueError`` for fewer than two.
    """
    if len(totals) < 2:
        raise ValueError("one network cannot be compared; choose a second")
    unknown = [name for name, each in zip(names, totals, strict=True) if each.at_least]
    if unknown:
        who = listed([f"**{name}**" for name in unknown])
        has, its = ("has", "its") if len(unknown) == 1 else ("have", "their")
        return (
            f"{who} {has} layers that are not understood. The tables show the least of {its} parameters and MACs, so "
            "there are no ratios."
        )
    if len(totals) == 2:
        return _of_two(names, totals)
    least, most = (pick(range(len(totals)), key=lambda each: totals[each].macs) for pick in (min, max))
    thin, thick = (pick(range(len(totals)), key=lambda each: totals[each].params) for pick in (min, max))
    text = f"**{names[most]}** does {short(totals[most].macs)} MACs, " + compared(
        totals[most].macs, totals[least].macs, "", f"**{names[least]}** ({short(totals[least].macs)})"
    )
    same = totals[least].macs == totals[most].macs
    if same:
        text = f"All do {short(totals[least].macs)} MACs"
    if totals[thin].params == totals[thick].params:
        return f"{text}; all store {short(totals[thin].params)} parameters."
    who = "it also stores" if thick == most and not same else f"**{names[thick]}** stores"
    store = compared(totals[thick].params, totals[thin].params, "", f"{names[thin]} ({short(totals[thin].params)})")
    return f"{text}; {who} the most parameters, {short(totals[thick].params)}, {store}."


def _of_two(names: Sequence[str], totals: Sequence[Totals]) -> str:
    big, small = sorted((0, 1), key=lambda each: -totals[each].macs)
    first, second, more, less = names[big], names[small], totals[big], totals[small]
    if more.macs == less.macs:
        text = f"**{first}** and **{second}** do the same {short(more.macs)} MACs."
    else:
        work = compared(more.macs, less.macs, "MACs", f"**{second}**")
        text = f"**{first}** does {work}: {' against '.join(told_apart(more.macs, less.macs))}."
    both = [
        _more_of_two(first, more.params, second, less.params, "store", "parameters"),
        _more_of_two(first, more.activations, second, less.activations, "write", "activations"),
    ]
    (who, stored), (also, written) = both
    if who == also:
        return f"{text} {who} {stored} and {written}."
    return f"{text} {who} {stored}, but {also if also != 'Both' else 'both'} {written}."


def _more_of_two(first: str, ours: int, second: str, theirs: int, verb: str, noun: str) -> tuple[str, str]:
    """Return the network that has more of something, and the words that say how much."""
    if ours == theirs:
        return "Both", f"{verb} {short(ours)} {noun}"
    more = compared(max(ours, theirs), min(ours, theirs), noun)
    return (first if ours > theirs else second), f"{verb}s {more}"


def frontier(costs: Sequence[float], gains: Sequence[float]) -> list[int]:
    """Return the indices of the Pareto-efficient entries, by rising cost.

    >>> frontier([1, 3, 2, 5], [50, 70, 60, 65])
    [0, 2, 1]
    """
    best, found = float("-inf"), []
    for place in sorted(range(len(costs)), key=lambda each: (costs[each], -gains[each])):
        if gains[place] > best:
            best = gains[place]
            found.append(place)
    return found
