"""Reads files that anybody may have made in a process of its own: ``python -m cnnlab.backends.reader_process``.

A damaged file may crash a library, or ask for much memory or time: that ends the process alone, and the next file gets
another. The process stays for a while, since its start takes longer than most files. A request is ``{"module": …,
"path": …}`` and what else the module's function ``answer`` takes; the result is what that returns.
"""

import importlib
import signal
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from cnnlab.uploads.documents import DAMAGED
from cnnlab.workers import JobError, Worker, python
from cnnlab.workers.loop import Report, serve

MODULE = "cnnlab.backends.reader_process"
LIMIT = 60.0  # seconds; 500 MB take one
COMPUTING = 10.0  # seconds of the processor for one file; 500 MB of weights take one or two
MEMORY = 3 << 30  # bytes
LARGE = 600_000_000  # bytes from which the process is started again; 100 MB with all libraries loaded
IDLE = 120.0  # seconds
WARM: dict[str, Any] = {"libraries": ("h5py", "onnx")}
WORKER = Worker(
    python(MODULE),
    limit=LIMIT,
    ended=DAMAGED,
    late="this file took more than {limit:g} seconds to read and was given up; save it again, without its weights",
    loading=LIMIT,
    large=LARGE,
)
_TURN = threading.Lock()  # one file at a time, of all sessions


def read_at(path: Path, module: str, **request: Any) -> Any:
    """Return what a module's ``answer`` returns for a file. Raises ``ValueError`` with its sentence."""
    return _call({"module": module, "path": str(path.absolute()), **request})


def read_bytes(data: bytes, module: str) -> Any:
    """Return what a module's ``answer`` returns for these bytes. Raises as ``read_at``."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        path.write_bytes(data)
        return read_at(path, module)


def start() -> None:
    """Start the process if none runs, and load its libraries."""
    _call(WARM)


def _call(request: dict[str, Any]) -> Any:
    with _TURN:
        try:
            return WORKER.call(request, lambda *_: None, lambda found: found)
        except JobError as error:
            raise ValueError(str(error)) from None


def read(request: dict[str, Any], report: Report) -> Any:
    """Return the answer of the request's module. Raises ``JobError`` with the sentence of a ``ValueError``."""
    if "libraries" in request:
        for name in request["libraries"]:
            importlib.import_module(name)
        return None
    report(0.0, "reading")  # a file that ends this process is not tried twice
    path, module = Path(request.pop("path")), importlib.import_module(request.pop("module"))
    limit_computing(COMPUTING)
    try:
        return module.answer(path, **request)
    except ValueError as error:
        raise JobError(str(error)) from None
    finally:
        limit_computing(0)


def limit_computing(seconds: float) -> None:
    """End this process once it has computed for so long, 0 for never.

    Damaged bytes can send a library round in circles, where nothing else reaches it.
    """
    with suppress(AttributeError):  # Windows has no such limit; there, the limit of the whole file ends it
        signal.setitimer(signal.ITIMER_PROF, seconds)


def limit_memory(most: int) -> None:
    """Limit this process's memory, in bytes."""
    with suppress(ImportError, ValueError, OSError):  # Windows has no such limit
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (most,) * 2)


if __name__ == "__main__":
    limit_memory(MEMORY)
    serve(read, lambda _: DAMAGED, IDLE)
