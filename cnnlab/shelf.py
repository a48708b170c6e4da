"""Imported networks on disk, named after a hash of their content: a link works for everybody, also after a restart.

The folder is the user's cache, or the one named in ``CNNLAB_CACHE``. The oldest are deleted; their files can be
imported again, and get the same name.
"""

import base64
import hashlib
import json
import os
import re
from pathlib import Path

from cnnlab.backends.imported import Imported
from cnnlab.storage import cache, files

KEPT = 500  # files; NASNet-Large, the longest network Keras brings along, takes 30 kB
KEPT_BYTES = 50_000_000
NAME = re.compile(r"[0-9a-f]{16}")


def folder() -> Path:
    """Return the folder of imported networks."""
    return cache.folder("imports")


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
    here = folder()
    here.mkdir(parents=True, exist_ok=True)
    files.write(here / f"{name}.json", text.encode())
    cache.evict(here, "*.json", KEPT_BYTES, KEPT)
    return name


def drop(name: str) -> None:
    """Delete an imported network."""
    (folder() / f"{name}.json").unlink(missing_ok=True)


def get(name: str) -> Imported:
    """Return the imported network of that name. Raises ``ValueError`` if it is not on disk (any more)."""
    path = folder() / f"{name}.json"
    try:
        if not NAME.fullmatch(name):
            raise FileNotFoundError
        found = json.loads(path.read_text(encoding="utf-8"))
        os.utime(path)
    except (OSError, ValueError):
        raise ValueError(
            "this imported network is not here any more; import its file again on the page Build"
        ) from None
    return Imported(found["title"], tuple(found["notes"]), base64.b64decode(found["packed"]), found["input_size"])
