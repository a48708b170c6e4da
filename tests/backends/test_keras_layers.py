"""Every layer that Keras exports: its shape and its parameters are those of Keras, its MACs those of a definition."""

import inspect
from collections.abc import Callable
from math import prod
from typing import Any

import pytest

from cnnlab import costs
from cnnlab.backends.imported import read
from cnnlab.costs.equation import MACS, PARAMETERS
from cnnlab.costs.node_equations import layer_equations
from cnnlab.graph import Counted, named

pytestmark = pytest.mark.slow

# Input shapes, the layer's settings, and the MACs by the layer's definition; None: one input, no settings, no MACs.
IMAGE, SEQUENCE, VOLUME = (12, 10, 4), (12, 5), (6, 7, 8, 3)
LAYERS: dict[str, tuple[tuple[tuple[int, ...], ...], dict[str, Any], int]] = {
    "Conv1D": ((SEQUENCE,), {"filters": 6, "kernel_size": 3, "padding": "causal", "strides": 2}, 6 * 6 * 3 * 5),
    "Conv3D": ((VOLUME,), {"filters": 4, "kernel_size": (2, 3, 3), "strides": (2, 1, 1)}, 3 * 5 * 6 * 4 * 18 * 3),
    "Conv2D": ((IMAGE,), {"filters": 6, "kernel_size": 3, "dilation_rate": (1, 2)}, 10 * 6 * 6 * 9 * 4),
    "Conv1DTranspose": ((SEQUENCE,), {"filters": 6, "kernel_size": 3, "strides": 2}, 12 * 3 * 5 * 6),
    "Conv2DTranspose": (
        (IMAGE,), {"filters": 6, "kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 1}, 120 * 9 * 24,
    ),
    "Conv3DTranspose": ((VOLUME,), {"filters": 2, "kernel_size": 3, "output_padding": 0}, 6 * 7 * 8 * 27 * 6),
    "DepthwiseConv1D": ((SEQUENCE,), {"kernel_size": 3, "depth_multiplier": 2}, 10 * 3 * 10),
    "SeparableConv1D": ((SEQUENCE,), {"filters": 6, "kernel_size": 3, "depth_multiplier": 2}, 10 * 30 + 10 * 10 * 6),
    "Dense": (((4, 7, 5),), {"units": 3}, 28 * 15),
    "EinsumDense": ((SEQUENCE,), {"equation": "abc,cd->abd", "output_shape": (12, 7), "bias_axes": "d"}, 12 * 35),
    "Embedding": (((12,),), {"input_dim": 100, "output_dim": 8}, 0),
    "ReversibleEmbedding": (((12,),), {"input_dim": 100, "output_dim": 8, "tie_weights": False}, 0),
    "LSTM": ((SEQUENCE,), {"units": 7, "return_sequences": True}, 12 * 4 * 12 * 7),
    "GRU": ((SEQUENCE,), {"units": 7}, 12 * 3 * 12 * 7),
    "SimpleRNN": ((SEQUENCE,), {"units": 7, "use_bias": False}, 12 * 12 * 7),
    "ConvLSTM1D": (((5, 12, 4),), {"filters": 3, "kernel_size": 3}, 5 * 10 * 4 * 3 * 7 * 3),
    "ConvLSTM2D": (((5, 8, 8, 4),), {"filters": 3, "kernel_size": 3, "padding": "same"}, 5 * 64 * 4 * 9 * 7 * 3),
    "ConvLSTM3D": (((2, 4, 4, 4, 2),), {"filters": 2, "kernel_size": 2}, 2 * 27 * 4 * 8 * 4 * 2),
    "MultiHeadAttention": (
        (SEQUENCE, (9, 6)), {"num_heads": 2, "key_dim": 3, "value_dim": 4},
        12 * 5 * 6 + 9 * 6 * 6 + 9 * 6 * 8 + 12 * 9 * 2 * 7 + 12 * 8 * 5,
    ),
    "GroupQueryAttention": (
        (SEQUENCE, (9, 5)), {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2},
        12 * 5 * 12 + 2 * 9 * 5 * 6 + 12 * 9 * 4 * 6 + 12 * 12 * 5,
    ),
    "Attention": ((SEQUENCE, (9, 5)), {"use_scale": True}, 2 * 12 * 9 * 5),
    "AdditiveAttention": ((SEQUENCE, (9, 5)), {}, 2 * 12 * 9 * 5),
    "PReLU": ((IMAGE,), {"shared_axes": [1]}, 0),
    "BatchNormalization": ((IMAGE,), {"axis": 1}, 0),
    "LayerNormalization": ((IMAGE,), {"axis": [1, 2]}, 0),
    "GroupNormalization": ((SEQUENCE,), {"groups": 5}, 0),
    "RMSNormalization": ((IMAGE,), {}, 0),
    "UnitNormalization": ((IMAGE,), {}, 0),
    "Normalization": ((IMAGE,), {}, 0),
    "Reshape": ((IMAGE,), {"target_shape": (60, 8)}, 0),
    "Permute": ((IMAGE,), {"dims": (3, 1, 2)}, 0),
    "RepeatVector": (((7,),), {"n": 3}, 0),
    "Dot": ((SEQUENCE, (9, 5)), {"axes": 2}, 12 * 9 * 5),
    "Concatenate": ((SEQUENCE, (9, 5)), {"axis": 1}, 0),
    "Cropping1D": ((SEQUENCE,), {"cropping": (2, 1)}, 0),
    "Cropping3D": ((VOLUME,), {"cropping": ((1, 2), (0, 1), (3, 0))}, 0),
    "ZeroPadding1D": ((SEQUENCE,), {"padding": (2, 1)}, 0),
    "ZeroPadding3D": ((VOLUME,), {"padding": (1, 2, 3)}, 0),
    "UpSampling1D": ((SEQUENCE,), {"size": 3}, 0),
    "UpSampling3D": ((VOLUME,), {"size": (1, 2, 3)}, 0),
    "MaxPooling1D": ((SEQUENCE,), {"pool_size": 3, "padding": "same"}, 0),
    "AveragePooling1D": ((SEQUENCE,), {"pool_size": 2, "strides": 1}, 0),
    "MaxPooling3D": ((VOLUME,), {}, 0),
    "AveragePooling3D": ((VOLUME,), {"pool_size": 3, "strides": 2}, 0),
    "GlobalMaxPooling1D": ((SEQUENCE,), {}, 0),
    "GlobalAveragePooling1D": ((SEQUENCE,), {"keepdims": True}, 0),
    "GlobalMaxPooling3D": ((VOLUME,), {"keepdims": True}, 0),
    "GlobalAveragePooling3D": ((VOLUME,), {}, 0),
    "AdaptiveAveragePooling1D": ((SEQUENCE,), {"output_size": 4}, 0),
    "AdaptiveAveragePooling3D": ((VOLUME,), {"output_size": 2}, 0),
    "AdaptiveMaxPooling1D": ((SEQUENCE,), {"output_size": 4}, 0),
    "AdaptiveMaxPooling2D": ((IMAGE,), {"output_size": (3, 2)}, 0),
    "AdaptiveMaxPooling3D": ((VOLUME,), {"output_size": (1, 2, 3)}, 0),
    "SpatialDropout1D": ((SEQUENCE,), {"rate": 0.5}, 0),
    "SpatialDropout3D": ((VOLUME,), {"rate": 0.5}, 0),
}  # fmt: skip
WRAPPERS: dict[str, tuple[tuple[int, ...], Callable[[Any], Any], int]] = {
    "Bidirectional": (SEQUENCE, lambda make: make.Bidirectional(make.LSTM(7, return_sequences=True)), 2 * 12 * 4 * 84),
    "Bidirectional sum": (SEQUENCE, lambda make: make.Bidirectional(make.GRU(3), merge_mode="sum"), 2 * 12 * 3 * 8 * 3),
    "TimeDistributed": ((5, 8, 8, 3), lambda make: make.TimeDistributed(make.Conv2D(4, 3)), 5 * 36 * 27 * 4),
    "RNN": (SEQUENCE, lambda make: make.RNN(make.LSTMCell(7)), 12 * 4 * 12 * 7),
    "RNN stacked": (
        SEQUENCE, lambda make: make.RNN([make.GRUCell(4), make.SimpleRNNCell(3)]), 12 * (3 * 9 * 4 + 7 * 3),
    ),
    "SpectralNormalization": (IMAGE, lambda make: make.SpectralNormalization(make.Conv2D(6, 3)), 80 * 9 * 24),
}  # fmt: skip
# Checked elsewhere as layers of images, or named here with the reason why they say “at least”.
NOT_COUNTED = {
    "CategoryEncoding", "Discretization", "Hashing", "HashedCrossing", "IntegerLookup", "StringLookup",
    "TextVectorization", "MelSpectrogram", "STFTSpectrogram", "MaxNumBoundingBoxes", "Pipeline",
}  # fmt: skip
CODE = {"Lambda", "FlaxLayer", "JaxLayer", "TorchModuleWrapper", "TFSMLayer", "Layer", "Wrapper"}
NO_LAYERS = {"Input", "InputLayer", "InputSpec", "LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells"}


def check(model: Any, macs: int) -> None:
    found = read(model.to_json().encode())
    root = found.graph()
    counted = costs.totals(root)
    assert (root.shape, counted.params) == (tuple(model.output_shape[1:]), model.count_params())
    assert counted.trainable_params == sum(prod(weight.shape) for weight in model.trainable_weights)
    assert (counted.macs, counted.at_least, found.notes) == (macs, False, ())
    for node in named(root).values():
        if isinstance(node.layer, Counted):
            _check_arithmetic(layer_equations(node), sum(node.params), node.macs)


def _check_arithmetic(equations: Any, params: int, macs: int) -> None:
    for what, total in ((PARAMETERS, params), (MACS, macs)):
        lines = [each for each in equations if each.what == what]
        assert sum(int(each.result.replace(",", "")) for each in lines) == total
        for each in lines:
            if each.numbers:
                text = each.numbers.replace("×", "*").replace("−", "-").replace("/", "//")
                assert eval(text) == int(each.result.replace(",", "")), each


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_counted_as_keras_builds_it(name: str) -> None:
    import keras

    shapes, settings, macs = LAYERS[name]
    inputs = [keras.Input(shape) for shape in shapes]
    layer = getattr(keras.layers, name)(**settings)
    # Attention takes its inputs one by one, joins take a list.
    apart = "query" in inspect.signature(layer.call).parameters
    outputs = layer(*inputs) if apart or len(inputs) == 1 else layer(inputs)
    check(keras.Model(inputs, outputs), macs)


@pytest.mark.parametrize("name", WRAPPERS)
def test_a_layer_around_layers_is_counted_as_keras_builds_it(name: str) -> None:
    import keras

    shape, make, macs = WRAPPERS[name]
    start = keras.Input(shape)
    check(keras.Model(start, make(keras.layers)(start)), macs)


def test_a_model_at_each_step_and_states_are_counted() -> None:
    import keras

    make = keras.layers
    inner = keras.Sequential([make.Conv2D(4, 3), make.BatchNormalization(), make.GlobalAveragePooling2D()], name="cnn")
    film = keras.Input((5, 8, 8, 3))
    sequence, *states = make.LSTM(7, return_sequences=True, return_state=True)(make.TimeDistributed(inner)(film))
    again, _ = make.GRU(3, return_state=True)(sequence)
    model = keras.Model(film, make.Concatenate()([again, *states]))
    found = read(model.to_json().encode()).graph()
    counted = costs.totals(found)
    assert (counted.params, found.shape) == (model.count_params(), tuple(model.output_shape[1:]))
    assert counted.trainable_params == sum(prod(weight.shape) for weight in model.trainable_weights)
    assert counted.macs == 5 * 36 * 27 * 4 + 5 * 4 * (4 + 7) * 7 + 5 * 3 * (7 + 3) * 3


def test_no_layer_of_keras_is_forgotten() -> None:
    import keras

    from cnnlab.backends.imported.builder import Builder  # which knows all readers
    from cnnlab.backends.imported.registry import READERS
    from cnnlab.backends.imported.shape_layers import TRAINING_ONLY

    assert Builder
    exported = {name for name in dir(keras.layers) if name[0].isupper()}
    known = set(READERS) | set(TRAINING_ONLY) | {each.split()[0] for each in WRAPPERS} | NOT_COUNTED | CODE | NO_LAYERS
    assert exported - known == set()
