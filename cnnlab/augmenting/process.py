"""The process that draws: ``python -m cnnlab.augmenting.process``, started by ``augmenting.jobs``.

A request is the document of an ``Order``, or ``{"view": "warm"}``, which loads TensorFlow and draws a first image. The
result is the fields of ``Drawn``.
"""

import time
from dataclasses import asdict
from typing import Any

import numpy as np

from cnnlab.augment import PRESETS
from cnnlab.augment.sampling import batch, draws, stages
from cnnlab.augmenting.encoding import encoded
from cnnlab.augmenting.request import Drawn, Order, Pictures, read
from cnnlab.workers.loop import Report, out_of_memory, serve

IDLE = 900.0  # seconds; starting anew takes five, keeping TensorFlow loaded takes 0.6 GB


def answer(request: dict[str, Any], _: Report) -> dict[str, Any]:
    """Return the images of one request. Raises what Keras raises."""
    return asdict(draw(WARM if request["view"] == "warm" else read(request)))


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


def explain(error: Exception) -> str:
    """Return what went wrong, as a sentence for a student."""
    if out_of_memory(error):
        return "Memory ran out; choose smaller pictures."
    return f"TensorFlow could not draw this ({type(error).__name__}); the server's log tells more."


if __name__ == "__main__":
    serve(answer, explain, IDLE)
