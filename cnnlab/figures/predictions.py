"""Predictions as HTML: the image with its crop, and a bar for each class."""

from collections.abc import Sequence
from html import escape

from cnnlab.figures.palette import MACS, OTHER


def boxed(picture: str, size: tuple[int, int], box: tuple[int, int, int], alt: str, exact: bool) -> str:
    """Return HTML of an image (its URL, ``size`` height × width) with a square on it: top, left and side."""
    (height, width), (top, left, side) = size, box
    place = (
        f"top:{100 * top / height:.2f}%;left:{100 * left / width:.2f}%;"
        f"width:{100 * side / width:.2f}%;height:{100 * side / height:.2f}%"
    )
    style = "cnnlab-boxed exact" if exact else "cnnlab-boxed"
    return (
        f'<div class="{style}" style="aspect-ratio:{width}/{height}"><img src="{picture}" alt="{escape(alt)}">'
        f'<i style="{place}"></i></div>'
    )


def said(classes: Sequence[str], ways: Sequence[tuple[str, Sequence[float]]], true: int | None, most: int) -> str:
    """Each way's share of each class, the likeliest classes first; at most ``most`` of them, and the ``true`` one.

    >>> said(["a", "b"], [("this crop", (0.25, 0.75))], 0, 1).count("<li")
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
    more = f'<p class="cnnlab-aside">and {rest} more {"class" if rest == 1 else "classes"}, all less likely</p>'
    columns = f"--ways:{len(ways)}"
    listed = f'<ul class="cnnlab-predictions" style="{columns}"><li class="head"><b></b>{head}</li>{rows}</ul>'
    return f"<div>{listed}{more if rest else ''}</div>"


def _row(
    classes: Sequence[str], ways: Sequence[tuple[str, Sequence[float]]], tops: Sequence[int], label: int, true: bool
) -> str:
    cells = ""
    for (name, shares), top in zip(ways, tops, strict=True):
        share = shares[label]
        text, colour = percents(share), MACS if label == top else OTHER
        cells += (
            f'<span class="share{" top" if label == top else ""}" role="img" aria-label="{escape(name)}: {text}">'
            f'<span class="track"><i style="width:{100 * share:.1f}%;background:{colour}"></i></span>'
            f"<em>{text}</em></span>"
        )
    mark = "<small>the true class</small>" if true else ""
    return f"<li><b>{escape(classes[label])} {mark}</b>{cells}</li>"


def percents(share: float) -> str:
    """Format whole percents without a false 0 or 100.

    >>> percents(0.731), percents(0.9991), percents(0.001)
    ('73 %', '> 99 %', '< 1 %')
    """
    if share > 0.995:
        return "> 99 %" if share < 0.99999 else "100 %"
    return "< 1 %" if share < 0.005 else f"{100 * share:.0f} %"
