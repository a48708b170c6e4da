"""The arithmetic of a node: that of its layer, with shared or frozen weights; and of layers that only imports have."""

from dataclasses import replace

from cnnlab import graph
from cnnlab.costs.equation import MACS, NOT_COUNTED, PARAMETERS, Equation, same_shape
from cnnlab.costs.formulas import equations_of
from cnnlab.graph import Node, Shape
from cnnlab.units import full


def layer_equations(node: Node) -> tuple[Equation, ...]:
    """Return how output size, parameters and MACs of one node are computed."""
    found = equations_of(node.layer, node.input_shapes, node.shape)
    if node.weights_of is not None:
        note = f"It uses the weights of {node.weights_of.path}, which are counted there."
        shared = Equation(PARAMETERS, "shared", "", "0", note)
        return tuple(shared if equation.what == PARAMETERS else equation for equation in found)
    if node.frozen:
        return tuple(
            replace(each, note=f"{each.note} Frozen: training leaves them as they are.".strip())
            if each.what == PARAMETERS
            else each
            for each in found
        )
    return found


@equations_of.register
def _(layer: graph.Counted, inputs: tuple[Shape, ...], output: Shape) -> tuple[Equation, ...]:
    found = [same_shape(output)]
    for what, part, note in (
        (PARAMETERS, layer.stored, ""),
        (PARAMETERS, layer.fixed, "They are not trainable."),
        (MACS, layer.multiplied, ""),
    ):
        if part:
            found.append(Equation(what, part.formula, part.numbers, full(part.value), note, layer.letters))
    if not layer.stored and not layer.fixed:
        found.append(Equation(PARAMETERS, "none", "", "0"))
    if not layer.multiplied:
        found.append(NOT_COUNTED)
    return tuple(found)


@equations_of.register
def _(layer: graph.Opaque, inputs: tuple[Shape, ...], output: Shape) -> tuple[Equation, ...]:
    stored = sum(layer.weights)
    return (
        same_shape(output),
        Equation(PARAMETERS, "as stored", "", full(stored), "The file stores these numbers.")
        if stored
        else Equation(PARAMETERS, "unknown", "", "0", "CNN Lab does not know this layer: nothing is counted."),
        Equation(MACS, "unknown", "", "0", "CNN Lab does not know what this layer computes: its MACs are not counted."),
    )
