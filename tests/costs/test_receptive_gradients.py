"""Receptive fields against gradients that TensorFlow computes, on random graphs."""

from typing import Any

import numpy as np
import pytest
from hypothesis import event, given, settings
from random_graphs import map_graphs

from cnnlab import costs
from cnnlab.backends.keras import to_keras
from cnnlab.graph import Input, Node, walk

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


@given(map_graphs())
@settings(max_examples=15, deadline=None)
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
