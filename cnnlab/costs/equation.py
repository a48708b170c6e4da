"""One line of written-out arithmetic, and the lines that many layers share."""

from dataclasses import dataclass

from cnnlab.graph import Shape, times
from cnnlab.units import count, full


@dataclass(frozen=True, slots=True)
class Equation:
    """One line of arithmetic: name, formula, formula with numbers, result, and reason.

    ``numbers`` uses × · + − / and ⌊ ⌋ ⌈ ⌉ only; worked out, it is ``result``. It is empty if nothing is computed.
    ``letters`` are those of the formula that mean something else than usual, with their meaning.
    """

    what: str
    formula: str
    numbers: str
    result: str
    note: str = ""
    letters: tuple[tuple[str, str], ...] = ()


OUTPUT, PARAMETERS, MACS = "Output", "Parameters", "MACs"
NOT_COUNTED = Equation(MACS, "not counted", "", "0", "Neither a convolution nor a dense layer.")
SIDES = {"height": ("row",), "width": ("column",), "height and width": ("row", "column")}


def window_equations(
    size: tuple[int, ...], window: tuple[int, int], stride: tuple[int, int], padding: str, dilation: int, out: Shape
) -> tuple[Equation, ...]:
    """Return height and width after a sliding window: one line if they are equal, otherwise two."""
    sides = [
        ("height", size[0], window[0], stride[0], out[0]),
        ("width", size[1], window[1], stride[1], out[1]),
    ]
    if sides[0][1:] == sides[1][1:]:
        sides = [("height and width", *sides[0][1:])]
    equations = []
    for what, n, f, s, result in sides:
        extent, note = f, ""
        if dilation > 1:
            extent = (f - 1) * dilation + 1
            note = f"Dilation {dilation} spreads the {f} weights over ({f} − 1) × {dilation} + 1 = {extent} positions. "
            if f == 1:
                note = "A window of one position cannot spread: the dilation changes nothing. "
        if padding == "same":
            zeros = max((result - 1) * s + extent - n, 0)
            note += (
                f"Padding “same” adds {_lines(zeros, what)} of zeros in total: only the stride shrinks the map."
                if zeros
                else "Padding “same” adds no zeros here."
            )
            equations.append(Equation(f"{OUTPUT} {what}", "⌈n / s⌉", f"⌈{n} / {s}⌉", str(result), note))
        else:
            note += "No padding: p is 0."
            equations.append(
                Equation(
                    f"{OUTPUT} {what}",
                    "⌊(n + 2 × p − f) / s⌋ + 1",
                    f"⌊({n} + 0 − {extent}) / {s}⌋ + 1",
                    str(result),
                    note,
                )
            )
    return tuple(equations)


def _lines(number: int, side: str) -> str:
    """Return «2 rows», or «2 rows and 2 columns» for both sides."""
    return " and ".join(count(number, line) for line in SIDES[side])


def products(number: int) -> str:
    """Return «a sum of 9 products», or «one product»."""
    return f"a sum of {full(number)} products" if number > 1 else "one product"


def nothing_learned(note: str) -> tuple[Equation, ...]:
    """Return the lines of a layer without parameters and MACs; ``note`` says why there are no MACs."""
    return (
        Equation(PARAMETERS, "none", "", "0", "Nothing is learned here."),
        Equation(MACS, "not counted", "", "0", note),
    )


def same_shape(output: Shape) -> Equation:
    """Return the line for the output of a layer that keeps the shape."""
    return Equation(OUTPUT, "", "", times(output))
