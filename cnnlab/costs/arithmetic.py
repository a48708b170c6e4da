"""The arithmetic of one layer of a graph with its receptive field, and the meaning of letters in formulas."""

import re
from collections.abc import Iterable

from cnnlab import graph
from cnnlab.costs.equation import Equation
from cnnlab.costs.formulas import layer_equations
from cnnlab.costs.receptive import Field, receptive_fields
from cnnlab.graph import Node, named

SYMBOLS = {
    "n": "side of the map that arrives",
    "f": "side of the window",
    "f₁": "height of the window",
    "f₂": "width of the window",
    "s": "stride",
    "p": "padding on each side",
    "c": "channels that arrive",
    "k": "filters",
    "g": "groups",
    "m": "filters a channel",
    "d": "dilation",
    "q": "positions along a side",
    "r": "receptive field before this layer",
    "j": "pixels between neighbours before it",
}
"""The meaning of each letter in formulas."""


def symbols(equations: Iterable[Equation]) -> dict[str, str]:
    """Return the letters that occur in these formulas, with their meaning."""
    text = " ".join(equation.formula for equation in equations)
    return {letter: meaning for letter, meaning in SYMBOLS.items() if re.search(rf"(?<!\w){letter}(?!\w)", text)}


def explain(root: Node, name: str) -> tuple[Equation, ...]:
    """Return the arithmetic of the layer of that name. Raises ``ValueError`` for a name the graph does not have."""
    nodes = named(root)
    if name not in nodes:
        raise ValueError(f"this network has no layer {name[:60]!r}")
    node = nodes[name]
    return (*layer_equations(node), *_field_equations(node, receptive_fields(nodes.values())))


def _field_equations(node: Node, fields: dict[Node, Field]) -> tuple[Equation, ...]:
    what, field, reach = "Receptive field", fields[node], node.layer.reach(node.input_shapes)
    seen = f"{field.height}×{field.width}"
    if not node.inputs:
        return ()
    if node.layer.gates:
        why = "That of the map. The gate saw the whole image, but adds only one factor a channel; tables leave it out."
        return (Equation(what, "unchanged", "", seen, why),)
    if len(node.inputs) > 1:
        return (
            Equation(what, "largest of the inputs", "", seen, "Where branches meet, the one that saw most counts."),
        )
    before = fields[node.inputs[0]]
    if before.step is None:
        return (Equation(what, "unchanged", "", seen, "The whole map was summarised before this layer."),)
    if reach == graph.POINT:
        return (Equation(what, "unchanged", "", seen, "Each number looks at its own position only."),)
    if reach is None:
        # The map may have been flattened since; what the window added tells how many positions there were.
        rows = [
            (side, r, (result - r) // j + 1, j, 1, result)
            for side, r, j, result in zip(("height", "width"), before[:2], before.step, field[:2], strict=True)
        ]
        return _field_lines(rows, 1, "All positions of the map are seen at once.", "q")
    sides = zip(("height", "width"), before[:2], reach.window, before.step, reach.stride, field[:2], strict=True)
    return _field_lines(list(sides), reach.dilation, "", "f")


def _field_lines(
    rows: list[tuple[str, int, int, int, int, int]], dilation: int, note: str, window: str
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
