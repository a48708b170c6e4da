"""Scores against what scikit-learn and SciPy say, or what can be counted by hand."""

import base64
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy.stats import mannwhitneyu
from sklearn.metrics import log_loss

from cnnlab.data import Split
from cnnlab.training import evaluation

seeds = st.integers(0, 2**32 - 1)


def said(seed: int, count: int, classes: int) -> tuple[evaluation.Shares, np.ndarray]:
    """Return random predictions and labels."""
    random = np.random.default_rng(seed)
    shares = random.dirichlet(np.full(classes, 0.5), count).astype(np.float32)
    return shares[:, 1:] if classes == 2 else shares, random.integers(0, classes, count)


@given(seeds, st.integers(1, 60), st.integers(2, 5))
def test_scores_agree_with_each_other_and_with_scikit_learn(seed: int, count: int, classes: int) -> None:
    shares, labels = said(seed, count, classes)
    full = evaluation.class_probabilities(shares).astype(float)
    score = evaluation.score(shares, labels)
    low, high = score["interval"]
    assert 0 <= low <= score["accuracy"] <= high <= 1
    assert low < high
    counted = evaluation.confusion(shares, labels)
    assert counted.shape == (classes, classes)
    assert (counted.trace(), counted.sum()) == (score["correct"], count)
    rows = evaluation.per_class(shares, labels, [str(each) for each in range(classes)])
    assert [(each["correct"], each["count"]) for each in rows] == [
        (counted[label, label], counted[label].sum()) for label in range(classes) if counted[label].sum()
    ]
    full = full.clip(1e-7, 1)
    np.testing.assert_allclose(
        evaluation.cross_entropy(shares, labels),
        log_loss(labels, full / full.sum(axis=1, keepdims=True), labels=range(classes)),
        rtol=1e-3,
        atol=1e-4,
    )


@given(seeds, st.integers(2, 60))
def test_the_area_under_roc_is_the_share_of_pairs_ranked_right(seed: int, count: int) -> None:
    shares, labels = said(seed, count, 2)
    found = evaluation.roc(shares, labels, ("no", "yes"))
    if len(set(labels)) < 2:
        assert found is None
        return
    assert found
    positives, negatives = shares[labels == 1, 0], shares[labels == 0, 0]
    wins = mannwhitneyu(positives, negatives).statistic / len(positives) / len(negatives)
    np.testing.assert_allclose(found["area"], wins, atol=1e-9)
    assert np.isfinite(found["thresholds"]).all()


def test_the_most_wrong_images_come_first() -> None:
    images = np.arange(4, dtype=np.uint8)[:, None, None, None].repeat(100, 1).repeat(100, 2).repeat(3, 3)
    shares = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7]], dtype=np.float32)
    found = evaluation.most_wrong(shares, Split(images, np.array([0, 0, 0, 1])))
    assert [(each["index"], each["label"], each["predicted"]) for each in found] == [(2, 0, 1), (1, 0, 1)]
    assert found[0]["probability"] == np.float32(0.8)
    image = np.asarray(Image.open(io.BytesIO(base64.b64decode(found[0]["image"]))))
    assert image.shape == (96, 96, 3)
    assert (image == 2).all()


def test_ten_crops_are_corners_middle_and_their_mirror_images() -> None:
    """Each crop of an image whose pixels are its rows and columns tells where it is from."""
    grid = np.indices((10, 10)).transpose(1, 2, 0).astype(np.uint8)
    images = np.concatenate([grid, grid[..., :1]], axis=2)[None]
    found = evaluation.ten_crops(images, 8)
    places = [tuple(each[0, 0, 0, :2]) for each in found[:5]]
    assert places == [(1, 1), (0, 0), (0, 2), (2, 0), (2, 2)]
    for crop, mirrored in zip(found[:5], found[5:], strict=True):
        assert crop.shape == (1, 8, 8, 3)
        np.testing.assert_array_equal(crop[:, :, ::-1], mirrored)


@pytest.mark.slow
def test_ten_crops_are_averaged_before_a_class_is_chosen() -> None:
    """A network that is sure of corners that are bright, and unsure otherwise."""
    random = np.random.default_rng(0)
    test = Split(random.integers(0, 255, (70, 16, 16, 3), dtype=np.uint8), random.integers(0, 3, 70))

    def network(images: np.ndarray) -> np.ndarray:
        bright = images[:, :2, :2].mean(axis=(1, 2)) + 1
        return np.asarray(bright / bright.sum(axis=1, keepdims=True), dtype=np.float32)

    found = evaluation.crops(network, test, network(test.images))
    assert (found["side"], found["images"]) == (18, 70)
    assert found["ten"]["count"] == found["one"]["count"] == 70
    assert found["repaired"] - found["spoiled"] == found["ten"]["correct"] - found["one"]["correct"]
    assert min(found["repaired"], found["spoiled"]) > 0
    from cnnlab.training.dataset import resize

    chosen = np.random.default_rng(0).permutation(70)
    large = resize(test.images[chosen], 18)
    mean = np.mean([network(each) for each in evaluation.ten_crops(large, 16)], axis=0)
    assert found["whole"] == evaluation.score(network(test.images), test.labels)
    assert found["ten"]["correct"] == (mean.argmax(axis=1) == test.labels[chosen]).sum()


@pytest.mark.slow
def test_crops_and_whole_images_are_scored_on_the_same_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "PIXELS", 0)
    monkeypatch.setattr(evaluation, "LEAST_CROPPED", 7)
    test = Split(np.zeros((30, 16, 16, 3), np.uint8), np.arange(30) % 3)
    said = np.zeros((30, 3), np.float32)
    chosen = np.random.default_rng(0).permutation(30)[:7]
    said[chosen, test.labels[chosen]] = 1  # right of these, and of others only where their class is the first
    found = evaluation.crops(lambda images: np.ones((len(images), 3), np.float32), test, said)
    assert (found["images"], found["whole"]["count"], found["whole"]["correct"]) == (7, 7, 7)
