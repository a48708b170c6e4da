"""Makes the weights of the built-in backbone, and their record: python -m cnnlab.training.pretrain

It draws the images, trains on them, and measures how well what was learned transfers to photographs: a logistic head
on frozen features of the eight textures, against the same on a network with random weights.
"""

import argparse
import hashlib
import json
import os
import platform
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cnnlab import data
from cnnlab.data import Split, drawings
from cnnlab.training.backbones import built_in

PER_CLASS, HELD_OUT = 800, 100  # images of each of the sixty classes: 48,000 to learn from, 6,000 to be tested on
EPOCHS = 4
BATCH = 64
RATE = 2e-3  # Adam's, down to nothing along a cosine
COUNTS, SEEDS = (10, 25), (0, 1, 2)  # textures a class, and the draws that the transfer is a mean of


def main(arguments: list[str] | None = None) -> int:
    """Train, measure, write; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m cnnlab.training.pretrain", description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--per-class", type=int, default=PER_CLASS, help="images of each class")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--to", type=Path, default=built_in.FILE.parent, help="the folder to write to")
    options = parser.parse_args(arguments)
    file, record = trained(options.epochs, options.per_class, options.seed)
    options.to.mkdir(parents=True, exist_ok=True)
    (options.to / built_in.FILE.name).write_bytes(file)
    text = json.dumps(record, indent=1)
    (options.to / built_in.RECORD.name).write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0


def trained(epochs: int, per_class: int, seed: int) -> tuple[bytes, Mapping[str, Any]]:
    """Return the weights' file and its record. 4 epochs of 48,000 images take about 7 minutes of two cores."""
    import keras
    import tensorflow as tf

    from cnnlab.backends.keras import to_keras

    begin = time.perf_counter(), time.process_time()
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    random = to_keras(built_in.whole(), "random")  # what the trained one is held against
    model = keras.models.clone_model(random)
    train, test = drawings.render(per_class, (seed, 0)), drawings.render(HELD_OUT, (seed, 1))
    steps = epochs * (len(train) // BATCH)
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(RATE, steps)),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(_batches(train, seed), epochs=epochs, shuffle=False, verbose=2)
    file = built_in.packed(model)
    full = _body(model).predict(test.images[::10], 256, verbose=0)
    _halve(model)
    change = np.abs(_body(model).predict(test.images[::10], 256, verbose=0) - full).max() / np.abs(full).max()
    seconds, busy = time.perf_counter() - begin[0], time.process_time() - begin[1]
    accuracy = float((model.predict(test.images, 256, verbose=0).argmax(axis=1) == test.labels).mean())
    record = {
        "network": str(built_in.network()),
        "parameters": model.count_params(),
        "data": f"drawings.render({per_class}, ({seed}, 0)): {len(train):,} images of {built_in.CLASSES} classes",
        "seed": seed,
        "epochs": epochs,
        "batch": BATCH,
        "accuracy": round(accuracy, 4),
        "accuracy_on": f"drawings.render({HELD_OUT}, ({seed}, 1)): {len(test):,} other images",
        "halves": f"the largest change of a feature by rounding to fp16 is {change:.1e} of the largest feature",
        "transfer": {name: transfer(_body(each)) for name, each in (("frozen", model), ("random frozen", random))},
        "transfer_is": "test accuracy on the eight textures by images per class: logistic head on the averages of the "
        f"last map, mean of {len(SEEDS)} draws",
        "seconds": round(seconds),
        "processor_seconds": round(busy),
        "cores": os.cpu_count(),
        "versions": {
            "python": platform.python_version(),
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
            "numpy": np.__version__,
        },
        "bytes": len(file),
        "sha256": hashlib.sha256(file).hexdigest(),
    }
    return file, record


def _batches(train: Split, seed: int) -> Any:
    """Return batches, shuffled again for each epoch. Whole ones only: the schedule counts them."""
    import tensorflow as tf

    numbers = tf.data.Dataset.range(len(train)).shuffle(len(train), seed=seed, reshuffle_each_iteration=True)
    images, labels = tf.constant(train.images), tf.constant(train.labels)  # once, not a copy an epoch
    return (
        numbers.batch(BATCH, drop_remainder=True)
        .map(lambda chosen: (tf.gather(images, chosen), tf.gather(labels, chosen)))
        .prefetch(2)
    )


def _halve(model: Any) -> None:
    """Round the weights as the file does, so that the measured weights are those delivered."""
    for layer in model.layers:
        layer.set_weights([value.astype(np.float16).astype(np.float32) for value in layer.get_weights()])


def _body(model: Any) -> Any:
    """Return the model without its head, with global averages of its last map."""
    import keras

    last = model.layers[-3]  # pooling, dense, softmax
    return keras.Model(model.inputs, last.output)


def transfer(body: Any, counts: Sequence[int] = COUNTS, seeds: Sequence[int] = SEEDS) -> dict[str, float]:
    """Return the accuracy of a logistic head on ``body``'s features of the textures, by images a class."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    found = data.load("textures")
    scores: dict[str, float] = {}
    test = body.predict(found.test.images, 256, verbose=0)
    for count in counts:
        each = []
        for seed in seeds:
            train = found.train.sample(count, seed)
            head = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))
            head.fit(body.predict(train.images, 256, verbose=0), train.labels)
            each.append(head.score(test, found.test.labels))
        scores[str(count)] = round(float(np.mean(each)), 4)
    return scores


if __name__ == "__main__":
    sys.exit(main())
