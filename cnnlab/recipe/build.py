"""The graph of a recipe, built row by row up to the first mistake, and changes that fix the mistake."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import gcd

from cnnlab.graph import MOST_MACS, Input, Node, Shape, pair, scope
from cnnlab.recipe.recipe import MOST_ROWS, Recipe, Row, row

MOST_LAYERS = 5_000  # as many as an import may have; ResNet-1202 has 4,211


@dataclass(frozen=True, slots=True)
class BuiltRow:
    """A built row with all its repeats: its output node, parameters, MACs and layers."""

    name: str
    output: Node
    params: int
    macs: int
    layers: int

    @property
    def shape(self) -> Shape:
        """The shape of its output."""
        return self.output.shape


@dataclass(frozen=True, slots=True)
class Built:
    """The rows that could be built. ``problem`` says why the next one could not; None if all were built."""

    source: Node
    rows: tuple[BuiltRow, ...]
    problem: str | None = None

    @property
    def output(self) -> Node:
        """The output node of the last row that could be built."""
        return self.rows[-1].output if self.rows else self.source


# A class edits a few recipes at a time, and their graphs share nothing.
@lru_cache(maxsize=128)
def build(recipe: Recipe) -> Built:
    """Build the rows in order, up to the first that cannot work."""
    source = x = Input((*pair(recipe.input_size), recipe.channels))()
    if not recipe.rows:
        return Built(source, (), "the recipe is empty; add a first row, for example a convolution")
    built: list[BuiltRow] = []
    for name, each in zip(_names(recipe.rows), recipe.rows, strict=True):
        try:
            built.append(_row(x, name, each, built))
        except ValueError as error:
            return Built(source, tuple(built), str(error))
        x = built[-1].output
    return Built(source, tuple(built))


def _row(x: Node, name: str, each: Row, before: Sequence[BuiltRow]) -> BuiltRow:
    """Build a row with all its repeats. Raises ``ValueError`` if it does not fit or makes the network too large."""
    y, layers, params, macs = x, 0, 0, 0
    for number in range(1, each.repeat + 1):
        start = y
        with scope(f"{name}.block{number}" if each.repeat > 1 else name):
            y = each.kind.function(y, **each.values)
        nodes = walk_between(y, start)
        layers += len(nodes)
        params += sum(sum(node.params) for node in nodes)
        macs += sum(node.macs for node in nodes)
        # Checked before all repeats are built: a hundred rows, a hundred times each, would take half a minute.
        if sum(row.layers for row in before) + layers + len(nodes) * (each.repeat - number) > MOST_LAYERS:
            raise ValueError(f"a network has at most {MOST_LAYERS:,} layers here; lower the repeats")
        if max(sum(row.macs for row in before) + macs, sum(row.params for row in before) + params) > MOST_MACS:
            raise ValueError("no machine can run a network of over 10¹⁷ MACs; use fewer filters or a smaller input")
    return BuiltRow(name, y, params, macs, layers)


def graph(recipe: Recipe) -> Node:
    """Return the whole graph. Raises ``ValueError`` with the first mistake."""
    found = build(recipe)
    if found.problem:
        raise ValueError(f"row {len(found.rows) + 1}: {found.problem}" if recipe.rows else found.problem)
    return found.output


def _names(rows: tuple[Row, ...]) -> Iterator[str]:
    """Yield a name for each row, with a number for each use of a block: conv1, conv2, residual_basic1."""
    used: dict[str, int] = {}
    for each in rows:
        used[each.block] = used.get(each.block, 0) + 1
        yield f"{each.block}{used[each.block]}"


def walk_between(end: Node, start: Node) -> list[Node]:
    """Return the nodes between two nodes in execution order, without ``start``, at which all paths must begin."""
    found: dict[Node, None] = {}
    stack = [end]
    while stack:
        node = stack[-1]
        waiting = [before for before in node.inputs if before is not start and before not in found]
        if node is start or node in found or not waiting:
            stack.pop()
            if node is not start:
                found[node] = None
        else:
            stack += reversed(waiting)
    return list(found)


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that fixes a mistake: the text of its button, and the changed recipe."""

    label: str
    recipe: Recipe


def fixes(recipe: Recipe) -> tuple[Fix, ...]:
    """Return small changes after which the first wrong row works; each was tried out."""
    found = build(recipe)
    if found.problem is None or not recipe.rows:
        return ()
    place, shape = len(found.rows), found.output.shape
    good = list(_moved(recipe, place))
    for label, rows in _candidates(recipe.rows[place], shape):
        if len(recipe.rows) - 1 + len(rows) > MOST_ROWS:
            continue
        changed = replace(recipe, rows=(*recipe.rows[:place], *rows, *recipe.rows[place + 1 :]))
        if len(build(changed).rows) >= place + len(rows):
            good.append(Fix(label, changed))
    return tuple(good)


def _moved(recipe: Recipe, place: int) -> Iterator[Fix]:
    """Yield the recipe with the wrong row moved above the row that flattened its map."""
    above = next((p for p in range(place - 1, -1, -1) if recipe.rows[p].block in ("flatten", "global_pool")), None)
    if above is None or recipe.rows[place].block in ("flatten", "global_pool"):
        return
    rows = list(recipe.rows)
    rows.insert(above, rows.pop(place))
    changed = replace(recipe, rows=tuple(rows))
    if len(build(changed).rows) > place:
        yield Fix(f"move it above “{recipe.rows[above].kind.title}”", changed)


def _candidates(each: Row, shape: Shape) -> Iterator[tuple[str, tuple[Row, ...]]]:
    """Yield labels and rows that may work in place of this row on that input shape, the least change first."""
    knobs = each.values
    if knobs.get("padding") == "valid":
        yield "use “same” padding", (each.having(padding="same"),)
    if knobs.get("shortcut") == "identity":
        yield "add a projection to the skip", (each.having(shortcut="B"),)
    if len(shape) == 3:
        groups, filters = knobs.get("groups"), knobs.get("filters")
        if isinstance(groups, int) and isinstance(filters, int) and groups > 1:
            fit = gcd(groups, gcd(shape[2], filters))
            yield f"use {fit} group{'s' if fit > 1 else ''}", (each.having(groups=fit),)
        for name in ("kernel", "size"):
            window = knobs.get(name)
            if isinstance(window, int) and window > min(shape[:2]):
                side = min(shape[:2])
                yield f"use a window of {side}×{side}", (each.having(**{name: side}),)
        stride = knobs.get("stride")
        if isinstance(stride, int) and stride > 1:
            yield "lower the stride to 1", (each.having(stride=1),)
        if isinstance(knobs.get("dilation"), int) and knobs["dilation"] != 1:
            yield "set the dilation to 1", (each.having(dilation=1),)
        if each.block == "dense":
            yield "put global pooling before it", (row("global_pool"), each)
            yield "put Flatten before it", (row("flatten"), each)
    if each.repeat > 1:
        yield "do it once", (replace(each, repeat=1),)
    yield "remove this row", ()
