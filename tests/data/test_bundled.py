"""Data sets that come along: offline, the same every time, read only, and no test pixel in training."""

import hashlib
import pickle
import subprocess
import sys
from importlib.metadata import files
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from profiles import first_with_each_push, thorough

from cnnlab import data
from cnnlab.data import Split, digits, textures
from cnnlab.data.bundled import BUNDLED, TREATMENTS


# Drawings take seconds to draw; tests/data/test_drawings.py checks a few of each class.
@pytest.mark.parametrize("name", [thorough(name) if name == "drawings" else name for name in data.names()])
def test_every_data_set_is_whole(name: str) -> None:
    found = data.load(name)
    assert found.name == name
    assert found.title
    assert found.about.endswith(".")
    assert found is data.load(name), "made once"
    assert len(set(found.classes)) == len(found.classes) >= 2
    for split in (found.train, found.test):
        assert split.images.shape == (len(split), 48, 48, 3)
        assert split.images.dtype == np.uint8
        assert split.labels.dtype == np.int64
        assert set(split.labels.tolist()) == set(range(len(found.classes)))
        assert not split.images.flags.writeable
        assert not split.labels.flags.writeable
        counts = np.bincount(split.labels)
        assert counts.max() < 1.2 * counts.min(), "balanced, so that accuracy means something"
    assert not np.isin(
        [hashlib.sha256(image).hexdigest() for image in found.test.images],
        [hashlib.sha256(image).hexdigest() for image in found.train.images],
    ).any()


def test_an_unknown_name_raises_a_sentence() -> None:
    with pytest.raises(ValueError, match="there is no data set 'imagenet'; choose textures"):
        data.load("imagenet")


def test_photographs_lie_in_the_installed_package() -> None:
    listed = {str(file) for file in files("scikit-image") or ()}
    assert {f"skimage/data/{file}" for file in textures.PHOTOGRAPHS.values()} <= listed


@pytest.mark.parametrize("file", first_with_each_push(*textures.PHOTOGRAPHS.values()))
def test_patches_of_training_validation_and_test_share_no_pixel(file: str) -> None:
    shape = textures.photograph(file).shape
    numbered = np.arange(shape[0] * shape[1]).reshape(shape)  # every pixel says where it is
    train, validation, test = parts = textures.patches(numbered, np.random.default_rng(0))
    assert train.shape == (textures.TRAIN, 48, 48)
    assert validation.shape == (textures.VALIDATION, 48, 48)
    assert test.shape == (textures.TEST, 48, 48)
    for one, other in combinations(parts, 2):
        assert np.intersect1d(one, other).size == 0
    assert (np.diff(train, axis=2) == 1).all(), "neighbours stay neighbours"
    for patches in parts:
        assert len({int(patch[0, 0]) for patch in patches}) == len(patches), "no patch twice"


def test_patches_have_equal_contrast() -> None:
    images = data.load("textures").train.images.astype(float)
    assert abs(np.median(images.mean(axis=(1, 2, 3))) - 127.5) < 2
    # Of galaxies in the dark the brightest are cut off at 255, which takes some of their contrast.
    assert np.median(images.std(axis=(1, 2, 3))) > 45


def test_another_process_makes_the_same() -> None:
    code = (
        "import hashlib; from cnnlab import data;"
        "print([hashlib.sha256(data.load(name).train.images).hexdigest() for name in ('textures', 'digits')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = [hashlib.sha256(data.load(name).train.images).hexdigest() for name in ("textures", "digits")]
    assert done.stdout.strip() == str(here)


def test_a_pair_is_two_classes_numbered_again() -> None:
    whole, pair = data.load("digits"), data.load("digits_3_8")
    assert pair.classes == ("3", "8")
    assert np.array_equal(pair.test.images[pair.test.labels == 1], whole.test.images[whole.test.labels == 8])
    assert len(pair.train) == np.isin(whole.train.labels, [3, 8]).sum()
    with pytest.raises(ValueError, match="not in tuple"):
        whole.pair("3", "eight", "name", "title")


@pytest.mark.parametrize("seed", [0, 1])
def test_a_larger_sample_contains_the_smaller(seed: int) -> None:
    split = data.load("digits").train
    few, more = (split.sample(count, seed) for count in (10, 25))
    assert np.bincount(few.labels).tolist() == [10] * 10
    assert np.bincount(more.labels).tolist() == [25] * 10
    assert {image.tobytes() for image in few.images} <= {image.tobytes() for image in more.images}
    assert (np.diff(few.labels) != 0).sum() > 50, "shuffled"
    assert np.array_equal(few.images, split.sample(10, seed).images)
    assert len(split.sample(10_000)) == len(split)


def test_a_split_stays_read_only_on_the_way_to_a_worker() -> None:
    split = data.load("digits").test
    sent = pickle.loads(pickle.dumps(split))
    assert np.array_equal(sent.images, split.images)
    assert not sent.images.flags.writeable


@pytest.mark.parametrize(
    ("images", "labels", "said"),
    [
        (np.zeros((2, 4, 4), np.uint8), np.zeros(2, np.int64), "N × height × width × 3 of uint8, not"),
        (np.zeros((2, 4, 4, 3)), np.zeros(2, np.int64), "float64"),
        (np.zeros((2, 4, 4, 3), np.uint8), np.zeros(3, np.int64), "labels for 2 images"),
    ],
)
def test_a_wrong_split_is_refused(images: np.ndarray, labels: np.ndarray, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Split(images, labels)


@given(arrays(np.uint8, st.tuples(st.integers(1, 3), st.integers(2, 5), st.integers(1, 5), st.just(3))))
def test_statistics_as_numpy_has_them(images: np.ndarray) -> None:
    found = data.statistics(images)
    pixels = images.reshape(-1, 3) / 255
    np.testing.assert_allclose(found.mean, pixels.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.covariance, np.cov(pixels, rowvar=False), rtol=1e-9, atol=1e-12)


def test_statistics_of_a_whole_data_set() -> None:
    images = data.load("textures").train.images
    images = np.ascontiguousarray(images * np.array([1, 0, 1], dtype=np.uint8))  # more pixels than go in one piece
    pixels = images.reshape(-1, 3) / 255
    np.testing.assert_allclose(data.statistics(images).covariance, np.cov(pixels, rowvar=False), atol=1e-12)
    with pytest.raises(ValueError, match="give at least two"):
        data.statistics(images[0, 0, :1])
    with pytest.raises(ValueError, match="must be … × 3 of uint8"):
        data.statistics(pixels)  # type: ignore[arg-type]


def test_names_load_no_library() -> None:
    code = (
        "import sys; from cnnlab import data; data.names();"
        "print([m for m in ('tensorflow', 'keras', 'sklearn', 'skimage', 'streamlit') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert tuple(BUNDLED) == data.names()


def test_other_images_get_the_data_sets_preprocessing() -> None:
    photo = textures.photograph("brick.png")
    patch = photo[100:148, 200:248]
    wanted = textures.equalise(patch[None])[0]
    found = TREATMENTS["textures"].apply(np.repeat(patch[..., None], 3, axis=2))
    np.testing.assert_array_equal(found, np.repeat(wanted[..., None], 3, axis=2))
    ink = data.load("digits").test.images[3]
    np.testing.assert_allclose(digits.like(ink).astype(int), ink.astype(int), atol=60)
    negative = digits.like(255 - ink).astype(int)
    np.testing.assert_allclose(negative, digits.like(ink).astype(int), atol=16)  # one of the 17 greys
    assert set(TREATMENTS) <= set(data.names())
