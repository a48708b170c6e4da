"""Predictions as HTML: the image with its crop, and a bar for each class."""

from collections.abc import Sequence
from html import escape

from cnnlab.figures.palette import MACS, OTHER
from cnnlab.units import percent


def image_with_crop(image: str, size: tuple[int, int], box: tuple[int, int, int], alt: str, exact: bool) -> str:
    """Return HTML of an image (its URL, ``size`` height × width) with a square on it: top, left and side."""
    (height, width), (top, left, side) = size, box
    place = (
        f"top:{100 * top / height:.2f}%;left:{100 * left / width:.2f}%;"
        f"width:{100 * side / width:.2f}%;height:{100 * side / height:.2f}%"
    )
    style = "cnnlab-boxed exact" if exact else "cnnlab-boxed"
    return (
        f'<div class="{style}" style="aspect-ratio:{width}/{height}"><img src="{image}" alt="{escape(alt)}">'
        f'<i style="{place}"></i></div>'
    )


def prediction_bars(
    classes: Sequence[str], ways: Sequence[tuple[str, Sequence[float]]], true: int | None, most: int
) -> str:
    """Return a bar for each class in each way, the likeliest first: at most ``most`` classes, and the ``true`` one.

    >>> prediction_bars(["a", "b"], [("this crop", (0.25, 0.75))], 0, 1).count("<li")
    3
    """
    order = sorted(range(len(classes)), key=lambda label: -max(shares[label] for _, shares in ways))
    shown = order[:most]
    if true is not None and true not in shown:
        shown.append(true)
    head = "".join(f"<span>{escape(name)}</span>" for name, _ in ways)
    tops = [max(range(len(classes)), key=lambda label: shares[label]) for _, shares in ways]
    rows = "".join(_row(classes, ways, tops, label, label == true) for label in shown)
    rest = len(classes) - len(shown)
    more = f'<p class="cnnlab-aside">and {rest} more {"class" if rest == 1 else "classes"}, each less probable</p>'
    columns = f"--ways:{len(ways)}"
    listed = f'<ul class="cnnlab-predictions" style="{columns}"><li class="head"><b></b>{head}</li>{rows}</ul>'
    return f"<div>{listed}{more if rest else ''}</div>"


def _row(
    classes: Sequence[str], ways: Sequence[tuple[str, Sequence[float]]], tops: Sequence[int], label: int, true: bool
) -> str:
    cells = ""
    for (name, shares), top in zip(ways, tops, strict=True):
        share = shares[label]
        text, colour = percent(share, 1), MACS if label == top else OTHER
        cells += (
            f'<span class="share{" top" if label == top else ""}" role="img" aria-label="{escape(name)}: {text}">'
            f'<span class="track"><i style="width:{100 * share:.1f}%;background:{colour}"></i></span>'
            f"<em>{text}</em></span>"
        )
    mark = "<small>the true class</small>" if true else ""
    return f"<li><b>{escape(classes[label])} {mark}</b>{cells}</li>"
