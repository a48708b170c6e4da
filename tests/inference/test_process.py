"""The real thing: the process that counts, times and tries, and Keras beside it to compare with."""

import io
import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training_listener import Listener
from waiting import until

from cnnlab.augment import Pipeline, step
from cnnlab.data.photographs import coloured
from cnnlab.inference import CountRequest, Counts, PaceRequest, Prediction, PredictRequest, job, jobs
from cnnlab.training import Spec, runs
from cnnlab.training.backbones import last_layers, stages
from cnnlab.training.dask.payload import load as images
from cnnlab.training.model import assemble
from cnnlab.training.run_folder import REPORT, Run
from cnnlab.uploads.images import Pixels
from cnnlab.workers import JobError, Queue

pytestmark = pytest.mark.slow

TEXTURES = Spec(per_class=10, head_epochs=4, tuning_epochs=1)
CROPPED = Spec(
    data="digits_3_8",
    input_size=32,
    per_class=15,
    head_epochs=2,
    tuning_epochs=0,
    augmentation=Pipeline.of(step("random_crop", share=0.8)),
)


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queue]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))  # nothing is there, and nothing may come
        made = Queue()
        yield made
        assert not list(Path(os.environ["KERAS_HOME"]).rglob("*.h5"))
        made.close()
        jobs.WORKER.end()


def asked(queue: Queue, request: Any) -> Any:
    state = queue.ask("ann", job(request), patience=180)
    if state.phase == "failed":
        raise JobError(state.text)
    assert state.result
    return state.result


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Two runs of a few seconds: eight classes, and two with images of which crops are taken."""
    from cnnlab.training.fit import train

    found = {}
    for spec in (TEXTURES, CROPPED):
        listener = Listener()
        report = train(spec, images(spec), None, listener)
        run = found[spec.data] = runs.create(spec, within=tmp_path_factory.mktemp("runs"))
        run.put(REPORT, json.dumps(report, default=float).encode())
        for name, data in listener.files.items():
            run.put(name, data)
        run.note(phase="done")
    return found


def said(run: Run, images: Any) -> np.ndarray:
    """Return the predictions of Keras in this process: N × classes."""
    import keras

    found = keras.models.load_model(run.model, compile=False).predict(np.asarray(images, np.float32), verbose=0)
    return np.concatenate([1 - found, found], axis=1) if found.shape[1] == 1 else found


def stretched(image: Pixels, size: int) -> Pixels:
    import tensorflow as tf

    found = tf.image.resize(image[None], (size, size), antialias=True).numpy()
    return np.rint(found).clip(0, 255).astype(np.uint8)[0]


def ten(image: Pixels, size: int) -> list[Pixels]:
    """Return the corners and the middle of the enlarged image, and their mirror images."""
    large = stretched(image, round(size * 256 / 224))
    most = len(large) - size
    places = [(most // 2, most // 2), (0, 0), (0, most), (most, 0), (most, most)]
    cut = [large[y : y + size, x : x + size] for y, x in places]
    return [*cut, *(each[:, ::-1] for each in cut)]


def test_predictions_are_those_of_the_evaluation(queue: Queue, trained: dict[str, Run]) -> None:
    """For both last layers, and with an augmentation that crops; the crop, whole and ten crops against Keras."""
    for run, index, box in ((trained["textures"], 321, (5, 8, 30)), (trained["digits_3_8"], 7, (0, 10, 38))):
        spec, test = run.spec(), images(run.spec()).test
        size, arriving = spec.input_size, spec.augmentation.input_side(spec.input_size)
        assert (arriving > size) == (spec == CROPPED)
        found: Prediction = asked(queue, PredictRequest.of(run.model, spec, test.images[index], box))
        with np.load(io.BytesIO((run.folder / "test.npz").read_bytes())) as kept:
            known = kept["predictions"][index]
        wanted = known if len(known) > 1 else [1 - known[0], known[0]]
        np.testing.assert_allclose(found.whole, wanted, atol=1e-4)

        def arrived(image: Pixels, size: int = size, arriving: int = arriving) -> Pixels:
            large, begin = stretched(image, arriving), (arriving - size) // 2
            return large[begin : begin + size, begin : begin + size]

        top, left, side = box
        crop = arrived(test.images[index][top : top + side, left : left + side])
        np.testing.assert_array_equal(found.pixels, crop)
        whole = arrived(test.images[index])
        expected = said(run, [crop, whole, *ten(whole, size)])
        np.testing.assert_allclose(found.crop, expected[0], atol=1e-4)
        np.testing.assert_allclose(found.ten, expected[2:].mean(axis=0), atol=1e-4)
        full: Prediction = asked(
            queue, PredictRequest.of(run.model, spec, test.images[index], (0, 0, len(test.images[index])))
        )
        np.testing.assert_allclose(full.crop, full.whole, atol=1e-6)


def test_maps_are_the_outputs_of_the_layers(queue: Queue, trained: dict[str, Run]) -> None:
    import keras

    run = trained["textures"]
    image = images(TEXTURES).test.images[0]
    found: Prediction = asked(queue, PredictRequest.of(run.model, TEXTURES, image, (0, 0, 48)))
    assert [(each.side, each.channels, len(each.maps)) for each in found.layers] == [
        (24, 16, 6),
        (12, 32, 6),
        (6, 64, 6),
        (3, 128, 6),
    ]
    body = keras.models.load_model(run.model, compile=False).get_layer("built_in")
    for layer in found.layers:
        answers = keras.Model(body.inputs[0], body.get_layer(layer.name).output)(
            image[None].astype(np.float32)
        ).numpy()[0]
        spread = answers.std(axis=(0, 1))
        assert layer.maps[0].channel == spread.argmax()
        for each in layer.maps:
            assert spread[each.channel] >= np.sort(spread)[-6]
            np.testing.assert_allclose(each.values, answers[..., each.channel], atol=each.most / 200)


def test_a_photograph_is_preprocessed_as_the_data_sets_own(queue: Queue, trained: dict[str, Run]) -> None:
    """Far darker and flatter, it is the same to a network that learned patches of equal contrast."""
    run, photo = trained["textures"], coloured("coffee")
    pale = (photo // 4 + 100).astype(np.uint8)
    box = (40, 60, 200)
    first, second = (
        asked(queue, PredictRequest.of(run.model, TEXTURES, each, box, "textures")) for each in (photo, pale)
    )
    for found in (first, second):
        assert np.ptp(found.pixels, axis=2).max() == 0
        assert found.pixels.mean() == pytest.approx(127.5, abs=3)
        assert found.pixels.std() == pytest.approx(48, abs=4)
    np.testing.assert_allclose(first.pixels.astype(int), second.pixels.astype(int), atol=8)
    plain: Prediction = asked(queue, PredictRequest.of(run.model, TEXTURES, pale, box))
    assert plain.pixels.std() < 30


def test_a_replaced_file_is_read_again_and_a_damaged_one_is_refused(
    queue: Queue, trained: dict[str, Run], tmp_path: Path
) -> None:
    image = images(TEXTURES).test.images[0]
    path = tmp_path / "model.keras"
    shutil.copy(trained["textures"].model, path)
    assert len(asked(queue, PredictRequest.of(path, TEXTURES, image, (0, 0, 48))).whole) == 8
    shutil.copy(trained["digits_3_8"].model, path)
    assert len(asked(queue, PredictRequest.of(path, CROPPED, image, (0, 0, 48))).whole) == 2
    path.write_bytes(b"PK of no use")
    with pytest.raises(JobError, match=r"^The model of this run cannot be read; .* duplicate the run"):
        asked(queue, PredictRequest.of(path, TEXTURES, image, (0, 0, 48)))
    assert asked(queue, PredictRequest.of(trained["textures"].model, TEXTURES, image, (0, 0, 48)))


def keras_counts(model: Any) -> int:
    return sum(int(np.prod(each.shape)) for each in model.trainable_weights)


@pytest.mark.parametrize(
    "spec",
    [
        Spec(),
        Spec(head_units=64, pooling="flatten"),
        Spec(backbone="imagenet:mobilenet_v2", input_size=96),
        Spec(backbone="imagenet:vgg16", input_size=64),
        Spec.from_scratch(),
        Spec.from_scratch("resnet20_cifar?depth=8", input_size=32),
        Spec.from_scratch("resnet20_cifar?depth=8", input_size=32, unfreeze=1),
    ],
    ids=lambda spec: f"{spec.network or spec.backbone} {spec.weights} {spec.unfreeze}",
)
def test_counts_are_those_of_keras_at_every_depth(queue: Queue, spec: Spec) -> None:
    found: Counts = asked(queue, CountRequest(spec, 8))
    # Weights from ImageNet would be downloaded; their number is the same.
    random = spec if not spec.backbone.startswith("imagenet") else replace(spec, weights="none", head_epochs=1)
    network = assemble(random, 8)
    assert found.whole == network.whole.count_params()
    assert found.head == network.head.count_params()
    assert sum(stage.params for stage in found.stages) == network.body.count_params()
    assert len(found.depths) == len(found.stages) + 1
    if found.scratch:
        network.unfreeze()
        assert found.trained(spec.unfreeze) == found.scratch == keras_counts(network.whole)
        assert sum(stage.trained for stage in found.stages) + found.head == found.scratch
        return
    for depth in (*range(len(found.depths)), 100):
        replace(network, tuned=last_layers(stages(network.body), depth)).unfreeze()
        assert found.trained(depth) == keras_counts(network.whole), depth


def test_steps_are_measured(queue: Queue) -> None:
    both = asked(queue, PaceRequest(Spec(), 8))
    assert 0 < both.head < both.forward * 20
    assert 0 < both.forward < both.tuning < 5
    assert both.measured
    alone = asked(queue, PaceRequest(Spec(tuning_epochs=0, head_epochs=1), 2))
    assert (alone.tuning, alone.head > 0) == (0, True)
    large = asked(queue, PaceRequest(Spec(batch=512, head_epochs=0, unfreeze=0), 8))
    assert large.forward > 5 * both.forward, "measured on a part of the batch, told for all of it"


def test_a_network_that_cannot_be_built_is_refused(queue: Queue) -> None:
    with pytest.raises(JobError, match=r"^There is no backbone 'imagenet:nothing'"):
        asked(queue, CountRequest(Spec(backbone="imagenet:nothing"), 8))
    with pytest.raises(JobError, match=r"weights, more than 50,000,000; choose average"):
        asked(queue, CountRequest(Spec(input_size=512, pooling="flatten", head_units=1024), 8))


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
def test_after_a_killed_process_the_next_request_works(queue: Queue) -> None:
    request = PaceRequest(Spec(backbone="imagenet:efficientnet_b0", input_size=224), 8)
    queue.submit("ann", job(request))

    def killed() -> str:
        if jobs.WORKER.pid:
            os.kill(jobs.WORKER.pid, signal.SIGKILL)
        return queue.state("ann", request.key, patience=0.3).text

    assert until(killed, 60).startswith("The process that tries networks was killed (signal 9)")
    assert asked(queue, CountRequest(Spec(head_units=128), 3)).head == 128 * 128 + 128 + 128 * 3 + 3
