"""What runs need and workers lack (``shipping``): packed in a thread of its own, and sent in pieces.

Pictures may take minutes and a gigabyte, and whoever tends to the runs has others to look after.
"""

import threading
import time
from collections.abc import Callable, Collection
from typing import Any

from cnnlab.training.spec import Spec

PIECE = 4 << 20  # bytes; a third of a second at 100 Mbit/s
TURN = 0.5  # seconds of sending, after which other runs are looked after


class Packing:
    """One payload at a time. No method waits; all are for one thread."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._ready: dict[str, bytes | Exception] = {}

    def get(self, key: str, spec: Spec) -> bytes | None:
        """What is called ``key`` on the board, None as long as it is not ready. Raises why it cannot be, once."""
        found = self._ready.get(key)
        if isinstance(found, Exception):
            del self._ready[key]
            raise found
        if found is None and not self._ready and not (self._thread and self._thread.is_alive()):
            self._thread = threading.Thread(target=self._pack, args=(key, spec), name="cluster-packing", daemon=True)
            self._thread.start()
        return found

    def keep(self, keys: Collection[str]) -> None:
        """Only what one of these names; what nobody wants any more takes memory."""
        for key in set(self._ready) - set(keys):
            del self._ready[key]

    def _pack(self, key: str, spec: Spec) -> None:
        from cnnlab.training.dask import payload as shipping

        try:
            self._ready[key] = shipping.packed(spec)
        except Exception as error:  # raised again where somebody asks for it
            self._ready[key] = error


class Sending:
    """Knows how far each payload has come."""

    def __init__(self) -> None:
        self._sent: dict[str, int] = {}

    def on(self, key: str, payload: bytes, ask: Callable[..., Any]) -> bool:
        """Send for a moment; whether the board has all of it."""
        end = time.monotonic() + TURN
        while True:
            at = self._sent.get(key, 0)
            piece = payload[at : at + PIECE]
            self._sent[key] = int(ask("give", key=key, at=at, piece=piece, whole=len(payload)))
            if self._sent[key] >= len(payload):
                del self._sent[key]
                return True
            if time.monotonic() >= end:
                return False
