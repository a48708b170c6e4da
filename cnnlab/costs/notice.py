"""The notice of a network: a sentence on its costs, computed from the shown graph."""

from collections.abc import Callable, Iterable, Sized

from cnnlab.costs.table import Totals
from cnnlab.graph import (
    Add,
    Concatenate,
    Conv,
    Dense,
    DepthwiseConv,
    GlobalPool,
    Node,
    Opaque,
    example,
    named,
    pair,
    skips,
)
from cnnlab.units import capitalised, count, percent

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def notice(root: Node, title: str) -> str:
    """Return one or two sentences on which layers hold a network's parameters and MACs."""
    unknown = sum(isinstance(node.layer, Opaque) for node in named(root).values())
    if unknown:
        return (
            f"{capitalised(_count(range(unknown), 'layer'))} {'is' if unknown == 1 else 'are'} not understood, so "
            f"{title} has at least the parameters and MACs shown."
        )
    return capitalised(_standing_out(root, title))


def costs_line(root: Node, totals: Totals) -> str:
    """Return a network's totals in a line: parameters, MACs of one input, depth."""
    least = "at least " if totals.at_least else ""
    return (
        f"{least}{count(totals.params, 'parameter')}, {least}{count(totals.macs, 'MAC')} ({example(root)}); "
        f"depth {totals.depth}"
    )


def _standing_out(root: Node, title: str) -> str:
    nodes = list(named(root).values())
    kinds = {type(node.layer) for node in nodes}
    dense = [node for node in nodes if isinstance(node.layer, Dense)]
    stored = [node for node in dense if not node.weights_of]  # a layer that is used twice is one layer
    ones = [node for node in nodes if _is_pointwise(node)]
    if _params(dense) > 0.5 * _params(nodes) and _macs(dense) < 0.5 * _macs(nodes):
        return (
            f"{_share(_params, dense, nodes)} of {title}'s parameters are in {_count(stored, 'dense layer')} that "
            f"{'do' if len(stored) > 1 else 'does'} {_share(_macs, dense, nodes)} of its MACs."
        )
    if DepthwiseConv in kinds:
        return _depthwise(nodes, title)
    if Add in kinds and skips(nodes):
        return _skips(nodes, title)
    if Concatenate in kinds and ones:
        return _pointwise(nodes, ones, title)
    if _averages_one_map_a_class(nodes):
        return (
            f"{title} has no dense layer: its last convolution makes one map per class, and global average pooling "
            f"turns each map into a score, without parameters."
        )
    return _first_and_last(nodes, title)


def _depthwise(nodes: list[Node], title: str) -> str:
    depthwise = [node for node in nodes if isinstance(node.layer, DepthwiseConv)]
    ones = [node for node in nodes if _is_pointwise(node) and node.shape[:2] != (1, 1)]
    text = (
        f"{title}'s {_count(depthwise, 'depthwise convolution')} {'do' if len(depthwise) > 1 else 'does'} "
        f"{_share(_macs, depthwise, nodes)} of its MACs"
    )
    if not ones:
        return f"{text}."
    mix = "convolutions that mix the channels do" if len(ones) > 1 else "convolution that mixes the channels does"
    return f"{text}; the 1×1 {mix} {_share(_macs, ones, nodes)}."


def _skips(nodes: list[Node], title: str) -> str:
    found = skips(nodes)
    learned = [skip.own for skip in found if _params(skip.own)]
    text = f"In {title}, {_count(found, 'skip connection')} "
    text += "each go around one block; " if len(found) > 1 else "goes around one block; "
    if not learned:
        return text + ("together they have" if len(found) > 1 else "it has") + " no parameters."
    inside = [node for own in learned for node in own]
    costs = f"{_share(_params, inside, nodes)} of the parameters and {_share(_macs, inside, nodes)} of the MACs."
    if len(learned) == len(found):
        return text + ("each has a projection, together with " if len(found) > 1 else "it has a projection, ") + costs
    need = "do they need weights" if len(found) > 1 else "does it need weights"
    return text + f"only where the shape changes {need}: {_count(learned, 'projection')} with {costs}"


def _pointwise(nodes: list[Node], ones: list[Node], title: str) -> str:
    convs = [node for node in nodes if isinstance(node.layer, Conv)]
    thinner = [node for node in ones if node.shape[2] < node.input_shapes[0][2]]
    many = len(ones) > 1
    text = f"{len(ones)} of {title}'s {len(convs)} convolutions {'are' if many else 'is'} 1×1. "
    if len(ones) == len(convs):
        text = (
            f"{'Both' if len(ones) == 2 else f'All {len(ones)}'} convolutions of {title} are 1×1. "
            if many
            else f"{title}'s only convolution is 1×1. "
        )
    text += f"{'They do' if many else 'It does'} {_share(_macs, ones, nodes)} of its MACs"
    if not thinner:
        return f"{text}."
    if len(thinner) == len(ones):
        return f"{text}; {'all of them have' if many else 'it has'} fewer output than input channels."
    return f"{text}; {len(thinner)} of them {'have' if len(thinner) > 1 else 'has'} fewer output than input channels."


def _averages_one_map_a_class(nodes: list[Node]) -> bool:
    """Return whether the last layer that multiplies is a convolution whose maps are averaged into the scores."""
    weighted = [place for place, node in enumerate(nodes) if node.macs]
    if not weighted or not isinstance(nodes[weighted[-1]].layer, Conv):
        return False
    last, after = nodes[weighted[-1]], [node.layer for node in nodes[weighted[-1] :]]
    averaged = any(isinstance(layer, GlobalPool) and layer.summary == "avg" for layer in after)
    return averaged and nodes[-1].shape == (last.shape[2],) and not any(isinstance(node.layer, Dense) for node in nodes)


def _first_and_last(nodes: list[Node], title: str) -> str:
    """Compare the two halves of the layers that multiply.

    Maps shrink and channels grow, so that mostly the early half works and the late half stores.
    """
    weighted = [node for node in nodes if node.macs]
    half = weighted[: len(weighted) // 2]
    if not weighted:
        return f"{title} does no MACs: it has no convolution and no dense layer."
    if not half:
        return f"In {title}, one layer does all the MACs."
    several = len(half) > 1
    first = f"the first {len(half)} of the" if several else "the first of the"
    return (
        f"In {title}, {first} {len(weighted)} layers that multiply {'do' if several else 'does'} "
        f"{_share(_macs, half, nodes)} of the MACs and {'hold' if several else 'holds'} "
        f"{_share(_params, half, nodes)} of the parameters{_why(half, weighted, nodes)}."
    )


def _why(half: list[Node], weighted: list[Node], nodes: list[Node]) -> str:
    """Return the usual reason, where the first half of a network has most MACs and the second most parameters.

    The reason is one of feature maps: without them in both halves it is none.
    """
    maps = all(any(_has_map(node) for node in part) for part in (half, weighted[len(half) :]))
    usual = maps and _macs(half) > 0.5 * _macs(nodes) and _params(half) < 0.5 * _params(nodes)
    return ": large maps cost MACs, many channels cost parameters" if usual else ""


def _has_map(node: Node) -> bool:
    return len(node.shape) == 3 and node.shape[:2] != (1, 1)


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
