"""The arithmetic of one layer, written out with its own numbers: output size, parameters, MACs."""

from functools import singledispatch
from math import prod

from cnnlab import graph
from cnnlab.costs.equation import (
    MACS,
    NOT_COUNTED,
    OUTPUT,
    PARAMETERS,
    Equation,
    nothing_learned,
    products,
    same_shape,
    window_equations,
)
from cnnlab.graph import Layer, Shape, pair, times
from cnnlab.units import count as quantity
from cnnlab.units import full, with_article


@singledispatch
def equations_of(layer: Layer, inputs: tuple[Shape, ...], output: Shape) -> tuple[Equation, ...]:
    """Return the arithmetic of one layer. Raises ``TypeError`` for a kind of layer that is not registered below."""
    raise TypeError(f"cnnlab/costs/formulas.py has no formula for {layer!r}")


@equations_of.register
def _(layer: graph.Conv, inputs: tuple[Shape, ...], output: Shape) -> tuple[Equation, ...]:
    channels, (rows, columns) = inputs[0][2], pair(layer.kernel)
    kernel = f"{rows} × {columns} × {channels}" + (f" / {layer.groups}" if layer.groups > 1 else "")
    symbol = "f × f × c" if rows == columns else "f₁ × f₂ × c"
    symbol += " / g" if layer.groups > 1 else ""
    weights, count = rows * columns * channels // layer.groups, layer.filters
    bias = layer.bias
    grouped = (
        f" Each of the {layer.groups} groups sees {channels // layer.groups} of the {channels} channels."
        if layer.groups > 1
        else ""
    )
    return (
        *window_equations(inputs[0], pair(layer.kernel), pair(layer.stride), layer.padding, layer.dilation, output),
        Equation(f"{OUTPUT} channels", "k", f"{count}", str(count), "One output map for each of the k filters."),
        Equation(
            PARAMETERS,
            f"({symbol} + 1) × k" if bias else f"{symbol} × k",
            f"({kernel} + 1) × {count}" if bias else f"{kernel} × {count}",
            full(count * (weights + bias)),
            (f"Each of the {count} filters has" if count > 1 else "The filter has")
            + f" {quantity(weights, 'weight')}"
            + (" and a bias." if bias else " and no bias.")
            + grouped,
        ),
        Equation(
            MACS,
            f"height × width × k × ({symbol})",
            f"{output[0]} × {output[1]} × {count} × ({kernel})",
            full(prod(output) * weights),
            (f"Each of the {full(prod(output))} output numbers is" if prod(output) > 1 else "The output number is")
            + f" {products(weights)}.",
        ),
    )


@equations_of.register
def _(layer: graph.DepthwiseConv, inputs: tuple[Shape, ...], output: Shape) -> tuple[Equation, ...]:
    channels, (rows, columns), many = inputs[0][2], pair(layer.kernel), layer.multiplier
    count = f"{channels} × {many}" if many > 1 else f"{channels}"
    symbol = "c × m" if many > 1 else "c"
    window = "f × f" if rows == columns else "f₁ × f₂"
    weights, bias, many_in = rows * columns, layer.bias, channels > 1
    return (
        *window_equations(inputs[0], pair(layer.kernel), pair(layer.stride), layer.padding, layer.dilation, output),
        Equation(f"{OUTPUT} channels", symbol, count, str(output[2]), "Each channel is filtered alone."),
        Equation(
            PARAMETERS,
            f"({window} + 1) × {symbol}" if bias else f"{window} × {symbol}",
            f"({rows} × {columns} + 1) × {count}" if bias else f"{rows} × {columns} × {count}",
            full(output[2] * (weights + bias)),
            f"A filter sees one channel: {quantity(weights, 'weight')}" + (" and a bias." if bias else " and no bias."),
        ),
        Equation(
            MACS,
            f"height × width × {symbol} × {window}",
            f"{output[0]} × {output[1]} × {count} × {rows} × {columns}",
            full(prod(output) * weights),
            f"Each output number is {products(weights)}"
            + (
                f"; a standard convolution sums over {channels} channels, {channels} times as many." if many_in else "."
            ),
        ),
    )


@equations_of.register
def _(layer: graph.TransposedConv, inputs: tuple[Shape, ...], output: Shape) -> tuple[Equation, ...]:
    channels, (rows, columns), count = inputs[0][2], pair(layer.kernel), layer.filters
    window = "f × f" if rows == columns else "f₁ × f₂"
    plus, added = (" + 1", f"({rows} × {columns} × {channels} + 1)") if layer.bias else ("", "")
    sides = []
    for what, n, f, s, result in zip(
        ("height", "width"), inputs[0], (rows, columns), pair(layer.stride), output, strict=False
    ):
        if layer.padding == "same":
            sides.append(
                Equation(f"{OUTPUT} {what}", "n × s", f"{n} × {s}", str(result), "The stride enlarges the map.")
            )
        else:
            note = "Each input number adds a window to the output; the windows are one stride apart."
            sides.append(
                Equation(f"{OUTPUT} {what}", "(n − 1) × s + f", f"({n} − 1) × {s} + {max(f, s)}", str(result), note)
            )
    return (
        *sides,
        Equation(f"{OUTPUT} channels", "k", str(count), str(count), "One output map for each of the k filters."),
        Equation(
            PARAMETERS,
            f"({window} × c{plus}) × k" if plus else f"{window} × c × k",
            f"{added or f'{rows} × {columns} × {channels}'} × {count}",
            full(layer.params(inputs).trainable),
            f"Each filter has {quantity(rows * columns * channels, 'weight')}"
            + (" and a bias." if plus else " and no bias."),
        ),
        Equation(
            MACS,
            f"height × width × c × ({window} × k)",
            f"{' × '.join(map(str, inputs[0]))} × ({rows} × {columns} × {count})",
            full(layer.macs(inputs, output)),
            f"Each of the {full(prod(inputs[0]))} input numbers is multiplied by "
            f"{quantity(rows * columns * count, 'weight')}: height and width are those of the input map.",
        ),
    )


@equations_of.register
def _(layer: graph.Dense, inputs: tuple[Shape, ...], output: Shape) -> tuple[Equation, ...]:
    arrived, units = inputs[0][0], layer.units
    return (
        Equation(OUTPUT, "units", str(units), str(units)),
        Equation(
            PARAMETERS,
            "(inputs + 1) × units" if layer.bias else "inputs × units",
            f"({arrived} + 1) × {units}" if layer.bias else f"{arrived} × {units}",
            full((arrived + layer.bias) * units),
            f"Each unit has {quantity(arrived, 'weight')}" + (" and a bias." if layer.bias else "."),
        ),
        Equation(MACS, "inputs × units", f"{arrived} × {units}", full(arrived * units), "Every weight is used once."),
    )


@equations_of.register
def _(layer: graph.BatchNorm, inputs: tuple[Shape, ...], output: Shape) -> tuple[Equation, ...]:
    channels = output[-1]
    trained = layer.scale + layer.center
    names = " and ".join(name for name, there in (("a scale γ", layer.scale), ("a shift β", layer.center)) if there)
    return (
        same_shape(output),
        Equation(
            PARAMETERS,
            f"({trained} + 2) × c",
            f"({trained} + 2) × {channels}",
            full((trained + 2) * channels),
            (f"Trainable: {names} per channel. " if trained else "")
            + "Non-trainable: a moving mean and a moving variance per channel.",
        ),
        Equation(
            MACS,
            "not counted",
            "",
            "0",
            "At inference it is one factor and one addend per channel, which can be merged into a convolution.",
        ),
    )


@equations_of.register(graph.LayerNorm)
@equations_of.register(graph.GroupNorm)
def _(layer: graph.LayerNorm | graph.GroupNorm, inputs: tuple[Shape, ...], output: Shape) -> tuple[Equation, ...]:
    trained, channels = layer.scale + layer.center, output[-1]
    return (
        same_shape(output),
        Equation(
            PARAMETERS,
            f"{trained} × c",
            f"{trained} × {channels}",
            full(trained * channels),
            "A scale γ and a shift β per channel, where it has them. "
            + (
                "At each position, mean and variance are computed over the channels."
                if isinstance(layer, graph.LayerNorm)
                else "Mean and variance are computed from each image, for each group of channels."
            ),
        ),
        NOT_COUNTED,
    )


@equations_of.register
def _(layer: graph.ChannelScale, inputs: tuple[Shape, ...], output: Shape) -> tuple[Equation, ...]:
    return (
        same_shape(output),
        Equation(PARAMETERS, "c", str(output[-1]), full(output[-1]), "One trainable factor per channel."),
        NOT_COUNTED,
    )


@equations_of.register
def _(layer: graph.Normalize, inputs: tuple[Shape, ...], output: Shape) -> tuple[Equation, ...]:
    channels = output[-1]
    return (
        same_shape(output),
        Equation(
            PARAMETERS,
            "2 × c + 1",
            f"2 × {channels} + 1",
            full(2 * channels + 1),
            "None is trainable: a mean and a variance per channel, computed from data, and the number of images.",
        ),
        NOT_COUNTED,
    )


@equations_of.register
def _(layer: graph.Pool, inputs: tuple[Shape, ...], output: Shape) -> tuple[Equation, ...]:
    done = "compares" if layer.summary == "max" else "averages"
    return (
        *window_equations(inputs[0], pair(layer.size), layer.step, layer.padding, 1, output),
        Equation(f"{OUTPUT} channels", "c", str(output[2]), str(output[2]), "Each channel is pooled alone."),
        *nothing_learned(f"Pooling {done} numbers; it has no weights."),
    )


@equations_of.register
def _(layer: graph.GlobalPool, inputs: tuple[Shape, ...], output: Shape) -> tuple[Equation, ...]:
    height, width, channels = inputs[0]
    summary = "maximum" if layer.summary == "max" else "average"
    return (
        Equation(OUTPUT, "c", str(channels), str(channels), f"The {summary} of each {height}×{width} map."),
        *nothing_learned("It has no weights."),
    )


@equations_of.register
def _(layer: graph.AdaptivePool, inputs: tuple[Shape, ...], output: Shape) -> tuple[Equation, ...]:
    height, width, channels = inputs[0]
    size = pair(layer.size)
    how = f"The rows and columns of {with_article(f'{height}×{width}')} map are averaged in groups."
    if (height, width) == size:
        how = f"The map is already {height}×{width}: each window is one number, and nothing changes."
    return (
        Equation(f"{OUTPUT} height and width", "as set", "", times(size), how),
        Equation(f"{OUTPUT} channels", "c", str(channels), str(channels), "Each channel is pooled alone."),
        *nothing_learned("Pooling averages numbers; it has no weights."),
    )


@equations_of.register
def _(layer: graph.Upsample, inputs: tuple[Shape, ...], output: Shape) -> tuple[Equation, ...]:
    rows, columns = pair(layer.size)
    return (
        Equation(f"{OUTPUT} height", "n × s", f"{inputs[0][0]} × {rows}", str(output[0])),
        Equation(f"{OUTPUT} width", "n × s", f"{inputs[0][1]} × {columns}", str(output[1])),
        *nothing_learned("Numbers are repeated" + (", and averaged with their neighbours." if layer.smooth else ".")),
    )


@equations_of.register
def _(layer: graph.ZeroPad, inputs: tuple[Shape, ...], output: Shape) -> tuple[Equation, ...]:
    height, width, _ = inputs[0]
    return (
        Equation(f"{OUTPUT} height", "n + top + bottom", f"{height} + {layer.top} + {layer.bottom}", str(output[0])),
        Equation(f"{OUTPUT} width", "n + left + right", f"{width} + {layer.left} + {layer.right}", str(output[1])),
        *nothing_learned("It adds zeros."),
    )


@equations_of.register
def _(layer: graph.Crop, inputs: tuple[Shape, ...], output: Shape) -> tuple[Equation, ...]:
    height, width, _ = inputs[0]
    return (
        Equation(f"{OUTPUT} height", "n − top − bottom", f"{height} − {layer.top} − {layer.bottom}", str(output[0])),
        Equation(f"{OUTPUT} width", "n − left − right", f"{width} − {layer.left} − {layer.right}", str(output[1])),
        *nothing_learned("It removes numbers."),
    )


@equations_of.register
def _(layer: graph.PadChannels, inputs: tuple[Shape, ...], output: Shape) -> tuple[Equation, ...]:
    return (
        Equation(f"{OUTPUT} channels", "c + zeros", f"{inputs[0][2]} + {layer.channels}", str(output[2])),
        *nothing_learned("It adds zeros."),
    )


@equations_of.register
def _(layer: graph.Concatenate, inputs: tuple[Shape, ...], output: Shape) -> tuple[Equation, ...]:
    channels = " + ".join(str(shape[-1]) for shape in inputs)
    return (
        Equation(f"{OUTPUT} channels", "sum of the inputs' channels", channels, str(output[-1]), "Joined in order."),
        *nothing_learned("It moves numbers."),
    )


@equations_of.register
def _(layer: graph.Flatten, inputs: tuple[Shape, ...], output: Shape) -> tuple[Equation, ...]:
    return (
        Equation(OUTPUT, "height × width × channels", " × ".join(map(str, inputs[0])), full(output[0])),
        *nothing_learned("It moves numbers."),
    )


@equations_of.register(graph.Input)
@equations_of.register(graph.Activation)
@equations_of.register(graph.LocalResponseNorm)
@equations_of.register(graph.Dropout)
@equations_of.register(graph.Rescale)
@equations_of.register(graph.Reshape)
@equations_of.register(graph.Add)
@equations_of.register(graph.Multiply)
@equations_of.register(graph.Combine)
def _(layer: Layer, inputs: tuple[Shape, ...], output: Shape) -> tuple[Equation, ...]:
    return (same_shape(output), *nothing_learned(WITHOUT_WEIGHTS[type(layer)]))


WITHOUT_WEIGHTS: dict[type[Layer], str] = {
    graph.Input: "This is the network's input.",
    graph.Activation: "A function of each number; the convention counts convolutions and dense layers.",
    graph.LocalResponseNorm: "It divides by a power of a constant plus the squares of neighbouring channels.",
    graph.Dropout: "At inference it changes nothing.",
    graph.Rescale: "One multiplication per number, without weights; the convention does not count it.",
    graph.Reshape: "The numbers stay; only their arrangement changes.",
    graph.Add: "One addition per number, which the convention does not count.",
    graph.Multiply: "One factor per channel; the convention counts convolutions and dense layers.",
    graph.Combine: "One or two operations per number, without weights.",
}
