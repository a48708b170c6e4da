"""Folders of runs as a training leaves them, with numbers as they come out: for tests, and to look at pages with.

``python tests/runs_on_disk.py FOLDER`` writes one of each kind.
"""

import base64
import io
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from math import exp, sqrt
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from cnnlab.training import runs
from cnnlab.training.run_folder import EVENTS, REPORT, STATUS, Phase, Run, Status
from cnnlab.training.spec import Spec

TEXTURES = ("brick", "coins", "grass", "gravel", "moon", "page", "skin", "text")
DIGITS = tuple(map(str, range(10)))


def made(
    spec: Spec | None = None,
    phase: Phase = "done",
    classes: tuple[str, ...] = TEXTURES,
    within: Path | None = None,
    upto: int | None = None,
    overfits: bool = False,
    **status: Any,
) -> Run:
    """A run in its folder; ``upto`` is the epoch it has come to."""
    spec = spec or Spec()
    run = runs.create(spec, within=within)
    if phase != "waiting":
        start = time.time() - 60
        run.append(
            [{"n": number, "time": start, **each} for number, each in enumerate(events(spec, upto, overfits), 1)]
        )
    now = time.time()
    times = {"started": now - 20.0, "ended": 0.0 if phase in ("waiting", "running") else now - 2.0}
    usual = {"owner": "somebody", "created": now - 30.0} | (times if phase != "waiting" else {})
    run.put(STATUS, json.dumps(asdict(Status(**({"phase": phase} | usual | status)))).encode())
    if phase == "done":
        run.put(REPORT, json.dumps(report(spec, classes)).encode())
        run.put("model.keras", b"PK of no use")
    return run


def untested(within: Path | None = None, phase: Phase = "done", **changes: Any) -> Run:
    """A run of a data set without test images, after its last epoch."""
    spec = Spec(data="upload:0123456789abcdef", **changes)
    run = made(spec, phase, within=within)
    found = (run.folder / EVENTS).read_text().replace('"test": 800', '"test": 0')
    (run.folder / EVENTS).write_text(found)
    if phase != "done":
        return run
    short = {"text": "There are no test images, so its accuracy on new images is unknown.", "test": None}
    gone = ("baseline", "confusion", "per_class", "wrong", "roc", "crops")
    whole = report(spec)
    whole["images"]["test"] = 0
    run.put(REPORT, json.dumps({name: value for name, value in whole.items() if name not in gone} | short).encode())
    return run


def events(spec: Spec, upto: int | None = None, overfits: bool = False) -> list[dict[str, Any]]:
    """What a training tells up to an epoch."""
    draws = np.random.default_rng(spec.seed)
    plan = [
        {"phase": "head", "epochs": spec.head_epochs, "rate": spec.head_rate, "params": 1032, "trains": "the head"},
        {"phase": "tuning", "epochs": spec.tuning_epochs, "rate": spec.tuning_rate, "params": 276000,
         "trains": "the head and the last 2 of 4 stages"},
    ]  # fmt: skip
    images = {"train": 160, "validation": 40 if spec.validation else 0, "test": 800}
    found: list[dict[str, Any]] = [
        {"event": "start", "worker": "one"},
        {"event": "plan", "phases": [each for each in plan if each["epochs"]], "params": 316_716, "steps": 10,
         "images": images, "cached": True, "why_not": None},
        {"event": "features", "done": 200, "of": 200, "seconds": 0.3, "kept": False},
    ]  # fmt: skip
    for epoch in range(1, (spec.epochs if upto is None else upto) + 1):
        phase = "head" if epoch <= spec.head_epochs else "tuning"
        learned = 1 - exp(-epoch / 6) + (0.15 if phase == "tuning" else 0)
        row = {
            "event": "epoch", "phase": phase, "epoch": epoch, "rate": 0.01, "seconds": 0.3,
            "loss": 2.1 * exp(-1.6 * learned) + draws.normal(0, 0.02), "accuracy": min(0.99, 0.2 + 0.65 * learned),
        }  # fmt: skip
        if spec.validation:
            late = max(0, epoch - spec.epochs / 2) / spec.epochs if overfits else 0.0
            row |= {
                "val_loss": 2.1 * exp(-1.2 * min(learned, 1)) + 1.2 * late + draws.normal(0, 0.03),
                "val_accuracy": round((0.2 + 0.5 * min(learned, 1) - 0.15 * late + draws.normal(0, 0.02)) * 40) / 40,
            }
        found += [{"event": "step", "phase": phase, "epoch": epoch, "step": 10, "of": 10, "loss": row["loss"],
                   "accuracy": row["accuracy"]}, row]  # fmt: skip
    return found


def interval(correct: int, count: int) -> list[float]:
    """Wilson's, 95 %."""
    share, z = correct / count, 1.96
    middle, half = share + z * z / (2 * count), z * sqrt(share * (1 - share) / count + z * z / (4 * count**2))
    return [(middle - half) / (1 + z * z / count), (middle + half) / (1 + z * z / count)]


def report(spec: Spec, classes: tuple[str, ...] = TEXTURES, each: int = 100) -> dict[str, Any]:
    """What a training ends with, ``each`` test images a class."""
    draws, many = np.random.default_rng(spec.seed + 1), len(classes)
    confusion = []
    for row in range(many):
        chances = np.full(many, 0.1 / max(many - 1, 1)) + draws.dirichlet(np.full(many, 0.3)) * 0.2
        chances[row] += 0.5 + 0.3 * draws.random()
        confusion.append(draws.multinomial(each, chances / chances.sum()).tolist())
    count, right = many * each, [confusion[row][row] for row in range(many)]
    correct = sum(right)
    low, high = interval(correct, count)
    ten = min(count, correct + count // 50)
    ranks = np.linspace(0, 1, 41)
    layers = [f"stage{stage}.conv{number}" for stage in range(1, 6) for number in (1, 2)] + ["head"]
    return {
        "text": f"{correct} of {count} test images are right: {100 * correct / count:.1f} % (95 % interval "
        f"{100 * low:.1f} to {100 * high:.1f} %). Predicting “{classes[0]}” for every image gets {100 / many:.1f} %.",
        "classes": list(classes),
        "images": {"train": 160, "validation": 40, "test": count},
        "params": 316_716,
        "best": {"epoch": spec.epochs - 2, "val_loss": 0.7, "val_accuracy": 0.72} if spec.validation else None,
        "ended": None,
        "weights_of": spec.epochs,
        "test": {"loss": 0.9, "accuracy": correct / count, "correct": correct, "count": count, "interval": [low, high]},
        "baseline": {
            "class": classes[0], "accuracy": 1 / many, "correct": each, "count": count,
            "interval": interval(each, count), "guess": 1 / many, "always": None,
        },
        "confusion": confusion,
        "per_class": [
            {"class": name, "count": each, "correct": hits, "accuracy": hits / each, "interval": interval(hits, each)}
            for name, hits in zip(classes, right, strict=True)
        ],
        "wrong": [
            {"index": 7 * place, "label": place % many, "predicted": (place + 1) % many,
             "probability": 0.99 - 0.02 * place, "image": png(draws)}
            for place in range(12)
        ],
        "roc": {
            "false_positives": ranks.tolist(), "true_positives": (ranks**0.2).tolist(),
            "thresholds": (1 - ranks).tolist(), "area": 1 / 1.2, "positive": classes[1],
        } if many == 2 else None,
        "crops": {
            "one": {"accuracy": correct / count, "correct": correct, "count": count, "interval": [low, high]},
            "ten": {"accuracy": ten / count, "correct": ten, "count": count, "interval": interval(ten, count)},
            "whole": {"accuracy": correct / count, "correct": correct, "count": count, "interval": [low, high]},
            "repaired": max(ten - correct, 0) + 1, "spoiled": max(correct - ten, 0) + 1, "side": 55, "images": count,
        },
        "gradients": {
            when: [
                {"layer": name, "gradient": scale * 2.0 ** (place / 2) * float(draws.uniform(0.7, 1.4)), "weights": 8.0}
                for place, name in enumerate(layers)
            ]
            for when, scale in (("start", 0.02), ("end", 0.002))
        },
        "features": {
            "seconds": 0.4, "kept": False, "images": 200, "epochs": 20, "cached_epoch": 0.05, "plain_epoch": 0.4,
        },
        "seconds": {"loading": 0.2, "features": 0.4, "head": 1.2, "tuning": 8.1, "evaluation": 2.0, "all": 12.4},
        "versions": {"keras": "3.15.0", "tensorflow": "2.21.0", "python": "3.11"},
    }  # fmt: skip


def png(draws: np.random.Generator) -> str:
    """A small image, as a report holds it."""
    out = io.BytesIO()
    Image.fromarray(draws.integers(0, 256, (48, 48, 3), np.uint8)).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def one_of_each(within: Path) -> dict[str, Run]:
    """Runs in every state, two damaged ones among them."""
    found = {
        "done": made(within=within, overfits=True),
        "scratch": made(Spec.from_scratch(), within=within),
        "digits": made(Spec(data="digits", per_class=40, seed=3, dropout=0.3), classes=DIGITS, within=within),
        "pair": made(Spec(data="textures_grass_gravel", validation=0.0), classes=("grass", "gravel"), within=within),
        "failed": made(phase="failed", within=within, upto=4, text="the disk is full; make room and run it again"),
        "cancelled": made(Spec(seed=2), phase="cancelled", within=within, upto=23),
        "running": made(Spec(seed=4), phase="running", within=within, upto=7),
        "waiting": made(Spec(seed=5), phase="waiting", within=within, before=2),
        "damaged": made(Spec(seed=6), within=within),
        "no report": made(Spec(seed=7), within=within),
    }
    (found["damaged"].folder / STATUS).write_text("{nonsense")
    (found["no report"].folder / REPORT).write_text('{"text": 5, "confusion": "none"}')
    return found


if __name__ == "__main__":
    for name, run in one_of_each(Path(sys.argv[1])).items():
        print(f"{name:12} {run.name}")


class StandInCluster:
    """A cluster that trains nothing."""

    def __init__(self) -> None:
        self.refuses, self.warmed = "", 0

    def submit_all(self, specs: Sequence[Spec], owner: str = "") -> list[Run]:
        if self.refuses:
            raise ValueError(self.refuses)
        return [runs.create(spec, owner) for spec in specs]

    def trouble(self, _: Run) -> str:
        return ""

    def warm(self) -> None:
        self.warmed += 1
