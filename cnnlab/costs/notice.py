"""The notice of a network: a sentence on its costs, computed from the shown graph."""

from collections.abc import Callable, Iterable, Sized

from cnnlab.graph import Add, Concatenate, Conv, Dense, DepthwiseConv, GlobalPool, Node, named, pair, skips
from cnnlab.units import capitalised, percent

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def notice(root: Node, title: str) -> str:
    """Return one or two sentences on which layers hold a network's parameters and MACs."""
    return capitalised(_standing_out(root, title))


def _standing_out(root: Node, title: str) -> str:
    nodes = list(named(root).values())
    kinds = {type(node.layer) for node in nodes}
    dense = [node for node in nodes if isinstance(node.layer, Dense)]
    if _params(dense) > 0.5 * _params(nodes) and _macs(dense) < 0.5 * _macs(nodes):
        return (
            f"{_share(_params, dense, nodes)} of {title}'s parameters sit in {_count(dense, 'dense layer')} that "
            f"{'do' if len(dense) > 1 else 'does'} {_share(_macs, dense, nodes)} of its MACs."
        )
    if DepthwiseConv in kinds:
        return _depthwise(nodes, title)
    if Add in kinds:
        return _skips(nodes, title)
    if Concatenate in kinds:
        ones = [node for node in nodes if _is_pointwise(node)]
        convs = [node for node in nodes if isinstance(node.layer, Conv)]
        return (
            f"{len(ones)} of {title}'s {len(convs)} convolutions are 1×1. They do {_share(_macs, ones, nodes)} of its "
            f"MACs and keep the larger kernels affordable."
        )
    if GlobalPool in kinds and not dense:
        return (
            f"{title} has no dense layer: its last convolution makes one map a class and global average pooling turns "
            f"each map into a score, without a single parameter."
        )
    return _first_and_last(nodes, title)


def _depthwise(nodes: list[Node], title: str) -> str:
    depthwise = [node for node in nodes if isinstance(node.layer, DepthwiseConv)]
    ones = [node for node in nodes if _is_pointwise(node) and node.shape[:2] != (1, 1)]
    return (
        f"{title}'s {_count(depthwise, 'depthwise convolution')} {'do' if len(depthwise) > 1 else 'does'} "
        f"{_share(_macs, depthwise, nodes)} of its MACs; the 1×1 convolutions that mix the channels do "
        f"{_share(_macs, ones, nodes)}."
    )


def _skips(nodes: list[Node], title: str) -> str:
    found = skips(nodes)
    learned = [skip.own for skip in found if _params(skip.own)]
    text = (
        f"In {title}, {_count(found, 'skip connection')} {'let' if len(found) > 1 else 'lets'} the signal pass around "
    )
    text += f"{'every block' if len(found) > 1 else 'a block'}; "
    if not learned:
        return text + "together they hold not a single parameter."
    inside = [node for own in learned for node in own]
    return text + (
        f"only where the shape changes do they need weights: {_count(learned, 'projection')} with "
        f"{_share(_params, inside, nodes)} of the parameters and {_share(_macs, inside, nodes)} of the MACs."
    )


def _first_and_last(nodes: list[Node], title: str) -> str:
    """Compare the two halves of the layers that multiply.

    Maps shrink and channels grow, so that the early half works and the late half stores.
    """
    weighted = [node for node in nodes if node.macs]
    half = weighted[: len(weighted) // 2]
    if not half:
        return f"{title} has {'one layer' if weighted else 'no layer'} that multiplies and accumulates."
    return (
        f"In {title}, the first half of the {len(weighted)} layers with weights does {_share(_macs, half, nodes)} of "
        f"the MACs and holds {_share(_params, half, nodes)} of the parameters: large maps cost work, many "
        "channels cost memory."
    )


def _is_pointwise(node: Node) -> bool:
    return isinstance(node.layer, Conv) and pair(node.layer.kernel) == (1, 1)


def _params(nodes: Iterable[Node]) -> int:
    return sum(sum(node.params) for node in nodes)


def _macs(nodes: Iterable[Node]) -> int:
    return sum(node.macs for node in nodes)


def _share(measure: Callable[[Iterable[Node]], int], part: list[Node], whole: list[Node]) -> str:
    return percent(measure(part), measure(whole))


def _count(nodes: Sized, noun: str) -> str:
    number = len(nodes)
    return f"{NUMBERS[number] if number < len(NUMBERS) else number} {noun}{'s' if number != 1 else ''}"
