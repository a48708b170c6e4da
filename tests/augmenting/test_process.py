"""The real thing: the studio, its process, and TensorFlow in it."""

import base64
import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from random_pipelines import COVARIANCE
from waiting import gone, until

from cnnlab.augment import PRESETS, Pipeline, step
from cnnlab.augment.sampling import batch, draws
from cnnlab.augmenting import Drawn, FailedError, Order, Pictures, Studio
from cnnlab.augmenting.service import COMMAND
from cnnlab.workers import Child

pytestmark = pytest.mark.slow

PIXELS = np.random.default_rng(2).integers(0, 256, (4, 24, 24, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    made = Studio()
    yield made
    made.close()


def decoded(address: str) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))))


def ordered(studio: Studio, order: Order) -> Drawn:
    found: Drawn = until(lambda: studio.answer("ann", order, patience=1), 120)
    return found


def test_every_view_is_drawn_as_in_this_process_and_a_killed_one_draws_the_same(studio: Studio) -> None:
    pipeline, one = PRESETS["alexnet"].pipeline, Pictures.of(PIXELS[:1])
    order = Order("draws", pipeline, one, 5, COVARIANCE)
    first = ordered(studio, order)
    wanted = draws(pipeline, PIXELS[0], 5, COVARIANCE)
    np.testing.assert_array_equal([decoded(each) for each in first.pictures], wanted)
    assert first.side == 21
    assert 0 < first.seconds < 60

    steps = ordered(studio, Order("steps", pipeline, one, 5, COVARIANCE))
    assert [decoded(each).shape[0] for each in steps.pictures] == [24, 21, 21, 21]
    np.testing.assert_array_equal(decoded(steps.pictures[-1]), wanted[0])

    studio.forget(order)
    os.kill(studio.pid, signal.SIGKILL)
    assert ordered(studio, order).pictures == first.pictures

    mixing = Pipeline.of(step("mirror"), step("mixup"), seed=3)
    mixed = ordered(studio, Order("batch", mixing, Pictures.of(PIXELS), labels=(0, 1, 2, 2), classes=3))
    pictures, labels = batch(mixing, PIXELS, np.eye(3, dtype=np.float32)[[0, 1, 2, 2]])
    np.testing.assert_array_equal([decoded(each) for each in mixed.pictures], pictures)
    np.testing.assert_allclose(mixed.labels, labels, atol=1e-4)

    large = Pictures.of(np.full((1, 128, 128, 3), 200, np.uint8))
    (photograph,) = ordered(studio, Order("draws", Pipeline(), large, 1)).pictures
    assert photograph.startswith("data:image/jpeg;base64,")
    assert np.abs(decoded(photograph).astype(int) - 200).max() <= 2

    with pytest.raises(FailedError, match=r"^TensorFlow could not draw this \(ValueError\)"):
        ordered(studio, Order("draws", pipeline, one, 5, None))


def test_the_process_ends_when_its_server_is_killed_while_it_loads() -> None:
    code = (
        "import time; from cnnlab.augmenting.service import COMMAND; from cnnlab.workers import Child;"
        "child = Child(COMMAND); child.send({'view': 'warm'}); print(child.pid, flush=True); time.sleep(600)"
    )
    server = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    pid = int(server.stdout.readline())
    assert not gone(pid)
    server.kill()
    server.wait()
    server.stdout.close()
    until(lambda: gone(pid), 20)


def test_the_process_ends_when_idle() -> None:
    child = Child((*COMMAND, "0.2"))
    until(lambda: not child.alive, 60)
    child.kill()
