"""SavedModels of tf.keras 2: what Keras wrote about the layers is read, the compiled functions are not."""

import random
from typing import Any

import pytest
from damaging import mutated, refusal
from profiles import first_with_each_push
from saved_model_files import graph, metadata, packed

from cnnlab import costs
from cnnlab.backends.imported import read
from cnnlab.backends.imported.saved_models import model as model_in


def layer(cls: str, name: str, *inputs: str, **config: Any) -> dict[str, Any]:
    calls = [[[each, 0, 0, {}] for each in inputs]] if inputs else []
    return {"class_name": cls, "name": name, "config": {"name": name, **config}, "inbound_nodes": calls}


def functional(*layers: dict[str, Any], name: str = "model") -> dict[str, Any]:
    ends = {"input_layers": [[layers[0]["name"], 0, 0]], "output_layers": [[layers[-1]["name"], 0, 0]]}
    return {"class_name": "Functional", "config": {"name": name, "layers": list(layers), **ends}}


IMAGE = layer("InputLayer", "image", batch_input_shape=[None, 8, 8, 3])
CONV = layer("Conv2D", "conv", "image", filters=4, kernel_size=[3, 3], strides=[1, 1], padding="same")
NET = functional(
    IMAGE,
    CONV,
    layer("BatchNormalization", "norm", "conv", axis=[3], trainable=False),
    layer("Flatten", "flat", "norm"),
    layer("Dense", "head", "flat", units=2),
)
COUNTS = (112 + 16 + 514, 112 + 514, 64 * 27 * 4 + 512)
OWN = functional(IMAGE, layer("Mine", "mine", "image"), CONV | {"inbound_nodes": [[["mine", 0, 0, {}]]]})
WEIGHTS = {"mine": {"a": (3, 7), "b": (200,), "c": ()}, "conv": {"kernel": (3, 3, 3, 4)}}


def counted(data: bytes, name: str) -> tuple[int, int, int]:
    total = costs.totals(read(data, name).graph())
    assert not total.at_least
    return total.params, total.trainable_params, total.macs


@pytest.mark.parametrize("folder", ["", "my model/", "a/b/"])
def test_a_zip_of_the_folder_is_read(folder: str) -> None:
    files = {"keras_metadata.pb": metadata(NET), "saved_model.pb": graph(NET, {}), "variables/variables.index": b"x"}
    assert counted(packed(files, folder), "model.zip") == COUNTS


def test_its_files_are_read_alone_if_they_describe_the_layers() -> None:
    assert counted(metadata(NET), "keras_metadata.pb") == COUNTS
    assert counted(graph(NET, {}, inside=True), "saved_model.pb") == COUNTS


def test_up_to_version_2_4_the_description_is_inside() -> None:
    assert counted(packed({"saved_model.pb": graph(NET, {}, inside=True)}), "model.zip") == COUNTS


def test_a_sequence_takes_the_shape_that_it_was_built_for() -> None:
    chain = {"class_name": "Sequential", "config": {"name": "chain", "layers": [CONV]}}
    assert counted(metadata(chain, {"chain": (None, 8, 8, 3)}), "keras_metadata.pb")[0] == 112


def test_layers_of_their_own_class_have_the_numbers_that_are_stored() -> None:
    shapes = {"conv": (None, 8, 8, 3)}
    files = {"keras_metadata.pb": metadata(OWN, shapes), "saved_model.pb": graph(OWN, WEIGHTS)}
    for folder in ("", "top/"):
        found = read(packed(files, folder), "model.zip")
        total = costs.totals(found.graph())
        assert (total.params, total.at_least) == (21 + 200 + 1 + 112, True)
        assert "those that the file stores" in found.notes[0]
    inner = layer("Mine", "mine", "image")
    nested = functional(
        IMAGE, functional(IMAGE, inner, name="inner") | {"name": "inner", "inbound_nodes": [[["image", 0, 0, {}]]]}
    )
    total = costs.totals(
        read(packed({"keras_metadata.pb": metadata(nested), "saved_model.pb": graph(nested, WEIGHTS)})).graph()
    )
    assert total.params == 222


PLAIN = {"class_name": "Plain", "config": {}}
REFUSED = {
    "a class of Python code": (packed({"keras_metadata.pb": metadata(PLAIN)}), "m.zip", "‘Plain’ is a Plain, whose"),
    "no description": (packed({"saved_model.pb": graph(NET, {})}), "m.zip", "without a description by Keras"),
    "one file of two": (graph(NET, {}), "saved_model.pb", "pack the whole folder as .zip"),
    "a frozen graph": (b"\n\x0c\n\x01x\x12\x05Const*\x00", "graph.pb", "this is a TensorFlow graph"),
    "nothing of the kind": (b"\x08\x01", "graph.pb", "this is a TensorFlow graph"),
    "a cut file": (metadata(NET)[:-9], "keras_metadata.pb", "this SavedModel is damaged: it ends inside"),
    "no JSON": (metadata(NET).replace(b'{"name"', b'{{name"'), "keras_metadata.pb", "not JSON"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_with_a_sentence(name: str) -> None:
    data, filename, sentence = REFUSED[name]
    with pytest.raises(ValueError, match=sentence):
        read(data, filename).graph()


@pytest.mark.parametrize("many", first_with_each_push(200, 2000))
def test_damaged_files_raise_a_sentence_or_are_read(many: int) -> None:
    draw = random.Random(many)
    files = [
        metadata(NET),
        metadata(OWN, {"conv": (None, 8, 8, 3)}),
        graph(NET, {}, inside=True),
        packed({"keras_metadata.pb": metadata(OWN), "saved_model.pb": graph(OWN, WEIGHTS)}),
    ]
    for _ in range(many):
        data = mutated(draw, draw.choice(files))
        refusal(model_in, data)
