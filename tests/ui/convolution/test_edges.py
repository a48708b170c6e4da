"""Notices of the bench "Edges": exact sums, both directions, and no rounding errors."""

import numpy as np
import pytest

from cnnlab.convolution import learning
from cnnlab.convolution.kernels import KERNELS, respond
from cnnlab.convolution.sample_images import DRAWN
from cnnlab.data.photographs import photograph
from cnnlab.ui.convolution import edges

ZEROS = ((0.0,) * 3,) * 3
DECIMALS = ((0.1, 0.2, -0.3), (0.7, -0.7, 0.0), (0.001, 0.299, -0.3))


def notice(image: np.ndarray, kernel: object) -> str:
    return edges._notice(image, respond(image, kernel), kernel)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kernel", "sentence"),
    [
        (((0.96,),), "the kernel's only number is 0.96."),
        (((0.04,),), "the kernel's only number is 0.04."),
        (((1.0,),), "the kernel's only number is 1."),
        (KERNELS["box blur"], "the kernel's numbers add up to about 1."),
        (KERNELS["sharpen"], "the kernel's numbers add up to 1."),
        (((3.0, 1.0),), "the kernel's numbers add up to 4."),
    ],
)
def test_a_notice_gives_the_exact_sum(kernel: object, sentence: str) -> None:
    assert sentence in notice(DRAWN["diagonal"], kernel)


@pytest.mark.parametrize(
    ("kernel", "sentence"),
    [
        (((0.0, 4.0, 0.0),), "the same image, each number times 4: not smoother, not sharper."),
        (((0.1,),), "the same image, each number times 0.1: not smoother, not sharper."),
        (((0.0, 1.0, 0.0),), "it is the same image: not smoother, not sharper."),
        (((-1.0,),), "it is the same image, each number times −1: a negative."),
        (((0.0, -3.0, 0.0),), "it is the same image, each number times −3: a negative."),
        (((1.0,) * 3,) * 3, "become 9 times what they were. Apart from that it is smoother: the steepest"),
        (((-1.0,) * 3,) * 3, "become −9 times what they were. Apart from that it is smoother: the steepest"),
        (((0.0, -2.0, 0.0), (-2.0, 10.0, -2.0), (0.0, -2.0, 0.0)), "Apart from that it is sharper: the steepest"),
    ],
)
def test_a_brighter_image_is_not_a_sharper_one(kernel: object, sentence: str) -> None:
    for image in (DRAWN["diagonal"], photograph("cat").astype(float)):
        assert sentence in notice(image, kernel)


@pytest.mark.parametrize("level", [0.0, 1.0, 77.0, 255.0])
@pytest.mark.parametrize("kernel", [DECIMALS, ((0.3, -0.1, -0.2),), KERNELS["vertical"], KERNELS["Laplacian"]])
def test_a_constant_image_gets_no_answer(level: float, kernel: object) -> None:
    image = np.full((40, 30), level)
    assert not respond(image, kernel).any()
    assert notice(image, kernel).startswith("The output is 0 everywhere")


def test_a_silent_kernel_is_explained() -> None:
    assert notice(DRAWN["diagonal"], ZEROS) == "The output is 0 everywhere: the kernel's numbers are all 0."
    black = notice(np.zeros((5, 5)), KERNELS["box blur"])
    assert black == "The output is 0 everywhere: this image is black, 0 everywhere."
    assert "at each position the kernel's products" in notice(DRAWN["bright to dark"], KERNELS["horizontal"])


def test_both_meanings_name_the_direction() -> None:
    for name in ("vertical", "horizontal", "45°", "Sobel", "Scharr"):
        for sign in (1, -1):
            kernel = tuple(tuple(sign * cell for cell in row) for row in KERNELS[name])
            ways = [meaning.partition(" from ")[2] for meaning in edges._meanings(kernel)]
            assert ways[0] == ways[1] != ""
            assert {meaning.partition(" from ")[0] for meaning in edges._meanings(kernel)} == {
                "dark to bright", "bright to dark",
            }  # fmt: skip


@pytest.mark.parametrize("name", ["vertical", "horizontal", "45°"])
def test_meanings_agree_with_the_responses(name: str) -> None:
    """On ramps along the named direction, from dark to bright and back."""
    down, right = np.mgrid[0:7, 0:7]
    ways = {
        "from left to right": right, "from top to bottom": down,
        "from the upper left to the lower right": right + down, "from the upper right to the lower left": down - right,
    }  # fmt: skip
    for sign in (1, -1):
        kernel = tuple(tuple(sign * cell for cell in row) for row in KERNELS[name])
        positive, negative = edges._meanings(kernel)
        for meaning, of in ((positive, 1), (negative, -1)):
            change, _, way = meaning.partition(" from ")
            ramp = ways[f"from {way}"] * (1.0 if change == "dark to bright" else -1.0)
            assert np.sign(respond(ramp, kernel)).tolist() == [[of] * 5] * 5


@pytest.mark.parametrize(
    "kernel",
    [
        ((1.0, -2.0, 1.0, 0.0),),
        ((1.0, -1.0), (-1.0, 1.0)),
        ((1.0,), (-2.0,), (1.0,), (0.0,)),
        ((1.0, -2.0, 1.0), (-2.0, 4.0, -2.0), (1.0, -2.0, 1.0)),
        ((1.0, -2.0, 1.0), (0.0, 0.0, 0.0), (1.0, -2.0, 1.0)),
        ((-1.0, 0.0, 2.0, 0.0, -1.0),),
        KERNELS["Laplacian"],
        tuple(tuple(-each for each in row) for row in KERNELS["Laplacian"]),
    ],
)
def test_a_pixel_is_compared_with_its_neighbours_only_where_the_kernel_does(
    kernel: tuple[tuple[float, ...], ...],
) -> None:
    """The sign of each output is that of the difference between the pixel and an average of its neighbours."""
    blue, orange = edges._meanings(kernel)  # type: ignore[arg-type]
    weights = np.array(kernel)
    if "neighbours" not in blue:
        assert (blue, orange) == ("the weighted sum of the window is positive", "it is negative")
        return
    middle = tuple(side // 2 for side in weights.shape)
    others = weights.copy()
    others[middle] = 0
    windows = np.random.default_rng(0).integers(0, 256, (200, *weights.shape)).astype(float)
    for window in windows:
        brighter = window[middle] - (window * others).sum() / others.sum()
        assert np.sign((window * weights).sum().round(6)) == np.sign(brighter.round(6)) * (
            1 if blue == "brighter than its neighbours" else -1
        )


def test_what_was_learned_agrees_with_its_numbers() -> None:
    cat = photograph("cat").astype(float)
    for size, words in ((1, "find the only number of the kernel. It was computed"), (3, "numbers of the kernel. They")):
        learned = learning.learn(cat, np.ones((size, size)))
        text = edges._result(learned, np.ones((size, size)), small=False)  # type: ignore[arg-type]
        assert words in text.replace("finds the", "find the")
        assert "1 steps" not in text
        assert ("**1 step** of gradient descent finds" in text) == (learned.steps[-1] == 1)
    kernel = KERNELS["vertical"]
    for small in (True, False):
        text = edges._result(learning.learn(DRAWN["diagonal"], kernel), kernel, small)  # type: ignore[arg-type]
        assert ("On a photograph" in text) == small
