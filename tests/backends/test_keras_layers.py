"""Every layer that Keras exports: its shape and its parameters are those of Keras, its MACs those of a definition."""

import inspect
from collections.abc import Callable, Iterator
from math import prod
from pathlib import Path
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


def attention(make: Any, **more: Any) -> Any:
    import keras

    one, other, mask = keras.Input((12, 5)), keras.Input((9, 6)), keras.Input((12, 9), dtype="bool")
    # Keywords in an order of one's own; keys have 5 numbers, values 6.
    key = make.Dense(5)(other)
    found = make.MultiHeadAttention(2, 3)(attention_mask=mask, key=key, value=other, query=one, **more)
    return keras.Model([one, other, mask], found)


def grouped(make: Any) -> Any:
    import keras

    one, mask = keras.Input((12, 4)), keras.Input((12, 12), dtype="bool")
    return keras.Model([one, mask], make.GroupQueryAttention(4, 4, 2)(one, one, attention_mask=mask))


def masked(make: Any, layer: Any, place: int = 0) -> Any:
    """Return a layer with a mask, as a keyword or as the argument at a place."""
    import keras

    x, mask = keras.Input((12, 5)), keras.Input((12, 5) if isinstance(layer, make.Softmax) else (12,), dtype="bool")
    return keras.Model([x, mask], layer(x, mask) if place else layer(x, mask=mask))


def words(make: Any, *layers: Any) -> Any:
    import keras

    return keras.Sequential([keras.Input((9,)), make.Embedding(20, 6, mask_zero=True), *layers])


def gated(make: Any, join: Any, first: tuple[int, ...] = (8, 6, 4), other: tuple[int, ...] = (4,)) -> Any:
    import keras

    start, side = keras.Input(first), keras.Input(other)
    return keras.Model([start, side], make.Dense(3)(join([start, make.Dense(other[-1])(side)])))


def again(make: Any, inside: Any) -> Any:
    import keras

    layer, start = make.TimeDistributed(inside), keras.Input((7, 8))
    return keras.Model(start, layer(layer(start)))


def states(make: Any, layer: Any, shape: tuple[int, ...] = SEQUENCE) -> Any:
    import keras

    start = keras.Input(shape)
    _, *further = layer(start)
    ends = [make.Dense(2)(make.Flatten()(each)) for each in further]
    return keras.Model(start, make.Concatenate()(ends) if len(ends) > 1 else ends[0])


def scores(make: Any, layer: Any, listed: bool = False) -> Any:
    import keras

    # Keras takes the scores of queries with other keys for a square.
    one, other = keras.Input((12, 5)), keras.Input((12, 5 if listed or "Group" in type(layer).__name__ else 6))
    inputs = [[one, other]] if listed else [one, other]
    _, weights = layer(*inputs, return_attention_scores=True)
    return keras.Model([one, other], make.Dense(2)(weights))


def array(shape: tuple[int, ...], name: str = "multiply", *sides: int) -> Any:
    import keras
    import numpy as np

    start = keras.Input(sides or (8, 8, 1))
    return keras.Model(start, keras.layers.Dense(4)(getattr(keras.ops, name)(start, np.ones(shape, "float32"))))


def keras() -> Any:
    import keras

    return keras


MODELS: dict[str, Callable[[Any], Any]] = {
    "attention with a mask, by keywords": attention,
    "grouped attention with a mask": grouped,
    "norm with a mask": lambda make: masked(make, make.BatchNormalization()),
    "softmax with a mask": lambda make: masked(make, make.Softmax()),
    "softmax with a mask behind its input": lambda make: masked(make, make.Softmax(), 1),
    "pooling with a mask": lambda make: masked(make, make.GlobalAveragePooling1D()),
    "steps with a mask": lambda make: masked(make, make.TimeDistributed(make.Dense(3))),
    "LSTM with a mask": lambda make: masked(make, make.LSTM(3)),
    "mask of an embedding": lambda make: words(
        make, make.LSTM(4, return_sequences=True), make.BatchNormalization(), make.GlobalAveragePooling1D()
    ),
    "mask into a model": lambda make: words(make, keras().Sequential([make.LSTM(4), make.Dense(2)])),
    "map times vector": lambda make: gated(make, make.Multiply()),
    "vector plus map": lambda make: gated(make, make.Add(), (4,), (8, 6, 4)),
    "map and rows": lambda make: gated(make, make.Maximum(), (8, 6, 4), (6, 4)),
    "operation on map and vector": lambda make: gated(make, lambda both: keras().ops.power(*both)),
    "operation on vector and map": lambda make: gated(make, lambda both: keras().ops.power(*both), (2,), (4, 5, 2)),
    "a layer at each step, twice": lambda make: again(make, make.Dense(8)),
    "a model at each step, twice": lambda make: again(
        make, keras().Sequential([make.Dense(5), make.BatchNormalization(), make.Dense(8)])
    ),
    "states of both directions": lambda make: states(make, make.Bidirectional(make.LSTM(3, return_state=True))),
    "states of both directions, one each": lambda make: states(
        make, make.Bidirectional(make.GRU(3, return_state=True, return_sequences=True))
    ),
    "states of maps": lambda make: states(
        make, make.ConvLSTM2D(3, 3, return_state=True, return_sequences=True), (5, 8, 8, 4)
    ),
    "states of a cell": lambda make: states(make, make.RNN(make.LSTMCell(3), return_state=True)),
    "scores of many heads": lambda make: scores(make, make.MultiHeadAttention(2, 3)),
    "scores of groups": lambda make: scores(make, make.GroupQueryAttention(3, 4, 2)),
    "scores of one head": lambda make: scores(make, make.AdditiveAttention(use_scale=False), True),
    "array of channels": lambda make: array((1, 1, 1, 3)),
    "array of a map": lambda make: array((5, 8, 3), "subtract", 5, 1, 3),
    "array of rows": lambda make: array((7, 1), "power", 3),
}


@pytest.mark.parametrize("name", MODELS)
def test_calls_with_further_tensors_are_counted_as_keras_builds_them(name: str) -> None:
    import keras

    if name == "array of rows":  # which would become the batch
        model = MODELS[name](keras.layers)
        assert costs.totals(read(model.to_json().encode()).graph()).at_least
        return
    model = MODELS[name](keras.layers)
    found = read(model.to_json().encode())
    root, trained = found.graph(), sum(prod(weight.shape) for weight in model.trainable_weights)
    counted = costs.totals(root)
    assert (root.shape, counted.params) == (tuple(model.output_shape[1:]), model.count_params())
    assert (counted.trainable_params, counted.at_least, found.notes) == (trained, False, ())
    names = {node.path for node in named(root).values() if not node.inputs}
    assert len(names) == len(model.inputs)


@pytest.fixture
def first() -> Iterator[None]:
    """Build models with channels first; only computing with them needs a GPU."""
    import keras

    keras.config.set_image_data_format("channels_first")
    yield
    keras.config.set_image_data_format("channels_last")


def reshaped(make: Any, x: Any) -> Any:
    """Classes at each position, as the first networks for segmentation ended."""
    rows = make.Permute((2, 1))(make.Reshape((4, -1))(make.Conv2D(4, 1)(x)))
    return make.Dense(2)(make.Activation("softmax")(rows))


def generated(make: Any, x: Any) -> Any:
    x = make.Reshape((6, 5, 4))(make.Dense(120)(make.GlobalAveragePooling2D()(x)))
    return make.Conv2DTranspose(2, 3, strides=2)(x)


def squeezed(make: Any, x: Any) -> Any:
    gate = make.Reshape((7, 1, 1))(make.Dense(7)(make.GlobalAveragePooling2D()(x)))
    return make.Multiply()([x, make.Conv2D(7, 1)(gate)])


CHANNELS_FIRST: dict[str, Callable[[Any, Any], Any]] = {
    "norm of channels": lambda make, x: make.BatchNormalization(axis=1)(x),
    "norm from behind": lambda make, x: make.BatchNormalization(axis=-3)(x),
    "norm of the width": lambda make, x: make.BatchNormalization()(x),
    "norm of vectors": lambda make, x: make.BatchNormalization()(make.GlobalMaxPooling2D()(x)),
    "layer norm": lambda make, x: make.LayerNormalization()(x),
    "layer norm of maps": lambda make, x: make.LayerNormalization(axis=[1, 2])(x),
    "group norm": lambda make, x: make.GroupNormalization(7, axis=1)(x),
    "rms norm": lambda make, x: make.RMSNormalization(axis=2)(x),
    "prelu": lambda make, x: make.PReLU(shared_axes=[2, 3])(x),
    "join of channels": lambda make, x: make.Conv2D(2, 3)(make.Concatenate(axis=1)([x, x])),
    "join along the width": lambda make, x: make.Conv2D(2, 3)(make.Concatenate()([x, x])),
    "join along the height": lambda make, x: make.Conv2D(2, 3)(make.Concatenate(axis=-2)([x, x, x])),
    "flat": lambda make, x: make.Dense(3)(make.Flatten()(x)),
    "borders": lambda make, x: make.Cropping2D(((1, 0), (2, 1)))(make.ZeroPadding2D(((0, 0), (0, 3)))(x)),
    "sizes": lambda make, x: make.Conv2D(2, 3)(make.UpSampling2D((1, 2))(make.MaxPooling2D((2, 3))(x))),
    "depthwise": lambda make, x: make.SeparableConv2D(5, (3, 1))(make.DepthwiseConv2D(3, strides=2)(x)),
    "permuted": lambda make, x: make.Conv2D(2, 3)(make.Permute((3, 1, 2))(x)),
    "softmax": lambda make, x: make.Conv2D(2, 3)(make.Activation("softmax")(make.Softmax(axis=1)(x))),
    "spectral": lambda make, x: make.SpectralNormalization(make.Conv2D(6, 3))(x),
    "sum": lambda make, x: make.Add()([x, make.ReLU()(x)]),
    "dropped": lambda make, x: make.Dense(2)(make.Flatten()(make.SpatialDropout2D(0.5)(make.GaussianNoise(1.0)(x)))),
    "segmentation": reshaped,
    "generator": generated,
    "squeeze and excite": squeezed,
}
LAST_ONLY: dict[str, Callable[[Any, Any], Any]] = {
    "dense on a map": lambda make, x: make.Dense(3)(x),
    "map and vector": lambda make, x: make.Add()([x, make.Dense(8)(make.GlobalMaxPooling2D()(x))]),
    "mean": lambda make, x: make.Dense(3)(keras().ops.mean(x, axis=[2, 3])),
    "turned": lambda make, x: make.Dense(3)(keras().ops.transpose(x, (0, 2, 3, 1))),
    "padded": lambda make, x: make.Conv2D(2, 3)(keras().ops.pad(x, ((0, 0), (1, 1), (0, 0), (0, 0)))),
    "slice": lambda make, x: make.Conv2D(2, 3)(x[:, :2]),
    "reshaped": lambda make, x: make.Conv2D(2, 3)(
        keras().ops.reshape(make.Dense(75)(make.Flatten()(x)), (-1, 3, 5, 5))
    ),
    "steps": lambda make, x: make.TimeDistributed(make.Dense(3))(x),
    "one format": lambda make, x: make.MaxPooling2D(data_format="channels_last")(x),
    "softmax in a convolution": lambda make, x: make.Conv2D(2, 3, activation="softmax")(x),
    "factors of the width": lambda make, x: make.Rescaling([1.0] * 8)(x),
    "rows": lambda make, x: make.Flatten()(make.Conv1D(2, 3)(make.Reshape((7, -1))(x))),
    "volume": lambda make, x: make.Conv3D(2, 2)(make.Reshape((7, 5, 2, 8))(x)),
}


def channels_first_model(layers: Callable[[Any, Any], Any]) -> Any:
    import keras

    start = keras.Input((3, 12, 10))
    return keras.Model(start, layers(keras.layers, keras.layers.Conv2D(7, 3)(start)))


@pytest.mark.usefixtures("first")
@pytest.mark.parametrize("name", CHANNELS_FIRST)
def test_channels_that_come_first_change_no_count(name: str) -> None:
    model = channels_first_model(CHANNELS_FIRST[name])
    found = read(model.to_json().encode())
    root, shape = found.graph(), tuple(model.output_shape[1:])
    counted = costs.totals(root)
    assert (root.shape, counted.params) == (
        (*shape[1:], shape[0]) if len(shape) == 3 else shape,
        model.count_params(),
    )
    assert counted.trainable_params == sum(prod(weight.shape) for weight in model.trainable_weights)
    assert (counted.macs, counted.at_least) == (sum(map(first_macs, model.layers)), False)
    assert found.notes == ("The file has channels first; here they are last. The counts are the same.",)


def first_macs(layer: Any) -> int:
    """Return a layer's MACs: the size of its kernels times the positions of the map, whose channels come first."""
    shape = tuple(layer.output.shape)
    if type(layer).__name__ == "SpectralNormalization":
        layer = layer.layer
    match type(layer).__name__:
        case "Conv2D" | "DepthwiseConv2D":
            return prod(shape[2:]) * prod(layer.kernel.shape)
        case "Dense":
            return prod(shape[1:-1]) * prod(layer.kernel.shape)
        case "Conv2DTranspose":
            return prod(layer.input.shape[2:]) * prod(layer.kernel.shape)
        case "SeparableConv2D":
            return prod(shape[2:]) * (prod(layer.depthwise_kernel.shape) + prod(layer.pointwise_kernel.shape))
    return 0


@pytest.mark.usefixtures("first")
@pytest.mark.parametrize("name", LAST_ONLY)
def test_layers_that_cannot_have_their_channels_last_are_refused(name: str) -> None:
    model = channels_first_model(LAST_ONLY[name])
    with pytest.raises(ValueError, match="has its channels first; CNN Lab reads channels last"):
        read(model.to_json().encode())


@pytest.mark.usefixtures("first")
@pytest.mark.parametrize("name", ["ResNet50", "MobileNetV2", "EfficientNetB0", "InceptionV3"])
def test_networks_of_keras_with_channels_first_are_exact(name: str) -> None:
    import keras

    model = getattr(keras.applications, name)(weights=None)
    found = read(model.to_json().encode())
    counted = costs.totals(found.graph())
    trained = sum(prod(weight.shape) for weight in model.trainable_weights)
    assert (counted.params, counted.trainable_params) == (model.count_params(), trained)
    assert (counted.macs, counted.at_least) == (sum(map(first_macs, model.layers)), False)


@pytest.mark.usefixtures("first")
def test_a_layer_of_ones_own_has_its_channels_last_too() -> None:
    model = channels_first_model(lambda make, x: make.Conv2D(2, 3)(make.Lambda(lambda x: x[:, :4])(x)))
    total = costs.totals(read(model.to_json().encode()).graph())
    assert (total.params, total.at_least) == (model.count_params(), True)


def test_masks_are_named_as_keras_names_them() -> None:
    import keras

    from cnnlab.backends.imported.masks import ARGUMENTS

    for name in dir(keras.layers):
        call = getattr(getattr(keras.layers, name), "call", None)
        order = list(inspect.signature(call).parameters)[1:] if call else []
        masks = [place for place, each in enumerate(order) if each.endswith("mask") and each != "use_causal_mask"]
        if masks and name not in NOT_COUNTED | CODE:
            assert ARGUMENTS[name] == tuple(order[: masks[-1] + 1]), name


def test_a_layer_inside_and_outside_of_steps_is_stored_once_if_the_file_says_so(tmp_path: Path) -> None:
    import keras

    layer, start = keras.layers.Dense(8), keras.Input((7, 8))
    steps = keras.layers.TimeDistributed(layer)
    both = keras.Model(start, steps(layer(steps(layer(start)))))
    both.save(tmp_path / "both.keras")
    total = costs.totals(read((tmp_path / "both.keras").read_bytes()).graph())
    assert (total.params, total.macs) == (both.count_params(), 4 * 7 * 64)
    for end in (steps(layer(start)), layer(steps(start))):
        # The text of a model does not say that two layers are one, and Keras makes two of them.
        text = keras.Model(start, end).to_json()
        assert costs.totals(read(text.encode()).graph()).params == keras.models.model_from_json(text).count_params()


def test_what_is_unknown_at_each_step_stays_unknown() -> None:
    import keras

    make = keras.layers
    inner = keras.Sequential([keras.Input((8,)), make.Lambda(lambda x: x * 2.0)])
    model = keras.Sequential([keras.Input((7, 8)), make.TimeDistributed(inner), make.Flatten()])
    with pytest.raises(ValueError, match="is not known here"):
        read(keras.Sequential([*model.layers, make.Dense(3)]).to_json().encode())
    assert costs.totals(read(model.to_json().encode()).graph()).at_least


def test_each_output_of_a_layer_of_ones_own_has_its_shape() -> None:
    import keras

    class Halves(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return x[:, :, :2], x[:, :3]

        def compute_output_spec(self, x: Any) -> Any:
            return keras.KerasTensor((None, x.shape[1], 2)), keras.KerasTensor((None, 3, x.shape[2]))

    start = keras.Input(SEQUENCE)
    left, right = Halves()(start)
    flat = keras.layers.Flatten()
    model = keras.Model(
        start, [keras.layers.Dense(4)(flat(left)), keras.layers.Dense(4)(keras.layers.Flatten()(right))]
    )
    total = costs.totals(read(model.to_json().encode()).graph())
    assert (total.params, total.at_least) == (model.count_params(), True)


def test_no_layer_of_keras_is_forgotten() -> None:
    import keras

    from cnnlab.backends.imported.builder import Builder  # which knows all readers
    from cnnlab.backends.imported.registry import READERS
    from cnnlab.backends.imported.shape_layers import TRAINING_ONLY

    assert Builder
    exported = {name for name in dir(keras.layers) if name[0].isupper()}
    known = set(READERS) | set(TRAINING_ONLY) | {each.split()[0] for each in WRAPPERS} | NOT_COUNTED | CODE | NO_LAYERS
    assert exported - known == set()
