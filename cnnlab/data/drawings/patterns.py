"""Sixteen patterns without a beginning, turned and scaled at random: ``count`` × side × side, bright above 0."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from cnnlab.data.drawings.strokes import SIDE, Floats

Random = np.random.Generator
_AXIS = np.arange(SIDE, dtype=np.float32) - SIDE / 2


def _plane(count: int, random: Random, finest: float, coarsest: float, turn: float = np.pi) -> tuple[Floats, Floats]:
    """Return coordinates in periods of ``finest`` to ``coarsest`` pixels, turned and shifted."""
    angle = random.uniform(-turn, turn, (count, 1, 1))
    period = np.exp(random.uniform(np.log(finest), np.log(coarsest), (count, 1, 1)))
    x, y = _AXIS[None, None, :], _AXIS[None, :, None]
    shift = random.uniform(0, 1, (2, count, 1, 1))
    u = (np.cos(angle) * x + np.sin(angle) * y) / period + shift[0]
    v = (np.cos(angle) * y - np.sin(angle) * x) / period + shift[1]
    return u.astype(np.float32), v.astype(np.float32)


def _soft(distance: Floats, random: Random) -> Floats:
    """Return −1…1 across an edge at 0, blurred by a little; ``distance`` in periods."""
    found: Floats = np.tanh(distance * random.uniform(4, 12, (len(distance), 1, 1)))
    return found


def _wave(u: Floats) -> Floats:
    """Return the distance to the next line: 0 at whole numbers, ½ halfway."""
    found: Floats = np.abs(u - np.round(u))
    return found


def _noise(count: int, random: Random, slope: Floats, squeeze: Floats | None = None) -> Floats:
    """Return noise: amplitude falls as frequency ** ``slope``; ``squeeze`` stretches it along an angle."""
    fy, fx = np.fft.fftfreq(SIDE)[None, :, None], np.fft.rfftfreq(SIDE)[None, None, :]
    if squeeze is not None:
        angle = random.uniform(-np.pi, np.pi, (count, 1, 1))
        fx, fy = np.cos(angle) * fx + np.sin(angle) * fy, squeeze * (np.cos(angle) * fy - np.sin(angle) * fx)
    spectrum = np.maximum(np.hypot(fx, fy), 1 / SIDE) ** -slope
    found = np.fft.irfft2(np.fft.rfft2(random.normal(0, 1, (count, SIDE, SIDE))) * spectrum, s=(SIDE, SIDE))
    found -= found.mean(axis=(1, 2), keepdims=True)
    whole: Floats = (found / found.std(axis=(1, 2), keepdims=True)).astype(np.float32)
    return whole


def shades(count: int, random: Random) -> Floats:
    """Draw a slope of brightness, clouds or grain, as a ground."""
    u, _ = _plane(count, random, 20, 60)
    noise = _noise(count, random, random.uniform(0, 2.5, (count, 1, 1)))
    slope = (u - u.mean(axis=(1, 2), keepdims=True)) * 2
    found: Floats = np.where(random.random((count, 1, 1)) < 0.5, noise, slope)
    return found


def _stripes(count: int, random: Random) -> Floats:
    u, _ = _plane(count, random, 5, 16)
    return _soft(_wave(u) - random.uniform(0.12, 0.38, (count, 1, 1)), random)


def _waves(count: int, random: Random) -> Floats:
    u, v = _plane(count, random, 6, 14)
    bent = u + random.uniform(0.25, 0.5, (count, 1, 1)) * np.sin(v * random.uniform(2, 4, (count, 1, 1)))
    return _soft(_wave(bent) - 0.25, random)


def _zigzag(count: int, random: Random) -> Floats:
    u, v = _plane(count, random, 7, 16)
    return _soft(_wave(u + random.uniform(0.8, 1.4, (count, 1, 1)) * _wave(v)) - 0.25, random)


def _checks(count: int, random: Random) -> Floats:
    u, v = _plane(count, random, 8, 24)
    return _soft((_wave(u) - 0.25) * (_wave(v) - 0.25) * 4, random)


def _grid(count: int, random: Random) -> Floats:
    u, v = _plane(count, random, 7, 18)
    return _soft(np.minimum(_wave(u), _wave(v)) - random.uniform(0.06, 0.14, (count, 1, 1)), random)


def _bricks(count: int, random: Random) -> Floats:
    u, v = _plane(count, random, 7, 16)
    row = np.floor(v)
    joint = np.minimum(2 * _wave(u / 2 + row / 2), _wave(v))
    return _soft(joint - random.uniform(0.06, 0.14, (count, 1, 1)), random)


def _dots(count: int, random: Random) -> Floats:
    u, v = _plane(count, random, 6, 16)
    return _soft(random.uniform(0.2, 0.4, (count, 1, 1)) - np.hypot(_wave(u), _wave(v)), random)


def _rings(count: int, random: Random) -> Floats:
    u, v = _plane(count, random, 4, 12)
    middle = random.uniform(-1.5, 1.5, (2, count, 1, 1))
    return _soft(_wave(np.hypot(u + middle[0], v + middle[1])) - 0.25, random)


def _rays(count: int, random: Random) -> Floats:
    u, v = _plane(count, random, 8, 16)
    around = np.arctan2(v, u) * random.integers(4, 11, (count, 1, 1)) / (2 * np.pi)
    return _soft(_wave(around) - 0.25, random)


def _nearest(count: int, random: Random, points: int) -> tuple[Floats, Floats]:
    """Return the distances in pixels to the nearest and to the next of scattered points."""
    x, y = random.uniform(-8, SIDE + 8, (2, count, points, 1)).astype(np.float32)
    axis = np.arange(SIDE, dtype=np.float32)
    across, along = (x - axis) ** 2, (y - axis) ** 2
    first, second = (np.full((count, SIDE, SIDE), 1e9, dtype=np.float32) for _ in range(2))
    for point in range(points):
        distance = across[:, point, None, :] + along[:, point, :, None]
        second = np.minimum(second, np.maximum(first, distance))
        first = np.minimum(first, distance)
    return np.sqrt(first), np.sqrt(second)


def _scattered(count: int, random: Random) -> Floats:
    first, _ = _nearest(count, random, 28)
    return _soft((random.uniform(1.5, 4, (count, 1, 1)) - first) / 6, random)


def _cells(count: int, random: Random) -> Floats:
    first, _ = _nearest(count, random, 24)
    return -first


def _cracks(count: int, random: Random) -> Floats:
    first, second = _nearest(count, random, 24)
    return _soft((second - first - random.uniform(1, 2, (count, 1, 1))) / 6, random)


def _clouds(count: int, random: Random) -> Floats:
    return _noise(count, random, random.uniform(1.6, 2.4, (count, 1, 1)))


def _grain(count: int, random: Random) -> Floats:
    return _noise(count, random, random.uniform(0, 0.7, (count, 1, 1)))


def _fur(count: int, random: Random) -> Floats:
    return _noise(count, random, random.uniform(1, 1.5, (count, 1, 1)), random.uniform(5, 10, (count, 1, 1)))


def _marble(count: int, random: Random) -> Floats:
    u, _ = _plane(count, random, 10, 22)
    bent = u + random.uniform(0.25, 0.5, (count, 1, 1)) * _noise(count, random, np.full((count, 1, 1), 2.0))
    found: Floats = np.abs(np.sin(np.pi * bent)) ** 0.5
    return found


PATTERNS: Mapping[str, Callable[[int, Random], Floats]] = MappingProxyType(
    {
        "stripes": _stripes,
        "waves": _waves,
        "zigzag": _zigzag,
        "checks": _checks,
        "grid": _grid,
        "bricks": _bricks,
        "dots": _dots,
        "scattered dots": _scattered,
        "rings": _rings,
        "rays": _rays,
        "cells": _cells,
        "cracks": _cracks,
        "clouds": _clouds,
        "grain": _grain,
        "fur": _fur,
        "marble": _marble,
    }
)
