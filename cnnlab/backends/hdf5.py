"""Reads the weights in an HDF5 file that anybody may have made, in the process of ``reader_process``.

A damaged file may crash the HDF5 library itself: changed bytes around a text made it read beyond its memory.
"""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.graph import times
from cnnlab.uploads.documents import DAMAGED, MOST_BYTES, MissingError, member

LARGEST = 1 << 30  # bytes of a file; VGG-16 with its head has 553 MB
MOST_NAMES = 20_000  # of layers, or of one layer's weights
MOST_EXTRA = 3  # layers with weights behind the last feature map: VGG-16's dense layers
_INNER = "model.weights.h5"  # in a .keras archive
BROKEN = (OSError, RuntimeError, LookupError, ArithmeticError, MemoryError, ValueError, TypeError, AttributeError)
"""Errors that h5py raises for bytes that are no whole file."""


class RefusedError(ValueError):
    """A file's weights are refused; the text is a sentence that says why."""


@dataclass(frozen=True)
class Wanted:
    """A layer of the network: its name, its name in Keras 3's format, and the shapes of its weights."""

    name: str
    key: str
    shapes: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class _Stored:
    """The weights of one layer in a file, not read yet."""

    name: str
    parts: tuple[Any, ...]


def answer(path: Path, title: str, layers: list[tuple[str, str, list[list[int]]]], into: str) -> None:
    """Write the numbers of these layers, float32, one weight after another, to the new file ``into``.

    A layer is its name, its key and its shapes, see ``Wanted``. Raises ``RefusedError``.
    """
    wanted = [Wanted(name, key, tuple(tuple(shape) for shape in shapes)) for name, key, shapes in layers]
    with Path(into).open("xb") as file:
        file.writelines(values.tobytes() for values in read(path, title, wanted))


def read(path: Path, title: str, layers: Sequence[Wanted]) -> Iterator[NDArray[np.float32]]:
    """Yield the weights of these layers, in order. ``title`` is the network's name in error messages.

    All layers are checked before the first number is read. Raises ``RefusedError``.
    """
    needed = sum(4 * int(np.prod(shape)) for layer in layers for shape in layer.shapes)
    with opened(path, needed) as file:
        try:
            for each in _find(file, layers, title):
                yield from _values(each, title)
        except RefusedError:
            raise
        except BROKEN:
            raise RefusedError(DAMAGED) from None


@contextmanager
def opened(path: Path, needed: int) -> Iterator[Any]:
    import h5py

    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(8)
    if size > LARGEST:
        raise RefusedError(f"this file has more than {LARGEST >> 30} GB; no network here has as many weights")
    if head.startswith(b"PK"):
        source: Any = io.BytesIO(_unpack(path, size, needed))
    elif head == b"\x89HDF\r\n\x1a\n":
        source = path
    else:
        raise RefusedError(_what_it_is(head))
    try:
        file_ = h5py.File(source, "r", locking=False)
    except BROKEN:
        raise RefusedError(DAMAGED) from None
    with file_:
        yield file_


def _what_it_is(head: bytes) -> str:
    """Name the kind of a file that does not hold weights, judged by its first bytes."""
    if not head:
        return "this file is empty; choose another, or download it again"
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return (
            "this is a Python pickle, which may run any code and is never opened here; save weights with "
            "model.save_weights('name.weights.h5')"
        )
    if head.lstrip().startswith((b"<", b"{")):
        return "this is text, not a weights file; the download may have saved a web page instead of the file"
    return (
        "this is not a weights file; Keras writes .weights.h5, .h5 and .keras: save weights with "
        "model.save_weights('name.weights.h5')"
    )


def _unpack(path: Path, size: int, needed: int) -> bytes:
    """Return the weights in a ``.keras`` archive; its configuration is ignored."""
    if size > MOST_BYTES:
        raise RefusedError(
            f"this archive has more than {MOST_BYTES >> 20} MB; save its weights alone, with "
            "model.save_weights('name.weights.h5')"
        )
    # A trained model's file also holds what its optimiser keeps, twice as much for Adam, and its head.
    most = 3 * needed + (64 << 20)
    try:
        return member(path.read_bytes(), _INNER, min(most, LARGEST))
    except MissingError:
        raise RefusedError(
            f"this archive has no {_INNER}, so it is not a .keras file; choose a file that Keras saved"
        ) from None
    except ValueError as error:
        raise RefusedError(str(error)) from None


def _find(file: Any, layers: Sequence[Wanted], title: str) -> list[_Stored]:
    """Return the stored weights of each layer, in order."""
    for group in (file, child(file, "model_weights")):
        if group is not None and ("layer_names" in group.attrs or "layer_names0" in group.attrs):
            return _in_order(list(legacy_layers(group)), layers, title)
    return _by_class(file, layers, title)


def child(group: Any, name: str) -> Any:
    """Return a group or data set inside, or None. Links to other places and other files are not followed."""
    import h5py

    for part in name.split("/"):
        if not isinstance(group, h5py.Group) or not part:
            return None
        link = group.get(part, getlink=True)
        if link is None:
            return None
        if not isinstance(link, h5py.HardLink):
            raise RefusedError(
                f"this file links to another file for “{_clean(part)}”, which Keras never does; save the weights again"
            )
        group = group[part]
    return group


def _clean(name: str) -> str:
    return re.sub(r"[^\w./:-]", "?", name)[:60]


def _names(group: Any, name: str) -> list[str]:
    """Return a text or a list of texts, which Keras spreads over several attributes if it is long."""
    found: list[str] = []
    parts = [name] if name in group.attrs else [f"{name}{number}" for number in range(1000)]
    for part in parts:
        if part not in group.attrs:
            break
        kept = group.attrs.get_id(part)
        if len(kept.shape) > 1 or sum(kept.shape) + len(found) > MOST_NAMES or kept.dtype.itemsize > 1000:
            raise RefusedError(f"this file names more than {MOST_NAMES:,} layers; no network here has as many")
        if 0 not in kept.shape:
            texts = group.attrs[part] if kept.shape else [group.attrs[part]]
            found += [each.decode() if isinstance(each, bytes) else str(each) for each in texts]
    return found


def legacy_layers(group: Any) -> Iterator[_Stored]:
    """Yield the layers with weights in the older format, which gives their order."""
    for name in _names(group, "layer_names"):
        inside = child(group, name)
        if inside is None:
            raise RefusedError(DAMAGED)
        parts = tuple(child(inside, each) for each in _names(inside, "weight_names"))
        if parts:
            yield _Stored(name, parts)


def _in_order(stored: list[_Stored], layers: Sequence[Wanted], title: str) -> list[_Stored]:
    """Return stored weights for each layer by order, as Keras matches them; names may differ."""
    for number, (layer, each) in enumerate(zip(layers, stored, strict=False), 1):
        _check(layer, each, title, number)
    if not len(layers) <= len(stored) <= len(layers) + MOST_EXTRA:
        raise RefusedError(
            f"this file is another network's: it has weights for {len(stored)} layers, and {title} has {len(layers)} "
            f"of them; choose a file of {title}"
        )
    return stored[: len(layers)]


def _by_class(file: Any, layers: Sequence[Wanted], title: str) -> list[_Stored]:
    """Return stored weights for each layer in Keras 3's format, which names layers by class and number."""
    inside = layers_group(file, layers[0].key) if layers else None
    if inside is None:
        raise RefusedError(
            "this HDF5 file has no weights of a Keras network; save them with model.save_weights('name.weights.h5')"
        )
    found = []
    for number, layer in enumerate(layers, 1):
        kept = child(inside, f"{layer.key}/vars")
        if kept is None or not len(kept):
            raise RefusedError(
                f"this file is another network's: it has no weights for layer {number} of {title}, “{layer.name}” "
                f"({layer.key}); choose a file of {title}"
            )
        parts = tuple(child(kept, str(part)) for part in range(min(len(kept), MOST_NAMES)))
        found.append(_Stored((_names(kept, "name") or [layer.key])[0], parts))
        _check(layer, found[-1], title, number)
    # Another network that begins the same has more layers behind, not just a head.
    known = {layer.key for layer in layers}
    extra = [key for key in list(inside)[:MOST_NAMES] if key not in known]
    more = [key for key in extra if child(inside, f"{key}/vars") is not None and len(inside[key]["vars"])]
    if len(more) > MOST_EXTRA:
        raise RefusedError(
            f"this file is another network's: it has weights for {len(more)} layers more than {title}; choose a file "
            f"of {title}"
        )
    return found


def layers_group(file: Any, first: str) -> Any:
    """Return the group of the layers: at the top, or in a model inside the model, as in classifiers with a backbone."""
    top = child(file, "layers")
    if top is None:
        top = child(file, "_layer_checkpoint_dependencies")  # TensorFlow 2.13
    if top is None:
        return None
    inner = (child(top, f"{name}/layers") for name in ("functional", "sequential", "model"))
    places = [top, *(each for each in inner if each is not None)]
    return next((each for each in places if child(each, f"{first}/vars") is not None), top)


def _check(layer: Wanted, stored: _Stored, title: str, number: int) -> None:
    """Raise ``RefusedError`` for stored weights of other shapes than the layer's, or that are not stored plainly."""
    import h5py

    wanted = list(layer.shapes)
    for part in stored.parts:
        if not isinstance(part, h5py.Dataset):
            raise RefusedError(DAMAGED)
    have = [tuple(part.shape or ()) for part in stored.parts]
    if have != wanted:
        raise RefusedError(
            f"this file is another network's: its layer {number}, “{_clean(stored.name)}”, has {_shapes(have)}, and "
            f"“{layer.name}” of {title} has {_shapes(wanted)}; choose a file of {title}"
        )
    for part in stored.parts:
        if part.dtype.kind not in "fiu" or part.dtype.itemsize > 8:
            raise RefusedError(f"“{_clean(stored.name)}” in this file has no plain numbers; save the weights again")
        # Packed weights may unpack to any size, and external ones may be any file; Keras writes neither.
        if part.chunks is not None or part.is_virtual or part.external:
            raise RefusedError(
                f"“{_clean(stored.name)}” in this file is compressed or stored in another file; save the weights with "
                f"Keras"
            )
        if part.id.get_storage_size() < part.size * part.dtype.itemsize:
            raise RefusedError(f"this file names weights for “{_clean(stored.name)}” but does not have them")


def _shapes(found: Sequence[tuple[int, ...]]) -> str:
    return " and ".join(times(shape) if shape else "one number" for shape in found[:6]) or "none"


def _values(stored: _Stored, title: str) -> Iterator[NDArray[np.float32]]:
    for part in stored.parts:
        found = np.asarray(part[()], dtype=np.float32)
        if not np.isfinite(found).all():
            raise RefusedError(
                f"“{_clean(stored.name)}” in this file has infinite numbers or NaN, with which {title} cannot compute; "
                f"choose another file"
            )
        yield found


def snake_case(name: str) -> str:
    """Return a class's name as Keras writes it into files.

    >>> snake_case("DepthwiseConv2D"), snake_case("ReLU"), snake_case("BatchNormalization")
    ('depthwise_conv2d', 're_lu', 'batch_normalization')
    """
    apart = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", apart).lower()
