"""The arithmetic of one layer of a graph with its receptive field, and the meaning of letters in formulas."""

import re
from collections.abc import Iterable
from fractions import Fraction

from cnnlab import graph
from cnnlab.costs.equation import Equation
from cnnlab.costs.node_equations import layer_equations
from cnnlab.costs.receptive import Field, receptive_fields
from cnnlab.graph import Node, named

SYMBOLS = {
    "n": "side of the input map",
    "f": "side of the window",
    "f₁": "height of the window",
    "f₂": "width of the window",
    "s": "stride",
    "p": "padding on each side",
    "c": "input channels",
    "k": "filters",
    "g": "groups",
    "m": "filters a channel",
    "d": "dilation",
    "q": "positions along a side",
    "r": "receptive field before this layer",
    "j": "pixels between neighbours before this layer",
}
"""The meaning of each letter in formulas, unless a layer has its own."""


def symbols(equations: Iterable[Equation]) -> dict[str, str]:
    """Return the letters that occur in these formulas, with their meaning."""
    found = list(equations)
    text = " ".join(equation.formula for equation in found)
    meanings = dict(SYMBOLS)
    for equation in found:
        meanings |= dict(equation.letters)
    return {letter: meaning for letter, meaning in meanings.items() if re.search(rf"(?<!\w){letter}(?!\w)", text)}


def explain(root: Node, name: str) -> tuple[Equation, ...]:
    """Return the arithmetic of the layer of that name. Raises ``ValueError`` for a name the graph does not have."""
    nodes = named(root)
    if name not in nodes:
        raise ValueError(f"this network has no layer {name[:60]!r}")
    node = nodes[name]
    return (*layer_equations(node), *_field_equations(node, receptive_fields(nodes.values())))


def _field_equations(node: Node, fields: dict[Node, Field | None]) -> tuple[Equation, ...]:
    what, field, reach = "Receptive field", fields[node], node.reach
    arrived = [found for found in map(fields.__getitem__, node.inputs) if found]
    if not node.inputs:
        return ()
    if field is None:
        return (Equation(what, "none", "", "none", "No image leads to this layer."),)
    seen = f"{'at most ' if field.at_most else ''}{field.height}×{field.width}"
    if field.at_most and not any(before.at_most for before in arrived):
        return (Equation(what, "the whole map or a part of it", "", seen, _bound(node)),)
    if len(arrived) > 1:
        return (_joined(node, field, arrived, seen),)
    before = arrived[0]
    if reach is None and before.at_most:
        return (Equation(what, "the whole map", "", seen, "It reads all positions of the map."),)
    if before.step is None:
        reads = "may already read" if before.at_most else "already reads"
        return (Equation(what, "unchanged", "", seen, f"An earlier layer {reads} the whole map."),)
    if reach == graph.POINT:
        return (Equation(what, "unchanged", "", seen, "Each number depends on its own position only."),)
    r, j, result = before[:2], before.step, field[:2]
    # How many positions a side has: a vector does not say how many its map had, but the window that was added does.
    windows = (
        [(after - side) // step + 1 if step else None for after, side, step in zip(result, r, j, strict=True)]
        if reach is None
        else [span.window for span in reach]
    )
    strides = [1, 1] if reach is None else [span.stride for span in reach]
    dilation = 1 if reach is None else reach.height.dilation
    rows = list(zip(("height", "width"), r, windows, j, strides, result, strict=True))
    if not all(
        f and isinstance(step, int) and side + (f - 1) * dilation * step == after for _, side, f, step, _, after in rows
    ):
        why = "Positions of this map depend on different numbers of pixels. This is the largest."
        return (Equation(what, "counted position by position", "", seen, why),)
    if reach is None:
        return _field_lines(rows, 1, "It reads all positions of the map.", "q")
    if reach.height.shifts and reach.width.shifts:
        return (Equation(what, "unchanged", "", seen, "Positions move; each depends on the same pixels as before."),)
    return _field_lines(rows, dilation, "", "f")


def _bound(node: Node) -> str:
    """Return why a node's field is an upper bound where those of its inputs are not."""
    if isinstance(node.layer, graph.Opaque):
        return "CNN Lab does not know what this layer computes. It reads no more than the whole map."
    return "Numbers of different positions are mixed here. A number depends on no more than the whole map."


def _joined(node: Node, field: Field, arrived: list[Field], seen: str) -> Equation:
    what = "Receptive field"
    if node.layer.gates and field.step and not all(before.step for before in arrived):
        why = (
            "That of the map. The gate depends on the whole image, but it is one factor per channel; published tables "
            "leave it out."
        )
        return Equation(what, "unchanged", "", seen, why)
    if field[:2] == (max(before.height for before in arrived), max(before.width for before in arrived)):
        return Equation(what, "largest of the inputs", "", seen, "Where branches meet, the largest field counts.")
    why = "The branches depend on different parts of the image. The field goes from the first pixel to the last."
    return Equation(what, "all inputs together", "", seen, why)


def _field_lines(
    rows: list[tuple[str, int, int | None, int | Fraction, int, int]], dilation: int, note: str, window: str
) -> tuple[Equation, ...]:
    """Return one line if height and width are equal, otherwise two.

    A row is side, r, window, j, stride, result.
    """
    if rows[0][1:] == rows[1][1:]:
        rows = [("", *rows[0][1:])]
    spread, symbol = (f" × {dilation}", "d × ") if dilation > 1 else ("", "")
    return tuple(
        Equation(
            f"Receptive field {side}".strip(),
            f"r + ({window} − 1) × {symbol}j",
            f"{r} + ({f} − 1){spread} × {j}",
            str(result),
            note
            or f"Neighbours before this layer are j = {j} pixels apart"
            + (f"; after its stride of {s}, {j * s}." if s > 1 else "."),
        )
        for side, r, f, j, s, result in rows
    )
