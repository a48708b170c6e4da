"""The network of a run: a backbone, its last map pooled to a vector, and a new head. Keras is loaded when one is made.

The backbone is one layer of the whole, called ``training=False`` where it knows something: its batch norms and dropouts
are in inference mode then, as the course and Keras' guide on transfer learning have it.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cnnlab.data.download_file import Progress
from cnnlab.training.backbones import Weights, backbone, stages, unfreeze, unfrozen
from cnnlab.training.backbones.uploaded import NAME
from cnnlab.training.backbones.uploaded import get as uploaded
from cnnlab.training.spec import EMBEDDED, FILE, SCRATCH, Spec, activation

POOLING: Mapping[str, str] = MappingProxyType(
    {"average": "GlobalAveragePooling2D", "max": "GlobalMaxPooling2D", "flatten": "Flatten"}
)
LARGEST_HEAD = 50_000_000  # parameters: 200 MB, and three times that with Adam


@dataclass(frozen=True)
class Assembly:
    """``body``: pixels of 0…255 to a map; ``pooled``: to a vector; ``head``: vector to classes; ``whole``: all of it.

    All share their weights. ``scratch``: everything is learned, with batch norms in training mode.
    """

    body: Any
    pooled: Any
    head: Any
    whole: Any
    scratch: bool

    @property
    def depths(self) -> tuple[int, ...]:
        """How many of the body's parameters are trained at depth 0, 1, 2 … all."""
        return unfrozen(stages(self.body))

    def unfreeze(self, depth: int) -> int:
        """Let the head and at most the last ``depth`` stages be trained; how many stages these are."""
        most = len(stages(self.body))
        if self.scratch:
            self.body.trainable = True
            return most
        unfreeze(self.body, min(depth, most))
        return min(depth, most)


def weights(spec: Spec) -> Weights:
    """What a spec's backbone knows at the start. Raises ``ValueError`` where an uploaded file is gone."""
    if not spec.weights.startswith(FILE):
        return "random" if spec.weights == SCRATCH else "pretrained"
    named = spec.weights.removeprefix(FILE)
    return uploaded(named) if NAME.fullmatch(named) else Path(named)


def assemble(spec: Spec, classes: int, progress: Progress | None = None) -> Assembly:
    """The network for ``classes`` classes; all that is random in it follows from the spec's seed.

    Raises ``ValueError`` with a sentence where it cannot be built or its weights cannot be had.
    """
    import keras

    try:
        body = backbone(spec.network or spec.backbone).make(weights(spec), spec.input_size, progress)
    except OSError as error:
        raise ValueError(f"the weights cannot be read ({error.strerror or error}); choose “{EMBEDDED}”") from None
    if spec.weights == SCRATCH:
        seeded(body, spec.seed)
    scratch = _from_scratch(spec, len(stages(body)))
    x = pixels = keras.Input((spec.input_size, spec.input_size, 3), name="pictures")
    x = body(x) if scratch else body(x, training=False)
    if len(x.shape) == 4:
        x = getattr(keras.layers, POOLING[spec.pooling])(name="pooling")(x)
    pooled = keras.Model(pixels, x, name="pooled")
    head = _head(spec, x.shape[-1], classes)
    seeded(head, spec.seed)
    return Assembly(body, pooled, head, keras.Model(pixels, head(x), name="network"), scratch)


def _from_scratch(spec: Spec, most: int) -> bool:
    """Random weights that are all trained; in part they would stay random, and are treated as a frozen backbone is."""
    return spec.weights == SCRATCH and not spec.head_epochs and spec.unfreeze >= most


def _head(spec: Spec, features: int, classes: int) -> Any:
    import keras

    units = 1 if activation(classes) == "sigmoid" else classes
    size = features * (spec.head_units or units) + spec.head_units * units
    if size > LARGEST_HEAD:
        raise ValueError(
            f"a head on {features:,} features would have {size:,} weights, more than {LARGEST_HEAD:,}; choose average "
            "pooling, smaller pictures or fewer units"
        )
    x = begin = keras.Input((features,), name="features")
    if spec.dropout:
        x = keras.layers.Dropout(spec.dropout, name="dropout")(x)
    if spec.head_units:
        x = keras.layers.Dense(spec.head_units, activation="relu", name="hidden")(x)
    x = keras.layers.Dense(units, activation=activation(classes), name="classes")(x)
    return keras.Model(begin, x, name="head")


def seeded(model: Any, seed: int) -> None:
    """Draw the random weights of a Keras model anew, and let its dropouts begin, from ``seed`` and nothing else.

    Keras takes them from Python's generator, which whatever else runs in a process draws from too.
    """
    for number, layer in enumerate(model.layers):
        for weight in layer.weights:
            # A depthwise convolution calls its weights kernel, too.
            names = (f"{weight.name}_initializer", f"depthwise_{weight.name.replace('kernel', 'initializer')}")
            initializer: Any = next((found for name in names if (found := getattr(layer, name, None))), None)
            config = initializer.get_config() if initializer else {}
            if "seed" in config:
                fresh = type(initializer).from_config(config | {"seed": drawn(seed, number)})
                weight.assign(fresh(weight.shape, weight.dtype))
        if hasattr(layer, "seed_generator"):
            layer.seed_generator.state.assign([drawn(seed, number), 0])


def drawn(seed: int, number: int) -> int:
    """A seed for each layer: alike ones would draw alike weights."""
    return zlib.crc32(f"{seed}/{number}".encode()) & 0x7FFFFFFF
