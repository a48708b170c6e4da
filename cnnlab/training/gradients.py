"""Norms of each layer's gradient and weights, on one batch."""

from typing import Any

from cnnlab.data import Split
from cnnlab.training.batches import encode_labels
from cnnlab.training.dataset import crop_middle
from cnnlab.training.head import TrainableNetwork
from cnnlab.training.loop import loss
from cnnlab.training.spec import Spec

IMAGES = 64


def norms(network: TrainableNetwork, spec: Spec, split: Split) -> list[dict[str, Any]]:
    """Return, for each convolution and dense layer in order, the Euclidean norms of its kernel's gradient and weights.

    The gradient is that of the loss of ``IMAGES`` images, as many of each class, drawn by the seed, whether or not
    the layer is frozen. Batch norms are in the mode that they are trained in, and nothing changes.
    """
    import tensorflow as tf

    kernels = _kernels(network)
    classes = max(2, network.whole.output_shape[-1])
    each = split.sample(-(-IMAGES // classes), spec.seed)  # the first ones may be of one class
    first = crop_middle(Split(each.images[:IMAGES], each.labels[:IMAGES]), spec.input_size)
    labels = encode_labels(first.labels, classes)
    variables = [kernel.value for _, kernel in kernels]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(variables)
        # Stateless: the moving statistics of batch norms stay as they are.
        predictions, _ = network.whole.stateless_call(
            [each.value for each in network.whole.trainable_variables],
            [each.value for each in network.whole.non_trainable_variables],
            tf.constant(first.images, tf.float32),
            training=network.tuned is None,
        )
        value = loss(spec, classes)(labels, predictions)
    gradients = tape.gradient(value, variables, unconnected_gradients="zero")
    return [
        {"layer": name, "gradient": float(tf.norm(gradient)), "weights": float(tf.norm(variable))}
        for (name, _), variable, gradient in zip(kernels, variables, gradients, strict=True)
    ]


def _kernels(network: TrainableNetwork) -> list[tuple[str, Any]]:
    """Return the kernels with the names of their layers, in order of execution."""
    return [
        (layer.name, weight)
        for layer in (*network.body.layers, *network.head.layers)
        for weight in layer.weights
        if weight.name.endswith("kernel")
    ]
