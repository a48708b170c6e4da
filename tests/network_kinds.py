"""Networks of every kind that a page may be given: their references, with files put on the shelf."""

import json
from collections.abc import Callable
from typing import Any

from cnnlab import shelf
from cnnlab.backends.imported import read
from cnnlab.network import Network
from cnnlab.recipe import Recipe, row

Row = tuple[str, str, dict[str, Any], tuple[str, ...]]


def keras_file(rows: list[Row], outputs: tuple[str, ...] = ()) -> str:
    """Return the reference of a Keras file with these layers."""
    return f"imported:{shelf.put(read(keras_document(rows, outputs).encode()))}"


def keras_document(rows: list[Row], outputs: tuple[str, ...] = ()) -> str:
    """Return a functional model of these layers: class, name, settings, and the layers before it."""
    layers = [
        {
            "class_name": cls,
            "name": name,
            "config": {"name": name} | {key: value for key, value in settings.items() if key != "built_for"},
            "build_config": {"input_shape": settings.get("built_for")},
            "inbound_nodes": [[[before, 0, 0, {}] for before in inputs]] if inputs else [],
        }
        for cls, name, settings, inputs in rows
    ]
    config = {
        "name": "model",
        "layers": layers,
        "input_layers": [[name, 0, 0] for cls, name, _, _ in rows if cls == "InputLayer"],
        "output_layers": [[name, 0, 0] for name in outputs or (rows[-1][1],)],
    }
    return json.dumps({"class_name": "Functional", "config": config})


def image(name: str = "image", shape: tuple[int, ...] = (32, 32, 3)) -> Row:
    return "InputLayer", name, {"batch_input_shape": [None, *shape]}, ()


def conv(name: str, before: str, filters: int = 4, **settings: Any) -> Row:
    return "Conv2D", name, {"filters": filters, "kernel_size": 3, "padding": "same"} | settings, (before,)


def dense(name: str, before: str, units: int = 3) -> Row:
    return "Dense", name, {"units": units}, (before,)


def pooled(name: str, before: str) -> Row:
    return "GlobalAveragePooling2D", name, {}, (before,)


def _several_outputs() -> str:
    rows = [image(), conv("conv", "image"), pooled("pool", "conv"), dense("label", "pool"), dense("box", "pool", 4)]
    return keras_file([*rows, conv("mask", "conv", 1)], ("label", "box", "mask"))


def _several_inputs() -> str:
    rows = [image("facts", (5,)), image(), conv("conv", "image"), pooled("pool", "conv")]
    return keras_file([*rows, ("Concatenate", "both", {}, ("facts", "pool")), dense("label", "both")])


def _unknown_layers() -> str:
    resizing = ("Resizing", "resizing", {"height": 20, "width": 24}, ("image",))
    return keras_file(
        [image(), resizing, ("OwnLayer", "own", {}, ("resizing",)), conv("conv", "own", built_for=[None, 20, 24, 3])]
    )


def _shared_and_frozen() -> str:
    rows = [image(), conv("conv", "image", 3, trainable=False), ("Add", "sum", {}, ("conv", "image"))]
    document = json.loads(keras_document([*rows, pooled("pool", "sum"), dense("label", "pool")]))
    document["config"]["layers"][1]["inbound_nodes"].append([["sum", 0, 0, {}]])
    document["config"]["layers"][3]["inbound_nodes"] = [[["conv", 1, 0, {}]]]
    return f"imported:{shelf.put(read(json.dumps(document).encode()))}"


def _deep() -> str:
    return keras_file([image("dense0", (40,)), *(dense(f"dense{n + 1}", f"dense{n}") for n in range(400))])


def _recipe_of_one_row() -> str:
    return str(Network.assembled(Recipe(rows=(row("conv"),))))


KINDS: dict[str, Callable[[], str]] = {
    "heads for training": lambda: "googlenet?auxiliary_heads=true",
    "outputs of several shapes": _several_outputs,
    "vectors": lambda: keras_file([image(shape=(20,)), dense("hidden", "image", 8), dense("label", "hidden", 2)]),
    "a vector and an image": _several_inputs,
    "one row": lambda: keras_file([image(shape=(1, 128, 9)), conv("conv", "image"), pooled("pool", "conv")]),
    "one pixel": lambda: keras_file([image(shape=(1, 1, 12)), conv("conv", "image")]),
    "one dense layer": lambda: keras_file([image(shape=(20,)), dense("label", "image")]),
    "one convolution": lambda: keras_file([image(), conv("conv", "image")]),
    "no weights": lambda: keras_file([image(), pooled("pool", "image")]),
    "a decoder": lambda: keras_file(
        [image(shape=(4, 4, 8)), ("UpSampling2D", "up", {"size": 4}, ("image",)), conv("conv", "up")]
    ),
    "unknown layers": _unknown_layers,
    "a sequence": lambda: keras_file(
        [
            image(shape=(20, 6)),
            ("Conv1D", "conv", {"filters": 4, "kernel_size": 3}, ("image",)),
            ("LSTM", "lstm", {"units": 5}, ("conv",)),
            dense("label", "lstm"),
        ]
    ),
    "a layer used twice, and a frozen one": _shared_and_frozen,
    "a recipe of one row": _recipe_of_one_row,
    "the deepest case study": lambda: "resnet152",
    "most layers": lambda: "efficientnet_b7",
    "the deepest file": _deep,
}
"""Functions that return a network reference; those of files put them on the shelf first."""
