"""How fast twelve draws of a photograph are, 224×224, through five steps, encoded for the browser.

    python tests/bench/augmenting.py
    pip install albumentations    (for the last comparison)

Prints medians in milliseconds, all of one run: what the process takes, what the server sees, each Keras layer
called image by image, and albumentations doing the same five steps. The ratios are what matters, and the time of
all processors together, which says most on a busy machine. Every order has a seed of its own, so that nothing is
answered from what is kept.
"""

import importlib.util
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import psutil
from PIL import Image

from cnnlab.augment import PRESETS, Pipeline
from cnnlab.augmenting import Images, Request, job, jobs, warm
from cnnlab.data.photographs import coloured
from cnnlab.workers import Queue

COUNT, SIDE, TIMES = 12, 224, 25
PATIENCE = 60.0  # seconds


def median(work: Callable[[int], object], times: int = TIMES) -> float:
    """Milliseconds of the median run, after two that do not count; ``work`` gets the number of the run."""
    taken = []
    for number in range(times + 2):
        start = time.perf_counter()
        work(number)
        taken.append(time.perf_counter() - start)
    return 1000 * statistics.median(taken[2:])


def seeded(pipeline: Pipeline, number: int) -> Pipeline:
    return Pipeline.of(*pipeline.steps, seed=1000 + number)


def queue_times(queue: Queue, pipeline: Pipeline, pixels: np.ndarray[Any, Any]) -> tuple[float, float, float]:
    """What the process says it took, all processors' time in it, and what its server waited."""
    request = Request("draws", pipeline, Images.of(pixels[None]), COUNT)
    inside: list[float] = []

    def ask(number: int) -> None:
        found = queue.ask("bench", job(replace(request, pipeline=seeded(pipeline, number))), PATIENCE).result
        assert found
        inside.append(1000 * found.seconds)

    ask(-1)
    process = psutil.Process(jobs.WORKER.pid)
    before = process.cpu_times()
    outside = median(ask)
    after = process.cpu_times()
    busy = 1000 * (after.user + after.system - before.user - before.system) / (TIMES + 2)
    return statistics.median(inside[3:]), busy, outside


def one_by_one(pipeline: Pipeline, pixels: np.ndarray[Any, Any]) -> float:
    """Each Keras layer called image by image; the layers are there before."""
    from cnnlab.augment.layers import to_keras
    from cnnlab.augmenting.encoding import data_url

    layers = to_keras(pipeline, SIDE).layers

    def draw(_: int) -> None:
        for _ in range(COUNT):
            now: Any = pixels[None].astype(np.float32)
            for layer in layers:
                now = layer(now, training=True)
            data_url(np.rint(np.clip(np.asarray(now[0]), 0, 255)).astype(np.uint8))

    return median(draw, 9)


def albumentations(name: str, pixels: np.ndarray[Any, Any]) -> float:
    """The same five steps on uint8, by OpenCV."""
    import albumentations as other
    import cv2

    from cnnlab.augmenting.encoding import data_url

    mirrored: dict[str, Any] = {"border_mode": cv2.BORDER_REFLECT, "p": 1}
    steps = {
        "photographs": lambda: [
            other.HorizontalFlip(p=0.5),
            other.Rotate(limit=15, **mirrored),
            other.Affine(scale=(0.8, 1.2), **mirrored),
            other.RandomBrightnessContrast(brightness_limit=0.2, contrast_limit=0, p=1),
            other.RandomBrightnessContrast(brightness_limit=0, contrast_limit=0.3, p=1),
        ],
        "course": lambda: [
            other.HorizontalFlip(p=0.5),
            other.RandomResizedCrop(size=(SIDE, SIDE), scale=(0.5, 1), ratio=(1 / 1.35, 1.35), p=1),
            other.Rotate(limit=10, **mirrored),
            other.Affine(shear=(-5.7, 5.7), **mirrored),
            other.RGBShift(13, 13, 13, p=1),
        ],
    }
    pipeline = other.Compose(steps[name]())
    return median(lambda _: [data_url(pipeline(image=pixels)["image"]) for _ in range(COUNT)])


def main() -> None:
    has_other = importlib.util.find_spec("albumentations") is not None
    pixels = np.asarray(Image.fromarray(coloured("coffee")).resize((SIDE, SIDE)))
    queue = Queue()
    began = time.perf_counter()
    while not warm(queue):
        time.sleep(0.02)
    print(f"TensorFlow loaded and a first image drawn: {time.perf_counter() - began:.1f} s")
    head = "process   of processors   server   layer by layer   ratio   albumentations   ratio"
    print(f"{COUNT} × {SIDE}×{SIDE}      {head}")
    for name in ("photographs", "course"):
        pipeline = PRESETS[name].pipeline
        inside, busy, outside = queue_times(queue, pipeline, pixels)
        keras = one_by_one(pipeline, pixels)
        line = f"{name:<15}{inside:>7.0f} ms{busy:>13.0f} ms{outside:>6.0f} ms{keras:>14.0f} ms{keras / inside:>6.1f} ×"
        if has_other:
            theirs = albumentations(name, pixels)
            line += f"{theirs:>14.0f} ms{theirs / inside:>6.2f} ×"
        print(line if has_other else line + "   not installed")
    queue.close()


if __name__ == "__main__":
    main()
