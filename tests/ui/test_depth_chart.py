"""Inspect's chart of shapes along the depth: which layers it draws, and its alternative text."""

import json
from typing import Any

import pytest

from cnnlab import shelf
from cnnlab.backends.imported import read
from cnnlab.network import Network
from cnnlab.ui.inspect import charts


def keras_file(*layers: tuple[str, dict[str, Any]], shape: tuple[int, ...]) -> Network:
    """A sequential Keras model of these layers, as the file of it is imported."""
    rows = [
        {"class_name": cls, "config": {"name": f"{cls.lower()}_{n}", **more}} for n, (cls, more) in enumerate(layers)
    ]
    start = {"class_name": "InputLayer", "config": {"name": "input", "batch_shape": [None, *shape]}}
    document = {"class_name": "Sequential", "config": {"name": "model", "layers": [start, *rows]}}
    return Network.of(f"imported:{shelf.put(read(json.dumps(document).encode()))}")


def conv(filters: int, kernel: int = 3, **more: Any) -> tuple[str, dict[str, Any]]:
    return "Conv2D", {"filters": filters, "kernel_size": kernel, "padding": "same", **more}


def transposed(filters: int) -> tuple[str, dict[str, Any]]:
    return "Conv2DTranspose", {"filters": filters, "kernel_size": 3, "strides": 2, "padding": "same"}


UPSAMPLING = ("UpSampling2D", {"size": 2})
POOLING = ("MaxPooling2D", {"pool_size": 2})


@pytest.mark.parametrize(
    ("layers", "shape", "sides", "sentence"),
    [
        ((transposed(32), transposed(16), conv(3)), (8, 8, 64), [8, 16, 32, 32], "The map grows from 8 to 32, "),
        ((UPSAMPLING, conv(16)), (8, 8, 64), [8, 16, 16], "The map grows from 8 to 16, "),
        (
            (conv(8), POOLING, UPSAMPLING, conv(3)),
            (16, 16, 3),
            [16, 16, 8, 16, 16],
            "The map shrinks from 16 to 8 and grows to 16, ",
        ),
        ((conv(8), ("BatchNormalization", {}), POOLING), (16, 16, 3), [16, 16, 8], "The map shrinks from 16 to 8, "),
        ((conv(8),), (16, 16, 3), [16, 16], "The map keeps its side of 16, "),
    ],
    ids=["transposed", "upsampling", "autoencoder", "shrinking", "one size"],
)
def test_maps_that_grow_are_drawn(
    layers: tuple[tuple[str, dict[str, Any]], ...], shape: tuple[int, ...], sides: list[int], sentence: str
) -> None:
    figure, alt = charts._lines(keras_file(*layers, shape=shape), None)
    assert figure.to_dict()["data"][0]["y"] == sides
    assert alt.startswith(sentence)


def test_a_network_of_vectors_has_no_sides() -> None:
    figure, alt = charts._lines(keras_file(("Dense", {"units": 10}), shape=(784,)), None)
    chart = figure.to_dict()
    assert [(line["name"], line["y"]) for line in chart["data"]] == [("channels", [784, 10])]
    assert chart["layout"]["xaxis"]["dtick"] == 1
    assert "yaxis2" not in chart["layout"]
    assert alt.startswith("Channels reach 784")
