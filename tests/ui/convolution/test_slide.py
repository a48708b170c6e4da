"""Texts of the bench "Slide the window": exact sums, the window's positions, and the effect of padding."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import convolve2d, correlate2d
from written import value

from cnnlab.convolution.windows import convolve, side
from cnnlab.figures.sliding import place
from cnnlab.ui.convolution import slide

Grid = tuple[tuple[float, ...], ...]


def grids(least: int, most: int) -> st.SearchStrategy[Grid]:
    """Return square grids of numbers with three decimals, as readers can type them."""
    cell = st.integers(-9999, 9999).map(lambda whole: whole / 1000)
    return st.integers(least, most).flatmap(
        lambda n: st.lists(st.lists(cell, min_size=n, max_size=n).map(tuple), min_size=n, max_size=n).map(tuple)
    )


@given(grids(2, 5), grids(1, 3), st.sampled_from(["valid", "same", 1]), st.integers(1, 2), st.integers(1, 2))
def test_every_written_sum_is_exact(image: Grid, kernel: Grid, padding: object, stride: int, dilation: int) -> None:
    both = side(len(image), len(kernel), padding, stride, dilation)  # type: ignore[arg-type]
    if both.n + both.before + both.after < both.reach:
        return
    _, texts, _ = slide._animation(image, kernel, both)
    for text in texts:
        _, work, products, result = re.fullmatch(
            r"(.*?):<br>(.*)<br>= (.*)<br>= <b>(.*)</b>",
            text,
        ).groups()  # type: ignore[union-attr]
        assert value(work.replace("<br>", "")) == value(products) == value(result)


@pytest.mark.parametrize(("stride", "dilation", "padding"), [(1, 1, "valid"), (2, 1, 1), (3, 2, "same"), (5, 1, 3)])
def test_the_window_lies_on_the_numbers_of_its_sum(stride: int, dilation: int, padding: str | int) -> None:
    """The moves, against the numbers that the texts write."""
    image = tuple(tuple(float(10 * row + column) for column in range(1, 8)) for row in range(1, 8))
    both = side(7, 3, padding, stride, dilation)  # type: ignore[arg-type]
    _, texts, moves = slide._animation(image, ((1.0, 0.0, 0.0),) + ((0.0,) * 3,) * 2, both)
    whole = np.pad(image, (both.before, both.after))
    for at, text in enumerate(texts):
        row, column = divmod(at, both.out)
        first = re.search(r":<br>(\d+) × 1", text)
        assert first
        corner = next(where for where in np.ndindex(whole.shape) if place(*where) == moves["window"][at])
        assert corner == (row * stride, column * stride)
        assert whole[corner] == float(first[1])
        assert moves["result"][at] == place(row, column)


def notice(image: np.ndarray, kernel: np.ndarray, padding: str | int) -> str:
    both = side(len(image), len(kernel), padding)  # type: ignore[arg-type]
    return slide._notice(tuple(map(tuple, image.tolist())), tuple(map(tuple, kernel.tolist())), both)


@pytest.mark.parametrize("padding", ["same", 1, 2])
@pytest.mark.parametrize("seed", range(4))
def test_answers_changed_by_the_padding_are_counted(padding: str | int, seed: int) -> None:
    random = np.random.default_rng(seed)
    image, kernel = random.integers(0, 10, (5, 5)).astype(float), np.array(slide.KERNELS["vertical edges"])
    around = 1 if padding == "same" else int(padding)
    zeros, ends = np.pad(image, around), np.pad(image, around, mode="edge")
    differ = sum(
        float((zeros[y : y + 3, x : x + 3] * kernel).sum()) != float((ends[y : y + 3, x : x + 3] * kernel).sum())
        for y in range(len(zeros) - 2)
        for x in range(len(zeros) - 2)
    )
    assert differ != 3
    assert f"with its border repeated instead, {differ} of the " in notice(image, kernel, padding)


def test_without_padding_the_notice_omits_it() -> None:
    assert "zeros around" not in notice(np.array(slide.BRIGHT_DARK), np.array(slide.KERNELS["vertical edges"]), "valid")
    assert "zeros around" not in notice(np.zeros((4, 4)), np.array(slide.KERNELS["vertical edges"]), 1)


SINGULAR = re.compile(
    r"\b1 (numbers|zeros|rows|cells|positions)\b|\b1 of \d+ positions answer\b|\bothers all\b|\b0 zeros\b"
)


@pytest.mark.parametrize("padding", ["valid", "same", 1])
@pytest.mark.parametrize("f", [1, 2, 3])
@pytest.mark.parametrize("n", [1, 2, 4])
@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (3, 3), (2, 1)])
def test_numbers_agree_with_their_nouns(n: int, f: int, padding: str | int, stride: int, dilation: int) -> None:
    both = side(n, f, padding, stride, dilation)  # type: ignore[arg-type]
    dot = tuple(tuple(float(i == j == 0) for j in range(n)) for i in range(n))
    one = ((0.0,) * f,) * (f - 1) + ((0.0,) * (f - 1) + (1.0,),)
    if n + both.before + both.after < both.reach:
        with pytest.raises(ValueError, match=f"^a window of {f} numbers"):
            assert both.out
        return
    said = re.sub(r"<.*?>", "", f"{slide._notice(dot, one, both)} {slide._formula(both, padding)}")
    assert not SINGULAR.search(said), said
    assert f"{f} numbers, {dilation} apart" not in said or f > 1


def test_a_kernel_of_zeros_answers_to_nothing() -> None:
    assert "edges" not in notice(np.eye(4), np.zeros((2, 2)), "valid")


@given(grids(3, 6), grids(1, 3))
def test_with_the_flip_it_is_scipys_convolution_and_without_its_correlation(image: Grid, kernel: Grid) -> None:
    both = side(len(image), len(kernel), "valid")
    for slides, scipys in ((kernel, correlate2d), (slide.flipped(kernel), convolve2d)):
        found = convolve(np.array(image), np.array(slides), both, both)
        np.testing.assert_allclose(found, scipys(image, kernel, "valid"), atol=1e-9)
    differ = int((correlate2d(image, kernel, "valid").round(6) != convolve2d(image, kernel, "valid").round(6)).sum())
    said = slide._on_flipping(image, kernel, both, flips=False)
    if slide.flipped(kernel) == kernel:
        assert "both give the same numbers" in said
    else:
        size = correlate2d(image, kernel, "valid").size
        if differ in (0, size):
            assert said.endswith(f"{'different' if differ else 'the same'} with the flip.")
            assert ("the output is" in said) == (size == 1)
        else:
            assert f"Here {differ} of {size} outputs {'is' if differ == 1 else 'are'} different" in said


def test_one_position_is_no_outputs() -> None:
    image, kernel = np.array([[1.0, 2.0], [3.0, 9.0]]), np.array([[1.0, 0.0], [0.0, -1.0]])
    both = slide.Side(2, 2)
    assert slide._on_flipping(image, tuple(map(tuple, kernel)), both, flips=False).endswith(
        "Here the output is different with the flip."
    )
    assert "of the outputs" not in slide._notice(image, kernel, slide.Side(2, 2, 5, 1, 1, 1))
