"""Diagrams of a network as SVG: its blocks in a row, and the layers of one block."""

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from cnnlab.diagrams.layout import columns_and_lanes, links_between
from cnnlab.figures import palette
from cnnlab.figures.diagram import Box, Link, diagram
from cnnlab.figures.diagram_file import ROOM, Mark, diagram_file
from cnnlab.graph import Block, Node, block_name, fold, skips, times
from cnnlab.units import full


class Drawable(Protocol):
    """A network whose diagram is drawn: its title, its blocks, and a line on its costs."""

    @property
    def title(self) -> str: ...

    @property
    def blocks(self) -> Sequence[Block]: ...

    @property
    def costs_line(self) -> str: ...


class Drawn(NamedTuple):
    """The least that can be drawn."""

    title: str
    blocks: tuple[Block, ...]
    costs_line: str


def chosen_block(shown: Drawable, name: str | None) -> Block | None:
    """Return the chosen block, or the one that holds the chosen layer."""
    every = {block.name: block for block in shown.blocks}
    return every.get(name) or every.get(block_name(name)) if name else None


def overview(shown: Drawable, chosen: str | None, unfolded: frozenset[str], room: float = 1.0) -> str:
    """Return an SVG of the network as a row of blocks, equal neighbours folded; ``room`` as for ``diagram``."""
    shown_blocks = fold(shown.blocks, unfolded)
    first_apart = unfolded & {block.name for block in shown_blocks if len(block.members) == 1}
    around = {skip.end: bool(skip.own) for skip in skips([node for block in shown.blocks for node in block.nodes])}
    inside_of = chosen_block(shown, chosen)
    boxes, links, places = [], [], {}
    for column, block in enumerate(shown_blocks):
        group, _, own = block.name.rpartition(".")
        places.update(dict.fromkeys(block.members, column))
        boxes.append(
            Box(
                name=block.name,
                label=_folded_label(own, block.members),
                detail=times(block.output.shape),
                tooltip=_tooltip(block.name, block.output, block.params, block.macs, len(block.members)),
                drawn_as=block.drawn_as,
                shape=block.output.shape,
                column=column,
                count=len(block.members),
                folds=block.name if block.name in first_apart else "",
                group=group,
                chosen=inside_of is not None and inside_of.name in block.members,
            )
        )
        ends = [around[node] for node in block.nodes if node in around]
        if ends:
            links.append(Link(column, column, "projection" if any(ends) else "skip"))
    seen = set()
    owner = {node: places[block.name] for block in shown.blocks for node in block.nodes}
    for node, end in owner.items():
        for before in node.inputs:
            if owner[before] != end and (owner[before], end) not in seen:
                seen.add((owner[before], end))
                links.append(Link(owner[before], end))
    return diagram(boxes, links, f"Architecture of {shown.title}", room=room)


def inside(shown: Drawable, block: Block, chosen: str | None) -> str:
    """Return an SVG of one block's layers in columns by depth and lanes by branch."""
    labels = {node: name for member in shown.blocks for name, node in member.layers}
    own = set(block.nodes)
    sources = list(dict.fromkeys(before for node in block.nodes for before in node.inputs if before not in own))
    column, lane = columns_and_lanes(block.nodes, sources)
    boxes = [_layer_box(node, labels[node], node not in own, labels[node] == chosen, column, lane) for node in column]
    links = links_between(block.nodes, column)
    return diagram(boxes, links, f"Inside {block.name}")


def file(shown: Drawable, title: str, unfolded: frozenset[str] = frozenset()) -> str:
    """Return the SVG of the network as a file of its own, with its costs and a legend."""
    drawn = {block.drawn_as for block in shown.blocks}
    return diagram_file(overview(shown, None, unfolded, ROOM), title, shown.costs_line, marks(shown, drawn))


def marks(shown: Drawable, drawn: Collection[str]) -> list[Mark]:
    """Return the entries of a legend: the colours of these kinds, and the arcs that occur in the network."""
    nodes = [node for block in shown.blocks for node in block.nodes]
    around = {bool(skip.own) for skip in skips(nodes)}
    found = [Mark("box", colour, text) for text, colour in palette.LAYERS.items() if text in drawn]
    if False in around:
        found.append(Mark("arc", palette.SKIP, "skip"))
    if True in around:
        found.append(Mark("dashed arc", palette.SKIP, "skip with a projection or padding"))
    return found


def _layer_box(node: Node, name: str, ghost: bool, chosen: bool, column: dict[Node, int], lane: dict[Node, int]) -> Box:
    label = block_name(name) if ghost else name.rpartition(".")[2]
    params, macs = sum(node.params), node.macs
    return Box(
        name=name,
        label=label,
        detail=times(node.shape),
        tooltip=_tooltip(name, node, params, macs, 1),
        drawn_as=node.layer.drawn_as,
        shape=node.shape,
        column=column[node],
        lane=lane[node],
        chosen=chosen,
        ghost=ghost,
    )


def _tooltip(name: str, output: Node, params: int, macs: int, count: int) -> str:
    each = "each " if count > 1 else ""
    return f"{name}: output {times(output.shape)}, {each}{full(params)} parameters, {full(macs)} MACs"


def _folded_label(own: str, members: tuple[str, ...]) -> str:
    """Return ``block2…4`` for ``block2`` to ``block4``."""
    if len(members) < 2:
        return own
    last = members[-1].rpartition(".")[2]
    return f"{own}…{last.removeprefix(own.rstrip('0123456789'))}"
