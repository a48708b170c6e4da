"""The process that draws: ``python -m cnnlab.augmenting.process``, started by ``augmenting.jobs``.

A request is the document of a ``Request``, or ``{"view": "warm"}``, which loads TensorFlow and draws a first image.
The result is the fields of ``Augmented``.
"""

import time
from dataclasses import asdict
from typing import Any

import numpy as np

from cnnlab.augment import PRESETS
from cnnlab.augment.sampling import batch, draws, stages
from cnnlab.augmenting.encoding import data_url
from cnnlab.augmenting.request import Augmented, Request, from_document
from cnnlab.workers.images import Images
from cnnlab.workers.loop import Report, error_sentence, serve

IDLE = 900.0  # seconds; starting again takes five, keeping TensorFlow loaded takes 0.6 GB


def work(document: dict[str, Any], _: Report) -> dict[str, Any]:
    """Return the images of one request. Raises Keras' errors."""
    return asdict(draw(WARM if document["view"] == "warm" else from_document(document)))


def draw(request: Request) -> Augmented:
    """Draw the images of a request. Raises Keras' errors."""
    began = time.perf_counter()
    shares: tuple[tuple[float, ...], ...] = ()
    pixels = request.images.pixels
    if request.view == "batch":
        labels = np.eye(request.classes, dtype=np.float32)[list(request.labels)]
        pixels, mixed = batch(request.pipeline, pixels, labels, request.covariance)
        shares = tuple(tuple(round(float(share), 4) for share in row) for row in mixed)
    elif request.view == "steps":
        found = [each for _, each in stages(request.pipeline, pixels[0], request.count, request.covariance)]
        return Augmented(tuple(map(data_url, found)), found[-1].shape[0], seconds=time.perf_counter() - began)
    else:
        pixels = draws(request.pipeline, pixels[0], request.count, request.covariance)
    different = len({each.tobytes() for each in pixels})
    return Augmented(tuple(map(data_url, pixels)), pixels.shape[1], shares, different, time.perf_counter() - began)


WARM = Request("draws", PRESETS["photographs"].pipeline, Images.of(np.zeros((1, 224, 224, 3), np.uint8)))


def explain(error: Exception) -> str:
    """Return a sentence on an unforeseen error, for a student."""
    return error_sentence(error, "draw this", "smaller images")


if __name__ == "__main__":
    serve(work, explain, IDLE)
