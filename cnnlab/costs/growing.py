"""The arithmetic of layers that make a map larger, written out."""

from math import prod

from cnnlab import graph
from cnnlab.costs.formulas import MACS, OUTPUT, PARAMETERS, Step, nothing, steps_of
from cnnlab.graph import Shape, pair
from cnnlab.units import full


@steps_of.register
def _(layer: graph.TransposedConv, inputs: tuple[Shape, ...], output: Shape) -> tuple[Step, ...]:
    channels, (rows, columns), count = inputs[0][2], pair(layer.kernel), layer.filters
    window = "f × f" if rows == columns else "f₁ × f₂"
    plus, added = (" + 1", f"({rows} × {columns} × {channels} + 1)") if layer.bias else ("", "")
    sides = []
    for what, n, f, s, result in zip(
        ("height", "width"), inputs[0], (rows, columns), pair(layer.stride), output, strict=False
    ):
        if layer.padding == "same":
            sides.append(Step(f"{OUTPUT} {what}", "n × s", f"{n} × {s}", str(result), "The stride spreads the map."))
        else:
            note = "Windows as far apart as the stride, laid over one another."
            sides.append(
                Step(f"{OUTPUT} {what}", "(n − 1) × s + f", f"({n} − 1) × {s} + {max(f, s)}", str(result), note)
            )
    return (
        *sides,
        Step(f"{OUTPUT} channels", "k", str(count), str(count), "One map for each of the k filters."),
        Step(
            PARAMETERS,
            f"({window} × c{plus}) × k" if plus else f"{window} × c × k",
            f"{added or f'{rows} × {columns} × {channels}'} × {count}",
            full(layer.params(inputs).trainable),
            f"Each filter has {full(rows * columns * channels)} weights"
            + (" and a bias." if plus else " and no bias."),
        ),
        Step(
            MACS,
            f"height × width × c × ({window} × k)",
            f"{' × '.join(map(str, inputs[0]))} × ({rows} × {columns} × {count})",
            full(layer.macs(inputs, output)),
            f"Each of the {full(prod(inputs[0]))} numbers that arrive is multiplied by {full(rows * columns * count)} "
            "weights: height and width are those of the map that arrives.",
        ),
    )


@steps_of.register
def _(layer: graph.Upsample, inputs: tuple[Shape, ...], output: Shape) -> tuple[Step, ...]:
    rows, columns = pair(layer.size)
    return (
        Step(f"{OUTPUT} height", "n × s", f"{inputs[0][0]} × {rows}", str(output[0])),
        Step(f"{OUTPUT} width", "n × s", f"{inputs[0][1]} × {columns}", str(output[1])),
        *nothing("Numbers are repeated" + (", and averaged with their neighbours." if layer.smooth else ".")),
    )
