"""How steep the loss is in each layer: norms of gradients and of weights, on one batch."""

from typing import Any

from cnnlab.data import Split
from cnnlab.training.batches import encoded
from cnnlab.training.dataset import crop_middle
from cnnlab.training.head import Network
from cnnlab.training.loop import loss
from cnnlab.training.spec import Spec

PICTURES = 64


def norms(network: Network, spec: Spec, split: Split) -> list[dict[str, Any]]:
    """For each convolution and dense layer, in order, the Euclidean norms of its kernel's ``gradient`` and ``weights``.

    Of the loss of ``PICTURES`` pictures, as many of each class and drawn by the seed, whether or not the layer is
    frozen. Batch norms are in the mode that they are trained in, and nothing changes.
    """
    import tensorflow as tf

    kernels = _kernels(network)
    classes = max(2, network.whole.output_shape[-1])
    each = split.some(-(-PICTURES // classes), spec.seed)  # the first ones may be of one class
    first = crop_middle(Split(each.images[:PICTURES], each.labels[:PICTURES]), spec.input_size)
    labels = encoded(first.labels, classes)
    variables = [kernel.value for _, kernel in kernels]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(variables)
        # Stateless: the moving statistics of batch norms stay as they are.
        said, _ = network.whole.stateless_call(
            [each.value for each in network.whole.trainable_variables],
            [each.value for each in network.whole.non_trainable_variables],
            tf.constant(first.images, tf.float32),
            training=network.tuned is None,
        )
        wrong = loss(spec, classes)(labels, said)
    pulls = tape.gradient(wrong, variables, unconnected_gradients="zero")
    return [
        {"layer": name, "gradient": float(tf.norm(pull)), "weights": float(tf.norm(variable))}
        for (name, _), variable, pull in zip(kernels, variables, pulls, strict=True)
    ]


def _kernels(network: Network) -> list[tuple[str, Any]]:
    """Kernels with the names of their layers, in order of execution."""
    return [
        (layer.name, weight)
        for layer in (*network.body.layers, *network.head.layers)
        for weight in layer.weights
        if weight.name.endswith("kernel")
    ]
