"""What the layers do to images, compared with NumPy, SciPy and scikit-image."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from profiles import few
from random_pipelines import BATCHED, COVARIANCE, SINGLE, pipelines
from scipy import ndimage
from skimage import color

from cnnlab.augment import KINDS, Pipeline, step
from cnnlab.augment.layers import batch_layers, to_keras
from cnnlab.knobs import Knob

pytestmark = pytest.mark.slow

Floats = NDArray[np.float32]
SIDE = 32


def changed(images: Floats, name: str, seed: int = 3, **fields: Any) -> Floats:
    """A batch after one step."""
    augmentation = to_keras(Pipeline.of(step(name, **fields), seed=seed), images.shape[1], COVARIANCE)
    return np.asarray(augmentation(images, training=True))


def check_pixels(found: Any, shape: tuple[int, ...]) -> None:
    pixels = np.asarray(found)
    assert pixels.shape == shape
    assert np.isfinite(pixels).all()
    assert pixels.min() >= -0.001
    assert pixels.max() <= 255.001


@few
@given(pipeline=pipelines(most=5, batched=0))
def test_any_pipeline_gives_pixels_of_the_right_side(images: Floats, pipeline: Pipeline) -> None:
    left = pipeline.output_side(SIDE)
    check_pixels(to_keras(pipeline, SIDE, COVARIANCE)(images, training=True), (12, left, left, 3))
    check_pixels(to_keras(pipeline, SIDE, COVARIANCE)(images[0], training=True), (left, left, 3))


def values(knob: Knob) -> list[Any]:
    """All choices; or both ends of the range and what a new step begins with."""
    if knob.choices:
        return list(knob.choices)
    assert knob.limits
    return sorted({knob.type(knob.limits.low), knob.default, knob.type(knob.limits.high)})


@pytest.mark.parametrize("name", KINDS)
def test_every_knob_makes_a_difference_and_its_ends_give_pixels(images: Floats, name: str) -> None:
    extreme = np.concatenate([images, np.zeros_like(images[:1]), np.full_like(images[:1], 255)])
    for knob in KINDS[name].knobs.values():
        seen = set()
        for value in values(knob):
            pipeline = Pipeline.of(step(name, **{knob.name: value}), seed=3)
            if pipeline.per_batch:
                (layer,) = batch_layers(pipeline)
                labels = np.eye(len(extreme), dtype=np.float32)
                found = np.asarray(layer({"images": extreme, "labels": labels}, training=True)["images"])
            else:
                found = changed(extreme, name, **{knob.name: value})
            left = pipeline.output_side(SIDE)
            check_pixels(found, (len(extreme), left, left, 3))
            seen.add(found.tobytes())
        assert len(seen) == len(values(knob)), knob.name


@pytest.mark.parametrize("name", SINGLE)
def test_every_kind_works_inside_tf_data(images: Floats, name: str) -> None:
    import tensorflow as tf

    pipeline = Pipeline.of(step(name), seed=3)
    left = pipeline.output_side(SIDE)
    inside, outside = (to_keras(pipeline, SIDE, COVARIANCE) for _ in range(2))
    data = tf.data.Dataset.from_tensor_slices(images[:4])
    found = np.stack(list(data.map(lambda image: inside(image, training=True)).as_numpy_iterator()))
    check_pixels(found, (4, left, left, 3))
    one_by_one = np.stack([outside(image, training=True) for image in images[:4]])
    assert np.mean(np.abs(found - one_by_one) > 0.1) < 1e-3


def test_outside_training_images_stay_and_crops_take_the_middle(images: Floats) -> None:
    whole = Pipeline.of(*(step(name) for name in SINGLE[2:12]))
    rest = Pipeline.of(step("mirror"), *(step(name) for name in SINGLE[12:]))
    for pipeline in (whole, rest):
        found = np.asarray(to_keras(pipeline, SIDE, COVARIANCE)(images, training=False))
        np.testing.assert_allclose(found, images, atol=1e-3)
    crop = to_keras(Pipeline.of(step("random_crop", share=0.75)), SIDE)
    np.testing.assert_array_equal(crop(images, training=False), images[:, 4:28, 4:28])


@pytest.mark.parametrize(
    ("direction", "ways"),
    [
        ("horizontal", [np.s_[:, :], np.s_[:, ::-1]]),
        ("vertical", [np.s_[:, :], np.s_[::-1, :]]),
        ("both", [np.s_[:, :], np.s_[:, ::-1], np.s_[::-1, :], np.s_[::-1, ::-1]]),
    ],
)
def test_a_mirror_is_exactly_the_mirrored_image(images: Floats, direction: str, ways: list[Any]) -> None:
    many = np.tile(images, (4, 1, 1, 1))
    found = changed(many, "mirror", direction=direction)
    seen = [[np.array_equal(after, before[way]) for way in ways] for after, before in zip(found, many, strict=True)]
    assert np.sum(seen, axis=1).tolist() == [1] * len(many)
    assert np.min(np.sum(seen, axis=0)) >= len(many) / len(ways) / 3


def test_a_crop_is_a_part_of_the_image(images: Floats) -> None:
    windows = sliding_window_view(images[0], (20, 20, 3))[:, :, 0]
    augmentation = to_keras(Pipeline.of(step("random_crop", share=0.625), seed=5), SIDE)
    found = np.stack([augmentation(images[0], training=True) for _ in range(200)])
    places = [np.argwhere((windows == each).all(axis=(2, 3, 4))).tolist() for each in found]
    assert all(len(place) == 1 for place in places)
    rows, columns = np.array(places)[:, 0].T
    assert {*rows} == {*columns} == set(range(13)), "every place, the first and the last too"


@few
@given(least=st.floats(0.05, 1), stretch=st.floats(1, 2), seed=st.integers(0, 2**31 - 1))
def test_a_resized_crop_is_a_window_as_scipy_reads_it(images: Floats, least: float, stretch: float, seed: int) -> None:
    import keras

    from cnnlab.augment.custom_layers import RandomResizedCrop

    found = np.asarray(RandomResizedCrop(least, stretch, seed=seed)(images, training=True))
    drawn = np.asarray(keras.random.uniform((4, 12), seed=keras.random.SeedGenerator(seed)), np.float64)
    for number, (share, shape, left, top) in enumerate(drawn.T):
        area = least + (1 - least) * share
        most = min(stretch, 1 / area)
        ratio = most ** (2 * shape - 1)
        wide, high = np.sqrt(area * ratio), np.sqrt(area / ratio)
        assert max(wide, high) <= 1 + 1e-9
        middle = (np.arange(SIDE) + 0.5) / SIDE
        across = SIDE * ((1 - wide) * left + wide * middle) - 0.5
        down = SIDE * ((1 - high) * top + high * middle) - 0.5
        where = np.meshgrid(down, across, indexing="ij")
        wanted = [ndimage.map_coordinates(images[number, ..., c], where, order=1, mode="nearest") for c in range(3)]
        np.testing.assert_allclose(found[number], np.stack(wanted, axis=-1), atol=0.1)


def test_a_resized_crop_takes_images_of_unknown_sides(images: Floats) -> None:
    import tensorflow as tf

    from cnnlab.augment.custom_layers import RandomResizedCrop

    inside, outside = (RandomResizedCrop(0.35, 1.35, seed=2) for _ in range(2))
    wide = [images[0, :20], images[1, :, :24]]
    data = tf.data.Dataset.from_generator(lambda: iter(wide), output_signature=tf.TensorSpec((None, None, 3)))
    found = data.map(lambda image: inside(image, training=True)).as_numpy_iterator()
    for after, before in zip(found, wide, strict=True):
        np.testing.assert_allclose(after, outside(before, training=True), atol=0.01)


def maps(found: Floats) -> NDArray[np.float64]:
    """Where the pixels around the middle of each image come from: rows of 2 × 3, of pixels from the middle."""
    near = slice(SIDE // 2 - 3, SIDE // 2 + 3)
    middle = (SIDE - 1) / 2
    row, column = np.mgrid[near, near] - middle
    known = np.stack([column.ravel(), row.ravel(), np.ones(column.size)], axis=1)
    return np.stack(
        [np.linalg.lstsq(known, each[near, near, :2].reshape(-1, 2) - middle, rcond=None)[0].T for each in found]
    )


def spread(found: NDArray[np.float64], most: float) -> None:
    """Evenly from -most to most."""
    assert -most * 1.001 <= found.min() < -most * 0.8
    assert most * 0.8 < found.max() <= most * 1.001


def test_rotation_is_in_degrees_around_the_middle(places: Floats) -> None:
    found = maps(changed(places, "rotation", degrees=40.0, fill="nearest"))
    spread(np.degrees(np.arctan2(found[:, 1, 0], found[:, 0, 0])), 40)
    np.testing.assert_allclose(found[:, :, :2] @ found[:, :, :2].swapaxes(1, 2), [np.eye(2)] * 64, atol=1e-3)
    np.testing.assert_allclose(found[:, :, 2], 0, atol=1e-3)


def test_zoom_is_a_share_around_the_middle(places: Floats) -> None:
    found = maps(changed(places, "zoom", amount=0.3, fill="nearest"))
    spread(found[:, 0, 0] - 1, 0.3)
    np.testing.assert_allclose(found[:, 0, 0], found[:, 1, 1], atol=1e-3)
    np.testing.assert_allclose(found[:, [0, 1, 0, 1], [1, 0, 2, 2]], 0, atol=1e-3)


def test_translation_is_a_share_of_the_side(places: Floats) -> None:
    found = maps(changed(places, "translation", amount=0.25, fill="nearest"))
    for way in (0, 1):
        spread(found[:, way, 2], 0.25 * SIDE)
    np.testing.assert_allclose(found[:, :, :2], [np.eye(2)] * 64, atol=1e-3)


def test_shear_pushes_from_the_upper_left_corner(places: Floats) -> None:
    found = maps(changed(places, "shear", amount=0.4, fill="nearest"))
    for row, column in ((0, 1), (1, 0)):
        spread(found[:, row, column], 0.4)
    np.testing.assert_allclose(found[:, [0, 1], [0, 1]], 1, atol=1e-3)
    corner = np.linalg.solve(found[:, :, :2], -15.5 - found[:, :, 2:])
    np.testing.assert_allclose(corner, -15.5, atol=0.02)


@pytest.mark.parametrize("side", [32, 96])
def test_neighbouring_pixels_are_warped_together(places: Floats, side: int) -> None:
    row, column = np.mgrid[:side, :side]
    where = np.stack([column, row, row], axis=-1).astype(np.float32)[None].repeat(4, axis=0)
    found = changed(where, "warping")
    moved = (found - where)[:, 8:-8, 8:-8, 0]
    assert moved.std() > 0.25
    assert np.diff(moved, axis=2).std() < moved.std()
    assert len({each.tobytes() for each in moved}) == 4


def test_brightness_adds_one_number(images: Floats) -> None:
    gray = np.full((64, 8, 8, 3), 128, np.float32)
    added = changed(gray, "brightness", amount=0.4) - gray
    assert np.ptp(added, axis=(1, 2, 3)).max() < 1e-3
    spread(added[:, 0, 0, 0].astype(np.float64), 0.4 * 255)


def test_contrast_is_stronger_and_weaker_around_the_mean_colour(images: Floats) -> None:
    pale = 96 + np.tile(images, (4, 1, 1, 1)) / 4
    found = changed(pale, "contrast", amount=0.5)
    mean = pale.mean(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(found.mean(axis=(1, 2), keepdims=True), mean, atol=0.01)
    factors = (found - mean).std(axis=(1, 2)) / (pale - mean).std(axis=(1, 2))
    assert np.ptp(factors, axis=1).max() < 1e-3
    spread(factors[:, 0].astype(np.float64) - 1, 0.5)


def test_hue_changes_only_the_hue(images: Floats) -> None:
    many = np.tile(images, (3, 1, 1, 1))
    before, after = (color.rgb2hsv(each / 255) for each in (many, changed(many, "hue", amount=0.5)))
    coloured = (before[..., 1] > 0.2) & (before[..., 2] > 0.2)
    turned = (after[..., 0] - before[..., 0] + 0.5) % 1 - 0.5
    for each, where in zip(turned, coloured, strict=True):
        assert np.ptp(each[where]) < 1e-3
    spread(np.array([each[where].mean() for each, where in zip(turned, coloured, strict=True)]), 0.25)
    np.testing.assert_allclose(after[..., 2], before[..., 2], atol=1e-3)
    np.testing.assert_allclose(after[coloured, 1], before[coloured, 1], atol=1e-3)


def test_saturation_is_from_gray_to_glaring(images: Floats) -> None:
    pale = 200 + images / 10
    many = np.tile(pale, (6, 1, 1, 1))
    before, after = (color.rgb2hsv(each / 255) for each in (many, changed(many, "saturation", amount=1.0)))
    np.testing.assert_allclose(after[..., 2], before[..., 2], atol=1e-3)
    saturation = after[..., 1].mean(axis=(1, 2))
    assert saturation.min() < 0.01
    assert saturation.max() > 0.4
    np.testing.assert_allclose(changed(many, "saturation", amount=0.0), many, atol=1e-2)


def shifts(count: int, **arguments: Any) -> NDArray[np.float64]:
    """What is added to the colours of many images; the same to each pixel of one."""
    from cnnlab.augment.custom_layers import RandomColorShift

    gray = np.full((count, 3, 2, 3), 128, np.float32)
    added = np.asarray(RandomColorShift(seed=7, **arguments)(gray, training=True)) - gray
    assert np.ptp(added, axis=(1, 2)).max() == 0
    return added[:, 0, 0].astype(np.float64)


def test_a_pca_shift_is_eigenvectors_times_eigenvalues_times_normal_numbers() -> None:
    found = shifts(20_000, amount=0.1, covariance=COVARIANCE) / (255 * 0.1)
    values, vectors = np.linalg.eigh(np.array(COVARIANCE))
    numbers = found @ vectors / values
    # Of 20,000 normal numbers mean, covariance and fourth moment are within five standard errors.
    np.testing.assert_allclose(numbers.mean(axis=0), 0, atol=5 / np.sqrt(20_000))
    np.testing.assert_allclose(np.cov(numbers.T), np.eye(3), atol=5 * np.sqrt(2 / 20_000))
    np.testing.assert_allclose((numbers**4).mean(axis=0), 3, atol=5 * np.sqrt(96 / 20_000))


def test_a_pca_shift_along_one_direction_stays_on_it() -> None:
    direction = np.array([3.0, 2.0, 1.0])
    found = shifts(100, amount=0.2, covariance=np.outer(direction, direction).tolist())
    assert np.linalg.norm(found, axis=1).std() > 10
    np.testing.assert_allclose(np.cross(found, direction), 0, atol=0.01 * np.abs(found).max())


def test_a_colour_shift_is_independent_in_each_colour() -> None:
    found = shifts(20_000, amount=0.08) / (255 * 0.08)
    np.testing.assert_allclose(np.cov(found.T), np.eye(3), atol=5 * np.sqrt(2 / 20_000))


def test_shifted_colours_stay_in_the_range(images: Floats) -> None:
    found = changed(images, "colour_shift", amount=0.5)
    assert found.min() == 0
    assert found.max() == 255


def test_blur_equals_scipys(images: Floats) -> None:
    def blurred(before: Floats, sigma: float) -> Floats:
        return ndimage.gaussian_filter(before, (sigma, sigma, 0), radius=(3, 3, 0), mode="constant")

    many = np.tile(images, (3, 1, 1, 1))
    for sigma, times in ((0.7, 1), (2.0, 4)):
        found = changed(many, "blur", sigma=sigma)
        counts = []
        for before, after in zip(many, found, strict=True):
            stages = [before]
            for _ in range(times):
                stages.append(blurred(stages[-1], sigma / np.sqrt(times)))
            counts += [n for n, each in enumerate(stages) if np.abs(after - each).max() < 0.05]
        assert len(counts) == len(many)
        assert len(set(counts)) >= min(3, times + 1)


def test_noise_has_its_deviation() -> None:
    gray = np.full((4, 64, 64, 3), 128, np.float32)
    added = changed(gray, "noise", amount=0.1) - gray
    assert abs(added.std() - 25.5) < 0.5
    assert abs(added.mean()) < 0.5
    assert abs(np.corrcoef(added[0].ravel(), added[1].ravel())[0, 1]) < 0.03


def test_grayscale_removes_all_colour_or_none(images: Floats) -> None:
    found = changed(images, "grayscale", probability=0.5)
    gray = (np.ptp(found, axis=-1) < 1e-3).all(axis=(1, 2))
    assert 0 < gray.sum() < len(images)
    np.testing.assert_array_equal(found[~gray], images[~gray])
    np.testing.assert_allclose(found[gray][..., 0], images[gray] @ [0.2989, 0.587, 0.114], atol=0.01)


def test_the_erased_patch_has_the_side_that_was_asked_for(images: Floats) -> None:
    many = np.tile(images, (6, 1, 1, 1))
    found = changed(many, "erasing", side=0.5, probability=1.0)
    for gone in (found != many).any(axis=-1):
        rows, columns = gone.any(axis=1), gone.any(axis=0)
        assert (gone == np.outer(rows, columns)).mean() > 0.99  # noise may hit the pixel that was there
        for side in (rows.sum(), columns.sum()):
            assert 0.25 * SIDE - 1 <= side <= 0.5 * SIDE + 1
    kept = (changed(many, "erasing", probability=0.25) == many).all(axis=(1, 2, 3))
    assert 0.5 < kept.mean() < 0.95


@pytest.mark.parametrize("strength", [0.05, 1.0])
def test_rand_augment_is_harsh_at_any_strength(strength: float) -> None:
    """As its texts have it: negatives and two values a colour always, turns one way, an operation twice."""
    ramp = np.tile(np.arange(256, dtype=np.float32)[None, None, :, None], (1, 1, 1, 3))
    augmentation = to_keras(Pipeline.of(step("rand_augment", operations=4, strength=strength), seed=1), 32)
    (layer,) = augmentation.layers
    values, likeness, turns, numbers = [], [], [], []
    for _ in range(25):
        drawn = layer.get_random_transformation(ramp, training=True)
        of = drawn["transforms"]
        few = layer.random_posterization.transform_images(ramp, of["random_posterization"])
        negative = layer.solarization.transform_images(ramp, of["solarization"])
        values.append(len(np.unique(few)))
        likeness.append(np.corrcoef(np.ravel(negative), ramp.ravel())[0, 1])
        turns.append(float(of["random_rotation"]["angle"][0]))
        numbers.append(np.asarray(drawn["layer_idxes"]).tolist())
    assert min(values) == 2
    assert min(likeness) < -0.95
    assert len({np.sign(each) for each in turns}) == 1
    assert 0.8 * 360 * strength < max(map(abs, turns)) <= 360 * strength
    assert {number for each in numbers for number in each} == set(range(11))
    assert any(len(set(each)) < 4 for each in numbers)


def mixed(name: str, alpha: float, count: int, side: int, seed: int) -> tuple[Floats, Floats]:
    """Images of as many classes, image n gray n, mixed; and their labels."""
    gray = np.arange(count, dtype=np.float32)[:, None, None, None] * np.ones((1, side, side, 3), np.float32)
    (layer,) = batch_layers(Pipeline.of(step(name, alpha=alpha), seed=seed))
    found = layer({"images": gray, "labels": np.eye(count, dtype=np.float32)}, training=True)
    labels = np.asarray(found["labels"])
    np.testing.assert_allclose(labels.sum(axis=1), 1, atol=1e-5)
    assert labels.min() >= -1e-6
    assert (labels > 1e-6).sum(axis=1).max() <= 2
    check_pixels(found["images"], gray.shape)
    return np.asarray(found["images"]), labels


mixtures = given(
    alpha=st.floats(0.05, 1).map(lambda number: round(number, 6)),
    count=st.integers(1, 12),
    side=st.integers(8, 40),
    seed=st.integers(0, 2**31 - 1),
)


@few
@mixtures
def test_mixup_mixes_labels_as_it_mixes_images(alpha: float, count: int, side: int, seed: int) -> None:
    images, labels = mixed("mixup", alpha, count, side, seed)
    wanted = labels @ np.arange(count)
    np.testing.assert_allclose(images, np.broadcast_to(wanted[:, None, None, None], images.shape), atol=1e-3)


@few
@mixtures
def test_cutmix_mixes_labels_by_area(alpha: float, count: int, side: int, seed: int) -> None:
    images, labels = mixed("cutmix", alpha, count, side, seed)
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        foreign = (image != number).any(axis=-1)
        if foreign.any():
            (other,) = np.unique(image[foreign])
            assert label[int(other)] > 0
            assert (foreign == np.outer(foreign.any(axis=1), foreign.any(axis=0))).all(), "one patch"
            height, width = foreign.any(axis=1).sum(), foreign.any(axis=0).sum()
        else:
            height = width = 0
        # Its sides lie between pixels, and the label has the exact area.
        assert abs((1 - label[number]) * side**2 - height * width) <= height + width + 1


@pytest.mark.parametrize("name", BATCHED)
def test_mixing_draws_for_each_image(name: str) -> None:
    _, labels = mixed(name, 1.0, 12, 16, seed=1)
    own = labels.diagonal()
    assert len(np.unique(own[own < 1].round(5))) > 6
