"""Receptive fields against gradients that TensorFlow computes, on random graphs."""

from typing import Any

import numpy as np
import pytest
from hypothesis import event, given
from profiles import few
from random_graphs import map_graphs

from cnnlab import costs
from cnnlab.backends.keras import to_keras
from cnnlab.graph import (
    AdaptivePool,
    Add,
    Concatenate,
    Conv,
    Crop,
    DepthwiseConv,
    GlobalPool,
    Input,
    Node,
    Pool,
    TransposedConv,
    Upsample,
    ZeroPad,
    walk,
)

pytestmark = pytest.mark.slow


def seen_by_gradients(root: Node) -> tuple[int, int]:
    """Return the most rows and the most columns of an image that the numbers of one position depend on."""
    import tensorflow as tf

    model = to_keras(root)
    # Positive throughout, so that nothing cancels.
    model.set_weights([np.full(weight.shape, 1 / max(1, np.prod(weight.shape[:-1]))) for weight in model.get_weights()])
    most = []
    for axis in (0, 1):
        count = root.shape[axis]
        # Of the image of this number in the batch, the row (the column) of that number.
        chosen = tf.eye(count)[:, :, None, None] if axis == 0 else tf.eye(count)[:, None, :, None]
        gradients = _gradients(model, [tf.ones((count, *image.shape[1:])) for image in model.inputs], chosen)
        most.append(max(_extent(gradient.numpy(), axis) for gradient in gradients if gradient is not None))
    return most[0], most[1]


def _gradients(model: Any, images: Any, chosen: Any) -> Any:
    import tensorflow as tf

    # As a graph, which computes what is asked for alone: TensorFlow's gradients of some kernels crash.
    @tf.function
    def gradients() -> Any:
        output = model(images if len(images) > 1 else images[0], training=False)
        return tf.gradients(tf.reduce_sum(output * chosen), images)

    return gradients()


def _extent(gradient: Any, axis: int) -> int:
    """Return the most rows (columns) from the first to the last that has a gradient, of the images of a batch."""
    touched = (gradient != 0).any(axis=(2 - axis, 3))
    count = touched.shape[1]
    spans = count - touched[:, ::-1].argmax(axis=1) - touched.argmax(axis=1)
    return int(np.where(touched.any(axis=1), spans, 0).max())


def image() -> Node:
    return Input((64, 64, 2))()


def two_images() -> Node:
    one, other = image() >> Conv(2, 3, dilation=3), image() >> Conv(2, 5)
    return Add()(one, other) >> Conv(2, 3)


def decoder_with_skips() -> Node:
    first = image() >> Conv(2, 3)
    second = first >> Pool("avg", 2) >> Conv(2, 3)
    up = second >> Pool("avg", 2) >> Conv(2, 3) >> TransposedConv(2, 2, 2)
    return Concatenate()(first, Concatenate()(second, up) >> Conv(2, 3) >> Upsample(2, True)) >> Conv(2, 3)


def cropped_beside() -> Node:
    x = image() >> Conv(2, 3, 2)
    return Add()(x >> Crop(bottom=5, right=2), x >> Crop(top=5, left=2))


def padded_on_one_side() -> Node:
    """An even window reaches farther down than up, as far as a map that is shifted by two."""
    x = image()
    return Add()(x >> Conv(2, 4), x >> ZeroPad(bottom=2, right=2) >> Crop(top=2, left=2))


@pytest.mark.parametrize(
    "root",
    [
        image() >> Conv(2, 3) >> Conv(2, 3, 2) >> Conv(2, (1, 7)),
        Input((40, 90, 2))() >> Conv(2, (1, 7), (1, 2)) >> Conv(2, (5, 1)) >> Conv(2, 3),
        Input((31, 64, 2))() >> Conv(2, 3, (2, 1), "valid") >> GlobalPool("avg", True),
        image() >> Conv(2, 4, 2) >> TransposedConv(2, 4, 2),
        image() >> TransposedConv(2, 1, 3) >> Conv(2, 2, dilation=2),
        image() >> Pool("avg", 2) >> Upsample(2) >> Conv(2, 2),
        image() >> Upsample(3, True) >> Conv(2, 3, 2),
        image() >> AdaptivePool(24) >> Conv(2, 3, padding="valid"),
        image() >> ZeroPad(top=2) >> DepthwiseConv(3, 2) >> Crop(left=3),
        two_images(),
        decoder_with_skips(),
        cropped_beside(),
        padded_on_one_side(),
    ],
)
def test_receptive_fields_of_decoders_and_branches(root: Node) -> None:
    table = costs.layer_table(root).iloc[-1]
    assert not table["receptive_field_at_most"]
    assert seen_by_gradients(root) == (table["receptive_field_height"], table["receptive_field_width"])


@few
@given(map_graphs())
def test_receptive_fields_are_those_of_gradients(root: Node) -> None:
    table = costs.layer_table(root).iloc[-1]
    fields = table["receptive_field_height"], table["receptive_field_width"]
    images = [node for node in walk(root) if isinstance(node.layer, Input)]
    if table["receptive_field_at_most"]:
        event("at most")
    for axis, (found, field) in enumerate(zip(seen_by_gradients(root), fields, strict=True)):
        assert found <= field
        # In a small map each window may reach over a border, and the padding there depends on nothing.
        inside = 2 * field <= min(image.shape[axis] for image in images)
        event("within the image" if inside else "over its borders")
        assert not inside or table["receptive_field_at_most"] or found == field
