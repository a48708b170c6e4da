"""What a training emits while it runs. CONTRIBUTING lists all events and their fields under “Files of a run”."""

from typing import Any, Protocol


class Emit(Protocol):
    """Passes on what a training does, as ``dask.worker`` does. Raises where nobody wants the run any more."""

    files: dict[str, bytes]
    """What is to be stored beside the report."""

    def __call__(self, event: str, checkpoint: bytes | None = None, **fields: Any) -> None:
        """Emit an event, and all that is needed to go on from there."""

    def check(self) -> None:
        """Ask whether somebody wants the run; costs nothing."""
