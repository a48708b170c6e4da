"""Writes the layers of the document: names, inputs, weights that are stored once, and the order of the axes.

ONNX has the batch and the channels first, this project height × width × channels. A tensor knows for each axis of the
file which of ours it is, so that a Transpose between the two needs no layer.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cnnlab.backends.imported.fields import clean
from cnnlab.backends.imported.onnx_models.constants import MOST_RANK, MOST_SIDE, Constant, Dims
from cnnlab.backends.imported.structure import MOST_LAYERS
from cnnlab.backends.imported.words import Words

Axes = tuple[int, ...]
"""For each axis of the file, which of ours it is; 0 is the batch."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """The output of a layer. ``shape`` has the axes of the file, ``ours`` those of this project without the batch.

    ``axes`` is None while numbers were only put into another shape: the next layer that needs it has it written down.
    ``shape`` is None if it is not known. ``positive`` if no number is below zero, ``raw`` if only the numbers of an
    input were rescaled. While ``axes`` is None, ``source`` is the shape before, ``reordered`` says that the order of
    the numbers changed, ``placed`` that at most channels changed places, and ``foreign`` that the order was not ours
    before.
    """

    layer: str
    call: int
    ours: Dims | None
    shape: Dims | None
    axes: Axes | None
    positive: bool = False
    raw: bool = False
    source: Dims | None = None
    reordered: bool = False
    placed: bool = True
    foreign: bool = False


def channels_first(rank: int) -> Axes:
    """Return the axes of an image as ONNX has them: batch, channels, height, width.

    >>> channels_first(4), channels_first(2)
    ((0, 3, 1, 2), (0, 1))
    """
    return (0, rank - 1, *range(1, rank - 1))


def in_order(rank: int) -> Axes:
    """Return the axes of a tensor whose order is ours."""
    return tuple(range(rank))


def arranged(shape: Dims, axes: Axes, batch: int = 1) -> Dims:
    """Return our shape, of one image, of a tensor with the file's shape.

    >>> arranged((1, 3, 224, 192), (0, 3, 1, 2))
    (224, 192, 3)
    >>> arranged((197, 8, 768), (1, 2, 3), batch=8)
    (197, 1, 768)
    """
    found = dict(zip(axes, shape, strict=True))
    sides = [found[axis] for axis in sorted(found) if axis]
    if 0 not in axes:
        # The images of a batch lie along another axis, such as windows or the heads of an attention.
        place = next((place for place, side in enumerate(sides) if side % batch == 0), None)
        if place is not None:
            sides[place] //= batch
    return tuple(sides) or (1,)


def without(axes: Axes, gone: set[int]) -> Axes:
    """Return which of our axes those that remain are, numbered from the first.

    >>> without((0, 3, 1, 2), {1})
    (0, 1, 2)
    """
    left = [axis for place, axis in enumerate(axes) if place not in gone]
    ranks = {axis: place for place, axis in enumerate(sorted(left), 0 if 0 in left else 1)}
    return tuple(ranks[axis] for axis in left)


@dataclass(slots=True)
class Weight:
    """A weight that a layer takes: its shape, what the file stores for it, and whether training changes it."""

    constant: Constant
    trained: bool = True


@dataclass(frozen=True, slots=True)
class Other:
    """How a layer is written whose weights are not those of Keras' layer.

    ``usual`` is how many numbers Keras' layer has, and ``multiplied`` has the factors of its MACs, each with a name.
    Without a ``shape`` the layer is one of unknown class, and says how many numbers the file stores for it.
    """

    usual: int
    what: str
    shape: Dims | None = None
    multiplied: Sequence[tuple[str, int]] = ()
    pointwise: bool = False
    setting: str = ""

    def config(self) -> dict[str, Any]:
        """Return the settings of an operation that is only counted."""
        return {
            "what": self.what,
            "setting": self.setting,
            "shape": None if self.shape is None else list(self.shape),
            "pointwise": self.pointwise,
            "multiplied": [list(each) for each in self.multiplied],
        }


@dataclass(slots=True)
class Writer:
    """Collects the layers. ``batch`` is how many images the file computes at once."""

    words: Words
    batch: int = 1
    stored: dict[str, Dims] = field(default_factory=dict)  # the shapes of what the file stores
    layers: list[dict[str, Any]] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)  # with how often each was wished for
    owned: set[str] = field(default_factory=set)  # what a layer has already
    shared: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    assumed: dict[str, list[str]] = field(default_factory=dict)  # what is taken for granted of which operations

    def plain(self, shape: Dims | None, layer: str, call: int, images: bool = False, **more: Any) -> Tensor:
        """Return a tensor in the order of the file, or with channels first if its numbers are ``images``."""
        if shape is None:
            return Tensor(layer, call, None, None, None, **more)
        axes = self.order(shape, images)
        return Tensor(layer, call, self.ours(shape, axes), shape, axes, **more)

    def ours(self, shape: Dims, axes: Axes) -> Dims:
        """Return our shape, of one image, of a tensor with the file's shape."""
        return arranged(shape, axes, self.batch)

    def order(self, shape: Dims, images: bool = False) -> Axes:
        """Return the axes of a new tensor; where the batch is spread over others, the first axis is one of ours."""
        if shape and shape[0] == self.batch:
            return channels_first(len(shape)) if images and len(shape) > 2 else in_order(len(shape))
        return tuple(axis + 1 for axis in in_order(len(shape)))

    def name(self, wish: str) -> str:
        """Return a name that no layer has yet."""
        wish = found = clean(wish)
        while found in self.names:
            self.names[wish] += 1
            found = f"{wish}_{self.names[wish]}"
        self.names[found] = 1
        return found

    def input(self, name: str, sides: Sequence[int | None], shape: Dims, first: bool) -> Tensor:
        """Write an input; ``sides`` has None for those that the file leaves open."""
        axes = channels_first(len(shape)) if first else in_order(len(shape))
        found = dict(zip(axes, sides, strict=True))
        name = self.name(name)
        sizes = [found[axis] for axis in sorted(found) if axis]
        self._write("InputLayer", name, {"batch_shape": [None, *sizes]}, [])
        return Tensor(name, 0, self.ours(shape, axes), shape, axes, raw=True)

    def layer(self, cls: str, name: str, inputs: Sequence[Tensor], config: dict[str, Any]) -> tuple[str, int]:
        """Write a layer without weights, and return its name and the number of the call."""
        name = self.name(name)
        self._write(cls, name, config, [_call(inputs)])
        return name, 0

    def weighted(
        self,
        cls: str,
        name: str,
        inputs: Sequence[Tensor],
        config: dict[str, Any],
        weights: Sequence[Weight],
        other: Other,
    ) -> tuple[str, int]:
        """Write one use of a layer with weights, and return its name and the number of the call.

        A layer whose weights another one has, all of them and with the same settings, is used again. Where the file
        stores another number for it than Keras' layer has, for instance since two layers share one of two weights, it
        is written as ``other`` says, with the shapes of what no layer before it has.
        """
        stored = tuple(name for weight in weights for name in weight.constant.stored)
        whole = bool(stored) and not any(weight.constant.cut for weight in weights)
        keys = [(cls, stored, repr(sorted(config.items()))), (other.what, stored, repr(other.shape))]
        for key in keys if whole else ():
            if key in self.shared:
                before = self.shared[key]
                before["inbound_nodes"].append(_call(inputs))
                return before["name"], len(before["inbound_nodes"]) - 1
        name = self.name(name)
        trained, fixed = (
            [size for each in weights if each.trained == kind for size in self._own(each)] for kind in (True, False)
        )
        stored_numbers = sum(map(math.prod, (*trained, *fixed)))
        usual = stored_numbers == other.usual
        if not usual and other.shape is not None:
            cls, config = "counted operation", {**other.config(), "weights": trained, "fixed_weights": fixed}
        written = self._write(cls, name, config, [_call(inputs)])
        if other.shape is None:
            written["stored"] = stored_numbers
        if whole:
            self.shared[keys[0 if usual else 1]] = written
        return name, 0

    def counted(self, constant: Constant) -> bool:
        """Return whether a layer before has all the weights that a constant is made of."""
        return bool(constant.stored) and self.owned.issuperset(constant.stored)

    def _own(self, weight: Weight) -> list[list[int]]:
        """Return the shapes of what a weight is made of and no layer before has."""
        new = [name for name in weight.constant.stored if name not in self.owned]
        self.owned.update(new)
        return [list(self.stored[name]) for name in new if name in self.stored]

    def _write(self, cls: str, name: str, config: dict[str, Any], inbound: list[Any]) -> dict[str, Any]:
        if len(self.layers) >= MOST_LAYERS:
            raise ValueError(f"{self.words.file} has more than {MOST_LAYERS:,} layers; no network here is as large")
        # Without a module, a layer would be taken for an operation of a file in HDF5.
        written = {
            "class_name": cls,
            "module": "keras.layers",
            "name": name,
            "config": {"name": name, **config},
            "inbound_nodes": inbound,
        }
        self.layers.append(written)
        return written

    def settled(self, tensor: Tensor, images: bool = False) -> Tensor:
        """Return a tensor whose numbers are in the order of its axes, with a layer that puts them there if need be.

        With ``images``, the channels of the result come last, whatever the order in the file.
        """
        if tensor.shape is None:
            return tensor
        if tensor.axes is not None:
            wanted = self.order(tensor.shape, True)
            return self.reordered(tensor, wanted) if images else tensor
        axes = self.order(tensor.shape, images or len(tensor.shape) == 4)
        ours, before = self.ours(tensor.shape, axes), [tensor]
        if tensor.shape == tensor.source and not tensor.reordered and ours == tensor.ours:
            layer, call = tensor.layer, tensor.call
        elif len(ours) == 1:
            layer, call = self.layer("Flatten", f"{scope(tensor.layer)}flatten", before, {})
        elif not tensor.reordered and not tensor.foreign:
            layer, call = self.layer("Reshape", f"{scope(tensor.layer)}reshape", before, {"target_shape": list(ours)})
        elif tensor.placed and ours[:2] == (tensor.ours or ())[:2]:
            layer, call = self.operation("reorder channels", before, ours, pointwise=True)
        else:
            layer, call = self.operation("reorder", before, ours, pointwise=False)
        return replace(
            tensor,
            layer=layer,
            call=call,
            ours=ours,
            axes=axes,
            source=None,
            reordered=False,
            placed=True,
            foreign=False,
        )

    def reordered(self, tensor: Tensor, axes: Axes) -> Tensor:
        """Return a tensor with its axes in another order of ours, moved by a layer."""
        if tensor.axes == axes or tensor.shape is None:
            return tensor
        ours, old = self.ours(tensor.shape, axes), tensor.axes or ()
        kept = 0 in axes or self.batch == 1
        if kept and (0 in axes) == (0 in old) and [axis == 0 for axis in axes] == [axis == 0 for axis in old]:
            order = dict(zip(axes, old, strict=True))
            dims = [order[axis] for axis in sorted(axes) if axis]
            layer, call = self.layer("Permute", f"{scope(tensor.layer)}permute", [tensor], {"dims": dims})
        else:
            layer, call = self.operation("reorder", [tensor], ours, pointwise=False)
        return replace(tensor, layer=layer, call=call, ours=ours, axes=axes)

    def operation(self, what: str, inputs: Sequence[Tensor], ours: Dims, pointwise: bool) -> tuple[str, int]:
        """Write an operation without weights and without MACs that no layer of ours computes."""
        name = f"{scope(inputs[0].layer)}{what}"
        return self.layer("counted operation", name, inputs, Other(0, what, ours, pointwise=pointwise).config())

    def checked(self, shape: Dims, name: str) -> Dims:
        """Return a shape. Raises ``ValueError`` for one that no tensor has."""
        if len(shape) > MOST_RANK or not all(0 < side <= MOST_SIDE for side in shape) or math.prod(shape) > 10**15:
            sides = "×".join(str(side)[:12] for side in shape[:8])
            raise ValueError(
                f"‘{clean(name)}’ of {self.words.file} would have an output of {sides or 'no'} numbers; "
                f"{self.words.again}"
            )
        return shape


def scope(layer: str) -> str:
    """Return the block that a layer is in, with a dot behind it; empty for a layer outside of blocks.

    >>> scope("layer1.0.conv1"), scope("conv1")
    ('layer1.0.', '')
    """
    return re.sub(r"[^.]*$", "", layer)


def _call(inputs: Sequence[Tensor]) -> dict[str, Any]:
    return {"args": [_reference(each) for each in inputs], "kwargs": {}}


def _reference(tensor: Tensor) -> dict[str, Any]:
    shape = None if tensor.ours is None else [None, *tensor.ours]
    return {
        "class_name": "__keras_tensor__",
        "config": {"shape": shape, "keras_history": [tensor.layer, tensor.call, 0]},
    }
