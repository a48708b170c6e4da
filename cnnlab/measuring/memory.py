"""Estimates whether a network fits into this machine's memory, before anything is started.

The estimate was fitted to the peak resident size (VmHWM) of a fresh working process: TensorFlow 2.21 and Keras 3.15
on Linux, two cores. In MB, measured and by ``needed``:

=======================================  ========  ======
network                                  measured  needed
=======================================  ========  ======
lenet5                                        661     684
mobilenet_v2                                  733     760
efficientnet_b0                               769     802
resnet50                                      862     859
resnet20_cifar?depth=302                      885   1,018
resnet152                                   1,100   1,100
alexnet                                     1,318   1,308
efficientnet_b7                             1,380   1,502
vgg16                                       2,088   2,273
mobilenet_v2?input_size=1024                1,045   1,144
resnet50?input_size=1024                    1,082   1,238
googlenet?input_size=1024                   1,203   1,304
vgg16?adaptive_pool=true&input_size=1024    2,149   2,319
vgg16?input_size=448                        5,994   6,589
=======================================  ========  ======

Layers timed one by one take less: each is let go before the next.
"""

from math import prod
from pathlib import Path

import psutil

from cnnlab import costs
from cnnlab.costs import BYTES
from cnnlab.graph import LocalResponseNorm, Node, named
from cnnlab.units import size

# Python with TensorFlow and Keras loaded takes 640 MB with nothing built, and some more with the first function.
BASE = 680_000_000
# A layer as Keras keeps it and as part of the compiled function: 0.1 to 0.4 MB.
A_LAYER = 300_000
# Random weights are drawn, scaled and shifted in arrays of their own. One layer's stand there 2.2 to 2.8 times more
# while they are made: the first dense layer of VGG-16 stores 0.41 GB and takes 1.3 GB while it is drawn.
WHILE_DRAWN = 2.5
# TensorFlow frees a tensor later than after its last use and pads and reorders maps: 1.3 to 2.0 times the peak of
# the graph was seen with inputs of 600 to 1,024 pixels.
ALIVE = 2
# Local response norm keeps the squares, these padded, and five slices of them.
NORM = 7

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")


def needed(root: Node) -> int:
    """Return the peak bytes of a process that builds this network and runs it once, all of the process counted."""
    nodes = named(root).values()
    weights = [sum(node.params) for node in nodes]
    running = max(
        ALIVE * moment.elements + NORM * prod(moment.node.shape) * isinstance(moment.node.layer, LocalResponseNorm)
        for moment in costs.alive(root)
    )
    numbers = sum(weights) + max(int(WHILE_DRAWN * max(weights)), running)
    return BASE + A_LAYER * len(weights) + BYTES["fp32"] * numbers


def available() -> int:
    """Return the bytes available without swapping: the machine's, or those that its container leaves."""
    return max(0, min([int(psutil.virtual_memory().available), *_cgroups_leave()]))


def refusal(root: Node, free: int | None = None) -> str | None:
    """Return why this network cannot be run here, in a sentence; None if it fits into ``free`` bytes."""
    takes, free = needed(root), available() if free is None else free
    if takes <= free:
        return None
    return (
        f"This network needs about {size(takes)} of memory, and {size(free)} are free on this computer; choose a "
        f"smaller width or input size."
    )


def _cgroups_leave() -> list[int]:
    """Return the bytes that each memory limit on this process leaves; Linux only, both versions of control groups."""
    try:
        lines = OWN_CGROUP.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []  # not Linux
    left: list[int] = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            top, names = CGROUPS, ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            top = CGROUPS / "memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        # Inside a container the path may be the host's and not be there; the container's own limit is then at the top.
        own = top / path.lstrip("/")
        found = [_leaves(folder, *names) for folder in (own, *own.parents) if folder.is_relative_to(top)]
        left += [number for number in found if number is not None]
    return left


def _leaves(folder: Path, limit: str, used: str, cached: str) -> int | None:
    """Return the limit less the bytes in use, without files that can be dropped; None if there is no limit."""
    try:
        most = (folder / limit).read_text(encoding="utf-8").strip()
        if not most.isdecimal():
            return None  # "max"
        stat = dict(line.split() for line in (folder / "memory.stat").read_text(encoding="utf-8").splitlines())
        return int(most) - int((folder / used).read_text(encoding="utf-8")) + int(stat.get(cached, 0))
    except OSError:
        return None
