"""Layout of a diagram of layers: columns by depth, lanes by branch."""

from collections.abc import Mapping, Sequence

from cnnlab.figures.diagram import Link
from cnnlab.graph import Node, skips


def columns_and_lanes(nodes: Sequence[Node], sources: Sequence[Node] = ()) -> tuple[dict[Node, int], dict[Node, int]]:
    """Return the column and the lane of each node, in the order of execution.

    ``sources`` come from outside, in column 0.
    """
    column: dict[Node, int] = dict.fromkeys(sources, 0)
    lane: dict[Node, int] = {source: number for number, source in enumerate(sources)}
    tail: list[Node | None] = list(sources)
    reached = [0] * len(sources)  # last column used in each lane
    gated = {node.inputs[0]: node for node in nodes if node.layer.gates}
    for node in nodes:
        column[node] = 1 + max((column[before] for before in node.inputs), default=-1)
        # A gate is computed aside: the lane it leaves goes on to the product.
        free = [
            lane[before] for before in node.inputs if tail[lane[before]] is before and gated.get(before, node) is node
        ]
        if free:
            lane[node] = min(free)
            for other in free:
                tail[other] = None
        else:
            spare = [number for number, last in enumerate(reached) if tail[number] is None and last < column[node]]
            lane[node] = spare[0] if spare else len(reached)
            if not spare:
                tail.append(None)
                reached.append(0)
        tail[lane[node]], reached[lane[node]] = node, column[node]
    return column, lane


def links_between(nodes: Sequence[Node], column: Mapping[Node, int]) -> list[Link]:
    """Return the links into ``nodes``, by the places of both ends in ``column``.

    Skips and projections have their own style.
    """
    position = {node: number for number, node in enumerate(column)}
    ways = {skip.end: skip for skip in skips(nodes)}
    projected = {node for skip in ways.values() for node in skip.own}
    links = []
    for node in nodes:
        for before in node.inputs:
            way = ways.get(node)
            aside = node in projected or before in projected
            identity = way is not None and not way.own and before is way.start
            style = "projection" if aside else "skip" if identity else "line"
            links.append(Link(position[before], position[node], style))  # type: ignore[arg-type]
    return links
