"""Imported networks on disk, in the user's cache. The oldest are deleted; their files can be imported again."""

import base64
import hashlib
import json

from cnnlab.backends.imported import Imported
from cnnlab.storage import cache, files

KEPT = 500  # files; NASNet-Large, the longest network Keras brings along, takes 30 kB
KEPT_BYTES = 50_000_000
STORE = cache.Store("imports", ending=".json")


def put(network: Imported) -> str:
    """Store a network and return its name, a hash of its content. Raises ``OSError`` if it cannot be written."""
    text = json.dumps(
        {
            "title": network.title,
            "notes": network.notes,
            "packed": base64.b64encode(network.packed).decode(),
            "input_size": network.input_size,
        }
    )
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    STORE.home.mkdir(parents=True, exist_ok=True)
    files.write(STORE.path(name), text.encode())
    STORE.evict(KEPT_BYTES, KEPT)
    return name


def drop(name: str) -> None:
    """Delete an imported network."""
    STORE.path(name).unlink(missing_ok=True)


def get(name: str) -> Imported:
    """Return the imported network of that name. Raises ``ValueError`` if it is missing or was deleted."""
    try:
        found = json.loads(STORE.find(name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ValueError(
            "this imported network is no longer on this server; import its file again on the page Build"
        ) from None
    return Imported(found["title"], tuple(found["notes"]), base64.b64decode(found["packed"]), found["input_size"])
