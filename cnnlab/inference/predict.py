"""Predictions of a trained network for any image, and the feature maps of its backbone on it."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from cnnlab.data import Split
from cnnlab.data.bundled import TREATMENTS
from cnnlab.inference.answer import FeatureMap, LayerMaps, Prediction
from cnnlab.inference.request import PredictRequest
from cnnlab.training.backbones import stages
from cnnlab.training.dataset import crop_middle, resize
from cnnlab.training.evaluation import CROP, Predict, class_probabilities, compile_model, ten_crops
from cnnlab.training.export.model_files import load as load_model
from cnnlab.uploads.images import Pixels

KEPT = 3  # models …
KEPT_PARAMETERS = 80_000_000  # … of no more than so many together, four bytes each
CHANNELS = 6  # shown of a layer
LARGEST = 56  # side of a map that is shown; larger ones are averaged down


@dataclass(frozen=True)
class Model:
    """A trained network for N × size × size × 3: predictions, and the last feature map of each of its stages."""

    size: int
    predict: Predict
    maps: Callable[[Any], list[NDArray[np.float32]]]
    names: tuple[str, ...]
    parameters: int


def _weight(model: Model) -> int:
    """Return the part of ``KEPT_PARAMETERS`` that a model counts for: at least one of ``KEPT``, at most all."""
    return min(max(model.parameters, KEPT_PARAMETERS // KEPT), KEPT_PARAMETERS)


_models: LRUCache[str, tuple[tuple[int, int], Model]] = LRUCache(KEPT_PARAMETERS, lambda kept: _weight(kept[1]))


def predict(request: PredictRequest) -> Prediction:
    """Answer a prediction request. Raises ``ValueError`` with a sentence if the model cannot be read."""
    model = load(request.model, request.stamp)
    pixels, (top, left, side) = request.image.pixels, request.box
    crop = input_of(pixels[top : top + side, left : left + side], request, model.size)
    whole = input_of(pixels, request, model.size)
    large = resize(whole, max(model.size + 1, round(model.size / CROP)))
    predictions = class_probabilities(model.predict(np.concatenate([crop, whole, *ten_crops(large, model.size)])))
    return Prediction(
        _shares(predictions[0]),
        _shares(predictions[1]),
        _shares(predictions[2:].mean(axis=0)),
        model.size,
        base64.b64encode(crop.tobytes()).decode(),
        tuple(map(_layer, model.names, model.maps(crop))),
    )


def _shares(row: NDArray[np.float32]) -> tuple[float, ...]:
    return tuple(float(share) for share in row)


def input_of(pixels: Pixels, request: PredictRequest, size: int) -> Pixels:
    """Return an image as the test images arrive at the network, 1 × size × size × 3."""
    if request.treated:
        pixels = TREATMENTS[request.treated].apply(pixels)
    images = pixels[None]
    if images.shape[1:3] != (request.arriving, request.arriving):
        images = resize(images, request.arriving)
    return crop_middle(Split(images.copy(), np.zeros(1, dtype=np.int64)), size).images


def load(path: str, stamp: tuple[int, int]) -> Model:
    """Return a run's model, read once while its file is unchanged; the last few are kept.

    Raises ``ValueError`` with a sentence.
    """
    found = _models.get(path)
    if found is None or found[0] != stamp:
        _models.pop(path, None)
        found = _models[path] = stamp, _read(Path(path))
    return found[1]


def _read(path: Path) -> Model:
    import keras
    import tensorflow as tf

    network, body = load_model(path)
    names = tuple(_last_maps(body))
    answers = keras.Model(body.inputs[0], [body.get_layer(name).output for name in names]) if names else None
    run = tf.function(lambda x: answers(x, training=False)) if answers else None

    def answer(images: Any) -> list[NDArray[np.float32]]:
        found = run(images.astype(np.float32)) if run else []
        return [each.numpy()[0] for each in (found if isinstance(found, list | tuple) else [found])]

    return Model(network.input_shape[1], compile_model(network), answer, names, network.count_params())


def _last_maps(body: Any) -> list[str]:
    """Return the last layer with a map of each stage; padding only adds a frame of zeros to another's."""
    found = []
    for stage in stages(body):
        layers = [body.get_layer(name) for name in stage.layers]
        maps = [each for each in layers if len(each.output.shape) == 4 and "Padding" not in type(each).__name__]
        found += [each.name for each in maps[-1:]]
    return found


def _layer(name: str, values: NDArray[np.float32]) -> LayerMaps:
    """Return the channels of a map, height × width × channels, that vary most over it, the strongest first."""
    flat = values.reshape(-1, values.shape[2])
    strength = flat.std(axis=0) if len(flat) > 1 else np.abs(flat[0])
    chosen = np.argsort(-strength, kind="stable")[:CHANNELS]
    small = _small(values[..., chosen])
    maps = tuple(FeatureMap.of(int(channel), small[..., place]) for place, channel in enumerate(chosen))
    return LayerMaps(name, values.shape[0], values.shape[2], maps)


def _small(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average down by a whole number to at most ``LARGEST``; the rest at the edges is cut off."""
    by = -(-values.shape[0] // LARGEST)
    if by == 1:
        return values
    height, width = values.shape[0] // by * by, values.shape[1] // by * by
    cut = values[:height, :width].reshape(height // by, by, width // by, by, -1)
    found: NDArray[np.float32] = cut.mean(axis=(1, 3))
    return found
