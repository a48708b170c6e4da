"""A pipeline as Keras source code that runs by itself: it prints the calls that ``augment.layers`` makes."""

import json
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cnnlab.augment.keras_calls import Call
from cnnlab.augment.pipeline import Pipeline, Step

OWN_FILE = Path(__file__).with_name("custom_layers.py")
WIDTH = 120  # that of custom_layers.py, which is printed as it stands
INDENT = "    "
BATCH = 32

Planned = list[tuple[Step, tuple[tuple[Call, int], ...]]]


def source(
    pipeline: Pipeline,
    size: int,
    covariance: Sequence[Sequence[float]] | None = None,
    origin: str = "the images shown when this code was made",
) -> str:
    """Return a Python file that augments the images of a directory for training, with the layers of ``to_keras``.

    Input images are size × size. ``origin`` says which images the covariance is of. Raises ``ValueError`` if a step
    needs the covariance of colours and gets none.
    """
    planned = pipeline.planned(size)
    single = [(step, calls) for step, calls in planned if not step.kind.per_batch]
    batched = [(step, calls) for step, calls in planned if step.kind.per_batch]
    classes = own_classes(single)
    imports = ["import keras", "import tensorflow as tf"]
    if any("math." in text for text in classes):
        imports = ["import math", "", *imports]
    head = ["\n".join([*_docstring(pipeline, size), "", *imports]), *classes]
    body = ["\n".join(_sequential(single, covariance))]
    if any(call.covariance for _, calls in single for call, _ in calls):
        body.insert(0, "\n".join(covariance_lines(covariance or (), origin)))
    body.append("\n".join(_reading(pipeline, size, bool(batched))))
    if not classes:  # two empty lines beside classes and functions, one elsewhere
        body.insert(0, head.pop())
    parts = [*head, "\n\n".join(body)]
    if batched:
        parts[-1] += "\n\n" + "\n".join(_layers_that_mix(batched))
        parts.append(_MIX)
    return "\n\n\n".join(parts) + ("\n\n\n" if batched else "\n") + "\n".join(_batches(bool(batched)))


def _docstring(pipeline: Pipeline, size: int) -> list[str]:
    output_side = pipeline.output_side(size)
    sides = f"{size}×{size}" if output_side == size else f"{size}×{size}, cropped to {output_side}×{output_side}"
    text = (
        f"Images of {sides}, augmented while a network trains: they change again in each epoch, and nothing is written "
        f"to disk. They are in one folder per class, such as images/cat/1.jpg and images/dog/1.jpg."
    )
    lines = textwrap.wrap(text, WIDTH - 3)
    lines[0] = '"""' + lines[0]
    return [
        *lines,
        "",
        "Made by CNN Lab; needs Keras 3.15 or newer (tested with 3.15) and TensorFlow (pip install tensorflow).",
        '"""',
    ]


def own_classes(planned: Planned) -> list[str]:
    """Return the project's source of the custom layers in these steps."""
    used = {call.cls for _, calls in planned for call, _ in calls if call.own}
    mark = "@keras.saving"
    texts = [mark + text.rstrip() for text in OWN_FILE.read_text(encoding="utf-8").split(mark)[1:]]
    return [text for text in texts if any(f"class {name}(" in text for name in used)]


def covariance_lines(covariance: Sequence[Sequence[float]], origin: str) -> list[str]:
    """Return the lines that set ``covariance``; ``origin`` names its images."""
    comment = (
        f"How red, green and blue vary together, on a scale from 0 to 1: the covariance of {' '.join(origin.split())}. "
        f"Replace it with that of your own images."
    )
    rows = [f"{INDENT}{_literal([float(number) for number in row])}," for row in covariance]
    return [*_comment(comment), "covariance = [", *rows, "]"]


def _sequential(planned: Planned, covariance: Sequence[Sequence[float]] | None) -> list[str]:
    inner = INDENT * 2
    lines = layer_lines(planned, covariance, inner)
    if not planned:
        lines += _comment("No step is switched on: every image stays as it is.", inner)
        lines.append(f"{inner}keras.layers.Identity(),")
    return [
        "# Pixels are numbers from 0 to 255, before and after.",
        "augmentation = keras.Sequential(", f"{INDENT}[", *lines, f"{INDENT}],", f'{INDENT}name="augmentation",', ")",
    ]  # fmt: skip


def _reading(pipeline: Pipeline, size: int, mixed: bool) -> list[str]:
    labels = ['label_mode="categorical",  # one-hot labels, which can be mixed'] if mixed else []
    arguments = [
        '"images",',
        *labels,
        f"image_size=({size}, {size}),",
        "crop_to_aspect_ratio=True,  # cropped to squares, not stretched",
        "batch_size=None,  # one by one",
        f"seed={pipeline.seed},",
    ]
    return [
        "training = keras.utils.image_dataset_from_directory(", *(INDENT + each for each in arguments), ")",
        *_comment(
            "Before batches are made: RandomCrop and RandAugment draw once for all images they get at once, and "
            "RandomElasticTransform makes copies of the first. One after another, so that each run draws the same; "
            "num_parallel_calls=tf.data.AUTOTUNE is faster and gives that up."
        ),
        "training = training.map(lambda image, label: (augmentation(image, training=True), label))",
        f"training = training.batch({BATCH})",
    ]  # fmt: skip


def _layers_that_mix(planned: Planned) -> list[str]:
    return ["mixing = [", *layer_lines(planned, None, INDENT), "]"]


def layer_lines(planned: Planned, covariance: Sequence[Sequence[float]] | None, indent: str) -> list[str]:
    """Return the calls that make the layers of these steps, as elements of a list, each step under a comment."""
    lines = []
    for step, calls in planned:
        lines += _comment(f"{step.kind.title}: {step.kind.description}", indent)
        for call, seed in calls:
            lines += _call(call, seed, covariance, indent, ",")
    return lines


_MIX = '''def mix(images, labels):
    """Images of a batch mixed with each other, and their labels alike."""
    batch = {"images": images, "labels": labels}
    for layer in mixing:
        batch = layer(batch, training=True)
    return batch["images"], batch["labels"]'''


def _batches(mixed: bool) -> list[str]:
    return [
        *(["training = training.map(mix)"] if mixed else []),
        "training = training.prefetch(tf.data.AUTOTUNE)  # prepare the next batch while the network trains",
        "",
        "for images, labels in training.take(1):",
        f'{INDENT}print("a batch:", images.shape, "labels:", labels.shape)',
        "# model.fit(training, epochs=10)",
        "",
    ]


def _call(call: Call, seed: int, covariance: Sequence[Sequence[float]] | None, indent: str, end: str) -> list[str]:
    """Return the call that makes a layer, on as many lines as it needs."""
    arguments = [
        f"{name}={'covariance' if name == 'covariance' else _literal(value)}"
        for name, value in call.arguments(seed, covariance).items()
    ]
    head = f"{indent}{'' if call.own else 'keras.layers.'}{call.cls}("
    line = f"{head}{', '.join(arguments)}){end}"
    if len(line) <= WIDTH:
        return [line]
    return [head, *(f"{indent}{INDENT}{each}," for each in arguments), f"{indent}){end}"]


def _comment(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ")


def _literal(value: Any) -> str:
    """Return the value as Python source, texts in double quotes."""
    if value == 1 / 255:
        return "1 / 255"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
