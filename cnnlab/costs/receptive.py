"""Receptive field and effective stride: the part of the image that one position of a feature map depends on.

For windows in a row, r = r_in + (f − 1) · dilation · j_in and j = j_in · s, with j the effective stride (Araujo,
Norris, Sim 2019, "Computing receptive fields of convolutional neural networks"). This holds where all positions see
equally much. Behind a transposed convolution, upsampling or adaptive pooling they do not, and branches may be shifted
against each other; so the windows of neighbouring positions are followed one by one, until they repeat.

The field is the smallest rectangle that holds all pixels on which a position depends, over all channels: of the
positions the one that sees most, of several input images the one of which it sees most. Borders are ignored, as in
published tables: padding counts as if the image went on, which lets the field exceed the image.

A layer that summarises a whole map (global pooling, dense) sees what all positions of the map saw together, with n
positions r = r_in + (n − 1) · j, and has no stride; layers behind it see no more. Where a gate computed in this way
multiplies a map (squeeze-and-excite), the map's own value is kept, as published tables do: every number then depends on
the whole image too, but only through one factor a channel.

An unknown layer sees at most the whole map, and so does a number of a layer that mixes positions as it gives numbers
another shape: the field is then an upper bound. It is one as well where positions differ, and those that see most all
lie at a border. A vector that no image led to has no receptive field.
"""

from collections.abc import Iterable
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

from cnnlab.graph import POINT, Concatenate, Node, Opaque, Reshape, Span

MOST_PERIOD = 1024
"""The most neighbouring positions that are followed one by one; beyond it a position sees at most the whole map."""

Window = tuple[int, int] | None
"""The first and the last pixel along one side; None where a position sees none."""


class _TooLongError(Exception):
    """More neighbouring positions see different things than are followed."""


def _checked(period: int) -> int:
    if period > MOST_PERIOD:
        raise _TooLongError
    return period


class Field(NamedTuple):
    """A receptive field in pixels of the image, and the step between neighbours (None: the whole image is seen).

    A step is a fraction where a map is finer than the image, or does not divide it. ``at_most`` if the field is an
    upper bound.
    """

    height: int
    width: int
    step: tuple[int | Fraction, int | Fraction] | None
    at_most: bool = False

    @property
    def side(self) -> int:
        """The larger side."""
        return max(self.height, self.width)

    @property
    def stride(self) -> int | float | None:
        """The larger step, a whole number if it is one."""
        return max(self.strides) if self.strides else None

    @property
    def strides(self) -> tuple[int | float, int | float] | None:
        """The steps down and across, whole numbers if they are."""
        if self.step is None:
            return None
        down, across = (float(step) if isinstance(step, Fraction) else step for step in self.step)
        return down, across


class _Track(NamedTuple):
    """What positions see of one input along one side: position p + period sees the same as p, ``shift`` pixels on.

    ``windows`` has one entry for each position of a period. A shift of 0 is a summary, which all positions share.
    """

    source: int
    shift: int
    windows: tuple[Window, ...]

    def at(self, position: int) -> Window:
        turn, place = divmod(position, len(self.windows))
        window = self.windows[place]
        return window and (window[0] + turn * self.shift, window[1] + turn * self.shift)

    @property
    def step(self) -> int | Fraction:
        if len(self.windows) == 1:
            return self.shift
        step = Fraction(self.shift, len(self.windows))
        return step.numerator if step.denominator == 1 else step


_Side = tuple[_Track, ...]


class _Seen(NamedTuple):
    """What the positions of a map see, for height and width.

    ``positions`` are height and width of the map; of a vector, those of the map whose numbers it has. ``inside`` are
    the rows and the columns whose windows do not reach into any padding. ``bound`` if one position may see less than
    named here, ``all_bound`` if even all of them together may.
    """

    sides: tuple[_Side, _Side]
    positions: tuple[int, int]
    inside: tuple[range, range]
    bound: bool = False
    all_bound: bool = False

    @property
    def summary(self) -> bool:
        """Whether all positions see the same."""
        return all(not track.shift for side in self.sides for track in side)


def receptive_fields(nodes: Iterable[Node]) -> dict[Node, Field | None]:
    """Return the receptive field of every node; None where no image leads to it.

    Inputs must come before the nodes that use them, as ``walk`` gives them.
    """
    seen: dict[Node, _Seen | None] = {}
    for number, node in enumerate(nodes):
        if node.inputs:
            arrived = [each for each in map(seen.__getitem__, node.inputs) if each]
            seen[node] = _behind(node, arrived) if arrived else None
        else:
            start: _Side = (_Track(number, 1, ((0, 0),)),)
            seen[node] = _start(node, (start, start)) if len(node.shape) == 3 else None
    # Layers that move nothing pass on what they were given.
    fields = {id(each): _field(each) for each in {id(each): each for each in seen.values() if each}.values()}
    return {node: fields[id(each)] if each else None for node, each in seen.items()}


def _positions(node: Node) -> tuple[int, int]:
    return node.shape[0], node.shape[1]


def _start(node: Node, sides: tuple[_Side, _Side]) -> _Seen:
    height, width = _positions(node)
    return _Seen(sides, (height, width), (range(height), range(width)))


def _behind(node: Node, arrived: list[_Seen]) -> _Seen:
    """Return what a node sees of images, given what those of its inputs see that an image leads to."""
    if len(node.shape) == 3:
        positions = _positions(node)
    else:
        positions = next((each for each in arrived if not each.summary), arrived[0]).positions
    before = arrived[0] if len(node.inputs) == 1 else _joined(node, arrived, positions)
    reach = node.reach
    if reach is POINT and before.positions == positions:
        return before
    if reach is not None:
        try:
            rows, columns = (_through_all(side, span) for side, span in zip(before.sides, reach, strict=True))
        except _TooLongError:
            return _summarised(before, positions)._replace(bound=True)
        down, across = map(_inside, before.inside, reach, positions)
        return before._replace(sides=(rows, columns), positions=positions, inside=(down, across))
    whole = _summarised(before, positions)
    unknown = isinstance(node.layer, Opaque)
    # Numbers in another shape: none is lost, but where positions mix, one of them may see less than all.
    mixed = isinstance(node.layer, Reshape) and (before.bound or (not before.summary and before.positions != (1, 1)))
    return whole._replace(bound=whole.all_bound or unknown or mixed, all_bound=whole.all_bound or unknown)


def _joined(node: Node, arrived: list[_Seen], positions: tuple[int, int]) -> _Seen:
    """Return what the inputs of a node see together, position by position."""
    if len(node.shape) == 3:
        arrived = [_repeated(each, positions) for each in arrived]
    if node.layer.gates:
        arrived = [each for each in arrived if not each.summary] or arrived
    if len(arrived) == 1:
        return arrived[0]
    bound, all_bound = any(each.bound for each in arrived), any(each.all_bound for each in arrived)
    # Vectors: numbers of different positions may be side by side, or added.
    places = {each.positions for each in arrived if not each.summary}
    mixed = len(node.shape) == 1 and bool(places) and (len(places) > 1 or isinstance(node.layer, Concatenate))
    if not mixed:
        try:
            return _together(arrived)._replace(bound=bound, all_bound=all_bound)
        except _TooLongError:
            pass
    whole = _together([_summarised(each, positions) for each in arrived])
    return whole._replace(bound=True, all_bound=all_bound)


def _together(arrived: list[_Seen]) -> _Seen:
    rows, columns = (_merged([track for each in arrived for track in each.sides[side]]) for side in (0, 1))
    down, across = (_common([each.inside[side] for each in arrived]) for side in (0, 1))
    return arrived[0]._replace(sides=(rows, columns), inside=(down, across))


def _common(ranges: list[range]) -> range:
    return range(max(each.start for each in ranges), min(each.stop for each in ranges))


def _inside(before: range, span: Span, positions: int) -> range:
    """Return the positions behind a layer that see none but those ``before`` it."""
    first = -(-(before.start * span.up - span.first) // span.stride)
    last = (before.stop * span.up - 1 - span.last) // span.stride
    return range(max(first, 0), min(last + 1, positions))


def _repeated(seen: _Seen, positions: tuple[int, int]) -> _Seen:
    """Return what a map sees whose single row or column is repeated to the rows or columns of another."""
    if seen.positions == positions:
        return seen
    rows, columns = (
        tuple([_Track(track.source, 0, (track.at(0),)) for track in side]) if own == 1 < wanted else side
        for side, own, wanted in zip(seen.sides, seen.positions, positions, strict=True)
    )
    return _Seen((rows, columns), positions, (range(positions[0]), range(positions[1])), seen.bound, seen.all_bound)


def _merged(tracks: list[_Track]) -> _Side:
    """Return the tracks, one for each input and step: those with equal steps become one around them.

    Raises ``_TooLongError`` if too many positions differ.
    """
    found: dict[tuple[int, int | Fraction], _Track] = {}
    for track in tracks:
        key = (track.source, track.step)
        other = found.get(key)
        found[key] = track if other is None or other == track else _hull(other, track)
    for source in {track.source for track in tracks} if len(found) > 1 else ():
        _checked(lcm(*(len(track.windows) for track in found.values() if track.source == source)))
    return tuple(found.values())


def _hull(one: _Track, other: _Track) -> _Track:
    if len(one.windows) == len(other.windows) == 1:
        return _Track(one.source, one.shift, (_around([one.windows[0], other.windows[0]]),))
    period = _checked(lcm(len(one.windows), len(other.windows)))
    windows = tuple(_around([one.at(position), other.at(position)]) for position in range(period))
    return _Track(one.source, one.shift * period // len(one.windows), windows)


def _around(windows: Iterable[Window]) -> Window:
    """Return the smallest window around others."""
    some = [window for window in windows if window]
    return (min(first for first, _ in some), max(last for _, last in some)) if some else None


def _through_all(side: _Side, span: Span) -> _Side:
    return side if span == POINT.height else tuple([_through(track, span) for track in side])


def _through(track: _Track, span: Span) -> _Track:
    """Return what the positions behind a layer see, given what those before it see.

    Raises ``_TooLongError`` if too many of them differ.
    """
    source, shift, windows = track
    if not shift and len(windows) == 1:
        return track
    if span.up == len(windows) == 1:  # nearly always: each window like its neighbour
        window = windows[0]
        seen = window and (window[0] + span.first * shift, window[1] + span.last * shift)
        return _Track(source, shift * span.stride, (seen,))
    before = len(windows)
    # The windows repeat once the layer has moved by whole periods of its input.
    period = _checked(span.up * before // gcd(span.up * before, span.stride))
    behind: list[Window] = []
    for position in range(period):
        first, last = (span.stride * position + span.first) // span.up, (span.stride * position + span.last) // span.up
        taps = range(first, last + 1, span.dilation)
        # Of taps a period apart the first sees the first pixel, the last the last one.
        ends = taps if len(taps) <= 2 * before else (*taps[:before], *taps[-before:])
        behind.append(_around(map(track.at, ends)))
    return _Track(source, shift * (span.stride * period // (span.up * before)), tuple(behind))


def _summarised(seen: _Seen, positions: tuple[int, int]) -> _Seen:
    """Return what the positions behind a map see that depend on all positions of it."""
    rows, columns = (
        _merged([_Track(track.source, 0, (_whole(track, count),)) for track in side])
        for side, count in zip(seen.sides, seen.positions, strict=True)
    )
    inside = range(positions[0]), range(positions[1])
    return seen._replace(sides=(rows, columns), positions=positions, inside=inside)


def _whole(track: _Track, count: int) -> Window:
    """Return what ``count`` positions see together."""
    if not track.shift and len(track.windows) == 1:
        return track.windows[0]
    some = min(count, len(track.windows))
    return _around(map(track.at, (*range(some), *range(count - some, count))))


def _field(seen: _Seen) -> Field:
    rows, columns = seen.sides
    height, width = (_most(side, range(count)) for side, count in zip(seen.sides, seen.positions, strict=True))
    bound = seen.bound
    if not bound and any(map(_varies, seen.sides)):
        # Positions differ: those that see most may all lie at a border, and see less for it.
        bound = any(
            inside and _most(side, inside) < most
            for side, inside, most in zip(seen.sides, seen.inside, (height, width), strict=True)
        )
    steps = None
    if all(track.shift for track in rows) or all(track.shift for track in columns):
        steps = max(track.step for track in rows), max(track.step for track in columns)
    return Field(height, width, steps, bound)


def _varies(side: _Side) -> bool:
    """Return whether positions differ in how many pixels they see."""
    if len(side) == len(side[0].windows) == 1:
        return False
    moving = [track for track in side if track.shift]
    return any(len(track.windows) > 1 for track in moving) or len(moving) > len({track.source for track in moving})


def _most(side: _Side, positions: range) -> int:
    """Return the most pixels of one input between the first and the last that one of the positions sees."""
    if len(side) == len(side[0].windows) == 1:
        window = side[0].windows[0]
        return window[1] - window[0] + 1 if window else 0
    most = 0
    for source in {track.source for track in side}:
        tracks = [track for track in side if track.source == source]
        period = lcm(*(len(track.windows) for track in tracks))
        # Steps differ where branches were made equal by resizing: the windows part, and the ends are the farthest.
        places = positions[:period] if len(tracks) == 1 else (*positions[:period], *positions[-period:])
        for place in places:
            window = _around(track.at(place) for track in tracks)
            most = max(most, window[1] - window[0] + 1 if window else 0)
    return most
