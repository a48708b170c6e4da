"""The backbone of a run as the functions of a script; the last of them is ``build``."""

from cnnlab.backends.source import definitions as printed
from cnnlab.network import Network
from cnnlab.training.backbones import EMBEDDED, IMAGENET
from cnnlab.training.backbones.embedded import body as embedded
from cnnlab.training.backbones.imagenet import APPLICATIONS, DEVIATIONS, MEANS, Application
from cnnlab.training.backbones.untrained import body
from cnnlab.training.spec import FILE, PRETRAINED, Spec

WIDTH = 120
TAKEN = (
    "np", "tf", "math", "Path", "Enough", "HERE", "SEED", "BATCH", "aside", "aside_labels", "backbone", "batches",
    "classes", "correct", "covariance", "done", "encoded", "enough", "features", "file", "first_tuned", "head", "keras",
    "known", "layer", "learn", "network", "pictures", "pixels", "pooled", "said", "targets", "test", "test_labels",
    "seeded", "train", "train_labels", "tuned", "zlib", "RandomColorShift", "RandomResizedCrop",
)  # fmt: skip
"""Names that mean something else in the script."""


def needs_weights(spec: Spec) -> bool:
    """Whether its weights come along: those of a download are downloaded, random ones are drawn."""
    embedded_ones = spec.backbone == EMBEDDED and spec.weights == PRETRAINED
    return not spec.network and (embedded_ones or spec.weights.startswith(FILE))


def definitions(spec: Spec) -> list[str]:
    """Raises ``ValueError`` with a sentence where the network cannot be written as source."""
    if spec.backbone.startswith(IMAGENET):
        row = APPLICATIONS[spec.backbone.removeprefix(IMAGENET)]
        return [_application(row, spec.input_size, spec.weights == PRETRAINED)]
    if spec.backbone == EMBEDDED:
        return printed(embedded(spec.input_size), TAKEN)
    return printed(body(Network.parse(spec.network or spec.backbone), spec.input_size), TAKEN)


def _application(row: Application, input_size: int, pretrained: bool) -> str:
    """``build`` for a network of ``keras.applications``."""
    sides = f"({input_size}, {input_size}, 3)"
    mended = pretrained and row.function.startswith("EfficientNet")
    weights = '"imagenet"' if pretrained and not mended else "None"
    lines = [
        "def build():",
        f'    """{row.title} without its head, for pixels from 0 to 255."""',
        f"    pixels = x = keras.Input({sides})",
    ]
    if row.pixels == "-1…1":
        lines.append('    x = layers.Rescaling(1 / 127.5, offset=-1.0, name="rescale")(x)')
    elif row.pixels == "centred":
        lines += [
            "    # It was trained on pictures less the mean colour of ImageNet's, blue first.",
            f'    x = layers.Rescaling([1.0] * 3, offset={[-mean for mean in MEANS]}, name="centre")(x)',
            "    x = keras.ops.flip(x, axis=-1)",
        ]
    taken = f"weights={weights}, include_top=False, input_shape={sides}, input_tensor=x"
    line = f"    made = keras.applications.{row.function}({taken})"
    lines += [line] if len(line) <= WIDTH else [f"{line.removesuffix(f'{taken})')}", f"        {taken}", "    )"]
    if not mended:
        return "\n".join([*lines, "    return keras.Model(pixels, made.output)"])
    file = row.file_at(input_size)
    checked = f', file_hash="{row.md5}"' if row.md5 else ""
    return "\n".join(
        [
            *lines,
            "    made = keras.Model(pixels, made.output)",
            f'    url = "{row.url(input_size)}"',
            f'    made.load_weights(keras.utils.get_file("{file}", url, cache_subdir="models"{checked}))',
            "    # The file has the deviations of ImageNet's colours where the layer expects variances; with",
            '    # weights="imagenet" Keras puts a layer behind it instead, which rounds a little differently.',
            "    # https://github.com/tensorflow/tensorflow/issues/49930",
            "    for layer in made.layers:",
            "        if isinstance(layer, layers.Normalization):",
            "            mean, variance, count = layer.get_weights()",
            f"            layer.set_weights([mean, variance * np.array({list(DEVIATIONS)}, np.float32), count])",
            "            layer.finalize_state()",
            "    return made",
        ]
    )
