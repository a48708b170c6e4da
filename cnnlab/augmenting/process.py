"""The process that draws: ``python -m cnnlab.augmenting.process [idle seconds]``, started and spoken to by ``studio``.

A request is the document of an ``Order``, or ``{"view": "warm"}``, which loads TensorFlow and draws a first picture.
Each is answered by ``done`` with ``result``, the fields of ``Drawn``, or ``failed`` with ``text``, a sentence, and
``detail`` for the log.
"""

import sys
import time
import traceback
from dataclasses import asdict
from typing import Any

import numpy as np

from cnnlab.augment import PRESETS
from cnnlab.augment.sampling import batch, draws, stages
from cnnlab.augmenting.encoding import encoded
from cnnlab.augmenting.request import Drawn, Order, Pictures, read
from cnnlab.workers.loop import Send, serve

IDLE = 900.0  # seconds; starting anew takes five, keeping TensorFlow loaded takes 0.6 GB


def answer(request: dict[str, Any], send: Send) -> None:
    """Draw what one request asks for and send the event."""
    try:
        found = draw(WARM if request["view"] == "warm" else read(request))
    except Exception as error:
        send("failed", text=sentence(error), detail=traceback.format_exc())
        return
    send("done", result=asdict(found))


def draw(order: Order) -> Drawn:
    """The pictures that are asked for. Raises what Keras raises."""
    began = time.perf_counter()
    shares: tuple[tuple[float, ...], ...] = ()
    pixels = order.pictures.pixels
    if order.view == "batch":
        labels = np.eye(order.classes, dtype=np.float32)[list(order.labels)]
        pixels, mixed = batch(order.pipeline, pixels, labels, order.covariance)
        shares = tuple(tuple(round(float(share), 4) for share in row) for row in mixed)
    elif order.view == "steps":
        found = [each for _, each in stages(order.pipeline, pixels[0], order.count, order.covariance)]
        return Drawn(tuple(map(encoded, found)), found[-1].shape[0], seconds=time.perf_counter() - began)
    else:
        pixels = draws(order.pipeline, pixels[0], order.count, order.covariance)
    different = len({each.tobytes() for each in pixels})
    return Drawn(tuple(map(encoded, pixels)), pixels.shape[1], shares, different, time.perf_counter() - began)


WARM = Order("draws", PRESETS["photographs"].pipeline, Pictures.of(np.zeros((1, 224, 224, 3), np.uint8)))


def sentence(error: Exception) -> str:
    """What went wrong, for a student."""
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return "Memory ran out; choose smaller pictures."
    return f"TensorFlow could not draw this ({type(error).__name__}); the server's log tells more."


if __name__ == "__main__":
    serve(answer, float(sys.argv[1]) if len(sys.argv) > 1 else IDLE)
