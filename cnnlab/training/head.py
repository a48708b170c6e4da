"""The network of a run: a backbone, its last map pooled to a vector, and a new head for the classes.

CNN Lab trains with this very file, and ships it with a run's script. It needs Keras alone. The backbone is one layer of
the whole, called ``training=False`` if it is pretrained: its batch norms and dropouts are in inference mode then, as in
Keras' guide on transfer learning.
"""

import zlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import keras

POOLING = {
    "average": keras.layers.GlobalAveragePooling2D,
    "max": keras.layers.GlobalMaxPooling2D,
    "flatten": keras.layers.Flatten,
}


@dataclass(frozen=True)
class TrainableNetwork:
    """``body``: pixels of 0…255 to a map; ``pooled``: to a vector; ``head``: vector to classes; ``whole``: all of it.

    All are Keras models and share their weights. ``tuned``: the names of the body's layers that fine-tuning changes;
    None where everything is learned from scratch, with batch norms in training mode.
    """

    body: Any
    pooled: Any
    head: Any
    whole: Any
    tuned: Collection[str] | None

    def freeze(self) -> None:
        """Freeze everything but the head."""
        self.body.trainable = False

    def unfreeze(self) -> None:
        """Unfreeze the head and the ``tuned`` layers, or everything."""
        if self.tuned is None:
            self.body.trainable = True
        else:
            unfreeze(self.body, self.tuned)


def unfreeze(body: Any, names: Collection[str]) -> None:
    """Unfreeze the layers of these names, and freeze all others.

    Batch norms stay frozen, and so in inference mode: batches of a few images would spoil their statistics.
    """
    for layer in body.layers:
        norm = isinstance(layer, keras.layers.BatchNormalization)
        layer.trainable = layer.name in names and not norm


def attach(body: Any, spec: Any, classes: int, tuned: Collection[str] | None) -> TrainableNetwork:
    """Attach a new head for ``classes`` classes to a backbone; the spec's seed determines all random numbers.

    Two classes have one unit with sigmoid, more have a unit each with softmax.
    """
    if spec.weights == "none":
        seed_weights(body, spec.seed)
    side = spec.input_size
    x = pixels = keras.Input((side, side, 3), name="images")
    x = body(x) if tuned is None else body(x, training=False)
    if len(x.shape) == 4:
        x = POOLING[spec.pooling](name="pooling")(x)
    pooled = keras.Model(pixels, x, name="pooled")
    y = features = keras.Input((x.shape[-1],), name="features")
    if spec.dropout:
        y = keras.layers.Dropout(spec.dropout, name="dropout")(y)
    if spec.head_units:
        y = keras.layers.Dense(spec.head_units, activation="relu", name="hidden")(y)
    units, activation = (1, "sigmoid") if classes == 2 else (classes, "softmax")
    y = keras.layers.Dense(units, activation=activation, name="classes")(y)
    head = keras.Model(features, y, name="head")
    seed_weights(head, spec.seed)
    return TrainableNetwork(body, pooled, head, keras.Model(pixels, head(x), name="network"), tuned)


def seed_weights(model: Any, seed: int) -> None:
    """Draw the random weights of a model again, and restart its dropouts, from ``seed`` alone.

    Keras takes them from Python's generator, which whatever else runs in a process draws from too.
    """
    for number, layer in enumerate(model.layers):
        own = zlib.crc32(f"{seed}/{number}".encode()) & 0x7FFFFFFF  # alike seeds would draw alike weights
        for weight in layer.weights:
            # A depthwise convolution calls its weights kernel, too.
            names = (f"{weight.name}_initializer", f"depthwise_{weight.name.replace('kernel', 'initializer')}")
            initializer: Any = next((found for name in names if (found := getattr(layer, name, None))), None)
            config = initializer.get_config() if initializer else {}
            if "seed" in config:
                fresh = type(initializer).from_config(config | {"seed": own})
                weight.assign(fresh(weight.shape, weight.dtype))
        if hasattr(layer, "seed_generator"):
            layer.seed_generator.state.assign([own, 0])
