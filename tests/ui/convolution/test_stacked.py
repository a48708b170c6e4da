"""Benches whose channels stand under each other: a text and a place for every frame, and sums that are right."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from profiles import few
from scipy.signal import correlate
from written import value

from cnnlab.convolution.volumes import channel_sums, standard_filter
from cnnlab.ui.convolution import channels, depthwise, pointwise, volumes

EVERY = {
    **{
        f"volumes {name}": volumes.example(name, kernel, volumes.IMAGE.default)
        for name, kernel in volumes.NAMED_FILTERS.items()
    },
    **{f"1×1 {name}": pointwise.example(mix, pointwise.IMAGE.default) for name, mix in pointwise.NAMED_WEIGHTS.items()},
    **{
        f"depthwise {at}, {both}": depthwise.example(
            at, both, depthwise.MIXING.default[at - 1], volumes.IMAGE.default, depthwise.KERNEL.default
        )
        for at in range(1, 6)
        for both in (True, False)
    },
}


def test_two_steps_are_one_standard_filter() -> None:
    image, one = volumes.image(), depthwise.depthwise_filter()
    for weights in depthwise.WEIGHTS:
        two = channel_sums(image, one) @ weights
        np.testing.assert_allclose(two, correlate(image, standard_filter(one, weights), "valid")[:, :, 0])


@pytest.mark.parametrize("name", EVERY)
def test_every_frame_has_a_text_and_a_place(name: str) -> None:
    svg, texts, moves = EVERY[name]
    assert {len(places) for places in moves.values()} == {len(texts)}
    assert set(re.findall(r'data-move="(.*?)"', svg)) == set(moves)
    frames = {int(at) for each in re.findall(r'data-(?:at|from)="(.*?)"', svg) for at in each.split(",")}
    assert max(frames) == len(texts) - 1


@pytest.mark.parametrize("name", EVERY)
def test_texts_are_right_sums(name: str) -> None:
    for text in EVERY[name][1]:
        work, result = re.fullmatch(r"(?:.*: )?(.*) = <b>(.*)</b>", text).groups()  # type: ignore[union-attr]
        assert value(work) == value(result)


def test_both_ways_end_in_the_same_numbers() -> None:
    for output in range(1, 6):
        one, two = (EVERY[f"depthwise {output}, {together}"][1] for together in (True, False))
        results = [[text.split("<b>")[1] for text in texts[3::4]] for texts in (one, two)]
        assert results[0] == results[1]


def test_the_window_stands_at_the_position_of_its_sum() -> None:
    """Its places are one cell apart, along the rows, for as many frames as a position has."""
    _, texts, moves = EVERY["volumes vertical edges"]
    (x, y), *_ = moves["window"]
    cell = moves["window"][4][0] - x
    expected = [(x + column * cell, y + row * cell) for row in range(4) for column in range(4) for _ in range(4)]
    assert moves["window"] == expected
    first = [text for at, text in enumerate(texts) if moves["window"][at] == (x + 2 * cell, y)]
    assert first[0].startswith("red: 10 × 1 + 0 × 0 + 0 × (−1)")


@pytest.mark.parametrize("name", EVERY)
def test_a_phone_shows_the_image_unscaled(name: str) -> None:
    size = re.search(r'viewBox="0 0 (\d+) (\d+)"', EVERY[name][0])
    assert size
    assert int(size[1]) <= 365
    texts = re.findall(r'<text (?:data-at="[^"]*" )?x="([-\d.]+)" y="([-\d.]+)"', EVERY[name][0])
    assert all(0 <= float(x) <= int(size[1]) and 0 <= float(y) <= int(size[2]) for x, y in texts)


@few
@given(st.integers(0, 10_000))
def test_own_numbers_are_summed_up_exactly(seed: int) -> None:
    """With as many digits as can be typed."""
    random = np.random.default_rng(seed)
    image, kernel, weights = (
        field.check(np.round(random.uniform(-99, 99, np.shape(field.default)), channels.DIGITS).tolist())
        for field in (volumes.IMAGE, depthwise.KERNEL, depthwise.MIXING)
    )
    drawn = [depthwise.example(1, together, weights[0], image, kernel) for together in (True, False)]
    drawn.append(volumes.example("own", kernel, image))
    for _, texts, _ in drawn:
        for text in texts:
            work, result = re.fullmatch(r"(?:.*: )?(.*) = <b>(.*)</b>", text).groups()  # type: ignore[union-attr]
            assert value(work) == value(result)
