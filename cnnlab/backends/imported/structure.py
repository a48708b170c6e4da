"""Reads how the layers of a Keras model are connected: the calls of its layers, in order.

Keras 3 writes a call as ``{"args": …, "kwargs": …}`` with tensors inside, Keras 2 as ``[[layer, call, output, …], …]``.
Both name a tensor by the layer, and the number of the call, that made it.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cnnlab.backends.imported.fields import MOST_SIDE, abbreviated, clean
from cnnlab.backends.imported.words import MisfitError
from cnnlab.graph import Shape
from cnnlab.knobs.image_size import FixedSideError, ImageSize, Sides

MOST_LAYERS = 5000  # uses of layers, models inside models unrolled; NASNet-Large has 1,500
MOST_JOINED = 500  # tensors that one call takes
MOST_SIDES = 6  # of a shape, without the batch

Tensor = tuple[str, int, int]
"""A layer's name, which of its calls, and which of that call's outputs."""
CallKey = tuple[str, int]


@dataclass(slots=True)
class Call:
    """One use of a layer. ``given`` are its arguments as the file has them, for operations."""

    layer: dict[str, Any]
    name: str
    tensors: list[Tensor] = field(default_factory=list)
    given: object = None


@dataclass(slots=True)
class Structure:
    """A functional model: its calls, their order, its ends, and the shapes of tensors as far as the file has them."""

    calls: dict[CallKey, Call]
    order: list[CallKey]
    inputs: list[Tensor]
    outputs: list[Tensor]
    shapes: dict[Tensor, Shape]
    taken: dict[CallKey, int]  # of each call, up to which output others take it


def is_model(layer: dict[str, Any]) -> bool:
    """Return whether a layer is a model with layers of its own."""
    return isinstance(layer["config"].get("layers"), list)


def is_functional(layer: dict[str, Any]) -> bool:
    """Return whether a model names its outputs; a sequential one is a plain list."""
    return "output_layers" in layer["config"]


def is_new(layer: dict[str, Any]) -> bool:
    """Return whether Keras 3 wrote a layer, whose calls are objects; those of Keras 2 are lists."""
    calls = layer.get("inbound_nodes")
    return isinstance(calls, list) and any(isinstance(call, dict) for call in calls)


def layers_of(model: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a model's layers, each checked. Raises ``ValueError`` for a model whose structure is not in the file."""
    found, name = model["config"].get("layers"), clean(name_of(model))
    if not isinstance(found, list):
        raise ValueError(
            f"‘{name}’ is a {clean(str(model.get('class_name')), 40)}, whose structure is Python code that is never "
            "executed here; build it as a Functional or Sequential model"
        )
    if len(found) > MOST_LAYERS:
        raise ValueError(f"this model has more than {MOST_LAYERS:,} layers; no network here is as large")
    for place, layer in enumerate(found, 1):
        match layer:
            case {"class_name": str(), "config": dict()}:
                continue
        raise MisfitError(f"layer {place} of model ‘{name}’ has no class or no settings")
    return found


def name_of(layer: dict[str, Any]) -> str:
    """Return the name by which calls refer to the layer."""
    for name in (layer.get("name"), layer["config"].get("name")):
        if isinstance(name, str) and name:
            return name
    return str(layer.get("class_name"))


def structure(model: dict[str, Any]) -> Structure:
    """Read a functional model.

    Raises ``ValueError`` for connections that are malformed, lead nowhere, or form a circle.
    """
    title = clean(name_of(model))
    calls: dict[CallKey, Call] = {}
    shapes: dict[Tensor, Shape] = {}
    names: set[str] = set()
    for layer in layers_of(model):
        name, inbound = name_of(layer), layer.get("inbound_nodes", [])
        if name in names:
            raise ValueError(f"two layers of model ‘{title}’ are named ‘{clean(name)}’; rename one of them")
        names.add(name)
        if not isinstance(inbound, list) or len(inbound) > MOST_LAYERS:
            raise MisfitError(f"layer ‘{clean(name)}’: its calls must be a list of at most {MOST_LAYERS:,}")
        if layer["class_name"] == "InputLayer":
            calls[name, 0] = Call(layer, name)
            continue
        for number, each in enumerate(inbound):
            call = calls[name, number] = Call(layer, name, given=each)
            for found, shape in tensors_of(each, clean(name)):
                call.tensors.append(found)
                if shape:
                    shapes[found] = shape
            built = layer.get("build_config")
            if len(call.tensors) == 1 and isinstance(built, dict):
                # Keras 2 writes no shapes of tensors; the next layer says what it was built for.
                found_shape = fixed(built.get("input_shape"))
                if found_shape:
                    shapes.setdefault(call.tensors[0], found_shape)
            if not 0 < len(call.tensors) <= MOST_JOINED:
                raise MisfitError(
                    f"layer ‘{clean(name)}’ must take 1 to {MOST_JOINED} inputs and gets {len(call.tensors)}"
                )
    config = model["config"]
    inputs, outputs = _ends(config.get("input_layers"), title), _ends(config["output_layers"], title)
    _renumber(calls, outputs)
    for end in (*inputs, *outputs):
        if end[:2] not in calls:
            raise MisfitError(f"model ‘{title}’ begins or ends at ‘{clean(end[0])}’, which it does not have")
    taken: dict[CallKey, int] = {}
    for name, number, place in (*(each for call in calls.values() for each in call.tensors), *outputs):
        taken[name, number] = max(taken.get((name, number), 1), min(place + 1, MOST_JOINED))
    return Structure(calls, _in_order(calls, title), inputs, outputs, shapes, taken)


def _renumber(calls: dict[CallKey, Call], outputs: list[Tensor]) -> None:
    """Number every layer's calls from 0, in all tensors.

    Keras counts the model itself as its own first call, though it does not write that call down: Keras 2 wherever a
    tensor is named (but not for some sequential models), Keras 3 for functional models where outputs are named.
    """
    models = {call.name: call.layer for call in calls.values() if is_model(call.layer)}
    named = [each for call in calls.values() for each in call.tensors]
    zeros = {name for name, number, _ in (*named, *outputs) if number == 0}
    old = {name for name, layer in models.items() if not is_new(layer) and name not in zeros}
    new = {name for name, layer in models.items() if is_new(layer) and is_functional(layer)}
    for tensors, counted in [*((call.tensors, old) for call in calls.values()), (outputs, old | new)]:
        for place, (name, number, output) in enumerate(tensors):
            if name in counted and number:
                tensors[place] = name, number - 1, output


def tensors_of(value: Any, layer: str) -> Iterator[tuple[Tensor, Shape | None]]:
    """Yield the tensors of a call in order. Recursion is bounded by the document's depth."""
    if isinstance(value, dict):
        config = value.get("config")
        if value.get("class_name") == "__keras_tensor__" and isinstance(config, dict):
            yield _tensor(config.get("keras_history"), layer), fixed(config.get("shape"))
        elif "class_name" not in value:  # otherwise an array or a settings object, no tensor
            for each in value.values():
                yield from tensors_of(each, layer)
    elif isinstance(value, list):
        match value:
            case [str(name), int(), int(), *more]:
                if name != "_CONSTANT_VALUE":
                    yield _tensor(value[:3], layer), None
                yield from tensors_of(more, layer)
            case _:
                for each in value:
                    yield from tensors_of(each, layer)


def _tensor(value: object, layer: str) -> Tensor:
    match value:
        case [str(name), int(call), int(output)] if call >= 0 and output >= 0:
            return name, call, output
    raise MisfitError(f"‘{layer}’: a connection must be a layer's name and two numbers, not {abbreviated(value)}")


def _ends(value: object, model: str) -> list[Tensor]:
    """Return the inputs or outputs of a model: one reference, or lists or dictionaries of references."""
    match value:
        case [str(), _, _]:
            return [_tensor(value, model)]
        case list():
            return [each for part in value for each in _ends(part, model)]
        case dict():
            return [each for part in value.values() for each in _ends(part, model)]
    raise MisfitError(f"model ‘{model}’: inputs and outputs must be connections, not {abbreviated(value)}")


def _in_order(calls: dict[CallKey, Call], model: str) -> list[CallKey]:
    """Return the calls, each after those it needs."""
    waiting: dict[CallKey, int] = {}
    users: dict[CallKey, list[CallKey]] = {key: [] for key in calls}
    for key, call in calls.items():
        needed = {each[:2] for each in call.tensors}
        for before in needed:
            if before not in users:
                raise MisfitError(
                    f"layer ‘{clean(call.name)}’ takes the output of ‘{clean(before[0])}’, call {before[1]}, which "
                    f"model ‘{model}’ does not have; the file is incomplete"
                )
            users[before].append(key)
        waiting[key] = len(needed)
    ready, order = deque(key for key, count in waiting.items() if not count), []
    while ready:
        order.append(key := ready.popleft())
        for user in users[key]:
            waiting[user] -= 1
            if not waiting[user]:
                ready.append(user)
    if len(order) < len(calls):
        stuck = next(key for key, count in waiting.items() if count)
        raise ValueError(f"layer ‘{clean(stuck[0])}’ takes its own output as input; a network has no cycles")
    return order


def fixed(value: object) -> Shape | None:
    """Return the shape without the batch in front; None unless every side is given."""
    if not isinstance(value, list) or not 2 <= len(value) <= MOST_SIDES + 1:
        return None
    sides = tuple(value[1:])
    return sides if all(type(side) is int and 0 < side <= 10**9 for side in sides) else None


def input_shape(layer: dict[str, Any], name: str, open_size: ImageSize) -> tuple[Shape, bool]:
    """Return the shape of an input, and whether the file leaves its height or width open.

    Raises ``ValueError`` for a shape that no input has, and for a size that it cannot have.
    """
    config = layer["config"]
    value = next((config[key] for key in ("batch_shape", "batch_input_shape") if config.get(key) is not None), None)
    if not isinstance(value, list) or not 2 <= len(value) <= MOST_SIDES + 1:
        problem = "too many sides" if isinstance(value, list) and len(value) > 1 else "no shape"
        raise ValueError(
            f"input ‘{clean(name)}’ has {problem}; give it 1 to {MOST_SIDES} sides after the batch, such as height, "
            "width and channels"
        )
    *sizes, channels = value[1:]
    if channels is None and sizes:
        raise ValueError(f"input ‘{clean(name)}’ does not fix its number of channels; give it when the model is made")
    for side in (*sizes, channels):
        if side is not None and (type(side) is not int or not 0 < side <= (MOST_SIDE if sizes else 10**9)):
            given = f"{side:,}" if type(side) is int and abs(side) < 10**15 else abbreviated(side)
            raise MisfitError(
                f"input ‘{clean(name)}’ has a side of {given}; it must be a whole number from 1 to {MOST_SIDE:,}"
            )
    opened = None in sizes or channels is None
    if not opened:
        return tuple(value[1:]), False
    if not isinstance(open_size, Sides):
        return tuple(open_size if side is None else side for side in value[1:]), opened
    if len(sizes) != 2:
        raise FixedSideError(
            f"input ‘{clean(name)}’ takes no images; give one number for its open sides, not {open_size}"
        )
    for what, side, wanted in zip(("height", "width"), sizes, open_size, strict=True):
        if side not in (None, wanted):
            other = "width" if what == "height" else "height"
            raise FixedSideError(
                f"the file fixes the {what} of ‘{clean(name)}’ at {side}, not at {wanted}; give one number, its {other}"
            )
    return (*open_size, channels), True


def input_of(model: dict[str, Any], layer: dict[str, Any]) -> dict[str, Any]:
    """Return an input for a sequential model without one; its shape is elsewhere in the file.

    Raises ``ValueError`` if it stands nowhere.
    """
    config, built = layer["config"], layer.get("build_config")
    shape = config.get("batch_input_shape") or model["config"].get("build_input_shape")
    if shape is None and isinstance(built, dict):
        shape = built.get("input_shape")
    if shape is None and is_model(layer):
        first = next(iter(layers_of(layer)), None)
        if first is not None:
            return first if first["class_name"] == "InputLayer" else input_of(layer, first)
    if shape is None:
        raise ValueError(
            f"model ‘{clean(name_of(model))}’ has no input shape; call model.build((None, 224, 224, 3)) with the shape "
            "of its images before it is saved"
        )
    return {"class_name": "InputLayer", "config": {"name": "input", "batch_shape": shape}}
