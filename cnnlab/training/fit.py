"""Trains a run: the head on a frozen backbone, then the last stages with it; or everything from scratch.

Called on a worker (``work``) or by anybody who has a ``Tell``. Everything is drawn by the spec's seed, and TensorFlow
computes the same each time.
"""

import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.augment import Pipeline
from cnnlab.data import Dataset, dataset, statistics
from cnnlab.data.download_file import Progress
from cnnlab.knobs import FieldError
from cnnlab.training import checkpoint, features, gradients
from cnnlab.training.checkpoint import State
from cnnlab.training.dataset import Prepared, at_once, prepare
from cnnlab.training.evaluation import evaluated
from cnnlab.training.export.files import model_bytes
from cnnlab.training.model import Assembly, assemble
from cnnlab.training.phase import Phase, Tell, encoded, learn, ordered, steps, together
from cnnlab.training.preflight import problems
from cnnlab.training.run_folder import MODEL
from cnnlab.training.spec import Spec

HEAD, TUNING = "head", "tuning"
BACKWARD = 3  # times a forward pass is what a step of training takes, roughly
AT_ONCE = 32  # pictures whose features are computed at once


def train(spec: Spec, data: Dataset, resume_from: bytes | None, tell: Tell) -> dict[str, Any]:
    """Train, evaluate, and hand over the model; returns the report, as CONTRIBUTING has it under “What a run tells”.

    Raises ``ValueError`` with a sentence where it cannot be done, and lets through what ``tell`` raises.
    """
    begin = time.perf_counter()
    if wrong := problems(spec):
        raise FieldError(wrong)
    _settle(spec.seed)
    ready = prepare(spec, data)
    assembly = assemble(spec, len(ready.classes), _downloading(tell))
    state, arrays = checkpoint.unpacked(resume_from) if resume_from else (State(), {})
    training = _Training(spec, ready, assembly, tell)
    if not resume_from:
        state = state.noted(gradients=gradients.norms(assembly, spec, ready.train))
        state = state.spent("loading", time.perf_counter() - begin)
    training.plan()
    state = training.run(state, arrays)
    report = training.report(state)
    tell.files[MODEL] = model_bytes(assembly.whole)
    return report


def warm() -> None:
    """Load what the first run would wait for: TensorFlow, what evaluates, the default run's pictures and network."""
    import scipy.stats  # noqa: F401
    import sklearn.metrics  # noqa: F401

    spec = Spec()
    ready = prepare(spec, dataset(spec.data, spec.input_size, spec.per_class, spec.seed))
    assemble(spec, len(ready.classes))


def _settle(seed: int) -> None:
    """Forget the run before, and draw the same numbers each time."""
    import keras
    import tensorflow as tf

    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def _downloading(tell: Tell) -> Progress:
    """Tells of every twentieth part of a download."""
    told = -1

    def progress(done: int, of: int) -> None:
        nonlocal told
        tell.check()
        if of and 20 * done // of > told:
            told = 20 * done // of
            tell("weights", done=done, of=of)

    return progress


@dataclass
class _Training:
    """One run on its way."""

    spec: Spec
    ready: Prepared
    assembly: Assembly
    tell: Tell
    forward: float = 0.0  # seconds that a picture takes through the backbone, 0 where it was not measured

    @property
    def count(self) -> int:
        return len(self.ready.train)

    @property
    def cached(self) -> bool:
        """Whether the backbone's features are computed once."""
        return bool(self.spec.head_epochs) and features.why_not(self.spec.augmentation) is None

    def plan(self) -> None:
        """Tell what will be done."""
        spec, assembly, depths = self.spec, self.assembly, self.assembly.depths
        head = assembly.head.count_params()
        phases = []
        if spec.head_epochs:
            told = {"params": head, "trains": "the head"}
            phases.append({"phase": HEAD, "epochs": spec.head_epochs, "rate": spec.head_rate, **told})
        if spec.tuning_epochs:
            depth = min(spec.unfreeze, len(depths) - 1)
            everything = assembly.whole.count_params()
            stages = "stage" if depth == 1 else f"{depth} of {len(depths) - 1} stages"
            told = (
                {"params": everything, "trains": "everything"}
                if assembly.scratch
                else {
                    "params": head + depths[depth],
                    "trains": f"the head and the last {stages}" if depth else "the head",
                }
            )
            phases.append({"phase": TUNING, "epochs": spec.tuning_epochs, "rate": spec.tuning_rate, **told})
        self.tell(
            "plan", phases=phases, params=assembly.whole.count_params(), pictures=self._pictures(),
            steps=steps(self.count, spec.batch), cached=self.cached, why_not=features.why_not(spec.augmentation),
        )  # fmt: skip

    def _pictures(self) -> dict[str, int]:
        aside = len(self.ready.validation) if self.ready.validation else 0
        return {"train": self.count, "validation": aside, "test": len(self.ready.test)}

    def run(self, state: State, arrays: Mapping[str, Any]) -> State:
        """Both phases, or what is left of them; the network has its last weights then."""
        spec = self.spec
        if spec.head_epochs and state.phase != TUNING:
            state = self._head(state, arrays)
            arrays = {}
            ends = [*state.ends, state.ended] if state.ended else state.ends
            state = replace(state, ends=ends)
            if not state.over:
                state = replace(state, phase=TUNING, waited=0, lowest=float("inf"), ended="")
        if spec.tuning_epochs and not state.over:
            from_epoch = state.notes.get("tuning_from", state.epoch)
            phase = Phase(TUNING, from_epoch + spec.tuning_epochs, spec.tuning_rate)
            self.assembly.unfreeze(spec.unfreeze)
            state = self._pictures_pass(self.assembly.whole, phase, state.noted(tuning_from=from_epoch), arrays)
            state = replace(state, ends=[*state.ends, state.ended] if state.ended else state.ends)
        return state

    def _head(self, state: State, arrays: Mapping[str, Any]) -> State:
        phase = Phase(HEAD, self.spec.head_epochs, self.spec.head_rate)
        self.assembly.body.trainable = False
        if not self.cached:
            return self._pictures_pass(self.assembly.whole, phase, state, arrays)
        begin = time.perf_counter()
        train, validation, kept = self._features()
        state = state.spent("features", time.perf_counter() - begin)
        told = {
            "kept": kept,
            "seconds": round(time.perf_counter() - begin, 3),
            "pictures": len(train) + len(validation),
        }
        state = state.noted(features={**told, "forward": self.forward})
        count, spared = told["pictures"], round(self.forward * told["pictures"], 3)  # what each epoch is spared
        self.tell("features", done=count, of=count, seconds=told["seconds"], kept=kept, spared=spared)
        data = self._batches(train, phase, state)
        aside = self._aside(validation)
        # The head takes well under a millisecond; what Keras does around it takes more.
        at_once = together(steps(self.count, self.spec.batch), 1e-3)
        return learn(self.assembly.head, phase, self.spec, data, self.count, aside, self.tell, state, arrays, at_once)

    def _pictures_pass(self, model: Any, phase: Phase, state: State, arrays: Mapping[str, Any]) -> State:
        """Train on pictures themselves."""
        data = self._batches(self.ready.train.images, phase, state, self.spec.drawing)
        aside = self._aside(self.ready.validation.images if self.ready.validation else ())
        seconds = self._forward_seconds() * self.spec.batch * BACKWARD
        each_time = together(steps(self.count, self.spec.batch), seconds)
        return learn(model, phase, self.spec, data, self.count, aside, self.tell, state, arrays, each_time)

    def _forward_seconds(self) -> float:
        """Of one picture through the whole network; the first time is not counted."""
        if not self.forward:
            size = self.spec.input_size
            images = self.ready.train.images[: self.spec.batch, :size, :size].astype(np.float32)
            for _ in range(2):
                begin = time.perf_counter()
                self.assembly.whole(images, training=False)
                self.forward = (time.perf_counter() - begin) / len(images)
        return self.forward

    def _features(self) -> tuple[NDArray[np.float32], NDArray[np.float32], bool]:
        """What the pooled backbone says of training and validation pictures; whether it was known before."""
        train, aside = self.ready.train.images, self.ready.validation
        images = np.concatenate([train, aside.images]) if aside else train
        spec, pooled = self.spec, self.assembly.pooled
        key = features.Key(
            spec.network or spec.backbone, features.weights_digest(pooled), features.pictures_digest(images),
            spec.input_size, features.layers_digest(pooled), AT_ONCE,
        )  # fmt: skip
        computed: list[tuple[int, float]] = []

        def step(done: int) -> None:
            computed.append((done, time.perf_counter()))
            self.tell("features", done=done, of=len(images))

        found = features.kept(
            key, (len(images), *pooled.output_shape[1:]), lambda: features.features(pooled, images, AT_ONCE, step)
        )
        if len(computed) > 1:  # the first includes the making of TensorFlow's graph
            (first, began), (last, ended) = computed[0], computed[-1]
            self.forward = (ended - began) / (last - first)
        return found[: len(train)], found[len(train) :], not computed

    def _batches(self, inputs: NDArray[Any], phase: Phase, state: State, pipeline: Pipeline | None = None) -> Any:
        """All batches of the epochs that are left."""
        labels = encoded(self.ready.train.labels, len(self.ready.classes))
        made = _made(inputs, labels, self.spec.batch, pipeline, self._covariance)
        return ordered(len(inputs), self.spec.seed, state.epoch, phase.last, made)

    def _covariance(self) -> Any:
        return statistics(self.ready.train.images).covariance

    def _aside(self, inputs: Any) -> Any:
        """Validation batches."""
        import tensorflow as tf

        if not self.ready.validation or not len(inputs):
            return None
        labels = encoded(self.ready.validation.labels, len(self.ready.classes))
        found = tf.data.Dataset.from_tensor_slices((inputs, labels)).batch(at_once(self.spec.input_size))
        return found.map(lambda images, wanted: (tf.cast(images, tf.float32), wanted)).cache()

    def report(self, state: State) -> dict[str, Any]:
        """All that the run found out."""
        import keras
        import tensorflow as tf

        begin = time.perf_counter()
        found = evaluated(self.assembly.whole, self.ready, self.spec, self.tell)
        ends = gradients.norms(self.assembly, self.spec, self.ready.train)
        state = state.spent("evaluation", time.perf_counter() - begin)
        seconds = {name: round(value, 3) for name, value in state.seconds.items()}
        return {
            **found,
            "classes": list(self.ready.classes),
            "pictures": self._pictures(),
            "params": self.assembly.whole.count_params(),
            "best": dict(state.best) or None,
            "weights_of": state.kept,
            "ended": " ".join(state.ends) or None,
            "gradients": {"start": state.notes["gradients"], "end": ends},
            "features": self._saved(state),
            "seconds": {**seconds, "all": round(sum(state.seconds.values()), 3)},
            "versions": {
                "keras": keras.__version__, "tensorflow": tf.__version__, "python": platform.python_version()
            },
        }  # fmt: skip

    def _saved(self, state: State) -> dict[str, Any] | None:
        """What computing features once saved; ``plain_epoch`` is null where they were there from an earlier run."""
        told = state.notes.get("features")
        if told is None:
            return None
        took = state.took[HEAD]
        epoch = median(took[1:] or took)  # the first includes the making of TensorFlow's graph
        plain = epoch + told["forward"] * told["pictures"] if told["forward"] else None
        found = {name: told[name] for name in ("seconds", "kept", "pictures")}
        return {**found, "epochs": len(took), "cached_epoch": epoch, "plain_epoch": plain}


def _made(
    inputs: NDArray[Any],
    labels: NDArray[np.float32],
    batch: int,
    pipeline: Pipeline | None,
    covariance: Callable[[], Any],
) -> Callable[[Any], Any]:
    """Turns shuffled places into batches of what the network takes, augmented where that is wanted."""
    import tensorflow as tf

    from cnnlab.augment.layers import batch_layers, to_keras

    # Constants would be copied into the graph of every epoch's dataset.
    pictures, wanted = tf.convert_to_tensor(inputs), tf.convert_to_tensor(labels)

    def taken(places: Any) -> Any:
        return tf.cast(tf.gather(pictures, places), tf.float32), tf.gather(wanted, places)

    if not pipeline or not pipeline.active:
        return lambda places: places.batch(batch).map(taken)
    needed = any(call.covariance for _, calls in pipeline.planned(inputs.shape[1]) for call, _ in calls)
    single = to_keras(pipeline, inputs.shape[1], covariance() if needed else None)
    mixing = batch_layers(pipeline)

    def changed(place: Any) -> Any:
        picture, label = taken(place)
        return single(picture, training=True), label

    def mixed(images: Any, targets: Any) -> Any:
        found = {"images": images, "labels": targets}
        for layer in mixing:
            found = layer(found, training=True)
        return found["images"], found["labels"]

    # Picture by picture: some of Keras' layers draw once for a batch.
    def made(places: Any) -> Any:
        found = places.map(changed if pipeline.single else taken).batch(batch)
        return found.map(mixed) if mixing else found

    return made
