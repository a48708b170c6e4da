"""Drawings: the same ones wherever and whenever they are asked for, no two alike, and soon."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from cnnlab.data import drawings
from cnnlab.data.drawings import glyphs, patterns, shapes

FEW = """
import hashlib
from cnnlab.data import drawings
print(hashlib.sha256(drawings.render(2, 7).images).hexdigest())
"""


def test_another_process_draws_the_same() -> None:
    found = [
        subprocess.run([sys.executable, "-c", FEW], capture_output=True, text=True, check=True).stdout.strip()
        for _ in range(2)
    ]
    assert found == [hashlib.sha256(drawings.render(2, 7).images).hexdigest()] * 2


def test_sixty_classes() -> None:
    assert (len(shapes.SHAPES), len(glyphs.GLYPHS), len(patterns.PATTERNS)) == (20, 24, 16)
    assert len(set(drawings.CLASSES)) == 60
    found = drawings.render(3)
    assert found.images.shape == (180, 48, 48, 3)
    assert np.bincount(found.labels).tolist() == [3] * 60


def test_no_two_images_are_alike_and_each_shows_something() -> None:
    data = drawings.load(20, 10)
    images = np.concatenate([data.train.images, data.test.images])
    assert len({image.tobytes() for image in images}) == len(images) == 1800
    assert images.std(axis=(1, 2, 3)).min() > 10
    colored = (np.ptp(images.astype(int), axis=3).max(axis=(1, 2)) > 0).mean()
    assert 0.4 < colored < 0.6
    assert not np.array_equal(drawings.render(2, 0).images, drawings.render(2, 1).images)


def test_characters_are_the_same_whatever_the_seed() -> None:
    pages = [glyphs.masks("character 05", 60, np.random.default_rng(seed)).mean(axis=0) for seed in (0, 1)]
    other = glyphs.masks("character 06", 60, np.random.default_rng(0)).mean(axis=0)
    assert np.corrcoef(pages[0].ravel(), pages[1].ravel())[0, 1] > 0.9
    assert np.corrcoef(pages[0].ravel(), other.ravel())[0, 1] < 0.9


@pytest.mark.parametrize("name", ["ring", "half disk", "heart", "flash", "gear"])
def test_shapes_lie_inside(name: str) -> None:
    masks = shapes.masks(name, 40, np.random.default_rng(0))
    assert masks.min() == 0
    assert masks.max() == 1
    edge = np.concatenate([masks[:, 0], masks[:, -1], masks[:, :, 0], masks[:, :, -1]], axis=1)
    assert edge.mean() < 0.05, "most keep off the edge"


@pytest.mark.slow
def test_a_simple_classifier_distinguishes_the_classes() -> None:
    from sklearn.neighbors import KNeighborsClassifier

    data = drawings.load(40, 5)
    flat = [
        np.abs(np.fft.rfft2(split.images.mean(axis=3))).reshape(len(split), -1) for split in (data.train, data.test)
    ]
    unit = [np.log1p(each) for each in flat]
    score = KNeighborsClassifier(5).fit(unit[0], data.train.labels).score(unit[1], data.test.labels)
    assert score > 10 / 60
