"""Timing a small network, whole and layer by layer. No time is compared with a number."""

import math

import pytest

from cnnlab.backends import timing
from cnnlab.backends.timing import Effort, Timing, time_layers, time_network
from cnnlab.graph import Activation, Add, Conv, GlobalPool, Input, Outputs, named
from cnnlab.network import Network

pytestmark = pytest.mark.slow
BRIEF = Effort(runs=6, seconds=0.2, fewest=3)


class Heard(list[tuple[float, str]]):
    """Collects progress reports."""

    def __call__(self, share: float, text: str) -> None:
        self.append((share, text))

    def check(self) -> None:
        shares = [share for share, _ in self]
        assert shares == sorted(shares)
        assert 0 <= shares[0] <= shares[-1] <= 1
        assert all(text for _, text in self)


def test_a_network_is_timed() -> None:
    heard = Heard()
    found = time_network(Network.of("lenet5").graph(), heard, BRIEF)
    assert 3 <= len(found.runs) <= 6
    assert all(run > 0 for run in found.runs)
    low, high = found.quartiles
    assert min(found.runs) <= low <= found.median <= high <= max(found.runs)
    assert found.threads >= 1
    assert found.device
    heard.check()
    texts = [text for _, text in heard]
    assert texts[:3] == ["starting TensorFlow", "building the network", "warming up"]
    assert texts[-1] == f"run {len(found.runs)} of 6"


def test_each_layer_is_timed() -> None:
    root = Input((64, 64, 32))(name="input") >> Conv(64, 5) >> Conv(64, 5) >> Activation("relu")  # milliseconds each
    heard = Heard()
    found = time_layers(root, heard, BRIEF)
    by_name = dict(zip(named(root), found.seconds, strict=True))
    assert all(math.isfinite(seconds) and seconds >= 0 for seconds in found.seconds)
    assert by_name["input"] == 0
    assert by_name["conv"] > 0
    assert by_name["conv_2"] > 0
    assert found.total == sum(found.seconds)
    heard.check()


def test_equal_layers_are_timed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    x = first = Input((16, 16, 8))() >> Conv(8, 3)
    for _ in range(5):
        x = x >> Conv(8, 3)
    built = []
    compiled = timing._compiled
    monkeypatch.setattr(timing, "_compiled", lambda root: built.append(root) or compiled(root))
    found = time_layers(Add()(first, x), Heard(), BRIEF)
    assert len(built) == 2
    assert found.different == 3
    assert len(set(found.seconds[1:7])) == 1


def test_several_inputs_and_heads_run() -> None:
    x = Input((8, 8, 3))()
    both = Outputs()(x >> Conv(2, 3) >> GlobalPool("avg"), x >> Conv(3, 1))
    assert time_network(both, Heard(), BRIEF).median > 0
    assert len(time_layers(both, Heard(), BRIEF).seconds) == len(named(both))


def test_a_spread_needs_two_runs() -> None:
    with pytest.raises(ValueError, match="at least 2 runs"):
        time_network(Network.of("lenet5").graph(), Heard(), Effort(runs=1))


def test_runs_stop_at_their_number_or_time() -> None:
    assert len(timing._runs(lambda: None, Effort(runs=7, seconds=60, fewest=2))) == 7
    assert len(timing._runs(lambda: None, Effort(runs=7, seconds=0, fewest=2))) == 2


def test_threads_are_tensorflows_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "3")
    assert timing.threads() == 3


def test_median_and_quartiles() -> None:
    found = Timing((0.4, 0.1, 0.3, 0.2, 0.5), 2, "a processor", 0.0)
    assert found.median == 0.3
    assert found.quartiles == pytest.approx((0.2, 0.4))
