"""Counts of the frozen and trained parameters of a run's network, and seconds of its steps, measured on it."""

import time
from dataclasses import replace
from typing import Any

import numpy as np
from cachetools import LRUCache

from cnnlab.inference.answer import Counts, Pace, StageCounts
from cnnlab.inference.request import plain
from cnnlab.training.backbones import stages, unfrozen
from cnnlab.training.batches import encode_labels
from cnnlab.training.head import TrainableNetwork
from cnnlab.training.loop import loss, optimiser
from cnnlab.training.model import assemble, tuned
from cnnlab.training.spec import Spec

KEPT = 2  # networks
MOST_PIXELS = 400_000  # of a batch that is measured, eight images of 224×224: ResNet-50 learns from them in 1.5 GB
LONGEST = 2.0  # seconds that a step of training may take to be measured: others wait behind it
BACKWARD = 3  # times a forward pass is what such a step takes, roughly
_networks: LRUCache[tuple[str, int], TrainableNetwork] = LRUCache(KEPT)


def counts(spec: Spec, classes: int) -> Counts:
    """Count stages and parameters. Raises ``ValueError`` with a sentence if there is no such network."""
    network = _assembled(spec, classes)
    found = stages(network.body)
    trained = [stage.trained for stage in found]
    everything = 0
    if network.tuned is None:  # batch norms, too
        network.unfreeze()
        everything = trainable(network.whole)
        trained = [sum(trainable(network.body.get_layer(name)) for name in stage.layers) for stage in found]
    return Counts(
        tuple(
            StageCounts(each.layers[0], each.layers[-1], each.side, each.params, count)
            for each, count in zip(found, trained, strict=True)
        ),
        unfrozen(found),
        network.head.count_params(),
        network.whole.count_params(),
        everything,
    )


def trainable(model: Any) -> int:
    """Count the parameters that Keras would change."""
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def pace(spec: Spec, classes: int) -> Pace:
    """Measure a step on random images. Raises ``ValueError`` with a sentence if there is no such network."""
    network = _assembled(spec, classes)
    size = spec.input_size
    count = max(1, min(spec.batch, MOST_PIXELS // size**2))
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (count, size, size, 3)).astype(np.float32)
    labels = encode_labels(random.integers(0, classes, spec.batch), classes)
    times = spec.batch / count  # what is measured on a part of a batch takes so much longer on all of it
    forward = _forward(network.pooled, images) * times
    head = tuning = ready = more = 0.0
    measured = True
    if spec.head_epochs:
        features = random.random((spec.batch, network.head.input_shape[-1]), dtype=np.float32)
        head, ready = _step(network.head, spec, classes, (features, labels), 16)
    if spec.tuning_epochs:
        replace(network, tuned=tuned(spec, network.body)).unfreeze()
        measured = BACKWARD * forward < LONGEST
        tuning = BACKWARD * forward
        if measured:
            steps = 4 if tuning < 0.5 else 1
            tuning, more = _step(network.whole, spec, classes, (images, labels[:count]), steps)
    return Pace(forward, head, tuning * (times if measured else 1), measured, ready + more)


def _forward(model: Any, images: Any) -> float:
    import tensorflow as tf

    run = tf.function(lambda x: model(x, training=False))
    return min(_timed(lambda: run(images)) for _ in range(3))  # the first makes TensorFlow's graph


def _step(model: Any, spec: Spec, classes: int, batch: tuple[Any, Any], steps: int) -> tuple[float, float]:
    """Return the seconds of a step of Keras' ``fit``, and those until TensorFlow's graph was made."""
    import tensorflow as tf

    model.compile(optimiser(spec, 1e-4), loss(spec, classes), steps_per_execution=steps)
    data = tf.data.Dataset.from_tensors(batch).repeat()
    times = [_timed(lambda: model.fit(data, steps_per_epoch=steps, verbose=0)) for _ in range(3)]
    usual = min(times[1:])
    return usual / steps, max(times[0] - usual, 0.0)


def _timed(work: Any) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _assembled(spec: Spec, classes: int) -> TrainableNetwork:
    """Return the network with random weights; a cache holds the last few."""
    wanted = plain(spec)
    key = wanted.to_json(), classes
    found = _networks.get(key)
    if found is None:
        while len(_networks) >= KEPT:
            _networks.popitem()  # before the next one takes memory
        found = _networks[key] = assemble(wanted, classes)
    return found
