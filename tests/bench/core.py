"""How fast counting is, measured in one run against Keras and, where installed, torchinfo on pytorchcv's models.

    python tests/bench/core.py
    pip install torch torchinfo pytorchcv    (for the second comparison; the models live on torch's meta device)

Every build is fresh. Prints a table; the ratios are what matters, since machines differ.
"""

import gc
import importlib
import importlib.util
import io
import os
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from cnnlab import costs, zoo

# In keras.applications, and in pytorchcv (its module and function).
TWINS = {
    "vgg16": ("VGG16", "vgg", "vgg16"),
    "resnet50": ("ResNet50", "resnet", "resnet50"),
    "inception_v3": ("InceptionV3", "inceptionv3", "inceptionv3"),
    "mobilenet_v2": ("MobileNetV2", "mobilenetv2", "mobilenetv2_w1"),
    "efficientnet_b0": ("EfficientNetB0", "efficientnet", "efficientnet_b0"),
    "efficientnet_b7": ("EfficientNetB7", "efficientnet", "efficientnet_b7"),
}


def median(work: Callable[[], object], times: int) -> float:
    """Seconds of the median run, after one that does not count; imports frozen, as in the running application."""
    work()
    gc.collect()
    gc.freeze()
    taken = []
    for _ in range(times):
        gc.collect()
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def keras_summary(twin: str) -> None:
    import keras

    keras.backend.clear_session(free_memory=False)
    with redirect_stdout(io.StringIO()):
        getattr(keras.applications, twin)(weights=None).summary()


def torch_summary(family: str, twin: str, side: int) -> None:
    import torch
    import torchinfo

    build = getattr(importlib.import_module(f"pytorchcv.models.{family}"), twin)
    with torch.device("meta"):
        model = build()
    str(torchinfo.summary(model, input_size=(1, 3, side, side), device="meta", verbose=0))


def main() -> None:
    has_torch = all(importlib.util.find_spec(name) for name in ("torch", "torchinfo", "pytorchcv"))
    print(f"{'name to layer table':<22}{'CNN Lab':>10}{'Keras':>12}{'ratio':>8}{'torchinfo':>12}{'ratio':>8}")
    for name, (twin, family, torch_twin) in TWINS.items():
        ours = median(partial(_table, name), 25)
        keras = median(partial(keras_summary, twin), 3)
        line = f"{name:<22}{ours * 1e3:>7.1f} ms{keras * 1e3:>9.0f} ms{keras / ours:>7.0f}×"
        if has_torch:
            side = int(zoo.case(name).knobs["input_size"].default)
            torch = median(partial(torch_summary, family, torch_twin, side), 5)
            line += f"{torch * 1e3:>9.0f} ms{torch / ours:>7.0f}×"
        print(line)
    every = median(lambda: [_table(name) for name in zoo.names()], 9)
    print(f"all {len(zoo.names())} networks of the catalogue, one after another: {every * 1e3:.0f} ms")


def _table(name: str) -> object:
    return costs.layer_table(zoo.build(name))


if __name__ == "__main__":
    main()
