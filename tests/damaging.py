"""Damages files at random, as disks, downloads and attackers do."""

import random


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
