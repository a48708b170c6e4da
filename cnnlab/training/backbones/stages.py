"""Stages of a model, from the pixels to the last map: layers that are unfrozen together in fine-tuning."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from cnnlab.training.backbones.graphs import narrow

HALVED = 0.6  # of a side: less than that, and a new stage begins. Valid windows take a pixel or two, strides a half


@dataclass(frozen=True)
class Stage:
    """Layers that work on maps of about one size, in order. Depth 1 unfreezes the last stage, 2 the last two.

    ``params`` are all its parameters, ``trained`` those that fine-tuning changes: batch norms stay as they are.
    """

    layers: tuple[str, ...]
    side: int
    params: int
    trained: int


def stages(model: Any) -> tuple[Stage, ...]:
    """Return the stages of a functional Keras model without its head, the deepest last.

    A new one begins where every path through the network passes a map of about half the side.
    """
    found: list[Stage] = []
    first: Stage | None = None  # what comes before anything that can be trained: the preprocessing
    for names, side in _parts(model):
        layers = [model.get_layer(name) for name in names]
        part = Stage(names, side, sum(each.count_params() for each in layers), sum(map(_trained, layers)))
        if found and (side > HALVED * found[-1].side or not part.trained):
            found[-1] = _joined(found[-1], part)
        elif part.trained:
            found.append(replace(_joined(first, part), side=side) if first else part)
            first = None
        else:
            first = _joined(first, part) if first else part
    return tuple(found)


def _joined(first: Stage, more: Stage) -> Stage:
    return Stage(first.layers + more.layers, first.side, first.params + more.params, first.trained + more.trained)


def _parts(model: Any) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield the layers between two that every path passes, with the side of the map there, in order."""
    edges = _edges(model)
    layers = {layer.name for layer in model.layers}
    names: list[str] = []
    side = model.input_shape[1]
    passed = set(narrow(edges))
    for name in edges:
        if name not in layers:  # an operation, such as turning red, green, blue into blue, green, red
            continue
        names.append(name)
        if name in passed:
            shape = model.get_layer(name).output.shape
            side = shape[1] if len(shape) == 4 else side
            yield tuple(names), side
            names = []
    if names:
        yield tuple(names), side


def _edges(model: Any) -> dict[str, list[str]]:
    """Return the inputs of each layer, in order of execution, from the model's configuration."""
    return {each["name"]: list(dict.fromkeys(_origins(each["inbound_nodes"]))) for each in model.get_config()["layers"]}


def _origins(found: Any) -> Iterator[str]:
    if isinstance(found, Mapping):
        if "keras_history" in found:
            yield found["keras_history"][0]
        else:
            for inner in found.values():
                yield from _origins(inner)
    elif isinstance(found, list | tuple):
        for inner in found:
            yield from _origins(inner)


def _trained(layer: Any) -> int:
    import keras

    kept = isinstance(layer, keras.layers.BatchNormalization | keras.layers.Normalization)
    return 0 if kept else int(layer.count_params())  # whether or not it is frozen now


def unfrozen(found: Sequence[Stage]) -> tuple[int, ...]:
    """Return how many parameters fine-tuning changes at depth 0, 1, 2 … all."""
    return tuple(accumulate((stage.trained for stage in reversed(found)), initial=0))


def last_layers(found: Sequence[Stage], depth: int) -> tuple[str, ...]:
    """Return the names of the layers of the last ``depth`` stages, or of all, in order."""
    return tuple(name for stage in found[max(0, len(found) - depth) :] for name in stage.layers)
