"""The stages of a network, frozen and trained, as HTML: a bar for each, as long as it has parameters."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from cnnlab.figures.palette import MACS, OTHER

TRAINED, FROZEN = MACS, OTHER
LEAST = 0.6  # percent of the track that the smallest bar has, so that it can be seen


class Row(NamedTuple):
    """A stage: its name, the size of its feature map, its parameters, and how many of them are trained.

    ``upto``: what is trained in all where everything from the head to here is, as a sentence.
    """

    name: str
    note: str
    params: int
    trained: int
    upto: str
    chosen: bool = False


def ledger(rows: Sequence[Row]) -> str:
    """Draw all stages, from the pixels to the head; training begins at the chosen one.

    >>> "width:50.00%" in ledger([Row("a", "", 50, 50, ""), Row("b", "", 100, 0, "")])
    True
    """
    largest = max((row.params for row in rows), default=1) or 1
    return f'{_LEGEND}<ul class="cnnlab-ledger">{"".join(_row(row, largest) for row in rows)}</ul>'


_LEGEND = (
    f'<div class="cnnlab-legend"><span><i style="background:{FROZEN}"></i>frozen</span>'
    f'<span><i style="background:{TRAINED}"></i>trained</span></div>'
)


def _row(row: Row, largest: int) -> str:
    frozen = row.params - row.trained
    bars = "".join(
        f'<i style="width:{max(100 * count / largest, LEAST):.2f}%;background:{colour}"></i>'
        for count, colour in ((row.trained, TRAINED), (frozen, FROZEN))
        if count
    )
    if not row.trained:
        state = f"{row.params:,} frozen"
    else:
        state = f"{row.trained:,} train" + (f", {frozen:,} frozen" if frozen else "")
    return (
        f"<li{_CHOSEN if row.chosen else ''}><span><b>{escape(row.name)}</b> <small>{escape(row.note)}</small></span>"
        f'<span class="count" role="img" aria-label="{state}"><span class="track">{bars}</span><span>{state}</span>'
        f"</span><small>{escape(row.upto)}</small></li>"
    )


_CHOSEN = ' class="chosen"'
