"""The process that answers: ``python -m cnnlab.inference.process [idle seconds]``, started and spoken to by ``trier``.

A request is the document of an order, or ``{"view": "warm"}``, which loads TensorFlow. Each is answered by ``done``
with ``result``, the fields of an answer, or ``failed`` with ``text``, a sentence, and ``detail`` for the log.
"""

import sys
import traceback
from typing import Any

from cnnlab.inference.answer import Answer, written
from cnnlab.inference.ledger import counts, pace
from cnnlab.inference.predict import tried
from cnnlab.inference.request import Counting, Timing, read
from cnnlab.training.spec import Spec
from cnnlab.workers.loop import Send, serve

IDLE = 900.0  # seconds; starting anew takes five, keeping TensorFlow loaded takes 0.6 GB


def answer(request: dict[str, Any], send: Send) -> None:
    """Work out what one request asks for and send the event."""
    try:
        found = _answer(request)
    except ValueError as error:  # what was asked for cannot be had, and the sentence says why
        send("failed", text=sentence(str(error)), detail="")
        return
    except Exception as error:
        send("failed", text=defect(error), detail=traceback.format_exc())
        return
    send("done", result=written(found))


def _answer(request: dict[str, Any]) -> Answer:
    if request["view"] == "warm":
        return counts(Spec(), 2)
    order = read(request)
    if isinstance(order, Counting):
        return counts(order.spec, order.classes)
    if isinstance(order, Timing):
        return pace(order.spec, order.classes)
    return tried(order)


def sentence(text: str) -> str:
    """
    >>> sentence("there is no such network; choose another\\n…")
    'There is no such network; choose another.'
    """
    first = text.partition("\n")[0][:400]
    return first[:1].upper() + first[1:] + ("" if first.endswith((".", "?")) else ".")


def defect(error: Exception) -> str:
    """What went wrong where nobody foresaw it, for a student."""
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return "Memory ran out; choose a smaller network, batch or input size."
    return f"TensorFlow could not do this ({type(error).__name__}); the server's log tells more."


if __name__ == "__main__":
    serve(answer, float(sys.argv[1]) if len(sys.argv) > 1 else IDLE)
