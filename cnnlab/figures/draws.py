"""Augmented pictures side by side, as HTML. Pictures are addresses that a browser shows."""

from collections.abc import Iterable, Sequence
from html import escape

from cnnlab.units import percent

FAINTEST = 0.01  # share of a label that is still named


def grid(original: str, pictures: Sequence[str], title: str, exact: bool) -> str:
    """The original, twice as large, and the draws around it, four in a row. ``exact`` shows every pixel as a square."""
    cells = "".join(_figure(each, f"draw {number}", "") for number, each in enumerate(pictures, 1))
    first = _figure(original, f"{title}, the original", "the original", "first")
    return f'<div class="cnnlab-draws{" exact" if exact else ""}">{first}{cells}</div>'


def skeleton(count: int) -> str:
    """Where pictures will be."""
    empty = '<figure class="empty"></figure>'
    return f'<div class="cnnlab-draws"><figure class="first empty"></figure>{empty * count}</div>'


def stages(pictures: Sequence[str], titles: Sequence[str], exact: bool) -> str:
    """One picture after each step, in order."""
    cells = "".join(
        _figure(each, title, title) for each, title in zip(pictures, titles, strict=True)
    )  # fmt: skip
    return f'<div class="cnnlab-draws stages{" exact" if exact else ""}">{cells}</div>'


def batch(
    pictures: Sequence[str], labels: Sequence[Sequence[float]], classes: Sequence[str], exact: bool
) -> str:  # fmt: skip
    """Pictures with their labels: each class with a share, the largest first."""
    cells = "".join(
        _figure(each, told, told) for each, told in zip(pictures, told_labels(labels, classes), strict=True)
    )
    return f'<div class="cnnlab-draws batch{" exact" if exact else ""}">{cells}</div>'


def told_labels(labels: Sequence[Sequence[float]], classes: Sequence[str]) -> Iterable[str]:
    """Each label as text, such as ``70 % cat + 30 % coffee``; a class alone is only named."""
    for row in labels:
        shares = sorted(zip(row, classes, strict=True), reverse=True)
        told = [f"{percent(share, 1)} {_named(name)}" for share, name in shares if share >= FAINTEST]
        yield " + ".join(told) if len(told) > 1 else shares[0][1]


def _named(name: str) -> str:
    """A digit beside a percentage would read as a number."""
    return f"“{name}”" if name.isdecimal() else name


def _figure(picture: str, told: str, caption: str, style: str = "") -> str:
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure class="{style}"><img src="{picture}" alt="{escape(told)}">{below}</figure>'
