"""A process that is there when it is needed: started by the first request, and again after its end."""

from typing import Any

from cnnlab.workers.handle import Child, EndedError


class Worker:
    """Holds one ``Child`` at a time. One thread asks and ends it; ``pid`` and ``memory`` may be read from any."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._command = command
        self._child: Child | None = None
        self.fresh = True
        """Whether the process that was asked last had not been asked before."""

    def ask(self, request: dict[str, Any]) -> Child:
        """Send a request to the process that is there, or to a new one. Raises ``EndedError``."""
        if self._child and self._child.alive:
            try:
                self._child.send(request)
            except EndedError:
                pass  # it ended in this very moment
            else:
                self.fresh = False
                return self._child
        self.end()
        self._child, self.fresh = Child(self._command), True
        self._child.send(request)
        return self._child

    def end(self) -> None:
        """End the process, if one runs, and wait until it is gone."""
        if self._child:
            self._child.kill()
            self._child = None

    @property
    def pid(self) -> int | None:
        """The process; None where none runs."""
        child = self._child
        return child.pid if child and child.alive else None

    @property
    def memory(self) -> int:
        """Bytes resident now; 0 where no process runs."""
        child = self._child
        return child.memory if child else 0
