"""Images as values: a request for a process of its own holds them, is compared by them, and sends them as JSON."""

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Images:
    """One image, height × width × 3, or several; ``data`` holds their bytes."""

    shape: tuple[int, ...]
    data: bytes

    @classmethod
    def of(cls, pixels: Pixels) -> "Images":
        """Return the value of an array."""
        return cls(pixels.shape, pixels.tobytes())

    @property
    def pixels(self) -> Pixels:
        """Return the array."""
        return np.frombuffer(self.data, dtype=np.uint8).reshape(self.shape)

    def document(self) -> list[Any]:
        """Return the JSON document."""
        return [*self.shape, base64.b64encode(self.data).decode()]

    @classmethod
    def from_document(cls, document: list[Any]) -> "Images":
        """Return the value that ``document`` wrote."""
        *shape, data = document
        return cls(tuple(shape), base64.b64decode(data))
