"""Trains a run, from its spec to its report: ``loop`` learns, this feeds it and reports on it.

Called on a worker (``dask.worker``) or by anybody who has an ``Emitter``. Everything is drawn by the spec's seed, and
TensorFlow computes the same each time.
"""

import platform
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import keras
import tensorflow as tf

from cnnlab.augment.layers import batch_layers, to_keras
from cnnlab.data import Dataset, dataset, statistics
from cnnlab.data.download_file import DownloadProgress
from cnnlab.knobs import FieldError
from cnnlab.training import features
from cnnlab.training.backbones import stages, unfrozen
from cnnlab.training.batches import Batches, set_seeds
from cnnlab.training.callbacks import Reporter
from cnnlab.training.checkpoint import Notes, unpacked
from cnnlab.training.dataset import RunImages, prepare_images
from cnnlab.training.evaluation import evaluate_test
from cnnlab.training.events import Emitter
from cnnlab.training.export.model_files import model_bytes
from cnnlab.training.gradients import norms
from cnnlab.training.head import TrainableNetwork
from cnnlab.training.loop import AT_ONCE, HEAD, TUNING, Loop, StateTracker, TrainingState
from cnnlab.training.model import assemble
from cnnlab.training.preflight import problems
from cnnlab.training.run_folder import MODEL
from cnnlab.training.spec import Spec


def train(spec: Spec, data: Dataset, resume_from: bytes | None, emit: Emitter) -> dict[str, Any]:
    """Train, evaluate, and hand over the model; return the report, described in CONTRIBUTING under “Files of a run”.

    ``resume_from``: the run's last checkpoint. Raises ``ValueError`` with a sentence where it cannot be done, and lets
    through what ``emit`` raises.
    """
    began = time.perf_counter()
    if wrong := problems(spec):
        raise FieldError(wrong)
    keras.backend.clear_session()  # forgets the run before
    set_seeds(spec.seed)
    images = prepare_images(spec, data)
    network = assemble(spec, len(images.classes), _downloading(emit))
    if resume_from:
        state, notes, arrays = unpacked(resume_from)
    else:
        state, notes, arrays = TrainingState(), Notes(gradients=norms(network, spec, images.train)), {}
        notes.seconds["loading"] = time.perf_counter() - began
    emit("plan", **_plan(spec, network, images))
    tracker = StateTracker(spec, state, arrays)
    reporter = Reporter(tracker, notes, emit, images.counts["train"] + images.counts["validation"])
    loop = Loop(network, spec, _batches(spec, images), tracker, [reporter])
    state = loop.run(_kept_features(spec, reporter, notes, emit))
    report = _report(spec, network, images, state, notes, emit)
    emit.files[MODEL] = model_bytes(network.whole)
    return report


def warm() -> None:
    """Load TensorFlow, the evaluation, and the images and network of the default run, before the first run."""
    import scipy.stats  # noqa: F401
    import sklearn.metrics  # noqa: F401

    spec = Spec()
    images = prepare_images(spec, dataset(spec.data, spec.input_size, spec.per_class, spec.seed))
    assemble(spec, len(images.classes))


def _downloading(emit: Emitter) -> DownloadProgress:
    """Return a function that emits every twentieth part of a download."""
    last = -1

    def progress(done: int, of: int) -> None:
        nonlocal last
        emit.check()
        if of and 20 * done // of > last:
            last = 20 * done // of
            emit("weights", done=done, of=of)

    return progress


def _plan(spec: Spec, network: TrainableNetwork, images: RunImages) -> dict[str, Any]:
    """Return the plan of a run, reported before it begins."""
    reason = features.why_not_cached(spec.augmentation)
    return {
        "phases": list(_phases(spec, network)),
        "params": network.whole.count_params(),
        "images": images.counts,
        "steps": -(-len(images.train) // spec.batch),
        "cached": bool(spec.head_epochs) and reason is None,
        "why_not": reason,
    }


def _phases(spec: Spec, network: TrainableNetwork) -> Iterator[dict[str, Any]]:
    """Yield each phase with its epochs, learning rate and trained part."""
    head = network.head.count_params()
    if spec.head_epochs:
        params, trains = head, "the head"
        yield {"phase": HEAD, "epochs": spec.head_epochs, "rate": spec.head_rate, "params": params, "trains": trains}
    if spec.tuning_epochs:
        params, trains = network.whole.count_params(), "everything"
        if network.tuned is not None:
            depths = unfrozen(stages(network.body))
            most = len(depths) - 1
            depth = min(spec.unfreeze, most)
            last = "the last stage" if depth == 1 else f"the last {depth} of {most} stages"
            last = f"all {most} stages" if depth == most > 1 else last
            params, trains = head + depths[depth], f"the head and {last}" if depth else "the head"
        epochs, rate = spec.tuning_epochs, spec.tuning_rate
        yield {"phase": TUNING, "epochs": epochs, "rate": rate, "params": params, "trains": trains}


def _batches(spec: Spec, images: RunImages) -> Batches:
    """Return the run's images as batches, with its augmentation."""
    train, aside = images.train, images.validation
    side = train.images.shape[1]
    pipeline = spec.seeded_augmentation
    needed = any(call.covariance for _, calls in pipeline.planned(side) for call, _ in calls)
    covariance = statistics(train.images).covariance if needed else None

    def layers() -> tuple[Any, list[Any]]:
        return to_keras(pipeline, side, covariance) if pipeline.per_image else None, batch_layers(pipeline)

    return Batches(
        spec,
        len(images.classes),
        train.images,
        train.labels,
        aside.images if aside else None,
        aside.labels if aside else None,
        layers if pipeline.active else None,
    )


def _kept_features(spec: Spec, reporter: Reporter, notes: Notes, emit: Emitter) -> Callable[[Any, Any, Any], Any]:
    """Return a function that computes features as ``loop.features`` does, or reads those of an earlier run."""

    def compute(pooled: Any, images: Any, callbacks: Any) -> Any:
        began = time.perf_counter()
        key = features.Key(
            spec.network or spec.backbone,
            features.weights_digest(pooled),
            features.images_digest(images),
            spec.input_size,
            features.layers_digest(pooled),
            AT_ONCE,
        )
        shape = (len(images), *pooled.output_shape[1:])
        found = features.cached(key, shape, lambda: features.features(pooled, images, callbacks))
        seconds, count = time.perf_counter() - began, len(images)
        forward, kept = reporter.forward, not reporter.looked
        notes.seconds["features"] = notes.seconds.get("features", 0.0) + seconds
        notes.features = {"kept": kept, "seconds": round(seconds, 3), "images": count, "forward": forward}
        spared = round(forward * count, 3)  # seconds, in each epoch
        emit("features", done=count, of=count, seconds=round(seconds, 3), kept=kept, spared=spared)
        return found

    return compute


def _report(
    spec: Spec, network: TrainableNetwork, images: RunImages, state: TrainingState, notes: Notes, emit: Emitter
) -> dict[str, Any]:
    """Return the report of the run."""
    began = time.perf_counter()
    found = evaluate_test(network.whole, images, emit)
    ends = norms(network, spec, images.train)
    seconds = notes.seconds | {name: sum(took) for name, took in state.took.items()}
    seconds["evaluation"] = time.perf_counter() - began
    return {
        **found,
        "classes": list(images.classes),
        "images": images.counts,
        "params": network.whole.count_params(),
        "best": dict(state.best) or None,
        "weights_of": state.kept,
        "ended": " ".join(state.ends) or None,
        "gradients": {"start": notes.gradients, "end": ends},
        "features": _saved(notes, state),
        "seconds": {name: round(value, 3) for name, value in {**seconds, "all": sum(seconds.values())}.items()},
        "versions": {"keras": keras.__version__, "tensorflow": tf.__version__, "python": platform.python_version()},
    }


def _saved(notes: Notes, state: TrainingState) -> dict[str, Any] | None:
    """Return the seconds that cached features saved; ``plain_epoch`` is None where an earlier run computed them."""
    known = notes.features
    if known is None:
        return None
    took = state.took[HEAD]
    epoch = median(took[1:] or took)  # the first includes the making of TensorFlow's graph
    plain = epoch + known["forward"] * known["images"] if known["forward"] else None
    found = {name: known[name] for name in ("seconds", "kept", "images")}
    return {**found, "epochs": len(took), "cached_epoch": epoch, "plain_epoch": plain}
