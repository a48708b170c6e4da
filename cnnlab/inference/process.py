"""The process that answers: ``python -m cnnlab.inference.process``, started by ``inference.jobs``.

A request is the document of a request, or ``{"view": "warm"}``, which loads TensorFlow. The result is written by
``result.to_document``.
"""

from typing import Any

from cnnlab.inference.predict import predict
from cnnlab.inference.request import CountRequest, TimingRequest, from_document
from cnnlab.inference.result import Result, to_document
from cnnlab.inference.trainable import count_parameters, step_times
from cnnlab.training.spec import Spec
from cnnlab.workers import JobError
from cnnlab.workers.loop import Report, out_of_memory, serve

IDLE = 900.0  # seconds; starting anew takes five, keeping TensorFlow loaded takes 0.6 GB


def work(document: dict[str, Any], _: Report) -> dict[str, Any]:
    """Return the result of one request. Raises ``JobError`` with a sentence if there cannot be one."""
    try:
        return to_document(_result(document))
    except ValueError as error:
        raise JobError(sentence(str(error))) from error


def _result(document: dict[str, Any]) -> Result:
    if document["view"] == "warm":
        return count_parameters(Spec(), 2)
    request = from_document(document)
    if isinstance(request, CountRequest):
        return count_parameters(request.spec, request.classes)
    if isinstance(request, TimingRequest):
        return step_times(request.spec, request.classes)
    return predict(request)


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
    serve(work, explain, IDLE)
