"""The process that answers: ``python -m cnnlab.inference.process``, started by ``inference.jobs``.

It reads the document of a request, or ``{"view": "warm"}``, which loads TensorFlow, and returns that of an answer.
"""

from typing import Any

from cnnlab.inference.answer import Answer, to_document
from cnnlab.inference.ledger import counts, pace
from cnnlab.inference.predict import predict
from cnnlab.inference.request import CountRequest, PaceRequest, read
from cnnlab.training.spec import Spec
from cnnlab.workers import JobError
from cnnlab.workers.loop import Report, error_sentence, serve

IDLE = 900.0  # seconds; starting again takes five, keeping TensorFlow loaded takes 0.6 GB


def answer(document: dict[str, Any], _: Report) -> dict[str, Any]:
    """Return the document of the answer to a request's. Raises ``JobError`` with a sentence if it cannot be had."""
    try:
        return to_document(_answer(document))
    except ValueError as error:
        raise JobError(sentence(str(error))) from error


def _answer(document: dict[str, Any]) -> Answer:
    if document["view"] == "warm":
        return counts(Spec(), 2)
    request = read(document)
    if isinstance(request, CountRequest):
        return counts(request.spec, request.classes)
    if isinstance(request, PaceRequest):
        return pace(request.spec, request.classes)
    return predict(request)


def sentence(text: str) -> str:
    """Return the first line of an error as a whole sentence.

    >>> sentence("there is no such network; choose another\\n…")
    'There is no such network; choose another.'
    """
    first = text.partition("\n")[0][:400]
    return first[:1].upper() + first[1:] + ("" if first.endswith((".", "?")) else ".")


def explain(error: Exception) -> str:
    """Return a sentence on an unforeseen error, for a student."""
    return error_sentence(error, "do this", "a smaller network, batch or input size")


if __name__ == "__main__":
    serve(answer, explain, IDLE)
