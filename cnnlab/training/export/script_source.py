"""The parts of a run's script that are its own, as Python text: its backbone and its augmentation."""

import json
from collections.abc import Collection, Sequence

from cnnlab.augment.source import Planned, covariance_lines, layer_lines, own_classes
from cnnlab.backends.source import definitions
from cnnlab.network import Network
from cnnlab.training.backbones import BUILT_IN, IMAGENET
from cnnlab.training.backbones.built_in import body as built_in
from cnnlab.training.backbones.graphs import MOMENTUM
from cnnlab.training.backbones.imagenet import APPLICATIONS, DEVIATIONS, MEANS, Application
from cnnlab.training.backbones.untrained import body
from cnnlab.training.spec import PRETRAINED, SCRATCH, Spec

WIDTH = 120
TAKEN = ("np", "TUNED")  # names that mean something else in network.py


def network_source(spec: Spec, tuned: Collection[str] | None) -> str:
    """Return ``network.py``: ``build`` makes the backbone, ``TUNED`` names its layers that are tuned.

    Raises ``ValueError`` with a sentence where the network cannot be written as source.
    """
    if spec.backbone.startswith(IMAGENET):
        row = APPLICATIONS[spec.backbone.removeprefix(IMAGENET)]
        functions = [_application(row, spec.input_size, spec.weights == PRETRAINED, spec.weights == SCRATCH)]
    elif spec.backbone == BUILT_IN:
        functions = definitions(built_in(spec.input_size), TAKEN)
    else:
        functions = definitions(body(Network.parse(spec.network or spec.backbone), spec.input_size), TAKEN)
    imports = [
        "import keras",
        *(["import numpy as np"] if "np.array" in functions[-1] else []),
        "from keras import layers",
    ]
    head = ['"""The backbone of this run."""', "\n".join(imports), _tuned(tuned)]
    return "\n\n\n".join(["\n\n".join(head), *functions]) + "\n"


def _tuned(names: Collection[str] | None) -> str:
    if names is None:
        return "TUNED = None  # all weights are trained"
    lines = [f"    {json.dumps(name, ensure_ascii=False)}," for name in names]
    return "\n".join(["# The layers that are fine-tuned after the head.", "TUNED = [", *lines, "]"])


def _application(row: Application, input_size: int, pretrained: bool, random: bool) -> str:
    """Return ``build`` for a network of ``keras.applications``."""
    sides = f"({input_size}, {input_size}, 3)"
    corrected = pretrained and row.function.startswith("EfficientNet")
    weights = '"imagenet"' if pretrained and not corrected else "None"
    lines = [
        "def build():",
        f'    """{row.title} without its head, for pixels from 0 to 255."""',
        f"    pixels = x = keras.Input({sides})",
    ]
    if row.pixels == "-1…1":
        lines.append('    x = layers.Rescaling(1 / 127.5, offset=-1.0, name="rescale")(x)')
    elif row.pixels == "centred":
        lines += [
            "    # It was trained on images minus ImageNet's mean colour, in the order blue, green, red.",
            f'    x = layers.Rescaling([1.0] * 3, offset={[-mean for mean in MEANS]}, name="centre")(x)',
            "    x = keras.ops.flip(x, axis=-1)",
        ]
    taken = f"weights={weights}, include_top=False, input_shape={sides}, input_tensor=x"
    line = f"    made = keras.applications.{row.function}({taken})"
    lines += [line] if len(line) <= WIDTH else [f"{line.removesuffix(f'{taken})')}", f"        {taken}", "    )"]
    lines.append("    made = keras.Model(pixels, made.output)")
    if corrected:
        file = row.file_at(input_size)
        checked = f', file_hash="{row.md5}"' if row.md5 else ""
        lines += [
            f'    url = "{row.url(input_size)}"',
            f'    made.load_weights(keras.utils.get_file("{file}", url, cache_subdir="models"{checked}))',
            "    # The file has the deviations of ImageNet's colours where the layer expects variances; with",
            '    # weights="imagenet" Keras adds a layer after it instead, which rounds a little differently.',
            "    # https://github.com/tensorflow/tensorflow/issues/49930",
            "    for layer in made.layers:",
            "        if isinstance(layer, layers.Normalization):",
            "            mean, variance, count = layer.get_weights()",
            f"            layer.set_weights([mean, variance * np.array({list(DEVIATIONS)}, np.float32), count])",
            "            layer.finalize_state()",
        ]
    if random:
        lines += [
            "    for layer in made.layers:  # Keras' default momentum is meant for longer training",
            "        if isinstance(layer, layers.BatchNormalization):",
            f"            layer.momentum = min(layer.momentum, {MOMENTUM})",
        ]
    return "\n".join([*lines, "    return made"])


def augmentation_source(planned: Planned, covariance: Sequence[Sequence[float]] | None) -> str:
    """Return ``augmentation.py``: ``layers`` makes the layers that change images; it is None where there are none."""
    if not planned:
        return '"""The augmentation of this run: none."""\n\nlayers = None\n'
    single = [(step, calls) for step, calls in planned if not step.kind.per_batch]
    mixing = [(step, calls) for step, calls in planned if step.kind.per_batch]
    own = own_classes(single)
    imports = [*(["import math", ""] if any("math." in each for each in own) else []), "import keras"]
    head = ['"""The augmentation of this run."""', "\n".join(imports)]
    if covariance is not None:
        head.append("\n".join(covariance_lines(covariance, "the training images")))
    lines = [
        "def layers():",
        '    """Return the layers that change each image alone, and those that mix the images of a batch."""',
        "    single = None",
    ]
    if single:
        lines[-1:] = [
            "    single = keras.Sequential(",
            "        [",
            *layer_lines(single, covariance, " " * 12),
            "        ]",
            "    )",
        ]
    lines += ["    mixing = [", *layer_lines(mixing, None, " " * 8), "    ]"] if mixing else ["    mixing = []"]
    return "\n\n\n".join(["\n\n".join(head), *own, "\n".join([*lines, "    return single, mixing"])]) + "\n"
