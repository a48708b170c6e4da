"""How a rewrite makes a new graph from an old one: every node again, in order, some of them differently."""

from collections.abc import Callable, Mapping

from cnnlab.graph import Activation, BatchNorm, Node, walk

Make = Callable[[Node, tuple[Node, ...]], Node]
"""Makes the new node for an old one, given the new nodes it stands on. May return one of these: the old one is gone."""


def rebuild(root: Node, make: Make) -> Node:
    """The graph in which every node is what ``make`` makes of it. Nodes before the first change are shared."""
    new: dict[Node, Node] = {}
    for node in walk(root):
        new[node] = make(node, tuple(new[before] for before in node.inputs))
    return new[root]


def again(node: Node, inputs: tuple[Node, ...], renamed: Mapping[str, str] | None = None) -> Node:
    """The same layer on other inputs; the node itself where nothing before it changed.

    ``renamed`` maps the path of a convolution to its new one: what is named after it follows.
    """
    path = node.path
    for old in _prefixes(path) if renamed else ():
        if renamed and old in renamed:
            path = renamed[old] + path.removeprefix(old)
            break
    return node if inputs == node.inputs and path == node.path else node.layer(*inputs, name=path)


def _prefixes(path: str) -> list[str]:
    """What a layer may be named after: ``conv`` and ``conv_1`` for ``conv_1_bn``, the longest first.

    >>> _prefixes("block1.conv_1_bn")
    ['block1.conv_1', 'block1.conv']
    """
    places = [place for place, letter in enumerate(path) if letter == "_" and place > path.rfind(".") + 1]
    return [path[:place] for place in reversed(places)]


def users(root: Node) -> dict[Node, list[Node]]:
    """The nodes that stand on each node."""
    found: dict[Node, list[Node]] = {}
    for node in walk(root):
        found.setdefault(node, [])
        for before in node.inputs:
            found[before].append(node)
    return found


def next_alone(node: Node, used: Mapping[Node, list[Node]]) -> Node | None:
    """The one node that stands on this one; None where there are several, or none."""
    return used[node][0] if len(used[node]) == 1 else None


def finish(conv: Node, used: Mapping[Node, list[Node]]) -> tuple[Node, ...]:
    """The batch norm and the activation that follow a convolution and serve it alone: both, one, or none."""
    found: list[Node] = []
    for kind in (BatchNorm, Activation):
        after = next_alone(found[-1] if found else conv, used)
        if after and isinstance(after.layer, kind):
            found.append(after)
    return tuple(found)


def finish_alike(x: Node, conv: Node, used: Mapping[Node, list[Node]]) -> Node:
    """A new convolution's output, normalised and activated as the old convolution's is."""
    name = x.path
    for after in finish(conv, used):
        x = after.layer(x, name=f"{name}_{after.layer.label}")
    return x
