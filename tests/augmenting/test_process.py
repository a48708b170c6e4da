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
from cnnlab.augmenting import Augmented, Images, Request, job, jobs
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


def drawn(queue: Queue, request: Request) -> Augmented:
    state = queue.ask("ann", job(request), patience=120)
    assert state.result, state
    return state.result


def test_every_view_is_drawn_as_in_this_process_and_a_killed_one_draws_the_same(queue: Queue) -> None:
    pipeline, one = PRESETS["alexnet"].pipeline, Images.of(PIXELS[:1])
    request = Request("draws", pipeline, one, 5, COVARIANCE)
    first = drawn(queue, request)
    wanted = draws(pipeline, PIXELS[0], 5, COVARIANCE)
    np.testing.assert_array_equal([decoded(each) for each in first.images], wanted)
    assert first.side == 21
    assert 0 < first.seconds < 60

    steps = drawn(queue, Request("steps", pipeline, one, 5, COVARIANCE))
    assert [decoded(each).shape[0] for each in steps.images] == [24, 21, 21, 21]
    np.testing.assert_array_equal(decoded(steps.images[-1]), wanted[0])

    queue.forget(request.key)
    os.kill(jobs.WORKER.pid, signal.SIGKILL)
    assert drawn(queue, request).images == first.images

    mixing = Pipeline.of(step("mirror"), step("mixup"), seed=3)
    mixed = drawn(queue, Request("batch", mixing, Images.of(PIXELS), labels=(0, 1, 2, 2), classes=3))
    images, labels = batch(mixing, PIXELS, np.eye(3, dtype=np.float32)[[0, 1, 2, 2]])
    np.testing.assert_array_equal([decoded(each) for each in mixed.images], images)
    np.testing.assert_allclose(mixed.labels, labels, atol=1e-4)

    large = Images.of(np.full((1, 128, 128, 3), 200, np.uint8))
    (photograph,) = drawn(queue, Request("draws", Pipeline(), large, 1)).images
    assert photograph.startswith("data:image/jpeg;base64,")
    assert np.abs(decoded(photograph).astype(int) - 200).max() <= 2

    failed = queue.ask("ann", job(Request("draws", pipeline, one, 5, None)), patience=60)
    assert failed.text.startswith("TensorFlow could not draw this (ValueError)")
