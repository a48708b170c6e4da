"""What a trained network does with pictures it has never seen."""

import base64
import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnlab.data import Split
from cnnlab.training.dataset import Prepared, resized
from cnnlab.training.events import Emit
from cnnlab.units import share
from cnnlab.uploads.images import Pixels

Shares = NDArray[np.float32]
"""N × classes, or N × 1 where a sigmoid tells two apart."""
Network = Callable[[Pixels], Shares]

TEST = "test.npz"
"""What a run's folder has of the test: ``said`` of each picture, N × classes (N × 1 for two), and ``labels``."""
WRONG = 24  # pictures shown
SHOWN = 96  # pixels of their sides, at most
PIXELS = 25_000_000  # of all crops together, which take ten times as long as the pictures
LEAST_CROPPED, MOST_CROPPED = 50, 1000  # pictures of which ten crops are looked at
CROP = 224 / 256  # of the side, as AlexNet's ten crops were cut


def evaluated(model: Any, images: Prepared, emit: Emit) -> dict[str, Any]:
    """The report's part on the test set, and its sentence. Keras' ``model`` takes pixels of 0…255."""
    test = images.test
    if not len(test):
        return {"text": "There are no test pictures, so that nothing is known of how well it does.", "test": None}
    network = compiled(model)
    said = probabilities(network, test.images, emit)
    emit.files[TEST] = _kept(said, test.labels)
    found = scored(said, test.labels)
    low, high = found["interval"]
    text = (
        f"{found['correct']:,} of {found['count']:,} test pictures are right: {share(found['accuracy'])} "
        f"(95 % interval {share(low)} to {share(high)})."
    )
    return {
        "text": text,
        "test": {"loss": log_loss(said, test.labels), **found},
        "confusion": confusion(said, test.labels).tolist(),
        "per_class": per_class(said, test.labels, images.classes),
        "wrong": most_wrong(said, test),
        "roc": roc(said, test.labels, images.classes),
        "crops": crops(network, test, said, emit),
    }


def _kept(said: Shares, labels: NDArray[np.int64]) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, said=said, labels=labels)
    return out.getvalue()


def compiled(model: Any) -> Network:
    """A Keras model in inference mode, from pixels to what it says; TensorFlow's graph of it is made once."""
    import tensorflow as tf

    signature = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
    run = tf.function(lambda x: model(x, training=False), input_signature=[signature])
    return lambda images: run(images.astype(np.float32)).numpy()


def probabilities(network: Network, images: Pixels, emit: Emit | None = None) -> Shares:
    """What it says of pictures of its input size, N × 1 or N × classes."""
    from cnnlab.training.batches import at_once

    parts = []
    many = at_once(images.shape[1])
    for begin in range(0, len(images), many):
        if emit:
            emit("step", phase="test", step=begin, of=len(images))
        parts.append(network(images[begin : begin + many]))
    return np.concatenate(parts)


def shares(said: Shares) -> Shares:
    """N × classes, whatever the last layer is."""
    return np.concatenate([1 - said, said], axis=1) if said.shape[1] == 1 else said


def interval(correct: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), which stays within 0 and 1.

    >>> low, high = interval(8, 10)
    >>> round(low, 3), round(high, 3)
    (0.49, 0.943)
    """
    from scipy.stats import binomtest

    found = binomtest(correct, count).proportion_ci(0.95, method="wilson")
    return float(found.low), float(found.high)


def scored(said: Shares, labels: NDArray[np.int64]) -> dict[str, Any]:
    """Accuracy with its interval."""
    correct, count = int((shares(said).argmax(axis=1) == labels).sum()), len(labels)
    return {"accuracy": correct / count, "correct": correct, "count": count, "interval": list(interval(correct, count))}


def log_loss(said: Shares, labels: NDArray[np.int64]) -> float:
    """Cross-entropy in nats, without label smoothing; what is thought impossible counts as 1e-7, as Keras has it."""
    right = shares(said)[np.arange(len(labels)), labels].astype(float)
    return float(-np.log(right.clip(1e-7, 1)).mean())


def confusion(said: Shares, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows: the true class. Columns: what the network said."""
    from sklearn.metrics import confusion_matrix

    found = shares(said)
    counted: NDArray[np.int64] = confusion_matrix(labels, found.argmax(axis=1), labels=range(found.shape[1]))
    return counted


def per_class(said: Shares, labels: NDArray[np.int64], classes: Sequence[str]) -> list[dict[str, Any]]:
    """Accuracy on each class's own pictures; those without a picture are left out."""
    return [
        {"class": name, **scored(said[labels == label], labels[labels == label])}
        for label, name in enumerate(classes)
        if (labels == label).any()
    ]


def most_wrong(said: Shares, test: Split) -> list[dict[str, Any]]:
    """The pictures whose true class the network thought least likely, of those that it got wrong."""
    found = shares(said)
    guess = found.argmax(axis=1)
    right = found[np.arange(len(test)), test.labels]
    wrong = np.flatnonzero(guess != test.labels)
    return [
        {
            "index": int(place),
            "label": int(test.labels[place]),
            "predicted": int(guess[place]),
            "probability": float(found[place, guess[place]]),
            "picture": _png(test.images[place]),
        }
        for place in wrong[np.argsort(right[wrong], kind="stable")][:WRONG]
    ]


def _png(picture: Pixels) -> str:
    image = Image.fromarray(picture)
    image.thumbnail((SHOWN, SHOWN))
    out = io.BytesIO()
    image.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def roc(said: Shares, labels: NDArray[np.int64], classes: Sequence[str]) -> dict[str, Any] | None:
    """The ROC curve of two classes, where both are in the test set; ``classes[1]`` is what is looked for."""
    if len(classes) != 2 or len(np.unique(labels)) != 2:
        return None
    from sklearn.metrics import auc, roc_curve

    false, true, thresholds = roc_curve(labels, shares(said)[:, 1])
    return {
        "false_positives": false.tolist(),
        "true_positives": true.tolist(),
        "thresholds": [1.0, *thresholds[1:].tolist()],  # the first is infinite, which JSON does not know
        "area": float(auc(false, true)),
        "positive": classes[1],
    }


def crops(network: Network, test: Split, said: Shares, emit: Emit | None = None) -> dict[str, Any]:
    """Ten crops averaged against the middle one (Krizhevsky 2012, section 4.1), and against the ``whole`` pictures.

    ``said`` is what the network says of each whole picture; the three are scored on the same ones.

    Pictures are enlarged so that a crop of the input size is 224/256 of the side. Of larger test sets as many pictures
    are taken as have ``PIXELS`` in all, the first ones of a random order that is always the same.
    """
    from cnnlab.training.batches import at_once

    size = test.images.shape[1]
    side = max(size + 1, round(size / CROP))
    most = min(max(PIXELS // (10 * size**2), LEAST_CROPPED), MOST_CROPPED)
    chosen = np.random.default_rng(0).permutation(len(test))[:most]
    labels = test.labels[chosen]
    one, ten = [], []
    many = at_once(side)
    for begin in range(0, len(chosen), many):
        large = resized(test.images[chosen[begin : begin + many]], side)
        found = [shares(probabilities(network, each, emit)) for each in ten_crops(large, size)]
        one.append(found[0])
        ten.append(np.mean(found, axis=0))
    scores = {name: scored(np.concatenate(each), labels) for name, each in (("one", one), ("ten", ten))}
    scores["whole"] = scored(said[chosen], labels)
    return {**scores, "side": side, "pictures": len(chosen)}


def ten_crops(images: Pixels, size: int) -> list[Pixels]:
    """Of N × side × side × 3 the middle and the four corners, size × size each, and their mirror images."""
    rest = images.shape[1] - size
    corners = [(rest // 2, rest // 2), (0, 0), (0, rest), (rest, 0), (rest, rest)]
    cut = [images[:, top : top + size, left : left + size] for top, left in corners]
    return [*cut, *(each[:, :, ::-1] for each in cut)]
