"""Walks through the operations of an ONNX file: computes constants, and has each other operation translated."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cnnlab.backends.imported.fields import clean
from cnnlab.backends.imported.onnx_models import naming
from cnnlab.backends.imported.onnx_models.constants import Constant, Dims, merged, of_tensor, sound
from cnnlab.backends.imported.onnx_models.parsing import Node
from cnnlab.backends.imported.onnx_models.writing import Axes, Other, Tensor, Weight, Writer, scope
from cnnlab.backends.imported.structure import MOST_JOINED

OPEN_SIDE = 224
"""Height and width where the file leaves them open; shapes that follow from them are computed with it."""
MOST_TENSORS = MOST_JOINED  # that one operation takes or makes

Value = Tensor | Constant


@dataclass(slots=True)
class Operation:
    """One operation with the values that it takes, its settings, and how the walk writes its results."""

    walk: "Walk"
    node: Node
    inputs: list[Value | None]
    version: int

    @property
    def op(self) -> str:
        return self.node.op

    @property
    def write(self) -> Writer:
        return self.walk.write

    def tensor(self, place: int = 0, images: bool = False) -> Tensor:
        """Return an input that depends on the image, its numbers in the order of its axes."""
        found = self.inputs[place] if place < len(self.inputs) else None
        if not isinstance(found, Tensor):
            raise UnknownError
        settled = self.write.settled(found, images)
        if settled.shape is None or settled.axes is None:
            raise UnknownError
        return settled

    def shape(self, place: int = 0) -> Dims:
        """Return the shape of an input as the file has it."""
        found = self.inputs[place] if place < len(self.inputs) else None
        if found is None or found.shape is None:
            raise UnknownError
        return found.shape

    def constant(self, place: int) -> Constant | None:
        """Return an input that no image changes; None if there is none at that place."""
        found = self.inputs[place] if place < len(self.inputs) else None
        if isinstance(found, Tensor):
            raise UnknownError
        return found

    def weight(self, place: int) -> Constant:
        """Return an input that must be a weight of known shape."""
        found = self.constant(place)
        if found is None or found.shape is None:
            raise UnknownError
        return found

    def ints(self, key: str, place: int | None = None) -> list[int] | None:
        """Return a setting of whole numbers, which later versions of ONNX have as an input; None if it is not given."""
        value = self.node.settings.get(key)
        if isinstance(value, list):
            return [int(each) for each in value]
        if isinstance(value, int):
            return [value]
        found = None if place is None else self.constant(place)
        if found is None:
            return None
        whole = found.whole()
        if whole is None:
            raise UnknownError
        return whole

    def number(self, key: str, default: float, place: int | None = None) -> float:
        """Return a setting that is one number, which later versions of ONNX have as an input."""
        value = self.node.settings.get(key)
        if isinstance(value, int | float):
            return value
        found = None if place is None else self.constant(place)
        if found is None:
            return default
        if found.number is None:
            raise UnknownError
        return found.number

    def whole(self, key: str, default: int) -> int:
        """Return a setting that is one whole number."""
        value = self.node.settings.get(key, default)
        if not isinstance(value, int):
            raise UnknownError
        return value

    def text(self, key: str, default: str) -> str:
        """Return a setting that is a word."""
        value = self.node.settings.get(key, default)
        return value if isinstance(value, str) else default

    def made(
        self,
        cls: str,
        inputs: Sequence[Tensor],
        config: dict[str, Any],
        shape: Dims | None,
        axes: Axes | None = None,
        weights: Sequence[Weight] = (),
        other: Other | None = None,
        **more: Any,
    ) -> list[Value]:
        """Write a layer and return its output, of that shape in the file, with the axes of the input if none are given.

        ``weights`` are what it takes beside its inputs, and ``other`` says how many numbers Keras' layer has, and how
        it is written if the file has others.
        """
        axes = self.fitting(shape, axes or inputs[0].axes) if shape is not None else None
        ours = None if shape is None or axes is None else self.write.ours(shape, axes)
        where = naming.of(self.node, scope(inputs[0].layer), [each.constant for each in weights])
        if weights and other is not None:
            # An operation of unknown class stays one: its MACs are not known.
            other = replace(other, shape=None if other.what == cls else ours)
            layer, call = self.write.weighted(cls, where, inputs, config, weights, other)
        else:
            layer, call = self.write.layer(cls, where, inputs, config)
        return [Tensor(layer, call, ours, shape if ours else None, axes, **more)]

    def counted(
        self,
        what: str,
        inputs: Sequence[Tensor],
        shape: Dims,
        axes: Axes | None = None,
        weights: Sequence[Weight] = (),
        multiplied: Sequence[tuple[str, int]] = (),
        pointwise: bool = False,
        setting: str = "",
        **more: Any,
    ) -> list[Value]:
        """Write an operation that is counted but that no layer of ours computes; its shape is known."""
        axes = self.fitting(shape, axes or inputs[0].axes)
        other = Other(-1, what, self.write.ours(shape, axes), multiplied, pointwise, setting)
        return self.made("counted operation", inputs, other.config(), shape, axes, weights, other, **more)

    def fitting(self, shape: Dims, axes: Axes | None) -> Axes:
        """Return the axes of an output, those given if they fit its shape. Raises ``ValueError`` for a bad shape."""
        self.write.checked(shape, self.title)
        if axes is None or len(axes) != len(shape) or (0 in axes and shape[axes.index(0)] != self.write.batch):
            return self.write.order(shape)
        return axes

    @property
    def title(self) -> str:
        """The operation's name for an error message."""
        return self.node.name or (self.node.outputs or [self.op])[0]


class UnknownError(Exception):
    """An operation, or a use of it, that is not understood: it becomes a layer of unknown class."""


Translator = Callable[[Operation], list[Value]]
TRANSLATORS: dict[str, Translator] = {}
"""By the name of the operation: functions that return its outputs."""


_MULTIPLYING = {"Conv", "ConvTranspose", "Gemm", "GRU", "LSTM", "MatMul", "QLinearConv", "RNN"}


def translates(*ops: str) -> Callable[[Translator], Translator]:
    """Register a translator for these operations."""

    def register(translator: Translator) -> Translator:
        TRANSLATORS.update(dict.fromkeys(ops, translator))
        return translator

    return register


@dataclass(slots=True)
class Walk:
    """The values of all tensors so far. ``hints`` are shapes that the file states beside its operations."""

    write: Writer
    version: int
    hints: dict[str, Dims]
    values: dict[str, Value] = field(default_factory=dict)
    unknown: str = ""  # the first operation whose output has no known shape, and why

    def run(self, nodes: Sequence[Node], fold: Callable[[Operation], list[Value] | None]) -> None:
        """Translate operations in their order. ``fold`` computes those of constants."""
        for node in nodes:
            if max(len(node.inputs), len(node.outputs)) > MOST_TENSORS:
                raise ValueError(f"‘{clean(node.name or node.op)}’ takes or makes more than {MOST_TENSORS} tensors")
            operation = Operation(self, node, [self.value(name, node) for name in node.inputs], self.version)
            found = fold(operation)
            if found is None:
                found = self._translated(operation)
            for place, name in enumerate(node.outputs):
                if name and place < len(found):
                    self.values[name] = self._hinted(found[place], name)
                elif name:
                    # All outputs of an operation that is not understood are shown as one.
                    first = found[0]
                    self.values[name] = (
                        replace(first, shape=None, ours=None, axes=None) if isinstance(first, Tensor) else first
                    )

    def _translated(self, operation: Operation) -> list[Value]:
        translator = TRANSLATORS.get(operation.op)
        try:
            if translator is None:
                raise UnknownError
            return translator(operation)
        # Settings that ONNX does not allow for this operation are not understood, whatever they break.
        except (UnknownError, ArithmeticError, IndexError, KeyError, TypeError):
            return self._unknown(operation)

    def _unknown(self, operation: Operation) -> list[Value]:
        """Return the output of a layer of unknown class; its weights are counted, its MACs cannot be."""
        inputs = [self.write.settled(each) for each in operation.inputs if isinstance(each, Tensor)]
        weights = [
            Weight(each) for each in operation.inputs if isinstance(each, Constant) and each.stored and weighty(each)
        ]
        if not inputs:
            return [Constant(None, None, merged([each.constant for each in weights]))]
        words, unnumbered = self.write.words, "unnumbered" in operation.node.settings
        why = "takes numbers from a .bin file that was not given" if unnumbered else "is not known here"
        shape = self.hints.get(operation.node.outputs[0]) if operation.node.outputs else None
        lost = any(each.shape is None for each in inputs)
        if lost and shape is None and operation.op in TRANSLATORS:
            if weights or operation.op in _MULTIPLYING:
                raise ValueError(
                    f"operation {self.unknown}, and the file does not have the shape of its output: the layers after "
                    f"it cannot be counted; {words.shapes}"
                )
            # What it does is known, but not to which shape.
            return operation.made("counted operation", inputs, Other(0, operation.op.lower()).config(), None)
        if shape is None:
            self.unknown = self.unknown or (
                f"‘{clean(operation.title)}’ ({clean(operation.op.removeprefix('tf.'), 40)}) of {words.file} {why}"
            )
        axes = None
        if shape is not None:
            kept = inputs[0].axes if inputs[0].shape is not None and len(inputs[0].shape) == len(shape) else None
            axes = kept or self.write.order(shape, len(shape) == 4)
        cls = f"{words.maker} {clean(operation.op.removeprefix('tf.'), 40)}"
        made = operation.made(
            cls,
            inputs,
            {"unnumbered": True} if unnumbered else {},
            shape,
            axes,
            weights,
            Other(-1, cls) if weights else None,
        )
        written = self.write.layers[-1]
        if isinstance(made[0], Tensor) and made[0].ours is not None and written["name"] == made[0].layer:
            written["shape"] = [None, *made[0].ours]
        return made

    def hint(self, stated: Mapping[str, Sequence[int | None]]) -> None:
        """Take shapes that the file states for tensors; those with an open side other than the batch are no help."""
        for name, sides in stated.items():
            found = tuple(self.write.batch if side is None and not place else side for place, side in enumerate(sides))
            if found and sound(tuple(side or 0 for side in found)) and all(found):
                self.hints[name] = tuple(side for side in found if side is not None)

    def _hinted(self, value: Value, name: str) -> Value:
        """Return a tensor of unknown shape with the shape that the file states for it."""
        shape = self.hints.get(name)
        if isinstance(value, Tensor) and value.shape is None and shape is not None:
            return self.write.plain(shape, value.layer, value.call, images=len(shape) == 4)
        return value

    def value(self, name: str, node: Node) -> Value | None:
        """Return a tensor by its name; None for an input that is left out."""
        if not name:
            return None
        if name not in self.values:
            raise ValueError(
                f"‘{clean(node.name or node.op)}’ takes the tensor ‘{clean(name)}’, which nothing before it makes; the "
                f"file is incomplete, {self.write.words.again}"
            )
        return self.values[name]

    def known(self, name: str) -> Constant | None:
        """Return a constant by its name; None if there is none yet."""
        found = self.values.get(name)
        return found if isinstance(found, Constant) else None

    def store(self, name: str, tensor: Any) -> None:
        """Take a stored tensor: a weight, or a number of a formula."""
        found = of_tensor(tensor, name)
        self.values[name] = found
        if found.shape is not None:
            self.write.stored[name] = found.shape


def weighty(constant: Constant) -> bool:
    """Return whether a stored constant counts as a weight.

    A row of whole numbers is a shape. One number without axes is a formula's, with one axis its name says it.
    """
    if constant.shape is None:
        return True
    if constant.size == 0 or not constant.shape:
        return False
    if constant.shape == (1,) and any(map(naming.is_formula, constant.stored)):
        return False
    return constant.numbers is None or not all(isinstance(each, int) for each in constant.numbers)
