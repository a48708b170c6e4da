"""The real thing: the process that draws, and TensorFlow in it."""

import base64
import io
import os
import signal
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from random_pipelines import COVARIANCE

from cnnlab.augment import PRESETS, Pipeline, step
from cnnlab.augment.sampling import batch, draws
from cnnlab.augmenting import Drawn, Order, Pictures, job, jobs
from cnnlab.workers import Queue

pytestmark = pytest.mark.slow

PIXELS = np.random.default_rng(2).integers(0, 256, (4, 24, 24, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def queue() -> Iterator[Queue]:
    made = Queue()
    yield made
    made.close()
    jobs.WORKER.end()


def decoded(address: str) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))))


def drawn(queue: Queue, order: Order) -> Drawn:
    state = queue.ask("ann", job(order), patience=120)
    assert state.result, state
    return state.result


def test_every_view_is_drawn_as_in_this_process_and_a_killed_one_draws_the_same(queue: Queue) -> None:
    pipeline, one = PRESETS["alexnet"].pipeline, Pictures.of(PIXELS[:1])
    order = Order("draws", pipeline, one, 5, COVARIANCE)
    first = drawn(queue, order)
    wanted = draws(pipeline, PIXELS[0], 5, COVARIANCE)
    np.testing.assert_array_equal([decoded(each) for each in first.pictures], wanted)
    assert first.side == 21
    assert 0 < first.seconds < 60

    steps = drawn(queue, Order("steps", pipeline, one, 5, COVARIANCE))
    assert [decoded(each).shape[0] for each in steps.pictures] == [24, 21, 21, 21]
    np.testing.assert_array_equal(decoded(steps.pictures[-1]), wanted[0])

    queue.forget(order.key)
    os.kill(jobs.WORKER.pid, signal.SIGKILL)
    assert drawn(queue, order).pictures == first.pictures

    mixing = Pipeline.of(step("mirror"), step("mixup"), seed=3)
    mixed = drawn(queue, Order("batch", mixing, Pictures.of(PIXELS), labels=(0, 1, 2, 2), classes=3))
    pictures, labels = batch(mixing, PIXELS, np.eye(3, dtype=np.float32)[[0, 1, 2, 2]])
    np.testing.assert_array_equal([decoded(each) for each in mixed.pictures], pictures)
    np.testing.assert_allclose(mixed.labels, labels, atol=1e-4)

    large = Pictures.of(np.full((1, 128, 128, 3), 200, np.uint8))
    (photograph,) = drawn(queue, Order("draws", Pipeline(), large, 1)).pictures
    assert photograph.startswith("data:image/jpeg;base64,")
    assert np.abs(decoded(photograph).astype(int) - 200).max() <= 2

    failed = queue.ask("ann", job(Order("draws", pipeline, one, 5, None)), patience=60)
    assert failed.text.startswith("TensorFlow could not draw this (ValueError)")
