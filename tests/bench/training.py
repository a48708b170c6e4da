"""What a run takes and what transfer gives. Ratios of one run on this machine: python tests/bench/training.py

The default run and the one from scratch on a worker that has TensorFlow loaded; features computed once against a
backbone that looks at the images in every epoch; test accuracy of transfer against the same network from scratch.
"""

import os
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
SEEDS = (0, 1, 2)
FEW: dict[str, Any] = {"per_class": 10, "validation": 0.0}  # all of them are learned from


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CNNLAB_CACHE"] = folder
        whole_runs(Path(folder) / "runs")
        features()
        gain()


def whole_runs(home: Path) -> None:
    """From the moment a run is asked for until its model lies in its folder."""
    from cnnlab.training import Spec
    from cnnlab.training.dask.cluster import Cluster

    cluster = Cluster(home, idle=30)

    def seconds(spec: Spec) -> float:
        begin = time.perf_counter()
        run = cluster.submit(spec)
        while run.status().live:
            time.sleep(0.02)
        assert run.status().phase == "done", run.status().text
        print(f"  {run.status().text}")
        return time.perf_counter() - begin

    seconds(Spec(data="digits_3_8", per_class=5, head_epochs=1, tuning_epochs=1))  # the worker loads TensorFlow
    default, scratch = seconds(Spec()), seconds(Spec.from_scratch())
    cluster.close()
    print(f"default run, warm worker     {default:6.1f} s")
    print(f"and the one from scratch     {scratch:6.1f} s, both {default + scratch:.1f} s")


def features() -> None:
    """The head's phase with features computed once, and without."""
    from training_listener import Listener

    from cnnlab.training import Spec
    from cnnlab.training.batches import Batches
    from cnnlab.training.dask.payload import load
    from cnnlab.training.fit import train

    spec = Spec(per_class=60, tuning_epochs=0, seed=5)
    augmented = Batches.augmented
    found = {}
    for name, value in (("once", augmented), ("every epoch", property(lambda batches: True))):
        Batches.augmented = value
        listener = Listener()
        report = train(spec, load(spec), None, listener)
        epochs = [each["seconds"] for each in listener.of("epoch")][1:]  # the first makes TensorFlow's graph
        seconds = report["seconds"]
        found[name] = statistics.median(epochs), seconds["head"] + seconds.get("features", 0)
    Batches.augmented = augmented
    for at, what in enumerate(("an epoch of the head", "all of the head's phase")):
        once, each = found["once"][at], found["every epoch"][at]
        print(f"{what:<28} {once:6.3f} s with features computed once, {each:.3f} s without: {each / once:.1f} times")


def gain() -> None:
    """Test accuracy on the eight textures, the same images for both."""
    from training_listener import Listener

    from cnnlab.training import Spec
    from cnnlab.training.dask.payload import load
    from cnnlab.training.fit import train

    def mean(spec: Spec) -> float:
        each = [replace(spec, seed=seed) for seed in SEEDS]
        found = [float(train(one, load(one), None, Listener())["test"]["accuracy"]) for one in each]
        print("  ", ", ".join(f"{share:.1%}" for share in found))
        return statistics.mean(found)

    transfer, frozen = mean(Spec(**FEW)), mean(Spec(tuning_epochs=0, **FEW))
    scratch = mean(Spec.from_scratch(**FEW))
    print(f"transfer, 10 a class         {transfer:.1%}; the head alone {frozen:.1%}")
    print(f"from scratch                 {scratch:.1%}: transfer is {100 * (transfer - scratch):+.1f} points")


if __name__ == "__main__":
    main()
