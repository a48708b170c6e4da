"""Boxes of a convolution, to one scale: its input, its filters, and its maps."""

from cnnlab.figures.boxes import Column, Solid, boxes
from cnnlab.figures.palette import OTHER, SERIES
from cnnlab.graph import Conv, Node, pair, times

DRAWN = 3  # filters; of more only the first are drawn


def layer_boxes(node: Node, over: str, arriving: tuple[str, ...] = (OTHER,)) -> str:
    """Return the SVG of a convolution's volumes; ``over`` ends its title, ``arriving`` are the input's colours."""
    (height, width, channels), conv = node.input_shapes[0], node.layer
    assert isinstance(conv, Conv)
    kernel, filters = (*pair(conv.kernel), channels), conv.filters
    colours = SERIES[: min(filters, DRAWN)]
    many = f"{filters} filters" if filters > 1 else "1 filter"
    leaving = colours
    if filters > DRAWN:
        many, leaving = f"{filters}, {DRAWN} drawn", (*colours, OTHER)
    columns = (
        Column((Solid((height, width, channels), arriving),), times((height, width, channels)), "arrives"),
        Column(tuple(Solid(kernel, (colour,)) for colour in colours), times(kernel), many, "∗"),
        Column((Solid((node.shape[0], node.shape[1], filters), leaving),), times(node.shape), "a map a filter", "="),
    )
    return boxes(columns, f"{over}, to scale")
