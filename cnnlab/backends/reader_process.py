"""Runs a reader of files in a process of its own: a damaged file may crash a library, or ask for much memory or time.

The process gets a path as JSON on standard input. It answers with a line that says OK and JSON, or with a sentence.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

OK = b"OK\n"
DAMAGED = "this file is damaged or incomplete; copy or download the whole file again"
ROOT = Path(__file__).parents[2]
TIMEOUT = 60.0  # seconds; 500 MB take one
MEMORY = 3 << 30  # bytes


def read_at(path: Path, module: str) -> Any:
    """Return what a module's reader finds in a file. Raises ``ValueError`` with its sentence."""
    return json.loads(ask((sys.executable, "-m", module), {"path": str(path.absolute())}, TIMEOUT))


def ask(command: Sequence[str], request: dict[str, Any], timeout: float) -> bytes:
    """Return a process's answer to a request, without its first line. Raises ``ValueError`` with its sentence."""
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    try:
        done = subprocess.run(
            command,
            input=json.dumps(request).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=timeout,
            check=False,
            env=os.environ | {"PYTHONPATH": paths},
        )
    except subprocess.TimeoutExpired:
        raise ValueError(DAMAGED) from None
    if done.returncode or not done.stdout:  # a library crashed, or the file asked for too much memory
        raise ValueError(DAMAGED)
    if not done.stdout.startswith(OK):
        raise ValueError(done.stdout.decode())
    return done.stdout[len(OK) :]


def read_bytes(data: bytes, module: str) -> Any:
    """Return what a module's reader finds in these bytes. Raises as ``read_at``."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        path.write_bytes(data)
        return read_at(path, module)


def answer(
    read: Callable[[Path], Any], refused: type[ValueError] = ValueError, damage: tuple[type[Exception], ...] = ()
) -> None:
    """Be that process: read the path on standard input and write the answer.

    The text of a ``refused`` error is a sentence; ``damage`` are errors of broken files.
    """
    limit_memory(MEMORY)
    broken: tuple[type[Exception], ...] = (*damage, MemoryError, RecursionError)
    try:
        found = json.dumps(read(Path(json.load(sys.stdin)["path"]))).encode()
    except refused as error:
        sys.stdout.buffer.write(str(error).encode())
    except broken:
        sys.stdout.buffer.write(DAMAGED.encode())
    else:
        sys.stdout.buffer.write(OK + found)


def limit_memory(most: int) -> None:
    """Limit this process's memory, in bytes."""
    with suppress(ImportError, ValueError, OSError):  # Windows has no such limit
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (most,) * 2)
