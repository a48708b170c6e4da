"""Repeat a run of CNN Lab; README.txt says which one, and its result.

Needs TensorFlow with Keras 3 (pip install tensorflow) and the files that came with this one. network.py and
augmentation.py are this run's own. loop.py, head.py and batches.py are the same for all runs: CNN Lab trains with them.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import augmentation
import network
import numpy as np
from batches import Batches, at_once, set_seeds
from head import attach
from loop import Loop, StateTracker, uncompiled

HERE = Path(__file__).parent

spec = SimpleNamespace(**json.loads((HERE / "spec.json").read_text(encoding="utf-8")))
with np.load(HERE / "images.npz") as file:
    images = dict(file)
classes = len(images["classes"])

set_seeds(spec.seed)
backbone = network.build()
if (HERE / "weights.npz").exists():  # the initial weights of the backbone
    with np.load(HERE / "weights.npz") as file:
        backbone.set_weights([file[name] for name in file.files])
    for layer in backbone.layers:
        if hasattr(layer, "finalize_state"):  # a Normalization keeps copies of its weights
            layer.finalize_state()
whole = attach(backbone, spec, classes, network.TUNED)

batches = Batches(
    spec,
    classes,
    images["train"],
    images["train_labels"],
    images.get("validation"),
    images.get("validation_labels"),
    augmentation.layers,
)
Loop(whole, spec, batches, StateTracker(spec), verbose=2).run()
model = uncompiled(whole.whole)
model.save(HERE / "trained.keras")

test, labels = images["test"], images["test_labels"]
if len(test):
    predictions = model.predict(test, batch_size=at_once(spec.input_size), verbose=0)
    guesses = predictions[:, 0] > 0.5 if classes == 2 else predictions.argmax(axis=1)
    correct = int((guesses == labels).sum())
    print(f"{correct:,} of {len(test):,} test images are right: {100 * (correct / len(test)):.1f} %")
