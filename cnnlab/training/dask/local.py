"""A scheduler and a worker on this computer for a folder of runs: ordinary processes that end when idle.

They listen on 127.0.0.1, so no other computer reaches them. Every user of this computer does, and can have them run
anything as the user who started them: Dask authenticates nobody. README says so. Dask's own answer is TLS with
certificates, for which it needs ``cryptography`` or files made by hand; ``CNNLAB_SCHEDULER`` takes such a scheduler.

Their address stands in ``.cluster/scheduler.json``, so that a restarted dashboard joins them.
"""

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from cnnlab.storage.locks import Lock
from cnnlab.training.dask.storing import RUNS_VARIABLE

ROOT = Path(__file__).parents[3]
IDLE = 300.0  # seconds; a worker that has TensorFlow loaded starts a run five seconds sooner
SHARE = 0.6  # of the computer's memory, for the worker
DEATH = 60.0  # seconds after which a worker ends that has not started, or finds no scheduler; four on an idle machine
START_TIMEOUT = 60.0  # seconds that a scheduler may take to start; two on an idle machine
_STARTED: list[subprocess.Popen[bytes]] = []


class LocalDask:
    """Scheduler and worker of a folder of runs. ``idle``: seconds until they end; ``memory``: bytes for the worker.

    ``CNNLAB_WORKER_MEMORY``, such as ``4GB``, overrides ``memory``.
    """

    def __init__(self, home: Path, idle: float = IDLE, memory: int | None = None) -> None:
        self._folder, self._home, self._idle = home / ".cluster", home, idle
        self._memory = memory
        self._lock = Lock(self._folder / "start.lock")
        self._file = self._folder / "scheduler.json"
        self._worker = self._folder / "worker.json"

    def address(self) -> tuple[str, str] | None:
        """Return the scheduler's last address, and its id: another program may have its port now."""
        with suppress(OSError, ValueError, LookupError, TypeError):
            found = json.loads(self._file.read_text(encoding="utf-8"))
            return str(found["address"]), str(found["id"])
        return None

    def start(self) -> None:
        """Start scheduler and worker, unless another process is doing so. Raises ``OSError`` with a sentence."""
        if not self._lock.acquire():
            time.sleep(0.5)
            return
        try:
            self._file.unlink(missing_ok=True)
            arguments = ["--port", "0", "--idle-timeout", f"{self._idle:g}s"]
            scheduler = self._run("dask_scheduler", *arguments)
            end = time.monotonic() + START_TIMEOUT
            while not self.address():
                if scheduler.poll() is not None or time.monotonic() > end:
                    scheduler.kill()
                    raise OSError(f"no scheduler starts here; {self._folder / 'dask_scheduler.log'} says why")
                time.sleep(0.05)
            self.start_worker()
        finally:
            self._lock.release()

    def start_worker(self) -> None:
        """Start a worker, and the nanny that restarts it when it is killed."""
        from distributed.system import MEMORY_LIMIT  # respects a container's limit

        memory = os.environ.get("CNNLAB_WORKER_MEMORY") or str(self._memory or int(SHARE * MEMORY_LIMIT))
        arguments = ["--nthreads", "1", "--nworkers", "1", "--memory-limit", memory, "--death-timeout", f"{DEATH:g}s"]
        process = self._run("dask_worker", *arguments, "--local-directory", str(self._folder))
        with suppress(psutil.Error):  # it ended at once
            started = {"pid": process.pid, "time": psutil.Process(process.pid).create_time()}
            self._worker.write_text(json.dumps(started), encoding="utf-8")

    def worker_lives(self) -> bool:
        """Return whether the last started worker lives, whichever process started it."""
        _reap()
        with suppress(OSError, ValueError, LookupError, TypeError, psutil.Error):
            started = json.loads(self._worker.read_text(encoding="utf-8"))
            found = psutil.Process(int(started["pid"]))
            same = abs(float(found.create_time()) - float(started["time"])) < 1  # else its number is another's now
            return same and found.status() != str(psutil.STATUS_ZOMBIE)
        return False

    def _run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):  # on a disk without such permissions
            self._folder.chmod(0o700)
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(paths),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "KERAS_BACKEND": "tensorflow",
            RUNS_VARIABLE: str(self._home.resolve()),
            # Without a worker, tasks must not keep the scheduler for good.
            "DASK_DISTRIBUTED__SCHEDULER__NO_WORKERS_TIMEOUT": f"{max(self._idle, 60):g}s",
            # The worker watches its memory itself (worker.py).
            **{f"DASK_DISTRIBUTED__WORKER__MEMORY__{name}": "False" for name in ("PAUSE", "TERMINATE")},
        }
        command = [sys.executable, "-m", f"distributed.cli.{program}", "--scheduler-file", str(self._file.resolve())]
        command += ["--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0", "--no-dashboard", *arguments]
        apart: dict[str, Any] = {"start_new_session": True}  # Ctrl-C at the dashboard does not end them
        if sys.platform == "win32":
            apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
        _reap()
        with (self._folder / f"{program}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env=environment,
                **apart,
            )
        _STARTED.append(process)
        return process


def _reap() -> None:
    """Forget started processes that have ended."""
    _STARTED[:] = [each for each in _STARTED if each.poll() is None]
