"""Translates operations whose numbers are in weight files that were not given, where shapes say what they must be."""

from dataclasses import replace

from cnnlab.backends.imported.fields import clean
from cnnlab.backends.imported.graph_models.rewriting import OWN
from cnnlab.backends.imported.onnx_models.walking import TRANSLATORS, Operation, UnknownError, Value, translates


@translates(f"{OWN}Concat")
def _(operation: Operation) -> list[Value]:
    shapes = [operation.shape(place) for place in range(len(operation.inputs))]
    rank = len(shapes[0])
    if any(len(shape) != rank for shape in shapes):
        raise UnknownError
    unequal = [axis for axis in range(rank) if len({shape[axis] for shape in shapes}) > 1]
    if len(unequal) > 1:
        raise UnknownError
    if not unequal:
        _assume(operation, "joins its inputs by their channels")
    return _as(operation, "Concat", axis=unequal[0] if unequal else rank - 1)


@translates(f"{OWN}Reduce")
def _(operation: Operation) -> list[Value]:
    axes = operation.weight(1).size
    if len(operation.shape()) != 4 or axes != 2:
        raise UnknownError
    _assume(operation, "takes height and width together")
    op = str(operation.node.settings["op"])
    alone = replace(operation, inputs=operation.inputs[:1])
    return _as(alone, op, axes=[1, 2], keepdims=operation.whole("keepdims", 0))


def _as(operation: Operation, op: str, **settings: object) -> list[Value]:
    return TRANSLATORS[op](replace(operation, node=replace(operation.node, op=op, settings=settings)))


def _assume(operation: Operation, what: str) -> None:
    """Note what is taken for granted, since the axes are in a file that was not given."""
    operation.write.assumed.setdefault(what, []).append(clean(operation.node.name))
