"""Times one inference of a network on this machine, or each of its layers alone. TensorFlow is loaded when called.

Functions are compiled (``tf.function``), since that is how Keras predicts; XLA stays off, as it does in Keras on a CPU.
"""

import gc
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from cnnlab.backends.keras import to_keras
from cnnlab.graph import Input, Layer, Node, Shape, named

Report = Callable[[float, str], None]
"""A function that gets the share that is done, 0 to 1, and a short sentence."""

# The first call traces and optimises, the next ones fill caches and wake the threads.
WARM_UP = 3


@dataclass(frozen=True, slots=True)
class Effort:
    """The length of a measurement: until ``runs`` are made or ``seconds`` have passed, but at least ``fewest`` runs."""

    runs: int = 30
    seconds: float = 6.0
    fewest: int = 5


NETWORK = Effort()
# EfficientNet-B7 has 206 different layers: half a minute on two cores, most of it spent building them.
ALONE = Effort(runs=20, seconds=0.2, fewest=3)
EMPTY = Effort(runs=100, seconds=1.0)
# A layer with more weights than this is freed before the next is built, which takes a tenth of a second.
MANY = 1_000_000


@dataclass(frozen=True)
class Timing:
    """One network's inference: ``runs`` in seconds, in order; the time of measuring (Unix time), and the device."""

    runs: tuple[float, ...]
    threads: int
    device: str
    taken: float

    @cached_property
    def median(self) -> float:
        """The median run in seconds."""
        return median(self.runs)

    @cached_property
    def quartiles(self) -> tuple[float, float]:
        """The quartiles in seconds; middle half of the runs lie between them."""
        low, _, high = quantiles(self.runs, n=4, method="inclusive")
        return low, high


@dataclass(frozen=True)
class LayerTiming:
    """Median ``seconds`` of each layer of ``named(root)`` alone, in that order; ``different`` of them were timed."""

    seconds: tuple[float, ...]
    different: int
    threads: int
    device: str
    taken: float

    @property
    def total(self) -> float:
        """The sum in seconds.

        It is not the network's time: there TensorFlow merges neighbours, and each layer finds warm caches.
        """
        return sum(self.seconds)


def time_network(root: Node, report: Report, effort: Effort = NETWORK) -> Timing:
    """Time the inference of one random image.

    Raises ``ValueError`` for an effort of fewer than two runs, and what TensorFlow raises when memory runs out.
    """
    if min(effort.runs, effort.fewest) < 2:
        raise ValueError(f"a spread needs at least 2 runs, not {effort}")
    report(0, "starting TensorFlow")
    import tensorflow  # noqa: F401

    report(0.1, "building the network")
    try:
        runs = _network_runs(root, report, effort)
    finally:
        _free_models()
    return Timing(tuple(runs), threads(), device(), time.time())


def _network_runs(root: Node, report: Report, effort: Effort) -> list[float]:
    call = _compiled(root)
    for number in range(WARM_UP):
        report(0.3 + 0.1 * number / WARM_UP, "warming up")
        call()
    return _runs(call, effort, lambda done: report(0.4 + 0.6 * done / effort.runs, f"run {done + 1} of {effort.runs}"))


def time_layers(root: Node, report: Report, effort: Effort = ALONE) -> LayerTiming:
    """Time each layer alone on random inputs, equal layers with equal inputs once; inputs cost 0.

    The time of a call that does nothing is subtracted, never below 0: many layers take less. Raises what TensorFlow
    raises when memory runs out.
    """
    report(0, "starting TensorFlow")
    import keras

    layers = named(root)
    count = len({(node.layer, node.input_shapes) for node in layers.values()})
    empty = median(_runs(_warm(_empty()), EMPTY))
    found: dict[tuple[Layer, tuple[Shape, ...]], float] = {}
    try:
        for name, node in layers.items():
            key = (node.layer, node.input_shapes)
            if isinstance(node.layer, Input):
                found[key] = 0.0
            elif key not in found:
                report(len(found) / count, f"{name}, layer {len(found) + 1} of {count} different ones")
                alone = node.layer(*[Input(shape)() for shape in node.input_shapes])
                found[key] = max(0.0, median(_runs(_warm(_compiled(alone)), effort)) - empty)
                if sum(node.params) > MANY:
                    _free_models()
                else:
                    keras.backend.clear_session(free_memory=False)
    finally:
        _free_models()
    seconds = tuple(found[node.layer, node.input_shapes] for node in layers.values())
    return LayerTiming(seconds, count, threads(), device(), time.time())


def _free_models() -> None:
    """Free the models: Keras keeps every model it ever made, and a model refers to itself."""
    import keras

    keras.backend.clear_session(free_memory=False)
    gc.collect()


def threads() -> int:
    """Return how many threads share the work of one layer: TensorFlow's setting, or the cores this process may use."""
    import tensorflow as tf

    # 0 stands for TensorFlow's own choice, which that variable changes and processor affinity bounds.
    chosen = tf.config.threading.get_intra_op_parallelism_threads()
    chosen = chosen or int(os.environ.get("TF_NUM_INTRAOP_THREADS") or 0)
    if chosen > 0:
        return int(chosen)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def device() -> str:
    """Return the name of TensorFlow's first graphics processor, or of the processor if there is none."""
    import tensorflow as tf

    for found in tf.config.list_physical_devices("GPU"):
        return str(tf.config.experimental.get_device_details(found).get("device_name", "GPU"))
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []  # not Linux
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine() or "CPU"


def _compiled(root: Node) -> Callable[[], Any]:
    """Return a call that runs the network once on random images and returns when it is done."""
    import tensorflow as tf

    model = to_keras(root)
    images = [tf.random.uniform((1, *shape[1:])) for shape in _shapes(model.input_shape)]
    return _call(lambda *x: model(x[0] if len(x) == 1 else list(x), training=False), *images)


def _empty() -> Callable[[], Any]:
    """Return a call of a compiled function that does nothing."""
    import tensorflow as tf

    return _call(lambda x: x, tf.zeros((1,)))


def _call(function: Callable[..., Any], *tensors: Any) -> Callable[[], Any]:
    import tensorflow as tf

    compiled = tf.function(function).get_concrete_function(*tensors)
    if not tf.config.list_physical_devices("GPU"):
        return lambda: compiled(*tensors)

    def call() -> None:
        compiled(*tensors)
        tf.test.experimental.sync_devices()  # a graphics processor works on after the call has returned

    return call


def _shapes(shapes: Any) -> list[tuple[int | None, ...]]:
    """Return a list of shapes: Keras gives a tuple for one input and a list of tuples for several."""
    return shapes if isinstance(shapes, list) else [shapes]


def _warm(call: Callable[[], Any]) -> Callable[[], Any]:
    for _ in range(WARM_UP):
        call()
    return call


def _runs(call: Callable[[], Any], effort: Effort, report: Callable[[int], None] = lambda done: None) -> list[float]:
    """Return the seconds of each call. The report comes between two calls, so that it disturbs none."""
    taken: list[float] = []
    end = time.perf_counter() + effort.seconds
    while len(taken) < effort.fewest or (len(taken) < effort.runs and time.perf_counter() < end):
        report(len(taken))
        begin = time.perf_counter()
        call()
        taken.append(time.perf_counter() - begin)
    return taken
