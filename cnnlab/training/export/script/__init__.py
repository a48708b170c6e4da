"""A run as a Keras script that repeats it: an archive with ``train.py``, its pictures, and weights where it needs them.

The script knows nothing of this project. It draws the same numbers in the same order as ``training.fit``, so that the
same versions of Keras and TensorFlow on the same kind of processor end with the same weights.
"""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnlab.data import Dataset, statistics
from cnnlab.training.backbones import stages
from cnnlab.training.dataset import Prepared, prepare
from cnnlab.training.export.script.facts import Told
from cnnlab.training.export.script.network import definitions, needs_weights
from cnnlab.training.export.script.text import text
from cnnlab.training.model import assemble
from cnnlab.training.spec import EMBEDDED, PRETRAINED, Spec
from cnnlab.units import full, size

MOST_PICTURES = 300_000_000  # bytes, as they are in memory
SCRIPT, PICTURES, WEIGHTS, README = "train.py", "pictures.npz", "weights.npz", "README.txt"


def script(spec: Spec, data: Dataset, report: Mapping[str, Any] | None = None, interrupted: bool = False) -> bytes:
    """The archive. ``report`` is the run's, told in the script; ``interrupted``: it went on after a kill.

    Raises ``ValueError`` with a sentence where the pictures are too many, are others than those of the report, or the
    network cannot be written as source.
    """
    import keras

    ready = prepare(spec, data)
    _check(ready, report)
    keras.backend.clear_session()  # names that Keras gives count from one again, as they will in the script
    assembly = assemble(spec, len(ready.classes))
    weights = needs_weights(spec)
    found = text(spec, _told(spec, ready, assembly), definitions(spec), report)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        _put(archive, SCRIPT, found.encode())
        _put(archive, README, _readme(spec, report, weights, interrupted).encode())
        _put(archive, PICTURES, _pictures(ready))
        if weights:
            # Halves are all that the embedded file has.
            kind = np.float16 if (spec.backbone, spec.weights) == (EMBEDDED, PRETRAINED) else np.float32
            arrays = {
                f"weight_{number}": value.astype(kind) for number, value in enumerate(assembly.body.get_weights())
            }
            _put(archive, WEIGHTS, _packed(arrays))
    return out.getvalue()


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name)  # of 1980: the same run gives the same bytes
    entry.external_attr = 0o644 << 16
    packed = zipfile.ZIP_STORED if name.endswith(".npz") else zipfile.ZIP_DEFLATED
    archive.writestr(entry, data, packed)


def _check(ready: Prepared, report: Mapping[str, Any] | None) -> None:
    splits = [ready.train, ready.test, *([ready.validation] if ready.validation else [])]
    total = sum(each.images.nbytes for each in splits)
    if total > MOST_PICTURES:
        raise ValueError(
            f"the pictures of this run take {size(total)}, and a script comes with at most {size(MOST_PICTURES)}; a "
            "run with smaller pictures or fewer of each class has a script"
        )
    if report is None:
        return
    now = {
        "train": len(ready.train),
        "validation": len(ready.validation) if ready.validation else 0,
        "test": len(ready.test),
    }
    if list(report.get("classes", ())) != list(ready.classes) or report.get("pictures") != now:
        raise ValueError(
            "the data set is not what it was when this run was trained, so that a script would not repeat it; "
            "duplicate the run to train on what is there now"
        )


def _told(spec: Spec, ready: Prepared, assembly: Any) -> Told:
    found = stages(assembly.body)
    depth = min(spec.unfreeze, len(found))
    thawed = [name for stage in found[len(found) - depth :] for name in stage.layers]
    pipeline = spec.augmentation
    needed = any(call.covariance for _, calls in pipeline.planned(1) for call, _ in calls)
    return Told(
        len(ready.classes),
        ready.train.images.shape[1],
        len(ready.train),
        len(ready.validation) if ready.validation else 0,
        len(ready.test),
        assembly.scratch,
        len(assembly.body.output_shape) == 4,
        () if assembly.scratch or not depth else tuple(thawed),
        [layer.name for layer in assembly.body.layers],
        f"{depth} of {len(found)} stages",
        any(type(layer).__name__ == "Normalization" for layer in assembly.body.layers),
        statistics(ready.train.images).covariance if needed else None,
    )


def _pictures(ready: Prepared) -> bytes:
    arrays = {
        "classes": np.array(ready.classes), "train": ready.train.images, "train_labels": ready.train.labels,
        "test": ready.test.images, "test_labels": ready.test.labels,
    }  # fmt: skip
    if ready.validation:
        arrays |= {"validation": ready.validation.images, "validation_labels": ready.validation.labels}
    return _packed(arrays)


def _packed(arrays: Mapping[str, Any]) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)
    return out.getvalue()


def _readme(spec: Spec, report: Mapping[str, Any] | None, weights: bool, interrupted: bool) -> str:
    lines = [
        f"The run “{' '.join(spec.title.split())}” of CNN Lab, to be repeated without it:",
        "",
        "    pip install tensorflow",
        f"    python {SCRIPT}",
        "",
        f"{PICTURES}: the pictures that were learned from, watched with and tested on, numbers from 0 to 255.",
    ]
    if weights:
        lines.append(f"{WEIGHTS}: what the backbone knew at the start.")
    test = (report or {}).get("test")
    if isinstance(test, Mapping):
        versions = (report or {}).get("versions", {})
        lines += [
            "",
            f"In CNN Lab {full(int(test['correct']))} of {full(int(test['count']))} test pictures were right, with "
            f"Keras {versions.get('keras')} and TensorFlow {versions.get('tensorflow')}.",
            "The same versions on the same kind of processor find the same; others round differently, which can change "
            "a few.",
        ]
    if interrupted and spec.augmentation.active:
        lines += [
            "",
            "The run was interrupted and went on from its last epoch. The augmentation drew other numbers from there "
            "on than the script does, which is not interrupted, so that its result is near but not the same.",
        ]
    return "\n".join(lines) + "\n"
