"""Brings configurations of Keras 1 and early Keras 2 into the form that is read.

Nothing is counted here: settings get the names and values they have today.
"""

from typing import Any

RENAMED = {
    "nb_filter": "filters", "border_mode": "padding", "subsample": "strides", "bias": "use_bias", "p": "rate",
    "atrous_rate": "dilation_rate", "pool_length": "pool_size", "stride": "strides", "length": "size",
    "subsample_length": "strides", "concat_axis": "axis", "dot_axes": "axes",
}  # fmt: skip
"""Keras 1's names of settings, and today's. ``output_dim`` stays in an embedding."""
CLASSES = {
    "AtrousConvolution2D": "Conv2D", "AtrousConvolution1D": "Conv1D", "TimeDistributedDense": "Dense",
    "Deconvolution2D": "Conv2DTranspose", "SeparableConvolution2D": "SeparableConv2D",
}  # fmt: skip
MERGED = {
    "sum": "Add", "mul": "Multiply", "concat": "Concatenate", "ave": "Average", "max": "Maximum", "dot": "Dot",
    "cos": "Dot",
}  # fmt: skip
"""Keras 1's ways to merge, and today's layers."""
WINDOWS = (("nb_row", "nb_col"), ("filter_length",), ("kernel_dim1", "kernel_dim2", "kernel_dim3"))
ORDERS = {"tf": "channels_last", "th": "channels_first"}


def modern(model: dict[str, Any]) -> dict[str, Any]:
    """Return a model's document with a list of layers under ``layers``, and with today's names of settings."""
    config = model.get("config")
    if isinstance(config, list):
        config = {"name": str(model.get("class_name")).lower(), "layers": config}
    if not isinstance(config, dict):
        return model
    layers = config.get("layers")
    if not isinstance(layers, list) or model.get("class_name") == "Merge":
        return _layer(model | {"config": config})
    made = model | {
        "config": config | {"layers": [modern(each) if isinstance(each, dict) else each for each in layers]}
    }
    return _merged(made) if model.get("class_name") == "Sequential" else made


def _merged(model: dict[str, Any]) -> dict[str, Any]:
    """Return a sequence as a functional model if it begins with the branches that it merges; otherwise as it is."""
    first, *rest = model["config"]["layers"] or [None]
    branches = first["config"].get("layers") if isinstance(first, dict) and _is_layer(first) else None
    if not isinstance(branches, list) or not branches or first["class_name"] not in (*MERGED.values(), "Merge"):
        return model
    layers: list[dict[str, Any]] = []
    starts: list[list[Any]] = []
    ends: list[list[Any]] = []
    for number, each in enumerate(branches, 1):
        if not isinstance(each, dict) or not isinstance(each.get("config"), dict | list):
            return model
        name, inputs = f"branch_{number}", []
        for shape in _begins(branch := modern(each)):
            inputs.append([f"input_{len(starts) + 1}", 0, 0])
            starts.append(inputs[-1])
            layers.append({"class_name": "InputLayer", "config": {"name": inputs[-1][0], "batch_input_shape": shape}})
        layers.append(branch | {"name": name, "inbound_nodes": [inputs]})
        ends.append([name, 0, 0])
    config = {key: value for key, value in first["config"].items() if key != "layers"}
    for number, layer in enumerate([first | {"config": config}, *rest]):
        if not isinstance(layer, dict) or not _is_layer(layer):
            return model
        name = layer.get("name") or layer["config"].get("name") or f"layer_{number}"
        layers.append(layer | {"name": name, "inbound_nodes": [ends]})
        ends = [[name, 0, 0]]
    settings = {key: value for key, value in model["config"].items() if key != "layers"}
    return model | {
        "class_name": "Model",
        "config": settings | {"layers": layers, "input_layers": starts, "output_layers": ends},
    }


def _begins(model: dict[str, Any]) -> list[Any]:
    """Return the shapes that a model takes, None for one that is not in the file."""
    config = model["config"]
    if not isinstance(config, dict):
        return [None]
    inside = config.get("layers")
    layers = [each for each in inside if isinstance(each, dict) and _is_layer(each)] if isinstance(inside, list) else []
    own = next((config[key] for key in ("batch_input_shape", "batch_shape") if config.get(key) is not None), None)
    if own is not None or not layers:
        return [own]
    if "input_layers" in config:
        return [shape for each in layers if each["class_name"] == "InputLayer" for shape in _begins(each)]
    return _begins(layers[0])


def _is_layer(layer: dict[str, Any]) -> bool:
    return isinstance(layer.get("class_name"), str) and isinstance(layer.get("config"), dict)


def _layer(layer: dict[str, Any]) -> dict[str, Any]:
    """Return a layer with today's class and settings; one of today is returned as it is."""
    cls, given = layer.get("class_name"), layer["config"]
    inside = given.get("layer")
    if isinstance(inside, dict) and isinstance(inside.get("config"), dict | list):
        given = given | {"layer": modern(inside)}
    config = {RENAMED.get(key, key) if RENAMED.get(key) not in given else key: value for key, value in given.items()}
    for names in WINDOWS:
        if all(name in config for name in names):
            config["kernel_size"] = [config[name] for name in names]
    if "output_dim" in config and "units" not in config and cls != "Embedding":
        config["units"] = config["output_dim"]
    order, mode = (str(config.get(key)) for key in ("dim_ordering", "mode"))
    if order in ORDERS:
        config["data_format"] = ORDERS[order]
    if cls == "GRU":
        config.setdefault("reset_after", False)
    if cls == "Merge" and mode in MERGED:
        cls = MERGED[mode]
        if cls == "Dot" and isinstance(config.get("axes"), list):
            config["axes"] = [each[0] if isinstance(each, list) and len(each) == 1 else each for each in config["axes"]]
    return layer | {"class_name": CLASSES.get(str(cls), cls), "config": config}
