"""A sweep as a value: the knobs along its axes, and the networks that the paper itself lists."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, get_args

from cnnlab.knobs import number
from cnnlab.network import Network

Fineness = Literal["coarse", "medium", "fine"]
FINENESS: tuple[Fineness, ...] = get_args(Fineness)

# Knobs that change no cost, and φ, whose part in a released network is already in its three directions.
ASIDE = ("dropout", "phi")


@dataclass(frozen=True, slots=True)
class Axis:
    """One direction of a sweep: the knob's name, and its values for each fineness, coarse to fine."""

    knob: str
    title: str
    phrase: str
    """The words for a place in a sentence, such as "at {} pixels"."""
    values: tuple[tuple[float, ...], ...]

    def at(self, fineness: Fineness) -> tuple[float, ...]:
        """Return the values, ascending. Raises ``ValueError`` for an unknown fineness."""
        if fineness not in FINENESS:
            raise ValueError(f"fineness must be one of {', '.join(FINENESS)}, not {fineness!r}")
        return self.values[FINENESS.index(fineness)]

    def in_words(self, value: float) -> str:
        """Return a place on this axis in words."""
        return self.phrase.format(f"{value:,g}")


def spread(
    low: float, high: float, steps: tuple[float, float, float], marks: Iterable[float]
) -> tuple[tuple[float, ...], ...]:
    """Return the multiples of each step between two ends, and all marks.

    A multiple within half a step of a mark is left out.

    >>> spread(0.5, 2, (0.5, 0.5, 0.25), (1, 1.4))[0]
    (0.5, 1, 1.4, 2.0)
    """
    marks = tuple(marks)
    found = []
    for step in steps:
        # Six digits, as knobs are rounded; whole steps stay whole numbers.
        even = [round(step * number, 6) for number in range(-int(-low // step), int(high / step + 1e-9) + 1)]
        kept = [value for value in even if all(abs(value - mark) >= step / 2 - 1e-9 for mark in marks)]
        found.append(tuple(sorted({*kept, *marks})))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Listed:
    """A network that the paper lists or its authors released; ``x`` says where it stands if no knob of it does."""

    label: str
    network: Network
    x: float | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """A listed network's place in a sweep; ``off`` says how it differs from the cell there, "" if it is the same."""

    label: str
    x: float
    y: float | None
    network: Network
    off: str


@dataclass(frozen=True, slots=True)
class Sweep:
    """A family along one axis or two. Small, frozen, hashable: a key of caches.

    ``case`` is the case study's name; braces in it stand for the value along x. ``free`` are the knobs beside the axes
    that a reader may set with ``at``.
    """

    name: str
    title: str
    idea: str
    case: str
    x: Axis
    y: Axis | None
    listed: tuple[Listed, ...]
    free: tuple[Axis, ...] = ()
    fixed: tuple[tuple[str, float], ...] = ()

    def at(self, **knobs: float) -> "Sweep":
        """Return the same sweep with other knobs held at these values.

        Raises ``ValueError`` for an axis or a wrong value.
        """
        for axis in self.axes:
            if axis.knob in knobs:
                raise ValueError(f"{axis.knob} is an axis of {self.title}; it cannot have one value")
        held = Network.of(self.case, **(dict(self.fixed) | knobs))
        return replace(self, fixed=tuple((name, float(number(value))) for name, value in held.changed))

    @property
    def axes(self) -> tuple[Axis, ...]:
        """One axis or two."""
        return (self.x, self.y) if self.y else (self.x,)

    def network(self, x: float, y: float | None = None) -> Network:
        """Return the network of a cell. Raises ``ValueError`` for a value out of a knob's range."""
        places = [(axis.knob, value) for axis, value in zip(self.axes, (x, y), strict=False) if value is not None]
        return Network.of(self.case.format(x), **dict(self.fixed), **{knob: value for knob, value in places if knob})

    def places(self, fineness: Fineness) -> tuple[tuple[float, float | None], ...]:
        """Return every cell's x and y, row by row."""
        rows = self.y.at(fineness) if self.y else (None,)
        return tuple((x, y) for y in rows for x in self.x.at(fineness))

    def in_words(self, x: float, y: float | None = None) -> str:
        """Return a cell's place in words, such as "α 0.75 at 192 pixels"."""
        parts = [axis.in_words(value) for axis, value in zip(self.axes, (x, y), strict=False) if value is not None]
        return (" " if parts[-1].startswith(("at ", "with ")) else ", ").join(parts)

    @property
    def points(self) -> tuple[Point, ...]:
        """The listed networks, each at its place."""
        return tuple(map(self._point, self.listed))

    def _point(self, listed: Listed) -> Point:
        own = listed.network.values
        x = float(number(own[self.x.knob])) if listed.x is None else listed.x
        y = float(number(own[self.y.knob])) if self.y else None
        here = self.network(x, y).values
        differs = {knob: own[knob] for knob in own if own[knob] != here.get(knob) and knob not in ASIDE}
        phrases = {axis.knob: axis.in_words for axis in (*self.axes, *self.free)}
        off = [
            phrases[knob](float(number(value))) if knob in phrases else f"{knob.replace('_', ' ')} {value}"
            for knob, value in differs.items()
        ]
        # φ held at some value scales the whole plane away from what was released.
        if not off and own.get("phi") != here.get("phi"):
            off = ["without φ"]
        return Point(listed.label, x, y, listed.network, ", ".join(off))
