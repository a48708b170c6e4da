"""Shapes and the arithmetic of a sliding window.

A shape is a tuple without the batch: ``(height, width, channels)`` for a feature map, ``(units,)`` for a vector. Only
imported networks have others, such as ``(time, channels)`` for a sequence.
"""

from typing import Literal

from cnnlab.units import with_article

Shape = tuple[int, ...]
Size = int | tuple[int, int]
Padding = Literal["same", "valid"]


def pair(size: Size) -> tuple[int, int]:
    """Return height and width of a window given as one number or two.

    >>> pair(3), pair((1, 7))
    ((3, 3), (1, 7))
    """
    if not isinstance(size, tuple):
        return size, size
    if len(size) != 2:
        raise ValueError(f"a size is one number or height and width, not {size!r}")
    return size


def times(values: tuple[int, ...] | tuple[Shape, ...]) -> str:
    """Format a shape with ×, several shapes joined by a plus.

    >>> times((28, 28, 192)), times((4096,)), times(((8, 8, 3), (8, 8, 5)))
    ('28×28×192', '4096', '8×8×3 + 8×8×5')
    """
    if values and isinstance(values[0], tuple):
        return " + ".join([times(shape) for shape in values if isinstance(shape, tuple)])
    return "×".join(map(str, values))


def check_positive(what: str, *values: object) -> None:
    """Raise ``ValueError`` unless every value is a whole number of at least 1."""
    for value in values:
        if type(value) is not int or value < 1:
            raise ValueError(f"{what} must be a whole number of at least 1, not {value!r}")


def check_choice(what: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise ``ValueError`` unless the value is one of the choices."""
    if value not in choices:
        raise ValueError(f"{what} must be one of {', '.join(choices)}, not {value!r}")


def image(inputs: tuple[Shape, ...], what: str) -> tuple[int, int, int]:
    """Return the one feature map that arrives. Raises ``ValueError`` that says what arrived instead."""
    if len(inputs) != 1:
        raise ValueError(f"{what} takes one input, not {len(inputs)}; join them first with Add or Concatenate")
    shape = inputs[0]
    if len(shape) != 3:
        raise ValueError(
            f"{what} needs a feature map (height×width×channels), not "
            f"{f'a vector of {times(shape)} numbers' if len(shape) == 1 else times(shape)}; put it before Flatten or "
            "global pooling"
        )
    return shape


def single(inputs: tuple[Shape, ...], what: str) -> Shape:
    """Return the one shape that arrives, of any rank. Raises ``ValueError`` for none or several."""
    if len(inputs) != 1:
        raise ValueError(f"{what} takes one input, not {len(inputs)}; join them first with Add or Concatenate")
    return inputs[0]


def slide(size: tuple[int, int], window: Size, stride: Size, padding: Padding, dilation: int = 1) -> tuple[int, int]:
    """Return the height and width that remain after sliding a window over a map.

    ``"valid"`` is floor((n − f) / s) + 1 with f the window's extent (f − 1)·dilation + 1; ``"same"`` pads so that
    ceil(n / s) positions remain (Dumoulin & Visin 2016, "A guide to convolution arithmetic", and TensorFlow).

    Raises ``ValueError`` when a "valid" window does not fit the map.

    >>> slide((32, 32), 5, 1, "valid"), slide((39, 39), 3, 2, "same")
    ((28, 28), (20, 20))
    """
    (height, width), (rows, columns), (down, right) = size, pair(window), pair(stride)
    check_positive("window size", rows, columns)
    check_positive("stride", down, right)
    check_positive("dilation", dilation)
    if padding == "same":
        return -(-height // down), -(-width // right)
    check_choice("padding", padding, ("same", "valid"))
    tall, wide = (rows - 1) * dilation + 1, (columns - 1) * dilation + 1
    if tall > height or wide > width:
        spread = f", spread to {tall}×{wide} by dilation {dilation}," if dilation > 1 else ""
        raise ValueError(
            f'{with_article(f"{rows}×{columns}")} window{spread} with padding "valid" does not fit '
            f'{with_article(f"{height}×{width}")} map; use "same" padding, a smaller kernel or a larger input image'
        )
    return (height - tall) // down + 1, (width - wide) // right + 1
