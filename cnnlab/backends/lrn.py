"""AlexNet's local response normalisation, which Keras does not have. Import it only where Keras is used."""

import keras


@keras.saving.register_keras_serializable("cnnlab")
class LocalResponseNormalization(keras.layers.Layer):
    """x / (k + alpha * sum of x² over 2 * radius + 1 channels) ** beta (Krizhevsky 2012, section 3.3)."""

    def __init__(self, radius=2, k=2.0, alpha=1e-4, beta=0.75, **kwargs):
        super().__init__(**kwargs)
        self.radius, self.k, self.alpha, self.beta = radius, k, alpha, beta

    def call(self, x):
        channels = x.shape[-1]
        squares = keras.ops.pad(keras.ops.square(x), ((0, 0), (0, 0), (0, 0), (self.radius, self.radius)))
        total = sum(squares[..., shift : shift + channels] for shift in range(2 * self.radius + 1))
        return x / (self.k + self.alpha * total) ** self.beta

    def get_config(self):
        settings = {"radius": self.radius, "k": self.k, "alpha": self.alpha, "beta": self.beta}
        return {**super().get_config(), **settings}
