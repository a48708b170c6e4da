"""Pictures on their way to a worker that has no part of this computer's disk."""

import hashlib
import io
import json
from functools import lru_cache
from typing import Any

import numpy as np

from cnnlab.data import Dataset, Split, dataset, names
from cnnlab.training.spec import Spec


def key(spec: Spec) -> str:
    """What a spec's pictures are called on the board; empty where every worker has them."""
    if spec.data in names():
        return ""
    chosen = json.dumps([spec.data, spec.input_size, spec.per_class, spec.seed])
    return hashlib.sha256(chosen.encode()).hexdigest()[:16]


def load(spec: Spec) -> Dataset:
    """A spec's pictures. Raises ``ValueError`` with a sentence, and ``OSError`` where a download breaks off."""
    return dataset(spec.data, spec.input_size, spec.per_class or None, spec.seed)


def packed(found: Dataset) -> bytes:
    """As bytes that hold no code: photographs are packed hardly smaller by compressing, so they are not."""
    told: dict[str, Any] = {"name": found.name, "title": found.title, "told": found.told, "classes": found.classes}
    out = io.BytesIO()
    np.savez(
        out,
        told=np.frombuffer(json.dumps(told).encode(), dtype=np.uint8),
        train=found.train.images, train_labels=found.train.labels,
        test=found.test.images, test_labels=found.test.labels,
    )  # fmt: skip
    return out.getvalue()


@lru_cache(maxsize=1)
def unpacked(data: bytes) -> Dataset:
    """What ``packed`` made; the last one is kept for the next run on the same pictures."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        told = json.loads(arrays["told"].tobytes())
        return Dataset(
            told["name"], told["title"], told["told"], tuple(told["classes"]),
            Split(arrays["train"], arrays["train_labels"]), Split(arrays["test"], arrays["test_labels"]),
        )  # fmt: skip
