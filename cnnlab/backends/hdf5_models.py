"""Whole models in HDF5, as Keras 1 to 3 save them: the configuration, and how many numbers each layer stores.

The file is read in the process of ``reader_process``, since a damaged one may crash the HDF5 library.
"""

import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cnnlab.backends.hdf5 import (
    BROKEN,
    MOST_NAMES,
    RefusedError,
    child,
    layers_group,
    legacy_layers,
    opened,
    snake_case,
)
from cnnlab.backends.reader_process import read_at, read_bytes
from cnnlab.units import count, full
from cnnlab.uploads.documents import DAMAGED, MOST_BYTES, document

MODULE = "cnnlab.backends.hdf5_models"
DEEPEST = 40  # groups in groups; a model in a model takes two
MOST_CONFIG = 16 << 20  # bytes of a configuration; NASNet-Large has 1 MB


def model_in(data: bytes) -> dict[str, Any]:
    """Return the configuration in the bytes of an HDF5 file, as ``model_at`` does."""
    return _model(read_bytes(data, MODULE))


def model_at(path: Path) -> dict[str, Any]:
    """Return the configuration in an HDF5 file; each layer has the number of stored weights under ``stored``.

    Raises ``ValueError`` where the file is damaged or holds weights alone.
    """
    return _model(read_at(path, MODULE))


def _model(found: dict[str, Any]) -> dict[str, Any]:
    if found["model_config"] is None:
        layers, numbers = len(found["weights"]), sum(found["weights"].values())
        raise ValueError(
            f"this file has weights alone, {full(numbers)} numbers in {count(layers, 'layer')}: how its layers are "
            "connected is not in it. Save the whole model with model.save('name.keras'), or the text that "
            "model.to_json() gives"
        )
    return {"model_config": _marked(document(found["model_config"].encode("utf-8", "replace")), found["weights"])}


def with_stored_weights(model: dict[str, Any], archive: bytes) -> dict[str, Any]:
    """Return the configuration of a ``.keras`` archive with the number of stored weights of each layer.

    The archive is read only if it has a class from outside Keras; the others' weights follow from their settings.
    """
    if not any(_is_own(each) for each in _layers(model)):
        return model
    try:
        stored = read_bytes(archive, MODULE)["weights"]
    except ValueError:  # no weights in it: its layers are counted without them
        return model
    marked: dict[str, Any] = _marked(model, stored)
    return marked


def _is_own(layer: dict[str, Any]) -> bool:
    module = str(layer.get("module") or "keras").split(".")[0]
    registered = f"{layer.get('class_name')} {layer.get('registered_name')}"  # such as mine>Squeeze
    return module not in ("keras", "tensorflow", "tf_keras") or ">" in registered


def _layers(model: Any) -> list[dict[str, Any]]:
    config = model.get("config") if isinstance(model, dict) else None
    layers = config.get("layers") if isinstance(config, dict) else config
    return [each for each in layers if isinstance(each, dict)] if isinstance(layers, list) else []


def _marked(model: Any, stored: dict[str, int]) -> Any:
    """Return the configuration in which each layer says how many numbers the file stores for it."""
    used: Counter[str] = Counter()
    for each in _layers(model):
        inside = each.get("config")
        name = inside.get("name") if isinstance(inside, dict) else None
        # Keras 3 names stored layers by their class and its number: conv2d, conv2d_1.
        key = snake_case(str(each.get("class_name")).rpartition(">")[2])
        used[key] += 1
        key += f"_{used[key] - 1}" if used[key] > 1 else ""
        for wanted in (name, key):
            if isinstance(wanted, str) and wanted in stored:
                each["stored"] = stored[wanted]
                break
    return model


def answer(path: Path) -> dict[str, Any]:
    """Return the configuration in a file, or None, and the numbers of each layer's weights. Raises ``RefusedError``."""
    try:
        with opened(path, MOST_BYTES) as file:
            return {"model_config": _config(file), "weights": dict(_sizes(file))}
    except RefusedError:
        raise
    except BROKEN:
        raise RefusedError(DAMAGED) from None


def _config(file: Any) -> str | None:
    if "model_config" not in file.attrs:
        return None
    kept = file.attrs.get_id("model_config")
    if kept.dtype.itemsize > MOST_CONFIG or kept.shape not in ((), (1,)):
        raise RefusedError("this file has a configuration far longer than any network needs; save the model again")
    text = file.attrs["model_config"]
    text = text[0] if kept.shape else text
    found = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    if len(found) > MOST_CONFIG:
        raise RefusedError("this file has a configuration far longer than any network needs; save the model again")
    return found


def _sizes(file: Any) -> Iterator[tuple[str, int]]:
    """Yield each layer with weights, by its name or by its class and number, with the count of its numbers."""
    import h5py

    for group in (child(file, "model_weights"), file):
        if group is not None and ("layer_names" in group.attrs or "layer_names0" in group.attrs):
            for each in legacy_layers(group):
                if not all(isinstance(part, h5py.Dataset) for part in each.parts):
                    raise RefusedError(DAMAGED)
                yield each.name, sum(int(part.size or 0) for part in each.parts)
            return
    inside, seen = layers_group(file, ""), itertools.count()
    for name in list(inside)[:MOST_NAMES] if inside is not None else []:
        numbers = _numbers(child(inside, name), seen)
        if numbers:
            yield name, numbers


def _numbers(place: Any, seen: Iterator[int], depth: int = 0) -> int:
    """Return how many numbers a group stores: a layer's own, and those of layers and cells in it."""
    import h5py

    if next(seen) > MOST_NAMES or depth > DEEPEST:
        raise RefusedError(DAMAGED)
    if isinstance(place, h5py.Dataset):
        return int(place.size or 0)
    return sum(_numbers(child(place, name), seen, depth + 1) for name in place) if isinstance(place, h5py.Group) else 0
