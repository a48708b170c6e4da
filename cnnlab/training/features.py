"""Frozen features: what a backbone makes of a data set, computed once, and cached for the next run.

A frozen backbone says the same of the same picture in every epoch. Kept features are found by everything they follow
from; a changed weight or pixel is another key. They lie in the user's cache, or in the folder named in
``CNNLAB_CACHE``, and those that nobody used for longest are let go.
"""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.augment.pipeline import Pipeline
from cnnlab.graph import times
from cnnlab.storage import cache
from cnnlab.uploads.images import Pixels

Features = NDArray[np.float32]

KEPT_BYTES = 1 << 30  # 4,000 pictures as maps of 7×7×1280, MobileNet v2's at 224, take 1 GB
LARGEST = 1 << 30  # bytes of one data set's features, in memory
VERSION = 2  # of what is cached: raise it where the same key would mean other numbers


class FeaturesError(ValueError):
    """Why there are no features, in a sentence."""


@dataclass(frozen=True)
class Key:
    """All that features follow from. ``weights`` and ``pictures`` are digests, see below."""

    backbone: str
    weights: str
    pictures: str
    input_size: int
    layers: str
    """What is done with pictures from the first layer to the last, and by which Keras: a digest."""
    batch: int
    version: int = VERSION

    @property
    def name(self) -> str:
        """Of its file."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def weights_digest(model: Any) -> str:
    """SHA-256 over all weights of a Keras model, in order, with their shapes."""
    found = hashlib.sha256()
    for value in model.get_weights():
        found.update(str((value.shape, value.dtype)).encode())
        found.update(np.ascontiguousarray(value).tobytes())
    return found.hexdigest()


def layers_digest(model: Any) -> str:
    """SHA-256 over the settings of all layers of a Keras model, and the versions that compute with them."""
    import keras
    import tensorflow as tf

    told = [keras.__version__, tf.__version__, model.get_config()]
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def pictures_digest(images: Pixels) -> str:
    """SHA-256 over pictures, their order and their size."""
    found = hashlib.sha256(str((images.shape, images.dtype)).encode())
    for begin in range(0, len(images), 256):  # a copy of all would take their memory twice
        found.update(np.ascontiguousarray(images[begin : begin + 256]).tobytes())
    return found.hexdigest()


def why_not_cached(pipeline: Pipeline | None) -> str | None:
    """Why features cannot be computed once under this augmentation, in a sentence; None where they can."""
    active = pipeline.active if pipeline else ()
    if not active:
        return None
    told = ", ".join(dict.fromkeys(step.kind.title.lower() for step in active))
    return (
        f"the augmentation ({told}) changes the pictures anew in every epoch, so that the backbone must look at them "
        "every time; without augmentation it would do so once"
    )


def features(model: Any, images: Pixels, callbacks: Sequence[Any] = ()) -> Features:
    """Return what a Keras model makes of N images of its input size, in inference mode: N × whatever it puts out.

    ``callbacks`` are Keras'. Raises ``FeaturesError`` where images have another size, or the features would take more
    than ``LARGEST`` bytes.
    """
    from cnnlab.training import loop

    wanted, shape = tuple(model.input_shape[1:]), tuple(model.output_shape[1:])
    if images.ndim != 4 or tuple(images.shape[1:]) != wanted:
        raise FeaturesError(
            f"the backbone takes pictures of {times(wanted)}, and these have {times(images.shape[1:])}; resize them"
        )
    size = 4 * len(images) * int(np.prod(shape))
    if size > LARGEST:
        raise FeaturesError(
            f"the features of {len(images):,} pictures would take {size / 2**30:.1f} GB of memory; take fewer or "
            "smaller pictures, or average the maps"
        )
    found: Features = loop.features(model, images, callbacks)
    return found


def cached(key: Key, shape: tuple[int, ...], compute: Callable[[], Features]) -> Features:
    """The features of this key and shape: read, if they were computed before, and computed and cached if not.

    Where nothing can be written they are computed all the same.
    """
    path = home() / f"{key.name}.npy"
    with suppress(OSError, ValueError, EOFError):  # not there, or damaged by hand
        found: Features = np.load(path, allow_pickle=False)
        if found.dtype == np.float32 and found.shape == shape:
            os.utime(path)
            return found
    computed = compute()
    with suppress(OSError):
        _store(path, computed)
    return computed


def home() -> Path:
    """Where they are cached."""
    return cache.place("features")


def _store(path: Path, found: Features) -> None:
    if found.nbytes > KEPT_BYTES // 2:
        return  # it would drive out all others
    with cache.beginning(path.parent) as (file, part):
        np.save(file, found, allow_pickle=False)
        file.close()
        part.replace(path)
    cache.let_go(path.parent, "*.npy", KEPT_BYTES)
