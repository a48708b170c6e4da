"""Augmented images side by side, as HTML. Images are URLs; each has an alt text."""

import itertools
from collections.abc import Iterable, Sequence
from html import escape


def grid(original: str, images: Sequence[str], title: str, exact: bool) -> str:
    """Return the original, twice as large, and the draws around it, four a row; ``exact`` draws pixels as squares."""
    cells = "".join(_figure(each, f"{title}, draw {number}") for number, each in enumerate(images, 1))
    first = _figure(original, f"{title}, the original", "the original", "first")
    return f'<div class="cnnlab-draws{_style(exact)}">{first}{cells}</div>'


def skeleton(count: int) -> str:
    """Return the empty frames of images to come."""
    empty = '<figure class="empty" aria-hidden="true"></figure>'
    first = '<figure class="first empty" aria-hidden="true"></figure>'
    return f'<div class="cnnlab-draws" role="status" aria-label="drawing">{first}{empty * count}</div>'


def stages(images: Sequence[str], titles: Sequence[str], exact: bool) -> str:
    """Return the image after each step, in order; the caption of a step without effect says so."""
    same = [False, *(before == after for before, after in itertools.pairwise(images))]
    captions = [f"{title}: no change in this draw" if each else title for each, title in zip(same, titles, strict=True)]
    alt = [
        "the image before all steps",
        *(f"the image after step {n}, {of}" for n, of in enumerate(titles[1:], 1)),
    ]
    cells = "".join(_figure(*each) for each in zip(images, alt, captions, strict=True))
    return f'<div class="cnnlab-draws stages{_style(exact)}">{cells}</div>'


def beside(before: str, images: Sequence[str], title: str, step: str) -> str:
    """Return a small image with draws of it in one row. ``title`` names the image, ``step`` the augmentation."""
    cells = _figure(before, f"{title}, the original", "before") + "".join(
        _figure(each, f"{title} after {step}, draw {number}", "after" if number == 1 else "")
        for number, each in enumerate(images, 1)
    )
    return f'<div class="cnnlab-draws small exact">{cells}</div>'


def batch(
    images: Sequence[str], labels: Sequence[Sequence[float]], classes: Sequence[str], exact: bool
) -> str:  # fmt: skip
    """Return images with their labels: each class with a share, the largest first."""
    cells = "".join(
        _figure(each, f"image {number} of the batch: {label}", label)
        for number, (each, label) in enumerate(zip(images, label_texts(labels, classes), strict=True), 1)
    )
    return f'<div class="cnnlab-draws batch{_style(exact)}">{cells}</div>'


def label_texts(labels: Sequence[Sequence[float]], classes: Sequence[str]) -> Iterable[str]:
    """Yield each label as text, such as ``70 % cat + 30 % coffee``; a class alone is only named.

    Whole percents that add up to 100: what cutting them off leaves goes to those that lost most.
    """
    for row in labels:
        whole = [int(100 * share) for share in row]
        lost = sorted(range(len(row)), key=lambda place: 100 * row[place] - whole[place], reverse=True)
        for place in lost[: 100 - sum(whole)]:
            whole[place] += 1
        shares = sorted(((share, name) for share, name in zip(whole, classes, strict=True) if share), reverse=True)
        if len(shares) == 1:
            yield _named(shares[0][1])
        else:
            yield " + ".join(f"{share} % {_named(name)}" for share, name in shares)


def _named(name: str) -> str:
    """Quote a digit, which beside a percentage would read as a number."""
    return f"“{name}”" if name.isdecimal() else name


def _figure(image: str, alt: str, caption: str = "", style: str = "") -> str:
    """Return an image with its alt text and, below, its caption."""
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure class="{style}"><img src="{image}" alt="{escape(alt)}">{below}</figure>'


def _style(exact: bool) -> str:
    return " exact" if exact else ""
