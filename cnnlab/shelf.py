"""Imported networks, kept on disk by what is in them: a link to one works for everybody, also after a restart.

The folder is the user's cache, or the one named in ``CNNLAB_CACHE``. The oldest are let go; their files can be imported
again, and get the same name.
"""

import base64
import hashlib
import json
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

from cnnlab.backends.imported import Imported

KEPT = 500  # files; NASNet-Large, the longest network Keras brings along, takes 30 kB
KEPT_BYTES = 50_000_000
NAME = re.compile(r"[0-9a-f]{16}")


def folder() -> Path:
    """Where they are."""
    import platformdirs  # an import takes longer than everything else here

    named = os.environ.get("CNNLAB_CACHE")
    return (Path(named) if named else platformdirs.user_cache_path("cnnlab")) / "imports"


def put(network: Imported) -> str:
    """Keep a network; returns its name, which says what is in it. Raises ``OSError`` where nothing can be written."""
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
    # Whole or not at all, whoever writes or reads at the same time.
    handle, part = tempfile.mkstemp(dir=here, suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(part).replace(here / f"{name}.json")
    finally:
        Path(part).unlink(missing_ok=True)
    _let_go(here)
    return name


def drop(name: str) -> None:
    """Keep it no more."""
    (folder() / f"{name}.json").unlink(missing_ok=True)


def get(name: str) -> Imported:
    """The network of that name. Raises ``ValueError`` where it is not here (any more)."""
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


def _let_go(here: Path) -> None:
    """Drop those that nobody has looked at for longest."""
    dated = []
    for path in here.glob("*.json"):
        with suppress(OSError):  # another process may have dropped it
            found = path.stat()
            dated.append((found.st_mtime, path, found.st_size))
    total = 0
    for number, (_, path, size) in enumerate(sorted(dated, reverse=True)):
        total += size
        if number >= KEPT or total > KEPT_BYTES:
            path.unlink(missing_ok=True)
