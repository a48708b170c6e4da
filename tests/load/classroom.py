"""A class at once: sessions on Inspect, each moving a knob about once a second, over Streamlit's own protocol.

python tests/load/classroom.py                          50 sessions for a minute
python tests/load/classroom.py --minutes 10             shows whether memory grows
python tests/load/classroom.py --url ws://host:8501     a server that runs already (its memory is not measured)

Prints the time from a change to the end of the rerun, bytes a rerun, errors (lost connections, timeouts, exceptions on
the page), and the server's memory: for each further session, and from minute to minute. Run by hand: timings depend on
the machine, so this is no test.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import websockets
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Slider_pb2 import Slider

sys.path.insert(0, str(Path(__file__).parents[1]))
import app_server

PATIENCE = 60  # seconds until an answer counts as lost
FINISHED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


@dataclass
class Seen:
    """What all sessions met."""

    latencies: list[tuple[float, float]] = field(default_factory=list)  # when the change was made, seconds it took
    sizes: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def line(self, since: float = 0, until: float = float("inf")) -> str:
        """p50, p95 and the slowest of the changes made in a stretch of time."""
        found = sorted(took for when, took in self.latencies if since <= when < until)
        if not found:
            return "no changes"
        at = (found[len(found) // 2], found[max(0, int(0.95 * len(found)) - 1)], found[-1])
        p50, p95, most = (f"{1000 * value:.0f} ms" for value in at)
        return f"{len(found):6} changes: p50 {p50}, p95 {p95}, slowest {most}"


class Session:
    """One student's connection."""

    def __init__(self, socket: websockets.ClientConnection, page: str, query: str, label: str, seen: Seen) -> None:
        self.socket, self.page, self.query, self.label, self.seen = socket, page, query, label, seen
        self.slider: Slider | None = None
        self.fragment = ""

    async def open(self) -> None:
        """Run the page once and find the slider."""
        await self._run(self._message())
        if self.slider is None:
            raise ValueError(f"no slider {self.label!r} on {self.page}?{self.query}")

    async def change(self) -> None:
        """Move the slider to a random place, as the browser does, and wait for the end of the rerun."""
        assert self.slider is not None
        message = self._message()
        message.rerun_script.fragment_id = self.fragment
        widget = message.rerun_script.widget_states.widgets.add()
        widget.id = self.slider.id
        steps = round((self.slider.max - self.slider.min) / self.slider.step)
        widget.double_array_value.data.append(self.slider.min + self.slider.step * random.randint(0, steps))
        start = time.perf_counter()
        self.seen.sizes.append(await self._run(message))
        self.seen.latencies.append((start, time.perf_counter() - start))

    def _message(self) -> BackMsg:
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_name = self.page
        return message

    async def _run(self, message: BackMsg) -> int:
        """Send, and read until the script has finished; returns the bytes received."""
        await self.socket.send(message.SerializeToString())
        size = 0
        while True:
            raw = await asyncio.wait_for(self.socket.recv(), PATIENCE)
            assert isinstance(raw, bytes)
            size += len(raw)
            forward = ForwardMsg()
            forward.ParseFromString(raw)
            if forward.WhichOneof("type") == "script_finished":
                if forward.script_finished not in FINISHED:
                    self.seen.errors.append(f"the script ended with {forward.script_finished}")
                return size
            element = forward.delta.new_element
            if element.WhichOneof("type") == "exception":
                self.seen.errors.append(element.exception.message)
            elif element.WhichOneof("type") == "alert" and element.alert.format == Alert.ERROR:
                self.seen.errors.append(element.alert.body)  # what a reader gets instead of a traceback
            elif element.WhichOneof("type") == "slider" and self.label in element.slider.label:
                self.slider, self.fragment = element.slider, forward.delta.fragment_id


@asynccontextmanager
async def session(url: str, options: argparse.Namespace, seen: Seen) -> AsyncIterator[Session]:
    """A session that has opened the page."""
    origin = url.replace("ws", "http", 1)
    stream = f"{url}/_stcore/stream"
    async with websockets.connect(stream, subprotocols=["streamlit"], max_size=None, origin=origin) as socket:
        opened = Session(socket, options.page, options.query, options.slider, seen)
        await opened.open()
        yield opened


async def student(url: str, options: argparse.Namespace, seen: Seen, end: Callable[[], float]) -> None:
    """Open the page, then move the knob with pauses of 0 to 2 × the mean until the lesson is over."""
    try:
        async with session(url, options, seen) as opened:
            while True:
                await asyncio.sleep(random.uniform(0, 2 * options.pause))
                if time.perf_counter() > end():
                    return
                await opened.change()
    except Exception as error:  # whatever it is, the report must tell of it
        seen.errors.append(f"{type(error).__name__}: {error}")


async def lesson(url: str, options: argparse.Namespace, memory: Callable[[], float]) -> None:
    """Everybody arrives within some seconds, works, and leaves; prints what was seen."""
    seen, ends = Seen(), [float("inf")]
    async with asyncio.TaskGroup() as group:

        def arrive() -> None:
            group.create_task(student(url, options, seen, lambda: ends[0]))

        first = max(1, options.sessions // 5)
        for _ in range(first):
            arrive()
            await asyncio.sleep(options.arrival / options.sessions)
        await asyncio.sleep(8)  # until what all of them share is there
        few = memory()
        for _ in range(options.sessions - first):
            arrive()
            await asyncio.sleep(options.arrival / options.sessions)
        await asyncio.sleep(8)
        all_there, start = memory(), time.perf_counter()
        ends[0] = start + 60 * options.minutes
        print(f"{options.sessions} sessions, a change each {options.pause:g} s in the mean")
        print(f"while they arrived   {seen.line(until=start)}")
        minute = 0
        while time.perf_counter() < ends[0]:
            await asyncio.sleep(min(60, ends[0] - time.perf_counter() + 0.1))
            minute += 1
            print(f"minute {minute:<13} {seen.line(start + 60 * (minute - 1), start + 60 * minute)}; {memory():.0f} MB")
    print(f"all of the lesson    {seen.line(since=start)}")
    print(f"{sorted(seen.sizes)[len(seen.sizes) // 2]} bytes a rerun; {len(seen.errors)} errors {seen.errors[:3]}")
    more = options.sessions - first
    if few:
        print(
            f"memory: {few:.0f} MB with {first} sessions, {all_there:.0f} MB with {options.sessions}: "
            f"{(all_there - few) / more:.2f} MB for each further session"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--pause", type=float, default=1, help="seconds between two changes of a session, in the mean")
    parser.add_argument("--arrival", type=float, default=10, help="seconds within which everybody opens the page")
    parser.add_argument("--page", default="inspect")
    parser.add_argument("--query", default="network=mobilenet_v1")
    parser.add_argument("--slider", default="width")
    parser.add_argument("--url", help="a running server; without it, one is started")
    options = parser.parse_args()
    if options.url:
        asyncio.run(lesson(options.url, options, lambda: 0))
        return
    with tempfile.TemporaryDirectory() as folder, app_server.started(Path(folder) / "log.txt") as (address, process):
        server = psutil.Process(process.pid)
        asyncio.run(lesson(address.replace("http", "ws"), options, lambda: server.memory_info().rss / 1e6))


if __name__ == "__main__":
    main()
