"""Runs on Dask: a lab's scheduler and two workers, what is killed under way, cancelling, the queue and its limits."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
import pytest
from image_archives import classes, zipped
from waiting import family, gone, running, until

from cnnlab.data import uploaded
from cnnlab.training import Spec, runs
from cnnlab.training.dask import cluster as tending
from cnnlab.training.dask import connection, packing, payload
from cnnlab.training.dask.cluster import Cluster
from cnnlab.training.dask.connection import VARIABLE
from cnnlab.training.run_folder import CHECKPOINT, Run

pytestmark = pytest.mark.slow
TRAIN = "stand_in:train"
SHORT = Spec(data="digits_3_8", head_epochs=3, tuning_epochs=0, head_units=0, label_smoothing=0.05)
LONG = replace(SHORT, head_epochs=200, label_smoothing=0.1)
Start = Callable[..., Cluster]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Dashboards on the test's own folder of runs, closed at its end."""
    made: list[Cluster] = []

    def begin(**settings: Any) -> Cluster:
        made.append(Cluster(tmp_path / "runs", TRAIN, **({"most_of_one": 20} | settings)))
        return made[-1]

    yield begin
    for cluster in made:
        for seen in runs.find(within=tmp_path / "runs"):
            runs.cancel(seen.run)
        cluster.start()
        until(lambda: not any(seen.live for seen in runs.find(within=tmp_path / "runs")))
        cluster.close()


@pytest.fixture
def in_lab(lab: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, lab)


def phase(run: Run) -> str:
    return run.status().phase


def ended(run: Run, seconds: float = 60) -> str:
    return str(until(lambda: None if run.status().live else phase(run), seconds))


def epochs(run: Run) -> list[int]:
    return [row["epoch"] for row in run.history()]


def kinds(run: Run) -> list[str]:
    return [event["event"] for event in run.events()[0]]


@pytest.mark.usefixtures("in_lab")
def test_two_workers_train_one_run_each_and_the_others_wait_in_order(start: Start, tmp_path: Path) -> None:
    cluster = start()
    long = [cluster.submit(LONG) for _ in range(2)]
    until(lambda: [phase(run) for run in long] == ["running"] * 2)
    first, second, *others = waiting = [cluster.submit(SHORT) for _ in range(5)]
    until(lambda: [run.status().before for run in waiting] == [0, 1, 2, 3, 4])
    assert [phase(run) for run in waiting] == ["waiting"] * 5
    runs.cancel(second)
    until(lambda: phase(second) == "cancelled" and [run.status().before for run in others] == [1, 2, 3])
    runs.cancel(long[1])
    order = [first, *others]
    assert [ended(run) for run in order] == ["done"] * 4, "whichever worker Dask had meant them for"
    assert phase(long[0]) == "running"
    for run, following in pairwise(order):
        assert run.status().ended <= following.status().started, "one training on a worker, in order"
    for run in order:
        assert epochs(run) == [1, 2, 3]
        assert [event["n"] for event in run.events()[0]] == list(range(1, len(run.events()[0]) + 1))
        assert runs.problems(run) == ()
        assert run.status().text == "3 epochs."
    report = first.report()
    assert report
    assert report["images"] > 40
    assert not Path(report["where"]).is_relative_to(tmp_path), "workers have their own directories"


@pytest.mark.usefixtures("in_lab")
def test_cancelling_takes_effect_within_a_step_or_two(start: Start) -> None:
    cluster = start()
    run = cluster.submit(replace(LONG, label_smoothing=0.5))  # 50 ms a step
    until(lambda: "step" in kinds(run))
    begin = time.monotonic()
    runs.cancel(run)
    assert ended(run) == "cancelled"
    assert time.monotonic() - begin < 2, "two ticks of the dashboard, one of the worker and two steps take 0.6 s"
    assert ended(cluster.submit(SHORT)) == "done"


@pytest.mark.usefixtures("in_lab")
def test_images_are_sent_to_workers_without_this_disk(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "PIECE", 1000)  # bytes: they come to 10 kB
    name = uploaded.put(io.BytesIO(zipped(classes("pets/", 9))), "pets")
    run = start().submit(replace(SHORT, data=f"upload:{name}", per_class=4, input_size=16))
    gone_by_now = start().submit(replace(SHORT, data="upload:0123456789abcdef"))
    assert ended(run) == "done"
    report = run.report()
    assert report
    assert report["images"] == 8
    assert ended(gone_by_now) == "failed"
    assert gone_by_now.status().text == "this data set is no longer on this server; upload its archive again"


@pytest.mark.usefixtures("in_lab")
def test_images_that_take_long_to_prepare_keep_no_other_run_waiting(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    may, begun, packed = threading.Event(), [], payload.pack

    def slowly(spec: Spec) -> bytes:
        begun.append(spec.seed)
        may.wait(30)
        return packed(spec)

    monkeypatch.setattr(payload, "pack", slowly)
    name = uploaded.put(io.BytesIO(zipped(classes("pets/", 9))), "pets")
    pets = replace(SHORT, data=f"upload:{name}", per_class=4, input_size=16)
    cluster = start()
    first, second, third = (cluster.submit(replace(pets, seed=seed)) for seed in (11, 12, 13))
    until(lambda: all(run.status().text == "its images are being prepared" for run in (first, second, third)))
    assert ended(cluster.submit(SHORT)) == "done", "stored meanwhile"
    assert begun == [11], "one at a time"
    for run in (first, second):
        runs.cancel(run)
        assert ended(run, 5) == "cancelled"
    begin = time.monotonic()
    cluster.close()
    assert time.monotonic() - begin < 3, "nobody waits for what is being packed"
    start().start()
    until(lambda: third.status().text == "its images are being prepared")
    may.set()
    assert ended(third) == "done"
    assert third.status().text == "3 epochs."
    assert phase(first) == phase(second) == "cancelled"


@pytest.mark.usefixtures("in_lab")
def test_a_killed_workers_run_resumes_from_its_last_epoch(start: Start) -> None:
    cluster = start()
    run = cluster.submit(replace(SHORT, head_epochs=12, label_smoothing=0.3))
    until(lambda: len(epochs(run)) >= 3)
    os.kill(run.history()[-1]["pid"], signal.SIGKILL)
    assert ended(run) == "done"
    rows = [row for row in run.events()[0] if row["event"] == "epoch"]
    assert [row["epoch"] for row in rows] == list(range(1, 13)), "none is lost and none is trained twice"
    assert len({row["pid"] for row in rows}) == 2
    assert rows[-1]["begin"] >= 3
    assert kinds(run).count("lost") == 1


@pytest.mark.usefixtures("in_lab")
def test_a_failing_run_gives_its_reason_and_others_continue(start: Start) -> None:
    cluster = start()
    full, broken, deadly, good = (cluster.submit(replace(SHORT, seed=seed, head_epochs=9)) for seed in (1, 2, 3, 4))
    assert [ended(run) for run in (full, broken, deadly, good)] == ["failed", "failed", "failed", "done"]
    assert full.status().text.startswith("It used more memory than the 900 MB a worker may use; choose smaller")
    assert broken.status().text == "The training failed with RuntimeError; the run's events have the details."
    assert "a fault of the stand-in" in broken.events()[0][-2]["detail"]
    assert deadly.status().text.startswith("Its worker was lost 3 times in a row in one epoch of this run")
    assert epochs(deadly) == [1, 2]


@pytest.mark.usefixtures("in_lab")
def test_a_damaged_folder_and_a_full_disk_stop_no_other_run(start: Start, tmp_path: Path) -> None:
    code = f"""
import resource, sys, time
from pathlib import Path
from cnnlab.training.dask.cluster import Cluster
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
Cluster(Path({str(tmp_path / "runs")!r}), {TRAIN!r}).start()
time.sleep(60)
"""
    slow = replace(SHORT, label_smoothing=0.2)
    full, damaged, good = (
        runs.create(spec, within=tmp_path / "runs") for spec in (replace(slow, head_units=300), slow, SHORT)
    )
    (damaged.folder / CHECKPOINT).mkdir()
    dashboard = subprocess.Popen([sys.executable, "-c", code])
    try:
        assert ended(good) == "done"
        until(lambda: full.status().text)
        assert "is full; free some space and try again; until then this run is not stored" in full.status().text
        assert "it is not a regular file" in damaged.status().text
    finally:
        dashboard.kill()
        dashboard.wait()
    (damaged.folder / CHECKPOINT).rmdir()
    start().start()  # there is room for this one, and the board has kept everything
    assert [ended(full), ended(damaged)] == ["done", "done"]
    assert epochs(full) == epochs(damaged) == [1, 2, 3]
    assert full.status().text == "3 epochs."


def test_the_number_of_live_runs_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "tcp://127.0.0.1:9")
    monkeypatch.setattr(connection, "ANSWER_TIMEOUT", 0.5)
    cluster = Cluster(tmp_path, TRAIN, most_of_one=2, most_in_all=3)
    run = cluster.submit(SHORT, "anna")
    cluster.submit(SHORT, "anna")
    with pytest.raises(ValueError, match="2 of your runs wait or run already, and at most 2 at a time"):
        cluster.submit(SHORT, "anna")
    cluster.submit(SHORT, "ben")
    with pytest.raises(ValueError, match="3 runs wait or run already; try again when"):
        cluster.submit(SHORT, "cleo")
    until(lambda: "scheduler at tcp://127.0.0.1:9 does not answer; start it" in run.status().text)
    assert phase(run) == "waiting"
    runs.cancel(run)
    until(lambda: phase(run) == "cancelled")
    cluster.submit(SHORT, "anna")
    cluster.close()


DASHBOARD = """
import sys, time
from pathlib import Path
from cnnlab.training import Spec
from cnnlab.training.dask.cluster import Cluster
from test_cluster import SHORT, TRAIN, replace
cluster = Cluster(Path(sys.argv[1]), TRAIN, idle=2)
print(cluster.submit(replace(SHORT, head_epochs=int(sys.argv[2]), label_smoothing=0.2)).name, flush=True)
time.sleep(600)
"""


def dashboard(home: Path, number: int) -> tuple[subprocess.Popen[str], Run]:
    """One that has begun a run on a scheduler and a worker of its own, and stored two epochs."""
    process = subprocess.Popen(
        [sys.executable, "-c", DASHBOARD, str(home), str(number)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    with process.stdout:
        run = runs.get(process.stdout.readline().strip(), home)
    until(lambda: len(epochs(run)) >= 2)
    return process, run


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def test_a_killed_dashboard_that_never_comes_back_loses_nothing_and_leaves_no_process(tmp_path: Path) -> None:
    process, run = dashboard(tmp_path, 8)
    working = [pid for pid in family(tmp_path) if pid != process.pid]
    assert len(working) >= 3
    kill(process)
    until(lambda: all(gone(pid) for pid in working), 40)
    assert phase(run) == "done"
    assert epochs(run) == list(range(1, 9))
    assert runs.problems(run) == ()
    assert family(tmp_path) == []


@pytest.mark.thorough
def test_a_warm_worker_waits_for_the_first_run_and_ends_by_itself(tmp_path: Path, start: Start) -> None:
    cluster = start(idle=2)
    cluster.warm()
    cluster.warm()
    warm = tmp_path / "runs" / ".cluster" / "warm"
    until(lambda: warm.exists() and warm.read_text())  # it may be there before it is written
    assert warm.read_text() == "once"
    working = family(tmp_path)
    assert len(working) >= 3
    until(lambda: all(gone(pid) for pid in working), 40)


SLOW = """
import sys, time
if any("dask_worker" in each for each in sys.orig_argv):
    time.sleep(2)
"""


@pytest.mark.thorough
def test_a_worker_that_takes_long_to_start_is_waited_for_and_one_that_is_dead_is_replaced(
    tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow").mkdir()
    (tmp_path / "slow" / "sitecustomize.py").write_text(SLOW)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([os.environ["PYTHONPATH"], str(tmp_path / "slow")]))
    monkeypatch.setattr(tending, "LONE", 0.5)

    def workers() -> list[int]:
        return sorted(pid for pid, command in running(tmp_path).items() if "dask_worker" in command)

    run = start(idle=2).submit(replace(SHORT, head_epochs=6, label_smoothing=0.2))
    until(lambda: run.status().text == "a worker is starting")
    first = until(workers)
    until(lambda: len(epochs(run)) >= 2)
    assert workers() == first, "none was started beside it"
    for pid in [pid for one in first for pid in (*[each.pid for each in psutil.Process(one).children(True)], one)]:
        psutil.Process(pid).kill()
    assert ended(run) == "done"
    assert epochs(run) == list(range(1, 7))


@pytest.mark.thorough
def test_a_restarted_dashboard_follows_the_runs_that_go_on(tmp_path: Path, start: Start) -> None:
    process, run = dashboard(tmp_path / "runs", 14)
    before = run.history()[-1]["pid"]
    kill(process)
    time.sleep(0.5)
    start(idle=2).start()
    assert ended(run) == "done"
    assert epochs(run) == list(range(1, 15))
    assert {row["pid"] for row in run.history()} == {before}, "the same worker all the time"
    assert "lost" not in kinds(run)


def test_a_killed_scheduler_is_followed_by_another_and_runs_go_on_from_what_is_stored(
    tmp_path: Path, start: Start
) -> None:
    run = start(idle=2).submit(replace(SHORT, head_epochs=15, label_smoothing=0.2))
    until(lambda: len(epochs(run)) >= 3)
    working = family(tmp_path)
    for pid in working:
        if not gone(pid):
            psutil.Process(pid).kill()
    assert ended(run) == "done"
    assert epochs(run) == list(range(1, 16))
    assert run.history()[-1]["begin"] >= 2
