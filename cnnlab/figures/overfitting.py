"""Judges whether each phase of a training overfits: yes, no, or undecidable.

When fine-tuning begins everything jumps, and what the head overfitted it may correct: phases are not judged together.
What counts is how things stand at a phase's end, as the mean of its last three epochs. It overfits

- where the validation loss has risen by more than a tenth above its smallest value while the training loss has gone on
  falling: from the epoch after that smallest value on; or
- where the training accuracy is large above that of the validation (ten points or more, and more than twice the
  standard error that the number of validation images leaves, where that is known) and this gap has grown by five
  points or more since the phase's first three epochs: from the first epoch on after which the gap stays above half of
  what it has become.

It is open with fewer than 20 validation images, for a phase of fewer than six epochs, and
where a gap is large and has grown but is within the noise. Everything else is a no.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import isfinite, sqrt
from typing import Any, Literal

History = Sequence[Mapping[str, Any]]
FEW = 3  # epochs whose mean stands for how things are: a single one jumps
LARGE, GROWN = 0.10, 0.05  # of the gap between the accuracies
WORSE = 1.1  # times the smallest validation loss
LEAST = 20  # validation images, of which each is five points of accuracy


@dataclass(frozen=True)
class Judged:
    """The judgement of one phase, from epoch ``first`` to ``last``.

    ``begin``: the epoch from which on it overfits, where the answer is yes, and ``sign`` what shows it. ``why``: half a
    sentence, where nothing can be decided.
    """

    phase: str
    first: int
    last: int
    answer: Literal["yes", "no", "open"]
    begin: int | None = None
    why: str = ""
    sign: Literal["loss", "gap"] = "gap"


def judged(history: History, images: int = 0) -> list[Judged]:
    """Judge each phase, in order; ``images`` are those of the validation, 0 where that is not known."""
    parts = groupby(history, key=lambda row: str(row.get("phase")))
    return [_judged(phase, list(rows), images) for phase, rows in parts]


def _judged(phase: str, rows: History, images: int) -> Judged:
    first, last = int(rows[0]["epoch"]), int(rows[-1]["epoch"])
    columns = [numbers(rows, name) for name in ("loss", "val_loss", "accuracy", "val_accuracy")]
    why = ""
    if all(value is None for value in columns[1]):
        why = "there are no validation images"
    elif any(value is None for column in columns for value in column):
        why = "numbers of some epochs are missing"
    elif len(rows) < 2 * FEW:
        why = f"that needs at least {2 * FEW} epochs, and there {_are(len(rows), 'epoch')}"
    elif 0 < images < LEAST:
        why = f"that needs at least {LEAST} validation images, and there {_are(images, 'image')}"
    if why:
        return Judged(phase, first, last, "open", why=why)
    loss, watched, right, watched_right = [[value or 0.0 for value in column] for column in columns]
    begins: list[tuple[int, Literal["loss", "gap"]]] = [(place, "loss") for place in _rising(loss, watched)]
    gaps = [train - seen for train, seen in zip(right, watched_right, strict=True)]
    share = min(max(_end(watched_right), 0.0), 1.0)
    noise = 2 * sqrt(share * (1 - share) / images) if images else 0.0
    if _end(gaps) >= LARGE and _end(gaps) - sum(gaps[:FEW]) / FEW >= GROWN:
        if _end(gaps) >= noise:
            small = [place for place, gap in enumerate(gaps) if gap <= _end(gaps) / 2]
            begins.append((small[-1] + 1 if small else 0, "gap"))
        else:
            why = (
                f"training is {100 * _end(gaps):.0f} points ahead, and {images} validation images leave "
                f"±{100 * noise:.0f} points to chance"
            )
    begins = [each for each in begins if each[0] < len(rows)]
    if begins:
        place, sign = min(begins)
        return Judged(phase, first, last, "yes", int(rows[place]["epoch"]), sign=sign)
    return Judged(phase, first, last, "open" if why else "no", why=why)


def _are(count: int, word: str) -> str:
    return f"is 1 {word}" if count == 1 else f"are {count} {word}s"


def _rising(loss: Sequence[float], watched: Sequence[float]) -> Iterator[int]:
    """Yield the place after the smallest validation loss, if that has risen since and the training's has not."""
    best = min(range(len(watched)), key=lambda place: watched[place])
    if len(watched) - 1 - best >= FEW and _end(watched) > WORSE * watched[best] and _end(loss) < loss[best]:
        yield best + 1


def _end(values: Sequence[float]) -> float:
    return sum(values[-FEW:]) / FEW


def numbers(rows: History, name: str) -> list[float | None]:
    """Return a column of a history, with None for values that cannot be drawn."""
    values = [row.get(name) for row in rows]
    return [value if isinstance(value, int | float) and isfinite(value) else None for value in values]
