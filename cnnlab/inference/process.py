"""The process that answers: ``python -m cnnlab.inference.process``, started by ``inference.jobs``.

A request is the document of an order, or ``{"view": "warm"}``, which loads TensorFlow. The result is an answer as
``answer.written`` writes it.
"""

from typing import Any

from cnnlab.inference.answer import Answer, written
from cnnlab.inference.ledger import counts, pace
from cnnlab.inference.predict import tried
from cnnlab.inference.request import Counting, Timing, read
from cnnlab.training.spec import Spec
from cnnlab.workers import JobError
from cnnlab.workers.loop import Report, out_of_memory, serve

IDLE = 900.0  # seconds; starting anew takes five, keeping TensorFlow loaded takes 0.6 GB


def answer(request: dict[str, Any], _: Report) -> dict[str, Any]:
    """Return the answer to one request. Raises ``JobError`` with a sentence if it cannot be had."""
    try:
        return written(_answer(request))
    except ValueError as error:
        raise JobError(sentence(str(error))) from error


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
    """Return the first line of an error as a whole sentence.

    >>> sentence("there is no such network; choose another\\n…")
    'There is no such network; choose another.'
    """
    first = text.partition("\n")[0][:400]
    return first[:1].upper() + first[1:] + ("" if first.endswith((".", "?")) else ".")


def explain(error: Exception) -> str:
    """Return what went wrong where nobody foresaw it, as a sentence for a student."""
    if out_of_memory(error):
        return "Memory ran out; choose a smaller network, batch or input size."
    return f"TensorFlow could not do this ({type(error).__name__}); the server's log tells more."


if __name__ == "__main__":
    serve(answer, explain, IDLE)
