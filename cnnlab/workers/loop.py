"""The loop of a worker process: it reads requests, and writes their progress and results."""

import json
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

from cnnlab.workers.job import JobError

Report = Callable[[float, str], None]
"""Sends the progress of a request: the share that is done, 0 to 1, and a short sentence."""
Work = Callable[[dict[str, Any], Report], dict[str, Any]]


def serve(work: Work, explain: Callable[[Exception], str], idle: float) -> None:
    """Answer requests, lines of JSON on standard input, by events, lines of JSON on standard output.

    A request is answered by any number of ``progress`` with ``share`` and ``text``, then by ``done`` with ``result``,
    what ``work`` returns, or by ``failed`` with ``text``, a sentence for whoever asked, and ``detail`` for the log. The
    sentence is that of a ``JobError``, or what ``explain`` makes of any other error.

    Ends, without returning, when the input is closed, in the middle of work too: so no process outlives a killed
    server. Ends also when nothing is asked for ``idle`` seconds.
    """
    # TensorFlow writes to standard output as it likes: what it finds there leads to standard error.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def send(event: str, **fields: Any) -> None:
        out.write(json.dumps({"event": event, **fields}) + "\n")
        out.flush()

    def report(share: float, text: str) -> None:
        send("progress", share=round(share, 4), text=text)

    def answer(request: dict[str, Any]) -> None:
        try:
            result = work(request, report)
        except JobError as error:
            send("failed", text=str(error), detail="")
        except Exception as error:
            send("failed", text=explain(error), detail=traceback.format_exc())
        else:
            send("done", result=result)

    requests: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_work, args=(requests, answer, idle), daemon=True).start()
    for line in sys.stdin:
        requests.put(line)
    os._exit(0)  # at once, whatever the other thread is doing


def out_of_memory(error: Exception) -> bool:
    """Return whether memory ran out. TensorFlow's own error is known by its name: TensorFlow need not be loaded."""
    return isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError"


def error_sentence(error: Exception, task: str, choose: str) -> str:
    """Return an unforeseen error as a sentence: what TensorFlow could not do, or what to choose if memory ran out."""
    if out_of_memory(error):
        return f"Memory ran out; choose {choose}."
    return f"TensorFlow could not {task} ({type(error).__name__}); see the server's log."


def _work(requests: "queue.SimpleQueue[str]", answer: Callable[[dict[str, Any]], None], idle: float) -> None:
    while True:
        try:
            line = requests.get(timeout=idle)
        except queue.Empty:
            os._exit(0)
        try:
            answer(json.loads(line))
        except OSError:
            os._exit(1)  # nobody reads any more
