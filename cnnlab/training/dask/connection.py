"""The way to a Dask scheduler: a private one, or a lab's, named in ``CNNLAB_SCHEDULER``."""

import logging
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from cnnlab.training.dask.local import IDLE, Private

VARIABLE = "CNNLAB_SCHEDULER"
PATIENCE = 5.0  # seconds to wait for an answer


class UnreachableError(OSError):
    """The scheduler does not answer; the message is a sentence."""


class Link:
    """Connected when it is first asked. What fails raises ``UnreachableError``; ask again later."""

    def __init__(self, home: Path, idle: float = IDLE, memory: int | None = None) -> None:
        self.scheduler = os.environ.get(VARIABLE, "")
        self._private = None if self.scheduler else Private(home, idle, memory)
        self._client: Any = None

    def ask(self, what: str, **fields: Any) -> Any:
        """A request to the board."""
        from cnnlab.training.dask.board import HANDLER

        try:
            client = self._connected()
            return client.sync(getattr(client.scheduler, HANDLER), what=what, callback_timeout=60, **fields)
        except Exception as error:
            self.close()
            if isinstance(error, UnreachableError):
                raise
            raise UnreachableError(f"the scheduler does not answer ({type(error).__name__}: {error})") from error

    def submit(self) -> None:
        """One more task for whichever worker is free; it stays where this process ends."""
        from distributed import fire_and_forget

        from cnnlab.training.dask.board import TASK
        from cnnlab.training.dask.worker import work

        fire_and_forget(self._connected().submit(work, key=f"{TASK}-{uuid4().hex}", pure=False))

    def warm(self, train: str) -> None:
        """Have a worker load what the function named ``train`` needs, behind whatever it does just now."""
        from distributed import fire_and_forget

        from cnnlab.training.dask.worker import warm

        fire_and_forget(self._connected().submit(warm, train, key=f"cnnlab_warm-{uuid4().hex}", pure=False))

    def worker_lives(self) -> bool:
        """Whether the process of a private scheduler's worker is there, which may still be loading."""
        return self._private is not None and self._private.worker_lives()

    def start_worker(self) -> None:
        """Where the worker of a private scheduler is gone for good."""
        if self._private:
            self._private.start_worker()

    def close(self) -> None:
        """Let a private scheduler see that nobody needs it; the next request connects anew."""
        client, self._client = self._client, None
        if client:
            with suppress(Exception):  # it was lost already
                client.close(timeout=2)

    def _connected(self) -> Any:
        if self._client is not None and self._client.status != "running":
            self.close()  # Dask would try for half a minute to reach a scheduler that was killed
        if self._client is None:
            from cnnlab.training.dask.board import Board

            client = self._joined()
            try:
                client.register_plugin(Board())
            except Exception as error:
                client.close(timeout=2)
                raise UnreachableError(
                    f"the scheduler at {client.scheduler.address} cannot load CNN Lab ({error}); start it in the "
                    "folder of the same CNN Lab as this one"
                ) from error
            self._client = client
        return self._client

    def _joined(self) -> Any:
        if not self._private:
            try:
                return _client(self.scheduler)
            except (OSError, ValueError) as error:
                raise UnreachableError(
                    f"the scheduler at {self.scheduler} does not answer; start it, or unset {VARIABLE} to train here"
                ) from error
        for _ in range(3):  # the one that is there may just be ending
            if found := self._private.address():
                with suppress(OSError, ValueError):
                    _knock(found[0])
                    client = _client(found[0])
                    if client.scheduler_info().get("id") == found[1]:
                        return client
                    client.close(timeout=2)
            try:
                self._private.start()
            except OSError as error:
                raise UnreachableError(str(error)) from error
        raise UnreachableError("the scheduler on this computer does not answer; delete .cluster among the runs")


def _knock(address: str) -> None:
    """Dask tries for all of its patience where the port is closed. Raises ``OSError``."""
    host, port = address.removeprefix("tcp://").rsplit(":", 1)
    socket.create_connection((host, int(port)), PATIENCE).close()


def _client(address: str) -> Any:
    from distributed import Client

    for name in ("distributed.client", "distributed.utils", "distributed.comm"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # tracebacks of what is told in a sentence
    return Client(address, timeout=PATIENCE, set_as_default=False)
