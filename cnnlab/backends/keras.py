"""Graphs as ``keras.Model`` with the same layer names. TensorFlow is loaded when a function is called."""

from typing import TYPE_CHECKING, Any

from cnnlab.backends.keras_calls import keras_call
from cnnlab.graph import Input, Node, named, outputs

if TYPE_CHECKING:
    import keras


def to_keras(root: Node, name: str = "network") -> "keras.Model":
    """Return a functional Keras model, randomly initialised, on the channels-last layout.

    Its layers carry the names ``graph.named`` gives; several heads become several outputs, the main one first. A layer
    that the graph uses several times is made once, and frozen layers are frozen.
    """
    import keras

    if keras.config.image_data_format() != "channels_last":
        raise ValueError('Keras is set to "channels_first"; call keras.config.set_image_data_format("channels_last")')
    tensors: dict[Node, Any] = {}
    layers: dict[Node, Any] = {}
    inputs = []
    for label, node in named(root).items():
        layer = layers[node] = layers[node.weights_of] if node.weights_of else _layer(node, label)
        if isinstance(node.layer, Input):
            tensors[node] = layer
            inputs.append(layer)
        else:
            tensors[node] = layer(_one_or_all([tensors[before] for before in node.inputs]))
    heads = [tensors[head] for head in outputs(root)]
    return keras.Model(_one_or_all(inputs), _one_or_all(heads), name=name)


def _one_or_all(tensors: list[Any]) -> Any:
    """Return a list only of several: Keras warns when a single tensor is later given to a list of one."""
    return tensors[0] if len(tensors) == 1 else tensors


def _layer(node: Node, name: str) -> Any:
    import keras

    call = keras_call(node.layer)
    if call.custom:
        from cnnlab.backends import lrn

        cls = getattr(lrn, call.cls)
    else:
        cls = getattr(keras.layers, call.cls)
    layer = cls(*call.args, **call.kwargs, name=name)
    if node.frozen:
        layer.trainable = False
    return layer
