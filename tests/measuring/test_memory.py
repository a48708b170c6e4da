"""What does not fit is refused, in words; the limits of a container count."""

from pathlib import Path

import pytest

from cnnlab import zoo
from cnnlab.measuring import memory
from cnnlab.measuring.memory import available, needed, refusal
from cnnlab.measuring.process import explain
from cnnlab.network import Network

# Peak resident size of the working process in MB, as in the module's table.
MEASURED = {
    "lenet5": 661,
    "mobilenet_v2": 733,
    "efficientnet_b0": 769,
    "resnet50": 862,
    "efficientnet_b7": 1380,
    "vgg16": 2088,
    "googlenet?input_size=1024": 1203,
    "vgg16?input_size=448": 5994,
}


@pytest.mark.parametrize(("reference", "peak"), MEASURED.items())
def test_the_estimate_is_near_the_measurement(reference: str, peak: int) -> None:
    assert 0.97 < needed(Network.parse(reference).graph()) / (peak * 10**6) < 1.15


def test_a_large_network_is_refused_with_both_numbers() -> None:
    root = Network.parse("efficientnet_b7?input_size=1024+standard_conv").graph()
    assert refusal(root, 2_000_000_000) == (
        f"This network needs about {needed(root) / 1e9:.1f} GB of memory, and 2.00 GB are free on this computer; "
        f"choose a smaller width or input size."
    )


def test_a_network_that_fits_exactly_is_accepted() -> None:
    root = zoo.build("resnet50")
    assert refusal(root, needed(root)) is None
    assert refusal(root, needed(root) - 1)


def test_available_memory_is_positive() -> None:
    assert available() > 0


def version_2(top: Path, limit: str) -> None:
    own = top / "class" / "lab"
    own.mkdir(parents=True)
    (own / "memory.max").write_text("max\n")
    (own.parent / "memory.max").write_text(f"{limit}\n")
    for folder in (own, own.parent):
        (folder / "memory.current").write_text("700\n")
        (folder / "memory.stat").write_text("anon 1\ninactive_file 200\n")


def version_1(top: Path, limit: str) -> None:
    # As in a container: the path is the host's, the container's own group is at the top.
    own = top / "memory"
    own.mkdir()
    (own / "memory.limit_in_bytes").write_text(f"{limit}\n")
    (own / "memory.usage_in_bytes").write_text("700\n")
    (own / "memory.stat").write_text("inactive_file 100\ntotal_inactive_file 200\n")


@pytest.mark.parametrize(
    ("make", "line"),
    [(version_2, "0::/class/lab"), (version_1, "4:memory:/docker/0123\n3:cpuset:/docker/0123")],
    ids=["version 2", "version 1"],
)
def test_a_containers_limit_is_respected(
    make: object, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups, own = tmp_path / "cgroup", tmp_path / "self"
    groups.mkdir()
    own.write_text(line + "\n")
    make(groups, "1000")
    monkeypatch.setattr(memory, "CGROUPS", groups)
    monkeypatch.setattr(memory, "OWN_CGROUP", own)
    assert available() == 1000 - 700 + 200


def test_without_control_groups_there_is_no_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "OWN_CGROUP", tmp_path / "none")
    assert available() > 1000


@pytest.mark.parametrize("name", ["MemoryError", "ResourceExhaustedError"])
def test_running_out_of_memory_raises_a_sentence(name: str) -> None:
    error = type(name, (MemoryError if name == "MemoryError" else Exception,), {})("allocating")
    assert explain(error) == "Memory ran out; choose a smaller width or input size."
