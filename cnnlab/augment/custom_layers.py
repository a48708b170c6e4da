"""Two augmentations that Keras does not have. Import it only where Keras is used; exported source holds its text."""

import math

import keras


@keras.saving.register_keras_serializable("cnnlab")
class RandomColorShift(keras.layers.Layer):
    """Adds 255 · amount · C z to every pixel of an image, z three standard normal numbers drawn for each image.

    C is the 3×3 covariance of red, green and blue on a scale from 0 to 1. A normal vector stays one when it is turned,
    so that this is AlexNet's sum of eigenvectors times eigenvalues times normal numbers (Krizhevsky 2012, section 4.1).
    Without a covariance C is the identity, and the three colours are shifted independently.

    Takes and returns an image, height × width × 3, of numbers from 0 to 255, or a batch of such. Sums may leave that
    range: a ReLU with max_value=255 behind this layer brings them back. Outside training nothing is changed.
    """

    def __init__(self, amount, covariance=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.amount, self.covariance, self.seed = amount, covariance, seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images, training=True):
        if not training:
            return images
        shape = (keras.ops.shape(images)[0], 3) if len(images.shape) == 4 else (1, 3)
        shift = keras.random.normal(shape, seed=self.generator)
        if self.covariance is not None:
            shift = keras.ops.matmul(shift, keras.ops.convert_to_tensor(self.covariance, dtype=shift.dtype))
        shift = 255.0 * self.amount * keras.ops.reshape(shift, (-1, 1, 1, 3))
        return images + keras.ops.cast(shift if len(images.shape) == 4 else shift[0], images.dtype)

    def get_config(self):
        return {**super().get_config(), "amount": self.amount, "covariance": self.covariance, "seed": self.seed}


@keras.saving.register_keras_serializable("cnnlab")
class RandomResizedCrop(keras.layers.Layer):
    """Cuts out a window at a random place and brings it back to the image's size, between pixels linearly.

    Its share of the area is drawn between least_area and 1 (Szegedy 2014, section 6), its share of the width divided by
    that of the height between 1 / stretch and stretch on a logarithmic scale as torchvision's, or less far from 1 where
    it would not fit.

    Takes and returns an image, height × width × channels, or a batch of such, of any size and range of numbers.
    Outside training nothing is changed.
    """

    def __init__(self, least_area=0.35, stretch=1.35, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.least_area, self.stretch, self.seed = least_area, stretch, seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images, training=True):
        if not training:
            return images
        single = len(images.shape) == 3
        batch = images[None] if single else images
        count, height, width = keras.ops.shape(batch)[:3]
        drawn = keras.random.uniform((4, count), seed=self.generator)
        area = self.least_area + (1.0 - self.least_area) * drawn[0]
        most = keras.ops.minimum(math.log(self.stretch), -keras.ops.log(area))
        ratio = keras.ops.exp((2.0 * drawn[1] - 1.0) * most)
        wide, high = keras.ops.sqrt(area * ratio), keras.ops.sqrt(area / ratio)  # shares of the sides
        across, down = keras.ops.cast(width, wide.dtype), keras.ops.cast(height, high.dtype)  # in tf.data often unknown
        left, top = (1.0 - wide) * drawn[2] * across, (1.0 - high) * drawn[3] * down
        none = keras.ops.zeros_like(wide)
        # Where the middle of an output's pixel lies in the input: rows of the affine transform, see keras.ops.image.
        columns = [wide, none, left + (wide - 1.0) / 2.0]
        rows = [none, high, top + (high - 1.0) / 2.0]
        transform = keras.ops.stack([*columns, *rows, none, none], axis=1)
        found = keras.ops.image.affine_transform(batch, transform, interpolation="bilinear", fill_mode="nearest")
        return found[0] if single else found

    def get_config(self):
        return {**super().get_config(), "least_area": self.least_area, "stretch": self.stretch, "seed": self.seed}
