"""Networks of ``keras.applications`` with weights from ImageNet: from Keras' cache, or downloaded into it.

Names, addresses and checksums are those in Keras' own source; where it has no checksum there is none here either.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from cnnlab.data.download_file import DownloadError, DownloadProgress, OfflineError, fetch
from cnnlab.training.backbones.weights import WeightsError

_STORE = "https://storage.googleapis.com"
_KERAS = f"{_STORE}/tensorflow/keras-applications"
_ALIKE = "tf_dim_ordering_tf_kernels"
MEANS = (123.68, 116.779, 103.939)
"""Means of red, green and blue in ImageNet's images, as Caffe and ``preprocess_input`` of VGG and ResNet have them."""
DEVIATIONS = (0.229, 0.224, 0.225)
"""Standard deviations of the same on a scale from 0 to 1, ``imagenet_utils.IMAGENET_STDDEV_RGB``."""
FROM_GOOGLE = "From Google; Keras publishes the file beside its code (Apache 2.0) and names no licence of its own."

Pixels = Literal["-1…1", "centred", "its own"]
"""Preprocessing of pixels of 0…255: to −1…1; blue first and without their mean; or by the network itself."""


@dataclass(frozen=True)
class Application:
    """A function of ``keras.applications``, and the file of its weights without the head.

    ``trained`` are the sizes that have files of their own; at any other size Keras takes the one for 224.
    """

    function: str
    title: str
    pixels: Pixels
    folder: str
    file: str
    megabytes: int
    input_size: int = 224
    smallest: int = 32
    md5: str | None = None
    trained: tuple[int, ...] = ()
    licence: str = FROM_GOOGLE

    def file_at(self, input_size: int) -> str:
        """Return the name of the weights' file for images of this size."""
        return self.file.format(input_size if input_size in self.trained else 224)

    def url(self, input_size: int) -> str:
        return f"{self.folder}/{self.file_at(input_size)}"

    def build(self, input_size: int) -> Any:
        """Build the model without its head, with random weights, for pixels of 0…255."""
        import keras

        inputs = keras.Input((input_size, input_size, 3), name="pixels")
        x = inputs
        if self.pixels == "-1…1":
            x = keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="rescale")(x)
        elif self.pixels == "centred":
            # Rescaling takes a list of offsets only beside a list of scales.
            x = keras.layers.Rescaling([1.0] * 3, offset=[-mean for mean in MEANS], name="centre")(x)
            x = keras.ops.flip(x, axis=-1)  # blue, green, red
        make = getattr(keras.applications, self.function)
        shape = (input_size, input_size, 3)
        made = make(weights=None, include_top=False, input_shape=shape, input_tensor=x)
        return keras.Model(inputs, made.output, name=made.name)  # Keras made it for a list of one input


def _efficientnet(number: int, input_size: int, megabytes: int, md5: str) -> Application:
    return Application(
        f"EfficientNetB{number}",
        f"EfficientNet-B{number}",
        "its own",
        f"{_STORE}/keras-applications",
        f"efficientnetb{number}_notop.h5",
        megabytes,
        input_size,
        md5=md5,
    )


APPLICATIONS: Mapping[str, Application] = MappingProxyType(
    {
        "mobilenet_v1": Application(
            "MobileNet",
            "MobileNet v1",
            "-1…1",
            f"{_KERAS}/mobilenet",
            "mobilenet_1_0_{}_tf_no_top.h5",
            17,
            trained=(128, 160, 192, 224),
        ),
        "mobilenet_v2": Application(
            "MobileNetV2",
            "MobileNet v2",
            "-1…1",
            f"{_KERAS}/mobilenet_v2",
            f"mobilenet_v2_weights_{_ALIKE}_1.0_{{}}_no_top.h5",
            9,
            trained=(96, 128, 160, 192, 224),
        ),
        "inception_v3": Application(
            "InceptionV3",
            "Inception v3",
            "-1…1",
            f"{_KERAS}/inception_v3",
            f"inception_v3_weights_{_ALIKE}_notop.h5",
            88,
            input_size=299,
            smallest=75,
            md5="bcbd6486424b2319ff4ef7d526e38f63",
        ),
        "resnet50": Application(
            "ResNet50",
            "ResNet-50",
            "centred",
            f"{_KERAS}/resnet",
            f"resnet50_weights_{_ALIKE}_notop.h5",
            95,
            md5="4d473c1dd8becc155b73f8504c6f6626",
            licence="MIT, Kaiming He.",
        ),
        "efficientnet_b0": _efficientnet(0, 224, 16, "50bc09e76180e00e4465e1a485ddc09d"),
        "efficientnet_b1": _efficientnet(1, 240, 27, "74c4e6b3e1f6a1eea24c589628592432"),
        "efficientnet_b2": _efficientnet(2, 260, 32, "111f8e2ac8aa800a7a99e3239f7bfb39"),
        "efficientnet_b3": _efficientnet(3, 300, 44, "af6d107764bb5b1abb91932881670226"),
        "vgg16": Application(
            "VGG16",
            "VGG-16",
            "centred",
            f"{_KERAS}/vgg16",
            f"vgg16_weights_{_ALIKE}_notop.h5",
            59,
            md5="6d6bbae143d832006294945121d1f1fc",
            licence="Creative Commons Attribution (CC BY), Visual Geometry Group, Oxford.",
        ),
    }
)
"""Applications by the catalogue's names for the same networks."""


def folder() -> Path:
    """Return Keras' cache of weights, which ``keras.applications`` uses too."""
    named = os.environ.get("KERAS_HOME")
    return (Path(named) if named else Path.home() / ".keras") / "models"


def found(row: Application, input_size: int) -> Path | None:
    """Return the weights' file, if it is in the cache."""
    path = folder() / row.file_at(input_size)
    return path if path.is_file() else None


def fetch_weights(row: Application, input_size: int, progress: DownloadProgress | None = None) -> Path:
    """Return the weights' file; download it if it is not in the cache.

    Raises ``WeightsError`` with a sentence where it cannot be had, and what ``progress`` raises.
    """
    path = found(row, input_size)
    if path:
        return path
    path, url = folder() / row.file_at(input_size), row.url(input_size)
    otherwise = f"name or upload the file {path.name}, or use the built-in backbone, which needs no download"
    try:
        fetch(url, path, row.md5, progress)
    except OfflineError as error:
        raise WeightsError(
            f"the weights of {row.title} ({row.megabytes} MB) are not on this computer, and {error}; {otherwise}"
        ) from None
    except DownloadError as error:
        reason = str(error).removesuffix("; choose another data set")
        raise WeightsError(f"the weights of {row.title} could not be downloaded: {reason}; {otherwise}") from None
    except OSError as error:
        raise WeightsError(
            f"the weights of {row.title} cannot be stored in Keras' folder ({error.strerror}); free some space, or "
            f"{otherwise}"
        ) from None
    return path


def fix(model: Any) -> None:
    """Correct an EfficientNet for the weights that Keras published, so that it computes as it was trained.

    Their file has the deviations of ImageNet's colours where the layer expects variances. Keras puts a rescaling behind
    the layer, though only where it loads the weights itself; here the variances are set right, which is the same in
    exact numbers, and the saved model needs nothing else. https://github.com/tensorflow/tensorflow/issues/49930
    """
    import keras
    import numpy as np

    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            mean, variance, count = layer.get_weights()
            if np.allclose(variance, DEVIATIONS, rtol=1e-3):
                layer.set_weights([mean, variance * np.array(DEVIATIONS, np.float32), count])
                layer.finalize_state()
