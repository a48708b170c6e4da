"""Runs on disk: made, listed, copied, deleted; and what damage by hand, kills and full disks do to one of them only."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from cnnlab.data import references
from cnnlab.training import Spec, run_folder, runs
from cnnlab.training.run_folder import CHECKPOINT, EVENTS, MODEL, REPORT, SPEC, STATUS, Run
from cnnlab.training.runs import RunSummary
from cnnlab.training.spec import changed


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CNNLAB_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def epoch(n: int, number: int, **more: object) -> run_folder.Event:
    return {"n": n, "event": "epoch", "time": 1.5, "phase": "head", "epoch": number, "loss": 1 / number} | more


def finished() -> Run:
    run = runs.create(Spec())
    run.append([epoch(1, 1), epoch(2, 2)])
    run.put(MODEL, b"PK")
    run.put(REPORT, b'{"accuracy": 0.7}')
    run.note(phase="done", started=1.0, ended=2.0)
    return run


def test_a_run_is_made_listed_copied_and_deleted(here: Path) -> None:
    assert runs.find() == []
    run = runs.create(Spec(per_class=10), "anna")
    assert run.spec() == Spec(per_class=10)
    assert runs.get(run.name) == run
    assert (run.status().phase, run.status().owner, run.status().live) == ("waiting", "anna", True)
    with pytest.raises(ValueError, match="has not ended; cancel it first"):
        runs.delete(run)
    runs.cancel(run)
    assert (run.folder / run_folder.CANCEL).exists()
    run.note(phase="done", text="Test accuracy 70 %.")
    copy = runs.create(changed(run.spec(), per_class=50), "ben")
    assert (copy.spec().per_class, copy.status().owner) == (50, "ben")
    assert [each.name for each in runs.find()] == [copy.name, run.name], "the newest first, in one second too"
    assert [each.name for each in runs.find("Textures 10 ACCURACY")] == [run.name]
    assert [each.name for each in runs.find(phase="waiting")] == [copy.name]
    assert [each.name for each in runs.find(owner="anna")] == [run.name]
    assert [each.name for each in runs.find(live=True)] == [copy.name]
    assert [each.name for each in runs.find(live=False, owner="ben")] == []
    runs.delete(run)
    assert [path.name for path in here.iterdir()] == [copy.name]
    for name in (run.name, "", "..", f"../runs/{copy.name}", "20250101-000000-01234567-0123"):
        with pytest.raises(ValueError, match="no longer on this server"):
            runs.get(name)


def test_the_history_has_each_epoch_once() -> None:
    run = runs.create(Spec())
    assert run.history_csv() == "\n"
    run.append([epoch(1, 1), {"n": 2, "event": "step", "time": 1.0}, epoch(3, 2, accuracy=0.5)])
    run.append([epoch(4, 2, accuracy=0.6, note="=cmd()", flag=True), epoch(5, 1, phase="tuning", loss=float("nan"))])
    assert run.history_csv() == "phase,epoch,loss,accuracy\nhead,1,1.0,\nhead,2,0.5,0.6\ntuning,1,nan,\n"
    code = f"from cnnlab.training import runs; print(len(runs.get({run.name!r}).events()[0]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "5", "another process reads it"


def test_a_half_written_line_is_skipped() -> None:
    run = finished()
    with (run.folder / EVENTS).open("ab") as file:
        file.write(b'{"n": 3, "event": "epo')  # the writer was killed here
    assert [event["n"] for event in run.events()[0]] == [1, 2]
    assert run.events()[1] == 0, "it may still be written to its end"
    run.append([epoch(3, 3)])
    assert [event["n"] for event in run.events()[0]] == [1, 2, 3]
    assert runs.problems(run) == ("1 line of its events cannot be read and are missing in its history",)


def test_readers_never_see_half_a_file() -> None:
    run = runs.create(Spec())
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            run.put(CHECKPOINT, bytes([number % 256]) * 100_000)
            run.append([epoch(number, number)])
            run.note(before=number)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(200):
            assert runs.problems(run) == ()
            data = run.checkpoint()
            assert data is None or (len(data) == 100_000 and len(set(data)) == 1)
            numbers = [event["n"] for event in run.events()[0]]
            assert numbers == list(range(1, len(numbers) + 1))
    finally:
        stop.set()
        writer.join()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _holds(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


DAMAGE = [
    (SPEC, Path.unlink, "spec.json of this run is missing; restore it from a copy, or delete the run"),
    (SPEC, _holds(b""), "spec.json of this run is damaged: this file is empty"),
    (SPEC, _holds(b"[" * 50_000), "spec.json of this run is damaged: this JSON nests"),
    (SPEC, _holds(b" " * 70_000), "it has more than 60,000 bytes"),
    (SPEC, _holds(b'{"format": "cnnlab.spec", "version": 1, "batch": 0}'), "batch must be a whole number"),
    (SPEC, _folder, "it is not a regular file"),
    (SPEC, _link, "it is not a regular file"),
    (SPEC, _pipe, "it is not a regular file"),
    (STATUS, Path.unlink, "status.json of this run is missing"),
    (STATUS, _holds(b"{}"), "status.json of this run is damaged: it names no phase"),
    (STATUS, _holds(b'{"phase": ["done"]}'), "it names no phase"),
    (STATUS, _holds(b'{"phase": "done", "ended": "now"}'), "ended cannot be 'now'"),
    (STATUS, _pipe, "it is not a regular file"),
    (EVENTS, _holds(b'\x00\xff\n{"n": 1}\n[]\n' + b"[" * 9000 + b"\n"), "4 lines of its events cannot be read"),
    (EVENTS, _folder, "it is not a regular file"),
    (EVENTS, lambda path: os.truncate(path, run_folder.MOST_EVENTS + 1), "more than 33,554,432 bytes"),
    (REPORT, _holds(b"[]"), "report.json of this run is damaged: it has no report"),
    (REPORT, _holds(b'{"accuracy":'), "this JSON is incomplete"),
    (MODEL, Path.unlink, "its model is missing; duplicate the run"),
    (MODEL, _link, "its model is missing"),
]


@pytest.mark.parametrize(("name", "damage", "said"), DAMAGE, ids=[f"{each[0]}-{each[2][-25:]}" for each in DAMAGE])
def test_damage_of_one_run_is_named_and_leaves_the_others(
    name: str, damage: Callable[[Path], object], said: str
) -> None:
    good, bad = finished(), finished()
    damage(bad.folder / name)
    listed = {each.name: each for each in runs.find()}
    assert set(listed) == {good.name, bad.name}
    assert listed[good.name].problems == runs.problems(good) == ()
    problems = runs.problems(bad)
    assert len(problems) == 1
    assert said in problems[0]
    assert not listed[bad.name].live
    runs.delete(bad)
    assert [each.name for each in runs.find()] == [good.name]
    assert Path("/etc/passwd").exists()


def test_other_folders_are_not_listed(here: Path) -> None:
    run = finished()
    (here / "notes.txt").write_text("x")
    (here / "mine").mkdir()
    (here / run.name.replace(run.name[-6:], "abcdef")).symlink_to(run.folder)
    left = here / f".{run.name}.part"
    left.mkdir()
    os.utime(left, (0, 0))
    assert [each.name for each in runs.find()] == [run.name]
    runs.create(Spec())
    assert not left.exists(), "what a killed process left is removed"


FULL = """
import resource, sys
from cnnlab.training import Spec, runs
from cnnlab.training.run_folder import *
run, other = runs.create(Spec()), runs.create(Spec())
run.put(CHECKPOINT, b"first")
run.append([{"n": n, "event": "step", "pad": "x" * 1000} for n in range(1, 4)])
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
long = {"n": 4, "event": "step", "pad": "x" * 1000}
for write, what in ((lambda each: run.put(CHECKPOINT, each), bytes(5000)), (run.append, [long])):
    try:
        write(what)
    except ValueError as error:
        print(error)
other.append([{"n": 1, "event": "step"}])
other.put(CHECKPOINT, b"small")
print(run.checkpoint(), len(run.events()[0]), runs.problems(run))
print(sorted(path.name for path in run.folder.iterdir()))
"""


@pytest.mark.skipif(os.name == "nt", reason="limits of a process are POSIX's")
def test_a_full_disk_raises_a_sentence_and_keeps_the_old_files(here: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL], capture_output=True, text=True, check=True)
    first, second, kept, files = done.stdout.splitlines()
    assert first.endswith("is full; free some space and try again")
    assert second == first
    assert kept == "b'first' 3 ()"
    assert files == "['checkpoint', 'events.jsonl', 'spec.json', 'status.json']"


def test_a_really_full_disk_raises_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)]
    if os.name == "nt" or subprocess.run(mounted, capture_output=True, check=False).returncode:
        pytest.skip("only root may make a small disk")
    try:
        run, good = runs.create(Spec(), within=small), finished()  # on two disks
        with pytest.raises(ValueError, match="is full; free some space and try again"):
            run.put(CHECKPOINT, bytes(100_000))
        for number in range(1, 41):
            run.append([epoch(number, number, pad="x" * 1000)])
        with pytest.raises(ValueError, match="is full"):
            run.append([epoch(41, 41, pad="x" * 30_000)])
        fill = (small / "filler").open("wb", buffering=0)
        with fill, suppress(OSError):
            while fill.write(bytes(4096)):
                pass
        with pytest.raises(ValueError, match="is full"):
            runs.create(Spec(), within=small)
        events, lost = run.events()
        assert (len(events), lost) == (40, 0)
        assert [each.problems for each in runs.find(within=small)] == [()]
        good.append([epoch(3, 3)])
        (small / "filler").unlink()
        run.append([epoch(41, 41, pad="x" * 10_000)])
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_parts_that_a_killed_process_left_in_a_run_are_removed(here: Path) -> None:
    run = finished()
    old, new = run.folder / ".abc.part", run.folder / ".def.part"
    for part in (old, new):
        part.write_bytes(b"half a checkpoint")
    os.utime(old, (0, 0))
    (here / "mine").mkdir()
    others = here / "mine" / ".abc.part"
    others.write_bytes(b"of nobody here")
    os.utime(others, (0, 0))
    runs.create(Spec())
    assert (old.exists(), new.exists(), others.exists()) == (False, True, True)


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot change the time zone of a process")
def test_names_and_order_do_not_depend_on_the_local_time(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for zone, now in (("Asia/Tokyo", 1_800_000_000.0), ("America/New_York", 1_800_000_100.0)):
        with monkeypatch.context() as moved:
            moved.setenv("TZ", zone)
            time.tzset()
            moved.setattr(time, "time", lambda now=now: now)
            made.append(runs.create(Spec()))
    time.tzset()
    assert [run.name[:15] for run in made] == ["20270115-080000", "20270115-080140"]
    # A name of before told the time of another place.
    earlier = Run(made[0].folder.rename(made[0].folder.with_name(f"20280101{made[0].name[8:]}")))
    damaged = runs.create(Spec())
    (damaged.folder / STATUS).unlink()
    assert [each.name for each in runs.find()] == [made[1].name, earlier.name, damaged.name]


def test_listing_reads_only_runs_that_changed(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = runs.create(Spec(seed=1)), runs.create(Spec(seed=2))
    first = Run(first.folder.rename(first.folder.with_name(f"20280101{first.name[8:]}")))  # another clock's name
    read: list[str] = []
    summary = runs.summary

    def counted(run: Run) -> RunSummary:
        read.append(run.name)
        return summary(run)

    monkeypatch.setattr(runs, "summary", counted)
    for words in ("", "textures"):
        assert [each.name for each in runs.find(words)] == [second.name, first.name], "by the time in their status"
    assert sorted(read) == sorted([first.name, second.name]), "each of them once"
    second.note(phase="failed")
    assert [each.name for each in runs.find(phase="failed", age=60.0)] == [], "as it was a moment ago"
    assert [each.name for each in runs.find(phase="failed")] == [second.name]
    assert len(read) == 3
    (first.folder / "spec.json").write_text("{nonsense")
    assert [each.phase for each in runs.find()] == ["failed", "damaged"]
    third = runs.create(Spec())
    assert third.name in [each.name for each in runs.find(age=60.0)], "a new one is seen at once"
    runs.delete(second)
    assert second.name not in [each.name for each in runs.find(age=60.0)]


def test_runs_are_found_by_their_title_on_screen(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, _ = runs.create(Spec(data="upload:0123456789abcdef")), runs.create(Spec())
    monkeypatch.setattr(references, "short_name", lambda data: "Ducks & geese" if data.startswith("upload") else data)
    assert [each.name for each in runs.find("GEESE")] == [run.name]
