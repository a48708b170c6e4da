"""Tools for rewrites: make a new graph from an old one, node by node, and look around in the old one."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from cnnlab.graph import Activation, BatchNorm, Node, walk

Make = Callable[[Node, tuple[Node, ...]], Node]
"""Makes the new node for an old one, given its new inputs. It may return one of these: the old node is then removed."""


def rebuild(root: Node, make: Make) -> Node:
    """Return the graph in which ``make`` has replaced every node. Nodes before the first change are shared.

    Layers that share weights, or are frozen, do so afterwards.
    """
    new: dict[Node, Node] = {}
    for node in walk(root):
        inputs = tuple(new[before] for before in node.inputs)
        made = make(node, inputs)
        if made is not node and made not in inputs and (node.weights_of or node.frozen):
            owner = new[node.weights_of] if node.weights_of else None
            made = replace(made, weights_of=owner, frozen=node.frozen)
        new[node] = made
    return new[root]


def with_inputs(node: Node, inputs: tuple[Node, ...], renamed: Mapping[str, str] | None = None) -> Node:
    """Use the same layer on other inputs; return the node itself if nothing before it changed.

    ``renamed`` maps the path of a convolution to its new one; the layers named after it follow.
    """
    path = node.path
    for old in _prefixes(path) if renamed else ():
        if renamed and old in renamed:
            path = renamed[old] + path.removeprefix(old)
            break
    return node if inputs == node.inputs and path == node.path else node.layer(*inputs, name=path)


def _prefixes(path: str) -> list[str]:
    """Return the names that a layer may be named after: ``conv`` and ``conv_1`` for ``conv_1_bn``, the longest first.

    >>> _prefixes("block1.conv_1_bn")
    ['block1.conv_1', 'block1.conv']
    """
    places = [place for place, letter in enumerate(path) if letter == "_" and place > path.rfind(".") + 1]
    return [path[:place] for place in reversed(places)]


def name_in_block(node: Node, name: str) -> str:
    """Return a path in the block of a node."""
    block = node.path.rpartition(".")[0]
    return f"{block}.{name}" if block else name


def users(root: Node) -> dict[Node, list[Node]]:
    """Return, for each node, the nodes that take its output."""
    found: dict[Node, list[Node]] = {}
    for node in walk(root):
        found.setdefault(node, [])
        for before in node.inputs:
            found[before].append(node)
    return found


def only_user(node: Node, used: Mapping[Node, list[Node]]) -> Node | None:
    """Return the only node that takes this one's output; None if there are several, or none."""
    return used[node][0] if len(used[node]) == 1 else None


def norm_and_activation(conv: Node, used: Mapping[Node, list[Node]]) -> tuple[Node, ...]:
    """Return the batch norm and the activation that follow a convolution and serve it alone: both, one, or none."""
    found: list[Node] = []
    for kind in (BatchNorm, Activation):
        after = only_user(found[-1] if found else conv, used)
        if after and isinstance(after.layer, kind):
            found.append(after)
    return tuple(found)


def same_norm_and_activation(x: Node, conv: Node, used: Mapping[Node, list[Node]]) -> Node:
    """Return a new convolution's output, normalised and activated as the old convolution's is."""
    name = x.path
    for after in norm_and_activation(conv, used):
        x = after.layer(x, name=f"{name}_{after.layer.label}")
    return x
