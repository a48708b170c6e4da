"""Packs payloads (``payload``) in a thread, and uploads them to the board in pieces.

A data set may take minutes and a gigabyte, while other runs go on.
"""

import threading
import time
from collections.abc import Callable, Collection
from typing import Any

from cnnlab.training.spec import Spec

PIECE = 4 << 20  # bytes; a third of a second at 100 Mbit/s
TURN = 0.5  # seconds of uploading before it is the other runs' turn


class Packing:
    """Packs payloads, one at a time. No method waits; all are called by one thread."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._ready: dict[str, bytes | Exception] = {}

    def get(self, key: str, spec: Spec) -> bytes | None:
        """Return the payload named ``key``, None until it is packed. Raises the error of packing, once."""
        found = self._ready.get(key)
        if isinstance(found, Exception):
            del self._ready[key]
            raise found
        if found is None and not self._ready and not (self._thread and self._thread.is_alive()):
            self._thread = threading.Thread(target=self._pack, args=(key, spec), name="cluster-packing", daemon=True)
            self._thread.start()
        return found

    def drop_others(self, keys: Collection[str]) -> None:
        """Free the payloads that none of the keys names."""
        for key in set(self._ready) - set(keys):
            del self._ready[key]

    def _pack(self, key: str, spec: Spec) -> None:
        from cnnlab.training.dask import payload

        try:
            self._ready[key] = payload.pack(spec)
        except Exception as error:  # raised by ``get``
            self._ready[key] = error


class Upload:
    """Uploads payloads in pieces, and counts the bytes of each that the board has."""

    def __init__(self) -> None:
        self._sent: dict[str, int] = {}

    def send(self, key: str, payload: bytes, ask: Callable[..., Any]) -> bool:
        """Upload pieces for ``TURN`` seconds; return whether the board has all of them."""
        end = time.monotonic() + TURN
        while True:
            at = self._sent.get(key, 0)
            piece = payload[at : at + PIECE]
            self._sent[key] = int(ask("upload", key=key, at=at, piece=piece, whole=len(payload)))
            if self._sent[key] >= len(payload):
                del self._sent[key]
                return True
            if time.monotonic() >= end:
                return False
