"""A rewritten network compared with the original: totals, stages, and the layers that changed. Cached for all."""

from dataclasses import dataclass
from html import escape
from typing import cast

import pandas as pd

from cnnlab import costs
from cnnlab.costs import Equation, layer_equations
from cnnlab.figures.plain import PlainFigure
from cnnlab.figures.savings import waterfall
from cnnlab.graph import Block, Conv, Node, Opaque
from cnnlab.network import Network
from cnnlab.ui import arithmetic
from cnnlab.ui.network_cache import cached_by_network
from cnnlab.ui.study import study
from cnnlab.units import at_least, compared, full, ratio, short, told_apart


@dataclass(frozen=True, slots=True)
class Change:
    """A block that a rewrite changed: its layers with weights, and its costs, before and after."""

    block: str
    before: str
    after: str
    params: tuple[int, int]
    macs: tuple[int, int]


@cached_by_network
def changes(network: Network) -> tuple[Change, ...]:
    """Return the blocks in which a rewritten network differs from the original, in the order of execution."""
    old, new = ({block.name: block for block in study(each).blocks} for each in (network.original, network))
    order = list(dict.fromkeys([*old, *new]))
    changed = []
    for name in order:
        before, after = old.get(name), new.get(name)
        if before and after and _signature(before) == _signature(after):
            continue
        changed.append(
            Change(
                name,
                _layers(before) if before else "—",
                _layers(after) if after else "removed",
                (before.params if before else 0, after.params if after else 0),
                (before.macs if before else 0, after.macs if after else 0),
            )
        )
    return tuple(changed)


def _signature(block: Block) -> list[tuple[object, ...]]:
    return [(node.layer, node.input_shapes) for node in block.nodes]


def _layers(block: Block) -> str:
    """Return the layers that multiply: «3×3, 64 filters → 1×1, 128 filters»; without them all others by kind."""
    multiply = [node for node in block.nodes if node.macs]
    if multiply:
        return " → ".join(map(_describe, multiply))
    return " → ".join(
        f"{node.layer.kind}: {node.layer}" if isinstance(node.layer, Opaque) else node.layer.kind
        for node in block.nodes
    )


def _describe(node: Node) -> str:
    return str(node.layer) if isinstance(node.layer, Conv) else f"{node.layer.kind} {node.layer}"


@cached_by_network
def by_stage(network: Network, measure: str) -> tuple[PlainFigure, str]:
    """Return a waterfall from the original's total to the rewritten network's by stage, and its alternative text."""
    noun = {"macs": "MACs", "params": "parameters"}[measure]
    tables = [costs.stage_table(study(each).root, study(each).layers) for each in (network.original, network)]
    old, new = (table.set_index("stage")[measure] for table in tables)
    sides = {row.stage: row.sides for table in tables for row in table.itertuples()}
    bound = study(network.original).totals.at_least
    rows = [("before", int(old.sum()), at_least(short(int(old.sum())), bound))]
    for stage in costs.stages(tables):
        change = int(new.get(stage, 0)) - int(old.get(stage, 0))
        if change:
            text = f"{'+' if change > 0 else '−'}{short(abs(change))}"
            rows.append((costs.stage_label(stage, sides[stage]), change, text))
    middle = rows[1:]
    rows.append(("after", int(new.sum()), at_least(short(int(new.sum())), study(network).totals.at_least)))
    table = pd.DataFrame(rows, columns=["label", "value", "text"])
    if not middle:
        return waterfall(table, noun), f"The {noun} do not change."
    label, _, text = max(middle, key=lambda row: abs(row[1]))
    return waterfall(table, noun), f"The largest change is at {label}: {text} {noun}."


def verdict(network: Network) -> str:
    """Return a sentence on the rewrite's effect on the costs; ``**…**`` is bold."""
    before, after = study(network.original).totals, study(network).totals
    what = network.title.removeprefix(f"{network.case.title} + ")
    pairs = (("MACs", before.macs, after.macs), ("parameters", before.params, after.params))
    if before.at_least or after.at_least:
        # Of numbers that may be bounds, a ratio would be neither; a layer that stays costs as much on both sides.
        changes_of = (f"**{_difference(new - old, noun)}**" for noun, old, new in pairs)
        return (
            f"{network.original.label} with **{what}**: {' and '.join(changes_of)} in the layers that are understood."
        )
    changes_of = (f"**{compared(new, old, noun)}** ({' → '.join(told_apart(old, new))})" for noun, old, new in pairs)
    return f"{network.original.label} with **{what}**: {' and '.join(changes_of)}."


def _difference(change: int, noun: str) -> str:
    """Return «1.58 M fewer MACs», or «as many MACs as before»."""
    if not change:
        return f"as many {noun} as before"
    word = noun if abs(change) > 1 else noun.removesuffix("s")
    return f"{short(abs(change))} {'more' if change > 0 else 'fewer'} {word}"


@cached_by_network
def arithmetic_of_largest_change(network: Network) -> str:
    """Return HTML of the arithmetic of the block whose MACs changed most, before and after."""
    largest = max(changes(network), key=lambda change: abs(change.macs[1] - change.macs[0]), default=None)
    if largest is None:
        return ""
    sides = []
    for word, each in (("before", network.original), ("after", network)):
        block = next((block for block in study(each).blocks if block.name == largest.block), None)
        lines = [
            Equation(name.removeprefix(f"{largest.block}."), equation.formula, equation.numbers, equation.result, "")
            for name, node in (block.layers if block else ())
            for equation in layer_equations(node)
            if equation.what == "MACs" and node.macs
        ]
        macs = full(largest.macs[0 if word == "before" else 1])
        sides.append(f"<div><p><b>{escape(largest.block)}, {word}: {macs} MACs</b></p>{arithmetic.lines(lines)}</div>")
    return f'<div class="cnnlab-sides">{"".join(sides)}</div>'


def totals_rows(network: Network) -> list[tuple[str, str, str, str]]:
    """Return rows of a table: measure, before, after and the change."""
    before, after = (study(each).totals for each in (network.original, network))
    rows = []
    for word, name in (
        ("MACs", "macs"),
        ("parameters", "params"),
        ("activations", "activations"),
        ("depth", "depth"),
    ):
        old, new = cast(int, getattr(before, name)), cast(int, getattr(after, name))
        bound = name in ("macs", "params") and (before.at_least or after.at_least)
        was, now = at_least(full(old), bound and before.at_least), at_least(full(new), bound and after.at_least)
        rows.append((word, was, now, "" if bound else ratio(new, old)))
    old, new = before.peak_bytes(), after.peak_bytes()
    rows.insert(3, ("peak memory, bytes", full(old), full(new), ratio(new, old)))
    return rows
