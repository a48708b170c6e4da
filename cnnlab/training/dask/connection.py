"""The connection to a Dask scheduler: a local one, or a lab's, named in ``CNNLAB_SCHEDULER``."""

import logging
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from cnnlab.training.dask.local import IDLE, LocalDask

VARIABLE = "CNNLAB_SCHEDULER"
ANSWER_TIMEOUT = 5.0  # seconds to wait for an answer


class UnreachableError(OSError):
    """Raised with a sentence where the scheduler does not answer."""


class Connection:
    """A connection, made with the first request. All methods raise ``UnreachableError``: try again later."""

    def __init__(self, home: Path, idle: float = IDLE, memory: int | None = None) -> None:
        self.scheduler = os.environ.get(VARIABLE, "")
        self._local = None if self.scheduler else LocalDask(home, idle, memory)
        self._client: Any = None

    def ask(self, what: str, **fields: Any) -> Any:
        """Send a request to the board and return its answer."""
        from cnnlab.training.dask.board import HANDLER

        try:
            client = self._connect()
            return client.sync(getattr(client.scheduler, HANDLER), what=what, callback_timeout=60, **fields)
        except Exception as error:
            self.close()
            if isinstance(error, UnreachableError):
                raise
            raise UnreachableError(f"the scheduler does not answer ({type(error).__name__}: {error})") from error

    def submit(self) -> None:
        """Submit a task for whichever worker is free; it outlives this process."""
        from distributed import fire_and_forget

        from cnnlab.training.dask.board import TASK
        from cnnlab.training.dask.worker import work

        fire_and_forget(self._connect().submit(work, key=f"{TASK}-{uuid4().hex}", pure=False))

    def warm(self, train: str) -> None:
        """Load, in a worker, what the function named ``train`` needs, after the worker's present task."""
        from distributed import fire_and_forget

        from cnnlab.training.dask.worker import warm

        fire_and_forget(self._connect().submit(warm, train, key=f"cnnlab_warm-{uuid4().hex}", pure=False))

    def worker_lives(self) -> bool:
        """Return whether the local worker's process is there; it may still be loading."""
        return self._local is not None and self._local.worker_lives()

    def start_worker(self) -> None:
        """Start a local worker again, if the scheduler is a local one."""
        if self._local:
            self._local.start_worker()

    def close(self) -> None:
        """Disconnect, so that an idle local scheduler ends; the next request connects again."""
        client, self._client = self._client, None
        if client:
            with suppress(Exception):  # the connection is lost
                client.close(timeout=2)

    def _connect(self) -> Any:
        if self._client is not None and self._client.status != "running":
            self.close()  # Dask would try for half a minute to reach a killed scheduler
        if self._client is None:
            from cnnlab.training.dask.board import Board

            client = self._join()
            address = client.scheduler.address  # `scheduler` is None once the connection is lost
            try:
                client.register_plugin(Board())
            except Exception as error:
                client.close(timeout=2)
                raise UnreachableError(
                    f"the scheduler at {address} cannot load CNN Lab ({error}); start it in the "
                    "folder of the same CNN Lab as this one"
                ) from error
            self._client = client
        return self._client

    def _join(self) -> Any:
        if not self._local:
            try:
                return _client(self.scheduler)
            except (OSError, ValueError) as error:
                raise UnreachableError(
                    f"the scheduler at {self.scheduler} does not answer; start it, or unset {VARIABLE} to train here"
                ) from error
        for _ in range(3):  # the scheduler may just be ending
            if found := self._local.address():
                with suppress(OSError, ValueError):
                    _check_port(found[0])
                    client = _client(found[0])
                    if client.scheduler_info().get("id") == found[1]:
                        return client
                    client.close(timeout=2)
            try:
                self._local.start()
            except OSError as error:
                raise UnreachableError(str(error)) from error
        raise UnreachableError("the scheduler on this computer does not answer; delete .cluster among the runs")


def _check_port(address: str) -> None:
    """Raise ``OSError`` if the port is closed; Dask would try until its timeout."""
    host, port = address.removeprefix("tcp://").rsplit(":", 1)
    socket.create_connection((host, int(port)), ANSWER_TIMEOUT).close()


def _client(address: str) -> Any:
    from distributed import Client

    for name in ("distributed.client", "distributed.utils", "distributed.comm"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # tracebacks of errors that become sentences
    return Client(address, timeout=ANSWER_TIMEOUT, set_as_default=False)
