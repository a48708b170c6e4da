"""Reads a layer's settings from a file, each with its type and limits checked, and names the layers it becomes."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cnnlab.backends.imported.words import MisfitError
from cnnlab.graph import Layer, Size, ZeroPad

# More than any network has, and few enough that sums over thousands of layers stay within 64 bits.
MOST_CHANNELS, MOST_WINDOW, MOST_SIDE = 1_000_000, 512, 1_000_000


class NotUnderstoodError(Exception):
    """A layer with a setting that no layer of ours has. The text is the reason, for a note."""


def abbreviated(value: object) -> str:
    """Return a value for an error message: short and printable."""
    if isinstance(value, list) and all(isinstance(each, int | float | None) for each in value) and len(value) <= 6:
        return str(value)[:40]
    if isinstance(value, list | tuple | dict):
        return "a list" if isinstance(value, list | tuple) else "an object"
    return repr(value)[:40]


def clean(name: str, longest: int = 80) -> str:
    """Return a layer's name as nodes may have it: word characters, dots and dashes; TensorFlow's slash is a dot.

    >>> clean("stem/conv 1"), clean("..")
    ('stem.conv_1', 'layer')
    """
    parts = (re.sub(r"[^\w-]+", "_", part) for part in re.split(r"[./]+", name[:longest]))
    return ".".join(filter(None, parts)) or "layer"


def sectioned(name: str) -> str:
    """Return a name with a dot behind each block's number, so that tables and diagrams roll up on it.

    >>> sectioned("conv2_block1_1_conv"), sectioned("block1a_se_reduce"), sectioned("stage_0_block_12_gelu")
    ('conv2_block1.1_conv', 'block1a.se_reduce', 'stage_0.block_12.gelu')
    >>> sectioned("expanded_conv_3_squeeze_excite_conv")  # MobileNet v3
    'expanded_conv_3.squeeze_excite_conv'
    """
    return re.sub(r"((?:block|stage)_?\d{1,3}[a-z]?|expanded_conv(?:_\d{1,3})?)_(?=\w)", r"\1.", name)


class Fields:
    """One layer's configuration. Every reader of a field raises ``ValueError`` that names the layer and the field."""

    def __init__(self, cls: str, name: str, config: Mapping[str, Any]):
        self.cls, self.name, self.config = cls, name, config

    @property
    def title(self) -> str:
        """«Conv2D layer ‘stem’»."""
        return f"{self.cls} layer ‘{self.name}’"

    def wrong(self, key: str, allowed: str) -> MisfitError:
        """Return the error of a field, with its allowed values."""
        got = f"not {abbreviated(self.config[key])}" if key in self.config else "the file has none"
        return MisfitError(f"{self.title}: {key} must be {allowed}, {got}")

    def whole(self, key: str, high: int = MOST_CHANNELS, low: int = 1, default: int | None = None) -> int:
        """Return a whole number within limits."""
        return self._whole(key, self.config.get(key, default), low, high)

    def _whole(self, key: str, value: object, low: int, high: int) -> int:
        if type(value) is not int or not low <= value <= high:
            raise self.wrong(key, f"a whole number from {low} to {high:,}")
        return value

    def size(self, key: str, default: int | None = None, high: int = MOST_WINDOW) -> Size:
        """Return height and width, one number if they are equal; the file has one or two."""
        value = self.config.get(key, default)
        both = value if isinstance(value, list) else [value, value]
        if len(both) != 2:
            raise self.wrong(key, "one whole number or two")
        rows, columns = (self._whole(key, each, 1, high) for each in both)
        return rows if rows == columns else (rows, columns)

    def sides(self, key: str) -> tuple[int, int, int, int]:
        """Return top, bottom, left, right: the file has one number, one a direction, or all four."""
        value = self.config.get(key)
        rows, columns = value if isinstance(value, list) and len(value) == 2 else (value, value)
        found: list[int] = []
        for both in (rows, columns):
            pair = both if isinstance(both, list) else [both, both]
            if len(pair) != 2:
                raise self.wrong(key, "numbers of rows and columns")
            found += [self._whole(key, each, 0, MOST_SIDE) for each in pair]
        return found[0], found[1], found[2], found[3]

    def sizes(
        self, key: str, count: int, default: int | None = None, low: int = 1, high: int = MOST_WINDOW
    ) -> tuple[int, ...]:
        """Return a whole number for each of ``count`` sides; the file has one for all, or as many."""
        value = self.config.get(key, default)
        found = value if isinstance(value, list) else [value] * count
        if len(found) != count:
            raise self.wrong(key, f"one whole number or {count}")
        return tuple(self._whole(key, each, low, high) for each in found)

    def borders(self, key: str, count: int) -> list[tuple[int, int]]:
        """Return what is added or cut before and behind each of ``count`` sides."""
        value = self.config.get(key)
        found = value if isinstance(value, list) and count > 1 and len(value) == count else [value] * count
        borders = []
        for both in found:
            two = both if isinstance(both, list) else [both, both]
            if len(two) != 2:
                raise self.wrong(key, "numbers of rows before and after")
            borders.append((self._whole(key, two[0], 0, MOST_SIDE), self._whole(key, two[1], 0, MOST_SIDE)))
        return borders

    def number(self, key: str, default: float | None = None) -> float:
        """Return a finite number."""
        return self._number(key, self.config.get(key, default))

    def _number(self, key: str, value: object) -> float:
        # The bound comes first: larger whole numbers have no float.
        if type(value) not in (int, float) or not abs(value) < 1e30 or not math.isfinite(value):  # type: ignore[arg-type]
            raise self.wrong(key, "a number")
        return float(value)  # type: ignore[arg-type]

    def numbers(self, key: str, default: float | None = None) -> float | tuple[float, ...]:
        """Return a finite number, or one a channel; lists around a single list are taken off."""
        value = self.config.get(key, default)
        while isinstance(value, list) and len(value) == 1:
            value = value[0]
        if not isinstance(value, list):
            return self._number(key, value)
        return tuple(self._number(key, each) for each in value)

    def more_weights(self) -> str:
        """Name the weights that Keras adds to a layer after it was made, and that no setting counts; empty if none."""
        if self.config.get("lora_rank"):
            return "low-rank weights (LoRA)"
        dtype = self.config.get("dtype")
        return "quantized weights" if isinstance(dtype, dict) and "Quantized" in str(dtype.get("class_name")) else ""

    def flag(self, key: str, default: bool) -> bool:
        """Return true or false."""
        value = self.config.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        """Return one of a few words."""
        value = self.config.get(key, default)
        if not isinstance(value, str) or value not in choices:
            raise self.wrong(key, f"one of {', '.join(choices)}")
        return value

    def last_axis(self, rank: int) -> bool:
        """Return whether the field ``axis`` names the channels alone, for a shape of that rank without the batch."""
        axis = self.config.get("axis", -1)
        while isinstance(axis, list) and len(axis) == 1:
            axis = axis[0]
        if type(axis) is not int and not isinstance(axis, list):
            raise self.wrong("axis", "a whole number")
        return axis in (-1, rank)

    def channels_last(self) -> None:
        """Refuse a layer whose channels come first: everything after it would be misread."""
        if self.config.get("data_format", "channels_last") not in ("channels_last", None):
            raise self.channels_first()

    def channels_first(self) -> ValueError:
        """Return the error of a layer that cannot be read with its channels first."""
        return ValueError(
            f"{self.title} has its channels first; CNN Lab reads channels last: build the model after "
            'keras.config.set_image_data_format("channels_last")'
        )


def part_names(chain: Sequence[Layer], where: str) -> list[str]:
    """Return the names of the layers that one layer becomes. A padding stands before its layer, as Keras names it.

    >>> from cnnlab.graph import Activation, Conv, ZeroPad
    >>> part_names([ZeroPad(1), Conv(8, 3)], "stem.conv1"), part_names([Conv(8, 3), Activation("relu")], "conv1")
    (['stem.conv1_pad', 'stem.conv1'], ['conv1.conv', 'conv1.relu'])
    """
    if len(chain) == 2 and isinstance(chain[0], ZeroPad):
        return [f"{where}_pad", where]
    return [where] if len(chain) == 1 else [f"{where}.{layer.label}" for layer in chain]
