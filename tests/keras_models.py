"""Keras models that no catalogue has: every layer that is read from files, and ways of connecting them."""

from typing import Any


def everything() -> Any:
    """A small functional model of nearly all layers that CNN Lab reads, in one chain with joins."""
    import keras

    make = keras.layers
    x = start = keras.Input((32, 24, 3), name="image")
    for layer in (
        make.Rescaling([1 / 255, 1 / 128, 0.5], offset=[0.0, -1.0, 0.25]),
        make.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 3.0]),
        make.Normalization(),
        make.RandomFlip(),
        make.ZeroPadding2D(((1, 2), (3, 4))),
        make.Cropping2D(((2, 1), (4, 3))),
        make.Conv2D(8, (3, 2), strides=(2, 1), padding="same", activation="relu"),
        make.Conv2D(8, 3, groups=4, dilation_rate=2, use_bias=False, activation=keras.activations.hard_silu),
        make.DepthwiseConv2D(3, depth_multiplier=2, padding="same", activation="silu"),
        make.SeparableConv2D(12, 3, activation="tanh"),
        make.BatchNormalization(scale=False),
        make.LayerNormalization(center=False),
        make.GroupNormalization(4),
        make.GroupNormalization(-1),
        make.Activation("selu"),
        make.ReLU(),
        make.ReLU(6.0),
        make.ReLU(3.0),
        make.LeakyReLU(),
        make.ELU(),
        make.Dropout(0.2, noise_shape=(None, 1, 1, 1)),
        make.SpatialDropout2D(0.1),
        make.GaussianNoise(0.1),
        make.Identity(),
        make.MaxPooling2D((2, 1), padding="same"),
        make.AveragePooling2D(2, strides=1),
        make.Dense(16, activation="gelu"),
        make.AdaptiveAveragePooling2D((4, 3)),
        make.Conv2DTranspose(10, 3, strides=2, activation="relu"),
        make.Conv2DTranspose(10, (2, 3), strides=(1, 2), padding="same", use_bias=False),
        make.UpSampling2D((1, 2), interpolation="bilinear"),
        make.AveragePooling2D((3, 7)),
        make.Conv2D(16, 1, activation=make.ReLU(6.0)),
    ):
        x = layer(x)
    y = make.Conv2D(16, 1)(x)
    x = make.Average()([make.Add()([x, y]), make.Maximum()([x, y]), make.Minimum()([x, y])])
    x = make.Subtract()([x, make.Multiply()([x, make.GlobalAveragePooling2D(keepdims=True)(y)])])
    x = make.Concatenate()([x, (y * 2 + 1) / 3, keras.ops.relu(x)])
    x = make.Add()([x, make.GlobalMaxPooling2D(keepdims=True)(x)])
    x = make.Reshape((2, -1, 12))(x)
    x = make.Flatten()(make.Flatten()(x))
    head = make.Dense(10, activation="softmax", name="head")(x)
    side = make.Dense(4, use_bias=False, name="side")(x)
    return keras.Model(start, [head, side], name="everything")


def shared() -> Any:
    """A convolution, a sequential and a functional model used more than once, and models inside models."""
    import keras

    make = keras.layers
    conv = make.Conv2D(4, 3, padding="same", activation="relu", name="conv")
    stem = keras.Sequential([keras.Input((16, 16, 4)), make.Conv2D(4, 1), make.BatchNormalization()], name="stem")
    one, two = keras.Input((16, 16, 4)), keras.Input((16, 16, 4))
    mixed = stem(stem(conv(make.Add()([one, two]))))
    inner = keras.Model([one, two], [mixed, make.Multiply()([one, two])], name="inner")
    left, right = keras.Input((16, 16, 4), name="left"), keras.Input((16, 16, 4), name="right")
    first, second = inner([conv(left), conv(right)])
    third, fourth = inner([second, first])
    return keras.Model({"left": left, "right": right}, {"y": third, "z": fourth}, name="shared")


def unknown() -> Any:
    """Layers that are not read: code, a class of one's own, weights of a kind that CNN Lab has not."""
    import keras

    class Mine(keras.layers.Layer):
        def build(self, shape: Any) -> None:
            self.factor = self.add_weight(shape=(shape[-1],))

        def call(self, x: Any) -> Any:
            return x * self.factor

    make = keras.layers
    x = start = keras.Input((16, 16, 3), name="image")
    x = make.Lambda(lambda t: t * 2, name="double")(x)
    x = make.Conv2D(4, 3, name="conv")(x)
    x = make.PReLU(name="prelu")(Mine(name="mine")(x))
    x = make.Permute((2, 3, 1), name="turned")(x)
    x = make.Conv2D(5, 3, name="behind")(x)
    return keras.Model(start, make.Dense(2, name="head")(make.Flatten()(x)), name="unknown")
