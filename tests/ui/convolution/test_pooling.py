"""What the bench of pooling tells of its numbers."""

import numpy as np
import pytest

from cnnlab.convolution import pooling as work
from cnnlab.ui.convolution import pooling


@pytest.mark.parametrize(
    ("image", "size", "stride", "padding", "sentence"),
    [
        (((5.0,) * 4,) * 4, 2, 1, "same", "The largest number, 5, is still there."),
        (pooling.COURSE, 2, 2, "valid", "The largest number, 9, is still there."),
        (pooling.COURSE, 2, 1, "valid", "The largest number, 9, is still there, 4 times: the windows overlap."),
        (((9.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 9.0)), 2, 1, "valid", "The largest number, 9, is still there."),
        (((0.0, 0.0), (0.0, 9.0)), 1, 2, "valid", "The largest number is lost."),
    ],
)
def test_what_became_of_the_largest(
    image: tuple[tuple[float, ...], ...], size: int, stride: int, padding: str, sentence: str
) -> None:
    rows, _ = work.sides(np.array(image), size, stride, padding)  # type: ignore[arg-type]
    assert pooling._notice(image, "max", rows).endswith(sentence)
