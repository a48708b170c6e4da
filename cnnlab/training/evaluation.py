"""Evaluation of a trained network on test images: accuracy, confusion, ROC curve, ten crops."""

import base64
import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnlab.data import Split
from cnnlab.training import evaluation_notices
from cnnlab.training.dataset import RunImages, resize
from cnnlab.training.events import Emitter
from cnnlab.units import share
from cnnlab.uploads.images import Pixels

Shares = NDArray[np.float32]
"""N × classes, or N × 1 for two classes and one sigmoid."""
Predict = Callable[[Pixels], Shares]

TEST = "test.npz"
"""The file of a run's test: ``predictions``, N × classes (N × 1 for two), and ``labels``."""
WRONG = 24  # images shown
SHOWN = 96  # pixels of their sides, at most
PIXELS = 25_000_000  # of all crops together, which take ten times as long as the images
LEAST_CROPPED, MOST_CROPPED = 50, 1000  # images of which ten crops are looked at
CROP = 224 / 256  # of the side, as AlexNet's ten crops were cut


def evaluate_test(model: Any, images: RunImages, emit: Emitter) -> dict[str, Any]:
    """Return the report's part on the test set, with its sentence. Keras' ``model`` takes pixels of 0…255."""
    test = images.test
    if not len(test):
        return {"text": "There are no test images, so its accuracy on new images is unknown.", "test": None}
    network = compile_model(model)
    predictions = predict(network, test.images, emit)
    emit.files[TEST] = _test_file(predictions, test.labels)
    found = score(predictions, test.labels)
    low, high = found["interval"]
    text = (
        f"{found['correct']:,} of {found['count']:,} test images are right: {share(found['accuracy'])} "
        f"(95 % interval {share(low)} to {share(high)})."
    )
    against = baseline(predictions, test.labels, images.classes)
    return {
        "text": f"{text} {evaluation_notices.baseline(found, against)}",
        "test": {"loss": cross_entropy(predictions, test.labels), **found},
        "baseline": against,
        "confusion": confusion(predictions, test.labels).tolist(),
        "per_class": per_class(predictions, test.labels, images.classes),
        "wrong": most_wrong(predictions, test),
        "roc": roc(predictions, test.labels, images.classes),
        "crops": crops(network, test, predictions, emit),
    }


def _test_file(predictions: Shares, labels: NDArray[np.int64]) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, predictions=predictions, labels=labels)
    return out.getvalue()


def compile_model(model: Any) -> Predict:
    """Compile a Keras model for inference, from pixels to predictions; TensorFlow traces the graph once."""
    import tensorflow as tf

    signature = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
    run = tf.function(lambda x: model(x, training=False), input_signature=[signature])
    return lambda images: run(images.astype(np.float32)).numpy()


def predict(network: Predict, images: Pixels, emit: Emitter | None = None) -> Shares:
    """Return predictions for images of the model's input size, N × 1 or N × classes."""
    from cnnlab.training.batches import at_once

    parts = []
    many = at_once(images.shape[1])
    for begin in range(0, len(images), many):
        if emit:
            emit("step", phase="test", step=begin, of=len(images))
        parts.append(network(images[begin : begin + many]))
    return np.concatenate(parts)


def class_probabilities(predictions: Shares) -> Shares:
    """Return the probability of each class, N × classes, for a sigmoid unit as for softmax."""
    return np.concatenate([1 - predictions, predictions], axis=1) if predictions.shape[1] == 1 else predictions


def interval(correct: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927), which stays within 0 and 1.

    >>> low, high = interval(8, 10)
    >>> round(low, 3), round(high, 3)
    (0.49, 0.943)
    """
    from scipy.stats import binomtest

    found = binomtest(correct, count).proportion_ci(0.95, method="wilson")
    return float(found.low), float(found.high)


def score(predictions: Shares, labels: NDArray[np.int64]) -> dict[str, Any]:
    """Return the accuracy with its interval."""
    correct, count = int((class_probabilities(predictions).argmax(axis=1) == labels).sum()), len(labels)
    return {"accuracy": correct / count, "correct": correct, "count": count, "interval": list(interval(correct, count))}


def baseline(predictions: Shares, labels: NDArray[np.int64], classes: Sequence[str]) -> dict[str, Any]:
    """Return the score of always answering the test's most frequent class, and what a guess gets.

    ``always`` is the only class that the network answers; None if it answers several.
    """
    counts = np.bincount(labels, minlength=len(classes))
    largest, count = int(counts.argmax()), len(labels)
    correct = int(counts[largest])
    answers = np.unique(class_probabilities(predictions).argmax(axis=1))
    return {
        "class": classes[largest],
        "accuracy": correct / count,
        "correct": correct,
        "count": count,
        "interval": list(interval(correct, count)),
        "guess": 1 / len(classes),
        "always": classes[answers[0]] if len(answers) == 1 else None,
    }


def cross_entropy(predictions: Shares, labels: NDArray[np.int64]) -> float:
    """Return the cross-entropy in nats, without label smoothing; a probability of 0 counts as 1e-7, as in Keras."""
    right = class_probabilities(predictions)[np.arange(len(labels)), labels].astype(float)
    return float(-np.log(right.clip(1e-7, 1)).mean())


def confusion(predictions: Shares, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return counts: rows are the true classes, columns the predicted ones."""
    from sklearn.metrics import confusion_matrix

    found = class_probabilities(predictions)
    counted: NDArray[np.int64] = confusion_matrix(labels, found.argmax(axis=1), labels=range(found.shape[1]))
    return counted


def per_class(predictions: Shares, labels: NDArray[np.int64], classes: Sequence[str]) -> list[dict[str, Any]]:
    """Return the accuracy on each class's own images; classes without an image are left out."""
    return [
        {"class": name, **score(predictions[labels == label], labels[labels == label])}
        for label, name in enumerate(classes)
        if (labels == label).any()
    ]


def most_wrong(predictions: Shares, test: Split) -> list[dict[str, Any]]:
    """Return the wrongly predicted images whose true class has the lowest probability, at most ``WRONG``."""
    found = class_probabilities(predictions)
    guess = found.argmax(axis=1)
    right = found[np.arange(len(test)), test.labels]
    wrong = np.flatnonzero(guess != test.labels)
    return [
        {
            "index": int(place),
            "label": int(test.labels[place]),
            "predicted": int(guess[place]),
            "probability": float(found[place, guess[place]]),
            "image": _png(test.images[place]),
        }
        for place in wrong[np.argsort(right[wrong], kind="stable")][:WRONG]
    ]


def _png(pixels: Pixels) -> str:
    image = Image.fromarray(pixels)
    image.thumbnail((SHOWN, SHOWN))
    out = io.BytesIO()
    image.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def roc(predictions: Shares, labels: NDArray[np.int64], classes: Sequence[str]) -> dict[str, Any] | None:
    """Return the ROC curve of two classes that are both in the test set; ``classes[1]`` is the positive one."""
    if len(classes) != 2 or len(np.unique(labels)) != 2:
        return None
    from sklearn.metrics import auc, roc_curve

    false, true, thresholds = roc_curve(labels, class_probabilities(predictions)[:, 1])
    return {
        "false_positives": false.tolist(),
        "true_positives": true.tolist(),
        "thresholds": [1.0, *thresholds[1:].tolist()],  # the first is infinite, which JSON does not know
        "area": float(auc(false, true)),
        "positive": classes[1],
    }


def crops(network: Predict, test: Split, predictions: Shares, emit: Emitter | None = None) -> dict[str, Any]:
    """Score ten crops averaged against the middle one (Krizhevsky 2012, section 4.1), and against ``whole`` images.

    ``predictions`` are those for the whole images; all three are scored on the same ones. Images are enlarged so that a
    crop of the input size is 224/256 of the side. Of larger test sets as many images are taken as have ``PIXELS`` in
    all, the first ones of a random order that is always the same.
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
        large = resize(test.images[chosen[begin : begin + many]], side)
        found = [class_probabilities(predict(network, each, emit)) for each in ten_crops(large, size)]
        one.append(found[0])
        ten.append(np.mean(found, axis=0))
    scores = {name: score(np.concatenate(each), labels) for name, each in (("one", one), ("ten", ten))}
    scores["whole"] = score(predictions[chosen], labels)
    by_one, by_ten = (np.concatenate(each).argmax(axis=1) == labels for each in (one, ten))
    changed = {"repaired": int((by_ten & ~by_one).sum()), "spoiled": int((by_one & ~by_ten).sum())}
    return {**scores, **changed, "side": side, "images": len(chosen)}


def ten_crops(images: Pixels, size: int) -> list[Pixels]:
    """Return the middle and the four corners of N × side × side × 3, size × size each, and their mirror images."""
    rest = images.shape[1] - size
    corners = [(rest // 2, rest // 2), (0, 0), (0, rest), (rest, 0), (rest, rest)]
    cut = [images[:, top : top + size, left : left + size] for top, left in corners]
    return [*cut, *(each[:, :, ::-1] for each in cut)]
