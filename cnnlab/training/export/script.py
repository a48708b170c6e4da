"""A run as a Keras script that repeats it: an archive with ``train.py``, what it imports, its images and weights.

The script knows nothing of this project. The training loop in it is the very file that trained the run, so that the
same versions of Keras and TensorFlow on the same kind of processor end with the same weights.
"""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cnnlab.data import Dataset, statistics
from cnnlab.training.dataset import RunImages, prepare_images
from cnnlab.training.export.script_source import augmentation_source, network_source
from cnnlab.training.model import assemble
from cnnlab.training.run_folder import SPEC
from cnnlab.training.runs import titled
from cnnlab.training.spec import BUILT_IN, PRETRAINED, Spec
from cnnlab.units import full, size

MOST_IMAGES = 300_000_000  # bytes, as they are in memory
SCRIPT, IMAGES, WEIGHTS, README = "train.py", "images.npz", "weights.npz", "README.txt"
TRAINING = Path(__file__).parents[1]
SHIPPED = {
    SCRIPT: TRAINING.parents[1] / "assets" / "script" / SCRIPT,
    **{name: TRAINING / name for name in ("loop.py", "head.py", "batches.py")},
}
"""Files that are the same for all runs, by their names in the archive."""


def script(spec: Spec, data: Dataset, report: Mapping[str, Any] | None = None, interrupted: bool = False) -> bytes:
    """Return the archive. ``report`` is the run's; ``interrupted``: it went on after a kill.

    Raises ``ValueError`` with a sentence where the images are too many, are others than those of the report, or the
    network cannot be written as source.
    """
    images = prepare_images(spec, data)
    _check(images, report)

    import keras  # after the check, which answers without it

    keras.backend.clear_session()  # names that Keras gives count from one again, as they will in the script
    network = assemble(spec, len(images.classes))
    files = {name: path.read_bytes() for name, path in SHIPPED.items()}
    files["network.py"] = network_source(spec, network.tuned).encode()
    files["augmentation.py"] = _augmentation(spec, images).encode()
    files[SPEC] = spec.to_json().encode()
    files[IMAGES] = _images(images)
    if needs_weights(spec):
        # Halves are all that the built-in file has.
        kind = np.float16 if (spec.backbone, spec.weights) == (BUILT_IN, PRETRAINED) else np.float32
        values = [value.astype(kind) for value in network.body.get_weights()]
        files[WEIGHTS] = _packed({f"weight_{number}": value for number, value in enumerate(values)})
    files[README] = _readme(spec, report, WEIGHTS in files, interrupted).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)  # of 1980: the same run gives the same bytes
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_STORED if name.endswith(".npz") else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def needs_weights(spec: Spec) -> bool:
    """Return whether a backbone's weights are in the archive; ImageNet's are downloaded, random ones are drawn."""
    built_in = spec.backbone == BUILT_IN and spec.weights == PRETRAINED
    return not spec.network and (built_in or spec.weights_file is not None)


def _check(images: RunImages, report: Mapping[str, Any] | None) -> None:
    total = sum(each.images.nbytes for each in (images.train, images.validation, images.test) if each)
    if total > MOST_IMAGES:
        raise ValueError(
            f"the images of this run take {size(total)}, and a script includes at most {size(MOST_IMAGES)}; train "
            f"with smaller images or fewer of each class to get a script"
        )
    if report is None:
        return
    if list(report.get("classes", ())) != list(images.classes) or report.get("images") != images.counts:
        raise ValueError(
            "the data set is not what it was when this run was trained, so a script would not repeat it; duplicate the "
            "run to train on the present data set"
        )


def _augmentation(spec: Spec, images: RunImages) -> str:
    planned = spec.seeded_augmentation.planned(images.train.images.shape[1])
    needed = any(call.covariance for _, calls in planned for call, _ in calls)
    return augmentation_source(planned, statistics(images.train.images).covariance if needed else None)


def _images(images: RunImages) -> bytes:
    arrays = {
        "classes": np.array(images.classes),
        "train": images.train.images,
        "train_labels": images.train.labels,
        "test": images.test.images,
        "test_labels": images.test.labels,
    }
    if images.validation:
        arrays |= {"validation": images.validation.images, "validation_labels": images.validation.labels}
    return _packed(arrays)


def _packed(arrays: Mapping[str, Any]) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)
    return out.getvalue()


def _readme(spec: Spec, report: Mapping[str, Any] | None, weights: bool, interrupted: bool) -> str:
    lines = [
        f"This script repeats the run “{' '.join(titled(spec).split())}” without CNN Lab:",
        "",
        "    pip install tensorflow",
        f"    python {SCRIPT}",
        "",
        f"{SPEC}: the settings of the run.",
        f"{IMAGES}: the training, validation and test images, numbers from 0 to 255.",
        "network.py, augmentation.py: its backbone and its augmentation.",
        "head.py, batches.py, loop.py: the training itself, the same code that trained the run.",
    ]
    if weights:
        lines.append(f"{WEIGHTS}: the initial weights of the backbone.")
    test = (report or {}).get("test")
    if isinstance(test, Mapping):
        versions = (report or {}).get("versions", {})
        lines += [
            "",
            f"In CNN Lab {full(int(test['correct']))} of {full(int(test['count']))} test images were right, with "
            f"Keras {versions.get('keras')} and TensorFlow {versions.get('tensorflow')}.",
            "The same versions on the same kind of processor give the same result; others round differently, which can "
            "change a few predictions.",
        ]
    if interrupted and spec.augmentation.active:
        lines += [
            "",
            "The run was interrupted and resumed after its last epoch. From there the augmentation drew other random "
            "numbers than this script does, so the results are close but not equal.",
        ]
    return "\n".join(lines) + "\n"
