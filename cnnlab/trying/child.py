"""The process that answers: ``python -m cnnlab.trying.child [idle seconds]``, started and spoken to by ``trier``.

A request is the document of an order, or ``{"view": "warm"}``, which loads TensorFlow. Each is answered by ``done``
with ``result``, the fields of an answer, or ``failed`` with ``text``, a sentence, and ``detail`` for the log.
"""

import sys
import traceback
from typing import Any

from cnnlab.process.serving import Send, serve
from cnnlab.training.spec import Spec
from cnnlab.trying.answer import Answer, written
from cnnlab.trying.ledger import counts, pace
from cnnlab.trying.looking import tried
from cnnlab.trying.order import Counting, Timing, read

IDLE = 900.0  # seconds; starting anew takes five, keeping TensorFlow loaded takes 0.6 GB


def answer(request: dict[str, Any], send: Send) -> None:
    """Work out what one request asks for and send the event."""
    try:
        found = _answer(request)
    except Exception as error:
        send("failed", text=sentence(error), detail=traceback.format_exc())
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


def sentence(error: Exception) -> str:
    """What went wrong, for a student."""
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return "Memory ran out; choose a smaller network, batch or input size."
    if type(error) is ValueError or type(error).__name__.endswith("WeightsError"):
        text = str(error).splitlines()[0][:400] if str(error) else "this cannot be done"
        return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?")) else ".")
    return f"TensorFlow could not do this ({type(error).__name__}); the server's log tells more."


if __name__ == "__main__":
    serve(answer, float(sys.argv[1]) if len(sys.argv) > 1 else IDLE)
