"""Cached features: the outputs of a frozen backbone for a data set, computed once and kept for the next run.

A frozen backbone has the same output for the same image in every epoch. The key is everything that features follow
from: a changed weight or pixel is another key. Files lie in the user's cache, or in the folder named in
``CNNLAB_CACHE``; those that nobody used for longest are deleted.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.augment.pipeline import Pipeline
from cnnlab.storage import cache, files
from cnnlab.uploads.images import Pixels

Features = NDArray[np.float32]

KEPT_BYTES = 1 << 30  # 4,000 images as maps of 7×7×1280, MobileNet v2's at 224, take 1 GB
STORE = cache.Store("features", 32, ".npy")
LARGEST = 1 << 30  # bytes of one data set's features, in memory
VERSION = 2  # of what is cached: raise it where the same key would mean other numbers


class FeaturesError(ValueError):
    """Raised with a sentence where there are no features."""


@dataclass(frozen=True)
class Key:
    """A key of everything that features depend on. ``weights``, ``images`` and ``layers`` are digests, see below."""

    backbone: str
    weights: str
    images: str
    input_size: int
    layers: str
    batch: int
    version: int = VERSION

    @property
    def name(self) -> str:
        """Return the file's name."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[: STORE.digits]


def weights_digest(model: Any) -> str:
    """Return the SHA-256 of all weights of a Keras model, in order, with their shapes."""
    found = hashlib.sha256()
    for value in model.get_weights():
        found.update(str((value.shape, value.dtype)).encode())
        found.update(np.ascontiguousarray(value).tobytes())
    return found.hexdigest()


def layers_digest(model: Any) -> str:
    """Return the SHA-256 of the settings of all layers of a Keras model, and the versions that compute with them."""
    import keras
    import tensorflow as tf

    document = [keras.__version__, tf.__version__, model.get_config()]
    return hashlib.sha256(json.dumps(document, sort_keys=True, default=str).encode()).hexdigest()


def images_digest(images: Pixels) -> str:
    """Return the SHA-256 of images, their order and their size."""
    found = hashlib.sha256(str((images.shape, images.dtype)).encode())
    for begin in range(0, len(images), 256):  # a copy of all would take their memory twice
        found.update(np.ascontiguousarray(images[begin : begin + 256]).tobytes())
    return found.hexdigest()


def why_not_cached(pipeline: Pipeline | None) -> str | None:
    """Return a sentence on why features cannot be computed once under this augmentation; None if they can."""
    active = pipeline.active if pipeline else ()
    if not active:
        return None
    names = ", ".join(dict.fromkeys(step.kind.title.lower() for step in active))
    return (
        f"the augmentation ({names}) changes the images in each epoch, so the backbone must process them each time; "
        f"without augmentation once would do"
    )


def features(model: Any, images: Pixels, callbacks: Sequence[Any] = ()) -> Features:
    """Return ``loop.features``. Raises ``FeaturesError`` if they would take more than ``LARGEST`` bytes."""
    from cnnlab.training import loop

    size = 4 * len(images) * int(np.prod(model.output_shape[1:]))
    if size > LARGEST:
        raise FeaturesError(
            f"the features of {len(images):,} images would take {size / 2**30:.1f} GB of memory; use fewer or smaller "
            f"images, or average pooling"
        )
    found: Features = loop.features(model, images, callbacks)
    return found


def cached(key: Key, shape: tuple[int, ...], compute: Callable[[], Features]) -> Features:
    """Return the features of this key and shape, from the cache or newly computed and cached.

    If nothing can be written they are computed all the same.
    """
    with suppress(OSError, ValueError, EOFError):  # not there, or damaged by hand
        found: Features = np.load(STORE.find(key.name), allow_pickle=False)
        if found.dtype == np.float32 and found.shape == shape:
            return found
    computed = compute()
    with suppress(OSError):
        _store(STORE.path(key.name), computed)
    return computed


def _store(path: Path, found: Features) -> None:
    if found.nbytes > KEPT_BYTES // 2:
        return  # it would drive out all others
    path.parent.mkdir(parents=True, exist_ok=True)
    with files.unfinished(path.parent) as (file, part):
        np.save(file, found, allow_pickle=False)
        file.close()
        part.replace(path)
    STORE.evict(KEPT_BYTES)
