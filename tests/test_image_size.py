"""Images that are not square: one value for a size, wherever it comes from, and sentences about wrong ones."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab import costs, shelf, zoo
from cnnlab.backends.imported import read
from cnnlab.costs import stage_table
from cnnlab.graph import Conv, GlobalPool, Input, entries, walk
from cnnlab.knobs.image_size import Sides, of_sides
from cnnlab.network import Network, smallest_input
from cnnlab.recipe import Recipe, from_graph, graph, row
from cnnlab.scaling import SWEEPS
from cnnlab.sources import IMPORTED
from cnnlab.training.backbones import backbone

SIZE = zoo.case("resnet50").knobs["input_size"]


@pytest.mark.parametrize(
    "given",
    [
        "224x320", "224X320", "224×320", " 224 x 320 ", (224, 320), [224.0, 320], Sides(224, 320),
        (np.int64(224), np.uint16(320)), np.array([224, 320]),
    ],
)  # fmt: skip
def test_height_and_width_are_one_value(given: Any) -> None:
    assert zoo.build("resnet18", input_size=given).path
    assert SIZE.check(given) == Sides(224, 320)
    assert SIZE.parse(SIZE.text(SIZE.check(given))) == SIZE.check(given)


@given(st.integers(8, 1024), st.integers(8, 1024))
def test_a_reference_keeps_height_and_width(height: int, width: int) -> None:
    network = Network.parse(f"resnet50?input_size={height}x{width}")
    assert network == Network.of("resnet50", input_size=of_sides(height, width)) == Network.parse(str(network))
    assert entries(network.graph())[0].shape == (height, width, 3)
    square = Network.parse(f"resnet50?input_size={height}x{height}")
    assert str(square) == str(Network.of("resnet50", input_size=height))
    assert type(square.values["input_size"]) is int


@pytest.mark.parametrize(
    "wrong",
    [
        "0x320", "320x0", "224x", "x320", "224,320", "224 320", "224x320x3", "-8x8", "8x-8", "224.5x320", "axb", "",
        "8x1025", "²x9", (224,), (224, 320, 3), (True, 224), (224, None), [[224, 320]], None, True, math.nan, b"\xe0",
        {224: 320}, np.zeros((2, 2)), "9" * 5000, "1x" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_size_is_refused_with_the_limits(wrong: Any) -> None:
    with pytest.raises(
        ValueError, match=r"from 8 to 1,024, or height x width such as 224x320, not .*default is 224$"
    ) as said:
        zoo.build("resnet50", input_size=wrong)
    assert len(str(said.value)) < 250


@pytest.mark.parametrize(
    ("reference", "smallest", "sentence"),
    [
        ("vgg16?input_size=16x320", "32x320", "with a width of 320, a height of 32 works"),
        ("vgg16?input_size=320x31", "320x32", "with a height of 320, a width of 32 works"),
        ("vgg16?input_size=9x16", "32", "a height of 32 and a width of 32 work"),
        ("inception_v3?input_size=74x299", "75x299", "with a width of 299, a height of 75 works"),
        ("alexnet?input_size=70x20", "70x67", "with a height of 70, a width of 67 works"),
    ],
)
def test_too_small_a_side_is_told_with_the_smallest(reference: str, smallest: str, sentence: str) -> None:
    network = Network.parse(reference)
    for build in (network.graph, lambda: zoo.build(network.name, **network.values)):
        with pytest.raises(ValueError, match=f"does not fit a .* map; .*; {sentence}$"):
            build()
    found = smallest_input(network)
    assert found is not None
    assert SIZE.text(found) == smallest
    assert network.replace(input_size=found).graph()


def test_a_wrong_setting_is_not_blamed_on_the_size() -> None:
    with pytest.raises(ValueError, match=r"the nearest is 20$"):
        Network.parse("resnet20_cifar?depth=21&input_size=32x64").graph()


@pytest.mark.parametrize("name", zoo.names())
def test_turned_images_cost_the_same_where_kernels_are_square(name: str) -> None:
    """Height and width must be treated alike: an image and its mirror at the diagonal have equal totals."""
    tall, wide = (costs.totals(zoo.build(name, input_size=size)) for size in ("210x133", "133x210"))
    assert (tall.params, tall.macs, tall.activations) == (wide.params, wide.macs, wide.activations)
    both = tall.receptive_field_height, tall.receptive_field_width
    assert both == (wide.receptive_field_width, wide.receptive_field_height)


def test_a_skip_finds_its_stride_in_the_side_that_still_shrinks() -> None:
    for shortcut in ("A", "B"):
        assert zoo.build("resnet18", input_size="8x320", shortcut=shortcut).shape == (1000,)


def test_efficientnet_scales_both_sides() -> None:
    root = zoo.build("efficientnet_b0", input_size="100x200", resolution=1.5)
    assert entries(root)[0].shape == (150, 300, 3)


def test_a_sweep_is_of_square_images() -> None:
    sweep = next(sweep for sweep in SWEEPS.values() if any(axis.knob == "input_size" for axis in sweep.free))
    with pytest.raises(ValueError, match="only one number here, such as the side of a square image, not 224×320"):
        sweep.at(input_size=Sides(224, 320))  # type: ignore[arg-type]


def test_stages_are_named_by_both_sides() -> None:
    table = stage_table(zoo.build("resnet50", input_size="224x320"))
    names = [costs.stage_label(stage, sides) for stage, sides in zip(table["stage"], table["sides"], strict=True)]
    assert names == ["224×320", "112×160", "56×80", "28×40", "14×20", "7×10", "head"]
    flat = stage_table(zoo.build("resnet18", input_size="8x320"))["stage"].tolist()
    assert flat == [0, 1, 2, 3, 4, 5, costs.HEAD], "a height of one pixel does not end the stages"


def test_a_recipe_keeps_height_and_width() -> None:
    recipe = Recipe((28, 40), 3, (row("conv", padding="valid"), row("global_pool"), row("dense", units=3)))  # type: ignore[arg-type]
    root = graph(recipe)
    assert entries(root)[0].shape == (28, 40, 3)
    assert from_graph(root) == recipe
    assert Network.parse(str(Network.assembled(recipe))).recipe == recipe


def model(height: int | None, width: int | None) -> bytes:
    """A small Keras configuration; None leaves a side open."""
    layers = [
        {"class_name": "InputLayer", "config": {"name": "image", "batch_shape": [None, height, width, 3]}},
        {"class_name": "Conv2D", "config": {"name": "conv", "filters": 4, "kernel_size": [5, 9]}},
        {"class_name": "GlobalAveragePooling2D", "config": {"name": "pool"}},
    ]
    return json.dumps({"class_name": "Sequential", "config": {"name": "small", "layers": layers}}).encode()


def test_a_file_with_open_sides_takes_height_and_width(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNLAB_CACHE", str(tmp_path))
    found = read(model(None, None), "mine.json", (64, 96))  # type: ignore[arg-type]
    assert found.input_size == Sides(64, 96)
    assert entries(found.graph())[0].shape == (64, 96, 3)
    assert "here images are 64×96×3" in found.notes[0]
    network = Network.of(f"{IMPORTED}{shelf.put(found)}")
    assert network.values["input_size"] == Sides(64, 96), "as the shelf kept it"
    other = Network.parse(f"{network}?input_size=20x30")
    assert entries(other.graph())[0].shape == (20, 30, 3)
    assert "here images are 20×30×3" in other.notes[0]
    assert sum(node.macs for node in walk(other.graph())) == 16 * 22 * 4 * 3 * 45
    with pytest.raises(ValueError, match=r"with a height of 20, a width of 9 works$"):
        network.replace(input_size="20x3").graph()


def test_a_file_that_fixes_one_side_is_not_given_another() -> None:
    assert entries(read(model(None, 40), input_size=24).graph())[0].shape == (24, 40, 3)
    assert entries(read(model(None, 40), input_size=Sides(24, 40)).graph())[0].shape == (24, 40, 3)
    with pytest.raises(ValueError, match="fixes the width of ‘image’ at 40, not at 30; give one number, its height"):
        read(model(None, 40), input_size=Sides(24, 30))
    with pytest.raises(ValueError, match="fixes the height of ‘image’ at 20, not at 24; give one number, its width"):
        read(model(20, None), input_size=Sides(24, 30))


def test_training_says_that_it_takes_square_images() -> None:
    wanted = "takes images of 224×320 pixels, and training here takes square ones; set input_size=224$"
    with pytest.raises(ValueError, match=wanted):
        backbone("resnet50?input_size=224x320")
    recipe = Recipe(Sides(28, 40), 3, (row("global_pool"), row("dense", units=3)))
    with pytest.raises(ValueError, match=r"set its input size to one number on the page Build$"):
        backbone(str(Network.assembled(recipe)))


def test_fields_show_both_directions_where_they_differ() -> None:
    table = costs.layer_table(Input((20, 30, 3))() >> Conv(4, (1, 7), 2) >> Conv(4, 3) >> GlobalPool("avg"))
    assert costs.field_texts(table) == ["1", "1×7", "5×11", "23×39"]
    table = costs.layer_table(zoo.build("inception_v3", input_size="150x299"))
    texts = dict(zip(table["layer"], costs.field_texts(table), strict=True))
    assert [texts[f"mixed4.double7x7_{number}"] for number in (1, 2, 3)] == ["159", "255×159", "255"]
    assert costs.field_texts(costs.block_table(table))[-1] == costs.field_texts(table)[-1]


def test_a_totals_row_shows_both_directions() -> None:
    totals = [costs.totals(Input((20, 30, 3))() >> Conv(4, kernel)) for kernel in ((1, 7), 3)]
    measure = next(measure for measure in costs.MEASURES if measure.name == "receptive_field")
    assert [each.text for each in costs.compare(measure, totals)] == ["1×7 px", "3 px (÷ 2.3)"]
