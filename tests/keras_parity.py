"""Compares a graph with the Keras model made of it, layer by layer."""

from math import prod
from typing import Any

from cnnlab import costs
from cnnlab.backends.keras import to_keras
from cnnlab.graph import Node, named, outputs


def check_against_keras(root: Node) -> None:
    model = to_keras(root)
    # A layer that is used again is one layer in Keras, and has several outputs there.
    nodes = {name: node for name, node in named(root).items() if node.weights_of is None}
    shared = {node.weights_of for node in named(root).values()}
    assert {layer.name for layer in model.layers} == set(nodes)
    for name, node in nodes.items():
        layer = model.get_layer(name)
        assert node in shared or tuple(layer.output.shape[1:]) == node.shape, name
        trained = sum(prod(weight.shape) for weight in layer.trainable_weights)
        assert (trained, layer.count_params() - trained) == node.params, name
    assert [tuple(head.shape[1:]) for head in model.outputs] == [head.shape for head in outputs(root)]
    assert model.count_params() == costs.totals(root).params
    assert profiled(model) == costs.count(costs.quantity_table(root), costs.CONVENTIONS["tf_profiler"]).sum()


def profiled(model: Any) -> int:
    """Return the operations that TensorFlow's own profiler counts in the inference graph."""
    import tensorflow as tf

    image = tf.TensorSpec((1, *model.input_shape[1:]), model.inputs[0].dtype)
    graph = tf.function(lambda x: model(x, training=False)).get_concrete_function(image).graph
    profiler = tf.compat.v1.profiler
    options = profiler.ProfileOptionBuilder(profiler.ProfileOptionBuilder.float_operation())
    return profiler.profile(graph, options=options.with_empty_output().build()).total_float_ops
