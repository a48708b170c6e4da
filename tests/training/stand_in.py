"""A training that learns nothing: it counts epochs, with all that a real one does to its worker and its folder.

``spec.label_smoothing``: seconds of an epoch, in ten steps. ``spec.head_units``: kB of a checkpoint. ``spec.seed``: 1
fills the memory, 2 breaks off, 3 ends its process at its third epoch, whenever it comes to it.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np

from cnnlab.data import Dataset
from cnnlab.training import Spec
from cnnlab.training.events import Emitter


def train(spec: Spec, data: Dataset, resume_from: bytes | None, emit: Emitter) -> dict[str, Any]:
    begin = json.loads(resume_from)["epoch"] if resume_from else 0
    hoard = []
    for epoch in range(begin + 1, spec.epochs + 1):
        for step in range(10):
            emit.check()
            time.sleep(spec.label_smoothing / 10)
            emit("step", step=step)
            if spec.seed == 1:
                hoard.append(b"x" * 20_000_000)
        if spec.seed == 2 and epoch == 2:
            raise RuntimeError("a fault of the stand-in")
        if spec.seed == 3 and epoch == 3:
            os._exit(1)
        checkpoint = json.dumps({"epoch": epoch, "pad": "x" * 1000 * spec.head_units}).encode()
        emit("epoch", checkpoint, phase="head", epoch=epoch, loss=np.float32(1 / epoch), pid=os.getpid(), begin=begin)
    emit.files["model.keras"] = b"PK" + bytes(spec.head_units * 1000)
    return {"text": f"{spec.epochs} epochs.", "images": len(data.train), "where": str(Path.cwd())}


def warm() -> None:
    with Path("warm").open("a") as file:
        file.write("once")
