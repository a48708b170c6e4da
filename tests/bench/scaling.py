"""How fast a sweep is: every network of the finest grids, built and summed up, one process, nothing kept.

    python tests/bench/scaling.py

Prints seconds for 1,000 networks; how many times as long it takes to build and sum up by ``costs.totals``, which makes
a table of each network first (measured on every twentieth network); and how long a kept grid takes to hand out.
"""

import gc
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from cnnlab import costs
from cnnlab.scaling import SWEEPS, Sweep, cells, grid


def median(work: Callable[[], object], times: int = 3) -> float:
    """Seconds of the median run; what is loaded is frozen, as in the running application."""
    taken = []
    for _ in range(times):
        gc.collect()
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def some(sweep: Sweep, sum_up: Callable[[object], object]) -> None:
    for x, y in sweep.places("fine")[::20]:
        network = sweep.network(x, y)
        sum_up(network.case.build(**dict(network.changed)))


def main() -> None:
    gc.collect()
    gc.freeze()
    print(f"{'finest grid of':<32}{'networks':>9}{'seconds':>9}{'a 1,000':>9}{'by totals':>11}{'kept':>10}")
    for sweep in SWEEPS.values():
        count = len(sweep.places("fine"))
        taken = median(lambda sweep=sweep: sum(1 for _ in cells(sweep, "fine")))
        ours, theirs = (median(lambda by=by, sweep=sweep: some(sweep, by)) for by in (costs.summary, costs.totals))
        grid(sweep, "fine")
        again = median(lambda sweep=sweep: grid(sweep, "fine"))
        print(
            f"{sweep.name:<32}{count:>9}{taken:>9.2f}{taken / count * 1000:>7.2f} s{theirs / ours:>9.1f} ×"
            f"{again * 1e6:>7.0f} µs"
        )


if __name__ == "__main__":
    main()
