"""``train.py`` line by line. It has the parts that its run needs, and no others."""

import json
import textwrap
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from cnnlab.augment.source import covariance_lines, own_classes
from cnnlab.training.backbones.graphs import MOMENTUM
from cnnlab.training.dataset import at_once
from cnnlab.training.export.script.facts import Told
from cnnlab.training.export.script.functions import SEEDED, batches, encoded, enough, learn
from cnnlab.training.export.script.network import WIDTH, needs_weights
from cnnlab.training.features import why_not
from cnnlab.training.model import POOLING, drawn
from cnnlab.training.spec import EMBEDDED, SCRATCH, Spec, activation
from cnnlab.units import full


def text(spec: Spec, told: Told, network: Sequence[str], report: Mapping[str, Any] | None = None) -> str:
    """The script; ``network`` are the functions that build the backbone."""
    planned = spec.drawing.planned(told.side)
    single = [(step, calls) for step, calls in planned if not step.kind.on_batches]
    own = own_classes(single)
    functions = [*network, *own, encoded(told), batches(spec, told)]
    random = spec.weights == SCRATCH
    if random:
        functions.insert(len(network), SEEDED)
    if spec.stop_at:
        functions.append(enough(spec, told))
    functions.append(learn(spec, told))
    modules = [*(["math"] if any("math." in each for each in own) else []), *(["zlib"] if random else [])]
    begin = "\n\n".join([_docstring(spec, told, report), _imports(modules), _constants(spec)])
    steps = [_reading(told), _network(spec, told), _training(spec, told), _testing(spec, told)]
    if told.covariance is not None:
        begin += "\n\n" + "\n".join(covariance_lines(told.covariance, "the pictures that are learned from"))
    return "\n\n\n".join([begin, *functions, "\n\n".join(steps)]) + "\n"


def _docstring(spec: Spec, told: Told, report: Mapping[str, Any] | None) -> str:
    title = " ".join(spec.title.split()).replace("\\", "/").replace('"', "'")
    first = (
        f"Trains again what CNN Lab trained as “{title}”: {full(told.train)} pictures of {told.classes} classes, "
        f"{spec.input_size}×{spec.input_size} pixels."
    )
    paragraphs = [first]
    test = (report or {}).get("test")
    if isinstance(test, Mapping):
        versions = (report or {}).get("versions", {})
        named = [f"{name} {versions.get(key)}" for name, key in (("Keras", "keras"), ("TensorFlow", "tensorflow"))]
        said = " ".join(" and ".join(named).split()).replace("\\", "/").replace('"', "'")
        paragraphs.append(
            f"It had {full(int(test['correct']))} of {full(int(test['count']))} test pictures right. So has this, with "
            f"{said} on the same kind of processor; others round differently, which can change a few."
        )
    paragraphs.append("Needs TensorFlow with Keras 3 (pip install tensorflow) and the files that came with it.")
    lines = [textwrap.fill(each, WIDTH - 3) for each in paragraphs]
    return '"""' + "\n\n".join(lines) + '\n"""'


def _imports(modules: Sequence[str]) -> str:
    standard = [*(f"import {name}" for name in modules), "from pathlib import Path"]
    others = ["import keras", "import numpy as np", "import tensorflow as tf", "from keras import layers"]
    return "\n".join([*standard, "", *others])


def _constants(spec: Spec) -> str:
    return f"HERE = Path(__file__).parent\nSEED = {spec.seed}\nBATCH = {spec.batch}  # pictures of one step"


def _reading(told: Told) -> str:
    names = ["classes", "train", "train_labels", *(["aside", "aside_labels"] if told.validation else [])]
    keys = ["classes", "train", "train_labels", *(["validation", "validation_labels"] if told.validation else [])]
    if told.test:
        names += ["test", "test_labels"]
        keys += ["test", "test_labels"]
    return "\n".join(
        [
            'with np.load(HERE / "pictures.npz") as file:',
            *(f'    {name} = file["{key}"]' for name, key in zip(names, keys, strict=True)),
            "",
            "# The same numbers are drawn each time, and TensorFlow computes the same with them.",
            "keras.utils.set_random_seed(SEED)",
            "tf.config.experimental.enable_op_determinism()",
        ]
    )


def _network(spec: Spec, told: Told) -> str:
    lines = ["backbone = build()", *(["seeded(backbone)"] if spec.weights == SCRATCH else [])]
    if spec.weights == SCRATCH and not spec.network and spec.backbone != EMBEDDED:
        lines += [
            "for layer in backbone.layers:  # Keras' own are made for longer trainings",
            "    if isinstance(layer, layers.BatchNormalization):",
            f"        layer.momentum = min(layer.momentum, {MOMENTUM})",
        ]
    if needs_weights(spec):
        lines += [
            'with np.load(HERE / "weights.npz") as known:',
            "    backbone.set_weights([known[name] for name in known.files])",
        ]
        if told.normalised:
            lines += [
                "for layer in backbone.layers:",
                "    if isinstance(layer, layers.Normalization):",
                "        layer.finalize_state()",
            ]
    side = spec.input_size
    lines += ["", f"pixels = x = keras.Input(({side}, {side}, 3))"]
    lines.append(
        "x = backbone(x)"
        if told.scratch
        else "x = backbone(x, training=False)  # its batch norms keep their statistics, also while it is tuned"
    )
    if told.has_map:
        lines.append(f"x = layers.{POOLING[spec.pooling]}()(x)")
    lines += ["pooled = keras.Model(pixels, x)", "", "features = y = keras.Input(x.shape[1:])"]
    place = count(1)  # of a layer in the head: its seed follows from it
    if spec.dropout:
        lines.append(f"y = layers.Dropout({spec.dropout!r}, seed={drawn(spec.seed, next(place))})(y)")
    if spec.head_units:
        first = f"keras.initializers.GlorotUniform({drawn(spec.seed, next(place))})"
        lines.append(f'y = layers.Dense({spec.head_units}, activation="relu", kernel_initializer={first})(y)')
    units = "1" if activation(told.classes) == "sigmoid" else "len(classes)"
    first = f"keras.initializers.GlorotUniform({drawn(spec.seed, next(place))})"
    lines += [
        f'y = layers.Dense({units}, activation="{activation(told.classes)}", kernel_initializer={first})(y)',
        "head = keras.Model(features, y)",
        "",
        "network = keras.Model(pixels, head(x))",
    ]
    if spec.head_epochs == 0 or why_not(spec.augmentation):  # nobody asks the pooled backbone alone
        lines.remove("pooled = keras.Model(pixels, x)")
    return "\n".join(lines)


def _training(spec: Spec, told: Told) -> str:
    """Both phases, or the one there is."""
    result = "done, enough" if spec.stop_at else "done"
    aside = "aside, " if told.validation else ""
    lines: list[str] = []
    if spec.head_epochs:
        ends = f"0, {spec.head_epochs})"
        if why_not(spec.augmentation):
            lines += [
                "# The head alone, on a frozen backbone.",
                "backbone.trainable = False",
                f"{result} = learn(network, {spec.head_rate!r}, train, {aside}{ends}",
            ]
        else:
            both = "np.concatenate([train, aside])" if told.validation else "train"
            said = "said[: len(train)], said[len(train) :], " if told.validation else "said, "
            lines += [
                "# The head alone. The frozen backbone says the same of a picture in every epoch: it is asked once.",
                "backbone.trainable = False",
                f"said = pooled.predict({both}, batch_size=32, verbose=0)",
                f"{result} = learn(head, {spec.head_rate!r}, {said}{ends}",
            ]
        if not spec.tuning_epochs:
            lines[-1] = lines[-1].removeprefix(f"{result} = ")
    if spec.tuning_epochs:
        tuning = _tuning(spec, told, aside, bool(spec.head_epochs))
        if spec.head_epochs and spec.stop_at:
            tuning = ["if not enough:", *(f"    {line}" for line in tuning)]
        lines += [*([""] if lines else []), *tuning]
    return "\n".join(lines)


def _tuning(spec: Spec, told: Told, aside: str, after: bool) -> list[str]:
    if told.scratch:
        lines = ["# Everything is learned."]
    elif not told.tuned:
        lines = ["# The backbone stays frozen.", "backbone.trainable = False"]
    else:
        first = json.dumps(told.tuned[0], ensure_ascii=False)
        inner = "layer.trainable = tuned and not isinstance(layer, layers.BatchNormalization)"
        lines = [f"# The head and the last {told.stages}, all from layer {first} on, with small steps."]
        if tuple(told.layers[-len(told.tuned) :]) == told.tuned:
            lines += [
                "tuned = False",
                "for layer in backbone.layers:",
                f"    tuned = tuned or layer.name == {first}",
                f"    {inner}",
            ]
        else:  # Keras lists layers of parallel branches in another order
            names = textwrap.wrap(", ".join(json.dumps(name, ensure_ascii=False) for name in told.tuned), WIDTH - 5)
            lines[0] = f"# The head and the last {told.stages}, with small steps."
            lines += ["tuned = {", *(f"    {line}" for line in names), "}", "for layer in backbone.layers:"]
            lines.append(f"    {inner.replace('tuned and', 'layer.name in tuned and')}")
    ends = f"done, done + {spec.tuning_epochs})" if after else f"0, {spec.tuning_epochs})"
    return [*lines, f"learn(network, {spec.tuning_rate!r}, train, {aside}{ends}"]


def _testing(spec: Spec, told: Told) -> str:
    lines = ['network.save(HERE / "trained.keras")']
    if told.test:
        guess = "(said[:, 0] > 0.5)" if activation(told.classes) == "sigmoid" else "said.argmax(axis=1)"
        lines = [
            f"said = network.predict(test, batch_size={at_once(spec.input_size)}, verbose=0)",
            f"correct = int(({guess} == test_labels).sum())",
            'print(f"{correct:,} of {len(test):,} test pictures are right: {100 * (correct / len(test)):.1f} %")',
            *lines,
        ]
    return "\n".join(lines)
