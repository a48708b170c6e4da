"""Damages files at random, as disks, downloads and attackers do."""

import json
import random
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

PYTHONS = re.compile(r"unpack \(|zip\(\)|codec|Exceeds|argument|invalid literal|could not convert|not in list")
"""What sentences of Python itself have, and none of ours."""


def refusal(reading: Callable[..., object], *given: Any, longest: float = 2) -> str:
    """Return the sentence with which a reading of what is given is refused, empty if it is read.

    Fails if it takes more than ``longest`` seconds of computing, and if the sentence is not one of this project.
    """
    start, sentence = time.process_time(), ""
    try:
        reading(*given)
    except ValueError as error:
        sentence = str(error)
    assert time.process_time() - start < longest
    assert sentence.isprintable()
    assert not sentence or len(sentence) > 20
    assert not PYTHONS.search(sentence), sentence
    return sentence


def mutated(draw: random.Random, data: bytes) -> bytes:
    """Return a file with some bytes changed, added, left out or cut off."""
    found = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 4, 16))):
        place = draw.randrange(len(found))
        match draw.randrange(5):
            case 0:
                found[place] = draw.randrange(256)
            case 1:
                found[place] ^= 1 << draw.randrange(8)
            case 2:
                del found[place : place + draw.choice((1, 2, 7, 50))]
            case 3:
                found[place:place] = draw.randbytes(draw.choice((1, 3, 9)))
            case 4:
                del found[place:]
        found = found or bytearray(b"x")
    return bytes(found)


ODD = [
    None, True, False, 0, -1, 1, 2, 3, 7, 10**6, 10**9, 10**30, -(10**30), 10**400, 1e308, float("nan"), float("inf"),
    0.5, "", "relu", "x" * 300, "a/b", "\ud800", "same", "1", "channels_first", [], {}, [None], [1], [1, 2], [1, 2, 3],
    [[1, 2], [3, 4]], [[[[]]]], {"class_name": "Lambda", "config": {}}, {"class_name": "x"}, ["image", 0, 0],
    ["conv2d", 0, 0], [None, 8, 8, 3], [None, None, None, 3], [None, 10], "Dense", "Functional", "Sequential", "Add",
    "InputLayer", "keras.src.ops.numpy", "mine",
]  # fmt: skip


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every list and object with each of its keys."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


def spoil(document: Any, rng: random.Random) -> None:
    """Change one place: remove it, or put something odd there, or a copy of its neighbour."""
    value, key = rng.choice([*places(document)] or [({0: 0}, 0)])
    change = rng.random()
    if change < 0.2:
        del value[key]
    elif change < 0.8:
        value[key] = json.loads(json.dumps(rng.choice(ODD)))
    else:
        beside = list(value) if isinstance(value, dict) else range(len(value))
        value[key] = json.loads(json.dumps(value[rng.choice(beside)]))
