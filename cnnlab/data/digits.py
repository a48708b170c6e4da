"""The 1,797 handwritten digits of scikit-learn, enlarged."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnlab.data.dataset import Dataset, Split
from cnnlab.uploads.images import Pixels, gray

SIZE = 48  # pixels of a side, six times the 8 that are stored
STORED = 8
TEST = 500  # the last ones; people wrote many digits each, so that a shuffled test would hold hands that training saw
ABOUT = (
    "1,797 handwritten digits of 8×8 pixels, enlarged six times: the test part of E. Alpaydin's and C. Kaynak's "
    "“Optical Recognition of Handwritten Digits” (UCI Machine Learning Repository, 1998), included in scikit-learn; "
    "the last 500 are the test set."
)


def load() -> Dataset:
    """Return ten classes, 1,297 images for training and 500 for the test, white on black."""
    from sklearn.datasets import load_digits

    found = load_digits()
    images = np.stack([_enlarged(each) for each in found.images])
    labels = found.target.astype(np.int64)
    train, test = Split(images[:-TEST], labels[:-TEST]), Split(images[-TEST:], labels[-TEST:])
    return Dataset("digits", "Handwritten digits", ABOUT, tuple(str(digit) for digit in range(10)), train, test)


def _enlarged(digit: NDArray[np.float64]) -> Pixels:
    """Enlarge 8 × 8 of 0…16 to 48 × 48 × 3 of 0…255."""
    image = Image.fromarray(np.rint(digit * (255 / 16)).astype(np.uint8))
    found: Pixels = np.asarray(image.resize((SIZE, SIZE), Image.Resampling.BILINEAR))[..., None].repeat(3, axis=2)
    return found


def like(pixels: Pixels) -> Pixels:
    """Treat any image, height × width × 3, as this data set does: white on black, 8×8 dots of 17 greys, enlarged.

    A mostly bright image, such as ink on paper, becomes its negative.
    """
    small = Image.fromarray(pixels).resize((STORED, STORED), Image.Resampling.BOX)
    brightness = gray(np.asarray(small)).astype(float)
    values = 255 - brightness if np.median(brightness) > 127 else brightness
    return _enlarged(np.rint(values * (16 / 255)))
