"""The outline of a graph: blocks in order, repeated ones folded, and the skips around them."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from cnnlab.graph.layer import DrawnAs, Node, named, outputs, walk
from cnnlab.graph.reshaping import Add
from cnnlab.graph.shapes import times
from cnnlab.units import count


@dataclass(frozen=True, slots=True)
class Block:
    """Layers that share a path, or one layer without a path. ``members`` names the equal blocks folded into it."""

    name: str
    layers: tuple[tuple[str, Node], ...]
    members: tuple[str, ...]

    @property
    def output(self) -> Node:
        """The block's last layer, in execution order."""
        return self.layers[-1][1]

    @property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(node for _, node in self.layers)

    @property
    def drawn_as(self) -> DrawnAs:
        """The colour of the layer with most MACs; of equal ones that with most parameters, then the first."""
        return max(self.nodes, key=lambda node: (node.macs, sum(node.params))).layer.drawn_as

    @property
    def params(self) -> int:
        return sum(sum(node.params) for node in self.nodes)

    @property
    def macs(self) -> int:
        return sum(node.macs for node in self.nodes)


@dataclass(frozen=True, slots=True)
class Skip:
    """A connection around other layers: from ``start`` to the sum ``end``, through layers of its own."""

    start: Node
    end: Node
    own: tuple[Node, ...]


def entries(root: Node) -> tuple[Node, ...]:
    """Return the inputs of a graph, in execution order."""
    return tuple(node for node in walk(*outputs(root)) if not node.inputs)


def example(root: Node) -> str:
    """Return in words what a network takes once, with the shape.

    >>> from cnnlab.graph import Concatenate, Dense, Input
    >>> example(Input((28, 28, 1))()), example(Concatenate()(Input((20,))(), Input((3,))()) >> Dense(2))
    ('1 image, 28×28×1', '1 example, 20 + 3')
    >>> example(Input((20,))()), example(Input((20, 16))())
    ('1 input of 20 numbers', '1 input, 20×16')
    """
    shapes = tuple(node.shape for node in entries(root))
    if len(shapes) == len(shapes[0]) == 1:
        return f"1 input of {count(shapes[0][0], 'number')}"
    noun = "example" if len(shapes) > 1 else "image" if len(shapes[0]) == 3 else "input"
    return f"1 {noun}, {times(shapes)}"


def block_name(layer: str) -> str:
    """Return the block a layer belongs to: the path in front of its own name, or itself if there is none.

    >>> block_name("stage2.block1.conv"), block_name("flatten")
    ('stage2.block1', 'flatten')
    """
    return layer.rpartition(".")[0] or layer


def blocks(root: Node) -> tuple[Block, ...]:
    """Return every block in execution order, nothing folded."""
    rows: dict[str, list[tuple[str, Node]]] = {}
    for name, node in named(root).items():
        rows.setdefault(block_name(name), []).append((name, node))
    return tuple(Block(name, tuple(layers), (name,)) for name, layers in rows.items())


def fold(every: Sequence[Block], unfolded: Collection[str] = ()) -> tuple[Block, ...]:
    """Fold equal neighbours into one block, named after the first; those named in ``unfolded`` stay apart.

    Equal means the same layers, shapes, parameters and MACs. Dropout rates may differ, as EfficientNet's do.
    """
    result: list[Block] = []
    signature: object = None
    for block in every:
        sign = tuple(
            (name.removeprefix(block.name), node.layer.kind, node.shape, node.params, node.macs)
            for name, node in block.layers
        )
        if result and sign == signature:
            result[-1] = replace(result[-1], members=(*result[-1].members, block.name))
        else:
            result.append(block)
        signature = sign
    apart = {block.name: block for block in every} if unfolded else {}
    return tuple(
        shown
        for block in result
        for shown in ([apart[name] for name in block.members] if block.name in unfolded else [block])
    )


def branches(nodes: Collection[Node]) -> dict[Node, tuple[int, list[tuple[Node, ...]]]]:
    """Return, for every sum, which input is the main path, and the layers that serve each input alone, last one first.

    The main path does most MACs; of equal ones it is the longest, then the first. An identity has no layer for itself.
    """
    users = Counter(before for node in nodes for before in node.inputs)
    found = {}
    for node in nodes:
        if isinstance(node.layer, Add):
            paths = [_branch(before, users) for before in node.inputs]
            main = max(range(len(paths)), key=lambda place: (sum(own.macs for own in paths[place]), len(paths[place])))
            found[node] = (main, paths)
    return found


def skips(nodes: Collection[Node]) -> tuple[Skip, ...]:
    """Return the skips that end in a sum: every branch of it but the main path."""
    return tuple(
        Skip(own[-1].inputs[0] if own else end.inputs[place], end, own)
        for end, (main, paths) in branches(nodes).items()
        for place, own in enumerate(paths)
        if place != main
    )


def _branch(node: Node, users: Counter[Node]) -> tuple[Node, ...]:
    own = []
    while users[node] == 1 and node.inputs:
        own.append(node)
        node = node.inputs[0]
    return tuple(own)
