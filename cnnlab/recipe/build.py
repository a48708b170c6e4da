"""A recipe's graph, row by row: rows above a mistake stay live, and the mistake is named with its mends."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import gcd

from cnnlab.graph import Input, Node, Shape, scope, times, walk
from cnnlab.recipe.model import Recipe, Row, row


@dataclass(frozen=True, slots=True)
class BuiltRow:
    """What one row adds: the node that leaves it, its parameters and MACs, all repeats together."""

    name: str
    output: Node
    params: int
    macs: int
    layers: int

    @property
    def shape(self) -> Shape:
        """Of what leaves."""
        return self.output.shape


@dataclass(frozen=True, slots=True)
class Built:
    """The rows that could be built; ``problem`` says why the one behind them could not, None where all were."""

    source: Node
    rows: tuple[BuiltRow, ...]
    problem: str | None = None

    @property
    def output(self) -> Node:
        """Of the last row that could be built."""
        return self.rows[-1].output if self.rows else self.source


# Recipes are small and their graphs share nothing; a class edits a few at a time.
@lru_cache(maxsize=128)
def build(recipe: Recipe) -> Built:
    """Every row in order, up to the first that cannot work."""
    source = x = Input((recipe.input_size, recipe.input_size, recipe.channels))()
    if not recipe.rows:
        return Built(source, (), "the recipe is empty; add a first row, a convolution for instance")
    built: list[BuiltRow] = []
    for name, each in zip(_names(recipe.rows), recipe.rows, strict=True):
        before = x
        try:
            x = _repeated(x, name, each)
        except ValueError as error:
            return Built(source, tuple(built), str(error))
        nodes = walk_between(x, before)
        built.append(
            BuiltRow(name, x, sum(sum(node.params) for node in nodes), sum(node.macs for node in nodes), len(nodes))
        )
    return Built(source, tuple(built))


def graph(recipe: Recipe) -> Node:
    """The whole graph. Raises ``ValueError`` with the first mistake."""
    found = build(recipe)
    if found.problem:
        raise ValueError(f"row {len(found.rows) + 1}: {found.problem}" if recipe.rows else found.problem)
    return found.output


def _names(rows: tuple[Row, ...]) -> Iterator[str]:
    """conv1, conv2, residual_basic1: a number for each use of a block."""
    used: dict[str, int] = {}
    for each in rows:
        used[each.block] = used.get(each.block, 0) + 1
        yield f"{each.block}{used[each.block]}"


def _repeated(x: Node, name: str, each: Row) -> Node:
    for number in range(1, each.repeat + 1):
        with scope(f"{name}.block{number}" if each.repeat > 1 else name):
            x = each.kind.function(x, **each.fields)
    return x


def walk_between(end: Node, start: Node) -> list[Node]:
    """The nodes that lead from one to another, the first left out."""
    known = set(walk(start))
    return [node for node in walk(end) if node not in known]


@dataclass(frozen=True, slots=True)
class Mend:
    """One way out of a mistake: what a button says, and the recipe it makes."""

    label: str
    recipe: Recipe


def mends(recipe: Recipe) -> tuple[Mend, ...]:
    """Small changes after which the first row that cannot work does work; each was tried out."""
    found = build(recipe)
    if found.problem is None or not recipe.rows:
        return ()
    place, arrived = len(found.rows), found.output.shape
    good = []
    for label, rows in _candidates(recipe.rows[place], arrived):
        changed = recipe.model_copy(update={"rows": (*recipe.rows[:place], *rows, *recipe.rows[place + 1 :])})
        if len(build(changed).rows) >= place + len(rows):
            good.append(Mend(label, changed))
    return tuple(good)


def _candidates(each: Row, arrived: Shape) -> Iterator[tuple[str, tuple[Row, ...]]]:
    """What might help this row on what arrives, the least change first."""
    fields = each.fields
    if fields.get("padding") == "valid":
        yield "use “same” padding", (_with(each, padding="same"),)
    if fields.get("shortcut") == "identity":
        yield "add a projection to the skip", (_with(each, shortcut="B"),)
    if len(arrived) == 3:
        groups = fields.get("groups")
        if isinstance(groups, int) and groups > 1:
            fit = gcd(groups, gcd(arrived[2], int(fields["filters"])))
            yield f"use {fit} group{'s' if fit > 1 else ''}", (_with(each, groups=fit),)
        for name in ("kernel", "size"):
            window = fields.get(name)
            if isinstance(window, int) and window > min(arrived[:2]):
                yield f"use a {min(arrived[:2])}×{min(arrived[:2])} window", (_with(each, **{name: min(arrived[:2])}),)
        stride = fields.get("stride")
        if isinstance(stride, int) and stride > 1:
            yield "lower the stride to 1", (_with(each, stride=1),)
        if isinstance(fields.get("dilation"), int) and fields["dilation"] != 1:
            yield "set the dilation to 1", (_with(each, dilation=1),)
        if each.block == "dense":
            yield "put global pooling before it", (row("global_pool"), each)
            yield "put Flatten before it", (row("flatten"), each)
    if each.repeat > 1:
        yield "do it once", (each.model_copy(update={"repeat": 1}),)
    yield "leave this row out", ()


def _with(each: Row, **fields: int | str) -> Row:
    return each.model_copy(update=fields)


def arrives(found: Built) -> str:
    """What the first row that could not be built was given, as text."""
    return times(found.output.shape)
