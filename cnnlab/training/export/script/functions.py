"""The functions of ``train.py`` beside those that build the network."""

from cnnlab.augment.source import layer_lines
from cnnlab.training.dataset import at_once
from cnnlab.training.export.script.facts import Told
from cnnlab.training.phase import OPTIMISERS
from cnnlab.training.spec import Spec, activation

SEEDED = '''def seeded(model):
    """Draw a network's first weights, and let its dropouts begin, from a seed for each layer."""
    for number, layer in enumerate(model.layers):
        seed = zlib.crc32(f"{SEED}/{number}".encode()) & 0x7FFFFFFF
        for weight in layer.weights:
            name = weight.name.replace("kernel", "initializer")  # a depthwise convolution calls its weights kernel, too
            found = getattr(layer, f"{weight.name}_initializer", None) or getattr(layer, f"depthwise_{name}", None)
            settings = found.get_config() if found else {}
            if "seed" in settings:
                drawn = type(found).from_config(settings | {"seed": seed})
                weight.assign(drawn(weight.shape, weight.dtype))
        if hasattr(layer, "seed_generator"):
            layer.seed_generator.state.assign([seed, 0])'''
"""As ``assembly.seeded``, which says why."""


def encoded(told: Told) -> str:
    if activation(told.classes) == "sigmoid":
        return (
            'def encoded(labels):\n    """A 0 or a 1 for each picture: which of the two classes it is."""\n'
            "    return labels[:, None].astype(np.float32)"
        )
    return (
        'def encoded(labels):\n    """For each picture a 1 at its class, and a 0 at all others."""\n'
        "    return np.eye(len(classes), dtype=np.float32)[labels]"
    )


def batches(spec: Spec, told: Told) -> str:
    """The function that gives the pictures of several epochs, each in an order of its own."""
    planned = spec.drawing.planned(told.side)
    single = [(step, calls) for step, calls in planned if not step.kind.on_batches]
    mixing = [(step, calls) for step, calls in planned if step.kind.on_batches]
    lines = [
        "def batches(inputs, first, last):",
        '    """The batches of epochs first + 1 to last, one after another, each in an order that the seed gives."""',
        "    inputs, targets = tf.convert_to_tensor(inputs), tf.convert_to_tensor(encoded(train_labels))",
    ]
    if single:
        lines += [
            "    # Made anew for each phase, so that each draws from the beginning of its seeds.",
            "    augmentation = keras.Sequential(",
            "        [",
            *layer_lines(single, told.covariance, " " * 12),
            "        ]",
            "    )",
        ]
    if mixing:
        lines += ["    mixing = [", *layer_lines(mixing, None, " " * 8), "    ]"]
    lines += [
        "",
        "    def taken(places):",
        "        return tf.cast(tf.gather(inputs, places), tf.float32), tf.gather(targets, places)",
    ]
    if single:
        lines += [
            "",
            "    def changed(place):",
            "        picture, target = taken(place)",
            "        return augmentation(picture, training=True), target",
        ]
    if mixing:
        lines += [
            "",
            "    def mixed(pictures, targets):",
            '        batch = {"images": pictures, "labels": targets}',
            "        for layer in mixing:",
            "            batch = layer(batch, training=True)",
            '        return batch["images"], batch["labels"]',
        ]
    made = f".map({'changed' if single else 'taken'}).batch(BATCH)" if planned else ".batch(BATCH).map(taken)"
    lines += [
        "",
        "    def epoch(number):",
        "        seeds = tf.stack([tf.constant(SEED, tf.int64), number])",
        "        places = tf.random.experimental.stateless_shuffle(tf.range(len(train_labels)), seeds)",
        *(["        # One by one: some layers draw once for all pictures that they get at once."] if single else []),
        f"        return tf.data.Dataset.from_tensor_slices(places){made}{'.map(mixed)' if mixing else ''}",
        "",
        "    return tf.data.Dataset.range(first, last).flat_map(epoch).prefetch(2)",
    ]
    return "\n".join(lines)


def enough(spec: Spec, told: Told) -> str:
    watched = "val_accuracy" if told.validation else "accuracy"
    early = bool(spec.patience and told.validation)
    lines = [
        "class Enough(keras.callbacks.Callback):",
        '    """Ends the training where the accuracy is enough, with the weights that reached it."""',
        "",
        "    reached = False",
        "",
    ]
    if early:
        lines += [
            "    def __init__(self, early):",
            "        super().__init__()",
            "        self.early = early",
            "",
        ]
    lines += [
        "    def on_epoch_end(self, epoch, logs):",
        f'        if logs["{watched}"] >= {spec.stop_at!r}:',
        "            self.reached = self.model.stop_training = True",
    ]
    if early:
        lines.append("            self.early.restore_best_weights = False")
    return "\n".join(lines)


def learn(spec: Spec, told: Told) -> str:
    """The function that trains one phase."""
    momentum = f", momentum={spec.momentum!r}" if spec.optimiser == "sgd" else ""
    smoothing = f"label_smoothing={spec.label_smoothing!r}" if spec.label_smoothing else ""
    loss = "BinaryCrossentropy" if activation(told.classes) == "sigmoid" else "CategoricalCrossentropy"
    early = bool(spec.patience and told.validation)
    aside = "aside, " if told.validation else ""
    lines = [
        f"def learn(model, rate, inputs, {aside}first, last):",
        '    """Train from epoch first + 1 to last; returns the number of epochs that are over'
        + (', and whether it is good enough."""' if spec.stop_at else '."""'),
        "    model.compile(",
        f"        keras.optimizers.{OPTIMISERS[spec.optimiser]}(rate{momentum}),",
        f"        keras.losses.{loss}({smoothing}),",
        '        metrics=["accuracy"],',
        "    )",
    ]
    callbacks = []
    if early:
        stop = f'EarlyStopping("val_loss", patience={spec.patience}, restore_best_weights=True)'
        lines.append(f"    early = keras.callbacks.{stop}")
        callbacks.append("early")
    if spec.stop_at:
        lines.append(f"    enough = Enough({'early' if early else ''})")
        callbacks.append("enough")
    lines += [
        "    history = model.fit(",
        "        batches(inputs, first, last),",
        "        initial_epoch=first,",
        "        epochs=last,",
        "        steps_per_epoch=-(-len(inputs) // BATCH),  # rounded up",
        "        shuffle=False,  # done already",
        *(
            [
                "        validation_data=(aside, encoded(aside_labels)),",
                f"        validation_batch_size={at_once(spec.input_size)},",
            ]
            if told.validation
            else []
        ),
        *([f"        callbacks=[{', '.join(callbacks)}],"] if callbacks else []),
        "        verbose=2,",
        "    )",
        f"    return first + len(history.epoch){', enough.reached' if spec.stop_at else ''}",
    ]
    return "\n".join(lines)
