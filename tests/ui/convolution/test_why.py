"""Both layers' answers before and after the shift, decoded from the images."""

import base64
import io
import re

import numpy as np
from PIL import Image

from cnnlab.convolution import dense
from cnnlab.data.photographs import tiny
from cnnlab.figures import filtered_images
from cnnlab.ui.convolution import why


def images(html: str) -> list[np.ndarray]:
    """Return every image in the HTML."""
    encoded = re.findall(r"data:image/png;base64,([^\"]+)", html)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))) for data in encoded]


def test_each_image_agrees_with_its_caption() -> None:
    photograph = tiny("cat", dense.IMAGE_SIZE + 2 * why.MARGIN)
    before, after = dense.shifted_crops(photograph, 3, -2)
    answers = dense.shift_responses(photograph, 3, -2)
    expected = [filtered_images.grey(before), filtered_images.grey(after)]
    for answer in answers:
        most = float(np.abs(answer.before).max())
        assert not np.array_equal(answer.before, answer.after)
        expected += [filtered_images.signed(answer.before, most), filtered_images.signed(answer.after, most)]
    html = why._shift("cat", 3, -2)
    for found, wanted in zip(images(html), expected, strict=True):
        assert np.array_equal(found, wanted)
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", html)
    assert captions[:3] == ["the image", "shifted, 3 right and 2 up", "before"]
    assert [caption.split(":")[0] for caption in captions[3:]] == ["after", "before", "after"]
