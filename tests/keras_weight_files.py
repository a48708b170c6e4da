"""Write files of weights like those that Keras publishes."""

from pathlib import Path
from typing import Any

import numpy as np

from cnnlab.training.backbones import imagenet


def stir(model: Any) -> None:
    """Give a model's normalization layers statistics as training leaves them."""
    import keras

    random = np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            *_, mean, variance = layer.get_weights()
            changed = [random.normal(0, 0.1, mean.shape), random.uniform(0.5, 1.5, variance.shape)]
            layer.set_weights([*layer.get_weights()[:-2], *changed])
        elif isinstance(layer, keras.layers.Normalization):
            layer.set_weights([np.array([0.485, 0.456, 0.406]), np.array(imagenet.DEVIATIONS), np.array(1)])
            layer.finalize_state()


def older(model: Any, path: Path) -> None:
    """Write a model's weights in the older HDF5 format, as Keras publishes them."""
    import h5py
    from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        save_weights_to_hdf5_group(file, model)
