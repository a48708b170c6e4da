"""Builds the graph of an imported model: calls the readers, shares weights, notes unknown layers and settings."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from math import prod
from typing import Any

from cnnlab.backends.imported import channels_first, dispatch
from cnnlab.backends.imported.arithmetic import total
from cnnlab.backends.imported.fields import Fields, NotUnderstoodError, clean, part_names, sectioned
from cnnlab.backends.imported.masks import arrived
from cnnlab.backends.imported.notes import Notes
from cnnlab.backends.imported.operation_calls import arguments
from cnnlab.backends.imported.sequence_layers import at_each_step, further_outputs
from cnnlab.backends.imported.structure import (
    MOST_LAYERS,
    Call,
    Structure,
    fixed,
    input_of,
    input_shape,
    is_functional,
    is_model,
    is_new,
    layers_of,
    name_of,
    structure,
)
from cnnlab.backends.imported.words import MisfitError
from cnnlab.graph import (
    NO_PARAMS,
    Counted,
    DepthwiseConv,
    Input,
    Layer,
    Node,
    Opaque,
    Outputs,
    Params,
    Shape,
    pair,
    times,
    walk,
)
from cnnlab.knobs.image_size import ImageSize
from cnnlab.uploads.documents import DEEPEST

# Per layer, so that sums over the most layers stay below 2⁶³ in every way of counting.
MOST_NUMBERS, MOST_MACS = 10**11, 10**14

MORE = "they are not counted, so parameters and MACs are “at least”."
NOT_COUNTED = "nothing in it is counted, so parameters and MACs are “at least”."
STORED = "its parameters are those that the file stores, and its MACs are not known, so the totals are “at least”."


@dataclass(slots=True)
class Builder:
    """Builds the graph of one file. ``open_size`` stands for a height or width that the file leaves open."""

    open_size: ImageSize
    notes: Notes = field(default_factory=Notes)
    opened: bool = False
    first: bool = False  # whether the file has channels first
    doubtful: dict[Node, str] = field(default_factory=dict)  # nodes whose shape is a guess, with the layer that is why
    layers: int = 0
    weighted: list[Node] = field(default_factory=list)  # every node with weights
    owners: dict[tuple[int, int], Node] = field(default_factory=dict)  # the first use of a layer, part by part
    structures: dict[int, Structure] = field(default_factory=dict)
    shared: dict[int, dict[str, Any]] = field(default_factory=dict)  # layers by Keras' shared_object_id
    inside: dict[int, bool] = field(
        default_factory=dict
    )  # the models being read, by identity; whether each freezes its layers

    def network(self, document: dict[str, Any]) -> Node:
        """Return the whole graph of a model's configuration."""
        self.inside[id(document)] = _freezes(document)
        self.notes.general += document.get("notes", [])
        self.first = document.get("channels_first") is True
        heads = list(dict.fromkeys(self._model(document, (), None)))
        if not heads:
            raise ValueError("this model has no layers; add some and save it again")
        heads += self._unused(heads)
        return heads[0] if len(heads) == 1 else Outputs()(*heads)

    def _unused(self, heads: Sequence[Node]) -> list[Node]:
        """Return further ends of the graph, so that it has each layer whose weights the file stores.

        They are the last layers of a model inside that has outputs which nothing takes.
        """
        reached = set(walk(*heads))
        missing = [node for node in dict.fromkeys(self.weighted) if node not in reached]
        taken = {before for node in walk(*missing) for before in node.inputs}
        return [node for node in missing if node not in taken]

    def _count(self, layers: int) -> None:
        self.layers += layers
        if self.layers > MOST_LAYERS:
            raise ValueError(
                f"this model has more than {MOST_LAYERS:,} layers, models inside it unrolled; no network has"
            )

    def _model(self, model: dict[str, Any], path: tuple[str, ...], arrived: Sequence[Node] | None) -> list[Node]:
        """Return the outputs of a model; ``arrived`` is None for the outermost, whose inputs begin the graph."""
        if is_functional(model):
            return self._functional(model, path, arrived)
        return self._sequential(model, path, arrived)

    def _functional(self, model: dict[str, Any], path: tuple[str, ...], arrived: Sequence[Node] | None) -> list[Node]:
        found = self.structures.get(id(model)) or self.structures.setdefault(id(model), structure(model))
        self._count(len(found.calls))
        given: dict[str, Node] = {}
        if arrived is not None:
            names = [name for name, _, _ in found.inputs]
            if len(names) != len(arrived):
                raise MisfitError(f"model ‘{clean(name_of(model))}’ takes {len(names)} inputs and gets {len(arrived)}")
            given = dict(zip(names, arrived, strict=True))
        results: dict[tuple[str, int], list[Node]] = {}
        for key in found.order:
            call = found.calls[key]
            if call.layer["class_name"] == "InputLayer":
                results[key] = [given.get(call.name) or self._input(call.layer, path)]
                continue
            inputs = [_output(results[each[:2]], each[2], call) for each in call.tensors]
            hints = [found.shapes.get((*key, place)) for place in range(found.taken.get(key, 1))]
            hints[0] = hints[0] or fixed(call.layer.get("shape"))
            results[key] = self._use(call, inputs, path, hints)
        ends = Call(model, name_of(model))
        return [_output(results[end[:2]], end[2], ends) for end in found.outputs]

    def _sequential(self, model: dict[str, Any], path: tuple[str, ...], arrived: Sequence[Node] | None) -> list[Node]:
        layers = layers_of(model)
        self._count(len(layers))
        x = list(arrived or ())
        for place, layer in enumerate(layers):
            if layer["class_name"] == "InputLayer":
                x = x or [self._input(layer, path)]
                continue
            if not x:
                x = [self._input(input_of(model, layer), path)]
            after = layers[place + 1].get("build_config") if place + 1 < len(layers) else None
            hint = fixed(after.get("input_shape")) if isinstance(after, dict) else None
            x = self._use(Call(layer, name_of(layer)), x, path, [hint])
        return x

    def _input(self, layer: dict[str, Any], path: tuple[str, ...]) -> Node:
        name = name_of(layer)
        layer = channels_first.kept_input(layer) if self.first else layer
        shape, opened = input_shape(layer, name, self.open_size)
        if opened:
            self.opened = True
            self.notes.general.append(
                f"The file does not fix the height or width of ‘{clean(name)}’; here images are {times(shape)}."
                if len(shape) == 3
                else f"The file does not fix the length of ‘{clean(name)}’; here inputs are {times(shape)}."
            )
        return self._checked(Input(shape)(name=".".join((*path, clean(name)))))

    def _use(
        self, call: Call, nodes: Sequence[Node], path: tuple[str, ...], hints: Sequence[Shape | None]
    ) -> list[Node]:
        """Return the outputs of one layer or inner model; ``hints`` are their shapes as far as the file has them."""
        if len(path) > DEEPEST:  # no document nests so deep, but layers with one number are the same layer
            raise MisfitError(f"layer ‘{clean(call.name)}’ contains itself")
        number = call.layer.get("shared_object_id")
        if type(number) is int:
            # Models inside one another may share a layer; each has a copy of it in the file.
            first = self.shared.setdefault(number, call.layer)
            if first["class_name"] == call.layer["class_name"]:
                call = replace(call, layer=first)
        came, inner = arrived(call, nodes), (*path, clean(call.name))
        if is_model(call.layer):
            return self._inner(call.layer, inner, came.masked(".".join((*inner, "mask"))))
        if call.layer["class_name"] == "TimeDistributed":
            return [self._each_step(call, came.masked(".".join((*inner, "mask"))), path)]
        if call.layer["class_name"] == "SpectralNormalization":
            return [self._spectral(call, nodes, path)]
        fields = Fields(clean(call.layer["class_name"], 40), clean(call.name), call.layer["config"])
        more_weights = fields.more_weights()
        if more_weights:
            call.layer["config"]["trainable"] = False  # its kernel no longer is
        where = ".".join((*path, sectioned(fields.name)))
        shapes = tuple(node.shape for node in came.inputs)
        unknown = next((self.doubtful[node] for node in nodes if node in self.doubtful), None)
        try:
            chains = dispatch.layers(call, fields, shapes, self.first)
            plain = all(isinstance(chain[0], Counted) for chain in chains)
            taken = [*came.inputs, *came.masks] if plain else came.masked(f"{where}.mask")
            made = [self._chained(call, fields, taken, where, chain) for chain in chains]
        except NotUnderstoodError as reason:
            return self._kept(call, fields, nodes, where, str(reason), hints)
        except ValueError:
            if unknown:
                raise _lost(unknown) from None
            raise
        if more_weights:
            self.notes.add(fields.cls, fields.name, f"has {more_weights}; {MORE}")
            made = [Opaque(more_weights, pointwise=True)(node, name=f"{where}.more") for node in made]
        if unknown:
            if any(sum(node.params) or node.macs for node in made):
                raise _lost(unknown)
            self.doubtful.update(dict.fromkeys(made, unknown))
        more = further_outputs(fields, shapes, made[0].shape, arguments(call.given)[1])
        return [*made, *(Counted(what, "", shape)(made[0], name=f"{where}.{name}") for what, name, shape in more)]

    def _inner(self, model: dict[str, Any], path: tuple[str, ...], inputs: Sequence[Node]) -> list[Node]:
        """Return the outputs of a model inside another."""
        if id(model) in self.inside:
            raise MisfitError(f"model ‘{clean(name_of(model))}’ contains itself")
        self.inside[id(model)] = _freezes(model)
        try:
            return self._model(model, path, inputs)
        finally:
            del self.inside[id(model)]

    def _spectral(self, call: Call, inputs: Sequence[Node], path: tuple[str, ...]) -> Node:
        """Return a layer whose weights are normalised, and behind it the vector that Keras keeps for that."""
        inside, where = _inside(call), (*path, clean(call.name))
        (node, *_) = self._use(Call(inside, name_of(inside)), inputs, where, ())
        kernel = node.layer.multiplier if isinstance(node.layer, DepthwiseConv) else node.shape[-1]
        kept = Counted("spectral norm", fixed=total("k", k=kernel), pointwise=True)
        return self._chained(call, Fields("SpectralNormalization", call.name, {}), [node], ".".join(where), [kept])

    def _each_step(self, call: Call, inputs: Sequence[Node], path: tuple[str, ...]) -> Node:
        """Return the last of the layers that a layer or a model becomes which is used at each step of a sequence."""
        inside = _inside(call)
        if len(inputs) != 1 or len(inputs[0].shape) < 2:
            raise MisfitError(f"layer ‘{clean(call.name)}’ takes one sequence")
        steps, *rest = inputs[0].shape
        start, own, owned = Input(tuple(rest))(), len(self.weighted), len(self.owners)
        if inputs[0] in self.doubtful:
            self.doubtful[start] = self.doubtful[inputs[0]]
        (end, *_) = self._use(Call(inside, name_of(inside)), [start], (*path, clean(call.name)), ())
        if self.first and max(len(rest), len(end.shape)) > 1:
            raise Fields("TimeDistributed", clean(call.name), {}).channels_first()
        del self.weighted[own:]
        made: dict[Node, Node] = {start: inputs[0]}
        for node in walk(end):
            if node in made or not any(before in made for before in node.inputs):
                continue  # not of this layer, but of one before it whose weights it uses
            before = [made.get(each, each) for each in node.inputs]
            owner = node.weights_of and made.get(node.weights_of, node.weights_of)
            layer = at_each_step(node, steps)
            made[node] = self._checked(layer(*before, name=node.path, weights_of=owner, frozen=node.frozen))
            if sum(made[node].params):
                self.weighted.append(made[node])
            if node in self.doubtful:
                self.doubtful[made[node]] = self.doubtful[node]
        for key in list(islice(reversed(self.owners), len(self.owners) - owned)):
            self.owners[key] = made.get(self.owners[key], self.owners[key])
        if end not in made:
            raise MisfitError(f"layer ‘{clean(call.name)}’ does not use its sequence")
        return made[end]

    def _kept(
        self,
        call: Call,
        fields: Fields,
        inputs: Sequence[Node],
        where: str,
        reason: str,
        hints: Sequence[Shape | None],
    ) -> list[Node]:
        """Return the outputs of a layer that is not understood, the first of them its opaque node, and note why."""
        found = call.layer.get("stored")
        stored = found if isinstance(found, int) and 0 < found <= MOST_NUMBERS else 0
        self._count(len(hints[1:]))
        shape, *more = (channels_first.kept(each) if self.first else each for each in hints or [None])
        self.notes.add(fields.cls, fields.name, f"{reason}; {STORED if stored else NOT_COUNTED}", shape is None)
        layer = Opaque(fields.cls, shape, weights=Params(stored, 0) if stored else NO_PARAMS)
        node = self._chained(call, fields, inputs, where, [layer])
        nodes = [node, *(Opaque(fields.cls, each)(node, name=f"{where}.output{n}") for n, each in enumerate(more, 1))]
        self.doubtful.update({node: fields.title for node, each in zip(nodes, (shape, *more), strict=True) if not each})
        return nodes

    def _chained(self, call: Call, fields: Fields, inputs: Sequence[Node], where: str, chain: Sequence[Layer]) -> Node:
        """Return the last node of the layers that one Keras layer becomes; its second use shares the weights."""
        config, nodes = call.layer["config"], tuple(inputs)
        if fields.cls == "CustomScaleLayer" and len(nodes) == 2:
            nodes = (nodes[0], chain[0](nodes[1], name=f"{where}.scale"))
            chain = chain[1:]
        frozen = _is_frozen(call.layer) or any(self.inside.values())
        for part, (name, layer) in enumerate(zip(part_names(chain, where), chain, strict=True)):
            node = layer(*nodes, name=name)
            if sum(node.params):
                owner = self.owners.get((id(config), part))
                if owner or frozen:
                    node = replace(node, weights_of=owner, frozen=frozen)
                if not owner:
                    self.owners[id(config), part] = node
                    self.weighted.append(node)
            nodes = (self._checked(node),)
        return nodes[0]

    def _checked(self, node: Node) -> Node:
        """Return the node. Raises ``ValueError`` with its name if it is larger than any layer of a network."""
        numbers, params = prod(node.shape), sum(node.params)
        window = getattr(node.layer, "kernel", 1)
        # What TensorFlow's dilation computes grows with the padded map.
        spread = getattr(node.layer, "dilation", 1) * max(pair(window))
        padded = prod(side + spread for side in node.input_shapes[0][:2]) if spread > 1 else 1
        if max(numbers, params) > MOST_NUMBERS or max(node.macs, params * padded) > MOST_MACS:
            raise ValueError(
                f"{node.path}: {times(node.shape)} numbers in its output, {params:,} parameters, {node.macs:,} MACs; "
                f"no layer is that large"
            )
        return node


def _inside(call: Call) -> dict[str, Any]:
    """Return the layer inside a layer. Raises ``ValueError`` if there is none."""
    match call.layer["config"].get("layer"):
        case {"class_name": str(), "config": dict()} as inside:
            found: dict[str, Any] = inside
            return found
    raise MisfitError(f"layer ‘{clean(call.name)}’ has no layer inside")


def _is_frozen(layer: dict[str, Any]) -> bool:
    return layer["config"].get("trainable") is False


def _freezes(model: dict[str, Any]) -> bool:
    """Return whether a model's own setting counts for its layers: in Keras 2, which names no modules."""
    return _is_frozen(model) and "module" not in model and not any(map(is_new, layers_of(model)))


def _output(nodes: list[Node], number: int, call: Call) -> Node:
    """Return one output of a call."""
    if number < len(nodes):
        return nodes[number]
    raise MisfitError(f"layer ‘{clean(call.name)}’ takes output {number} of a layer that has {len(nodes)}")


def _lost(unknown: str) -> MisfitError:
    return MisfitError(
        f"{unknown} is not known here, and the file does not have the shape of its output: the layers after it cannot "
        "be counted",
        lost=True,
    )
