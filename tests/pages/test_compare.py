"""Compare without a browser: networks in the URL, every view, guesses, and networks that cannot be built."""

import re

import apptest
import pytest
from apptest import html, said, text
from profiles import thorough
from streamlit.testing.v1 import AppTest

from cnnlab import costs, zoo
from cnnlab.graph import named
from cnnlab.measuring import LayerTiming, Timing, jobs
from cnnlab.network import Network
from cnnlab.rewrites import REWRITES, reason_against
from cnnlab.scaling import SWEEPS
from cnnlab.ui.compare import page_state, speed, stages
from cnnlab.ui.study import study
from cnnlab.workers import Job, Queue, State

PAGE = "compare"


def opened(*networks: str, **params: str) -> AppTest:
    """Return Compare as a link with these networks opens it."""
    return apptest.opened(PAGE, network=list(networks) or ["resnet50", "mobilenet_v1"], **params)


def test_the_page_opens_with_a_sentence_and_totals() -> None:
    at = apptest.opened(PAGE)
    assert not at.exception
    assert "ResNet-50 does 6.8 times as many MACs as MobileNet v1" in text(at)
    for number in ("25,636,712", "3,857,973,248", "568,740,352 (÷ 6.8)", "74.9 % (ImageNet, one crop)"):
        assert number in text(at)


@pytest.mark.parametrize(
    ("name", "view"),
    [
        ("googlenet", "stages"),
        ("efficientnet_b0", "depth"),
        ("lenet5", "accuracy"),
        *(thorough(name, view) for name in zoo.names() for view in ("stages", "depth", "accuracy")),
    ],
)
def test_every_case_study_in_every_view(name: str, view: str) -> None:
    other = "lenet5" if name != "lenet5" else "vgg16"
    at = opened(name, other, show=view)
    assert not at.exception
    assert said(at) == []
    total = costs.totals(zoo.build(name))
    assert f"{total.macs:,}" in text(at)
    assert f"{total.params:,}" in text(at)
    assert len(at.get("plotly_chart")) == 1


def test_a_measure_is_kept_while_a_view_without_it_is_shown() -> None:
    at = opened("lenet5", "mobilenet_v1", show="stages", measure="params")
    for view in ("scaling", "time", "depth", "scaling", "accuracy"):
        at.segmented_control(key=page_state.VIEW).set_value(view).run()
        assert not at.exception, view
    assert at.segmented_control(key=page_state.MEASURE).value == "params"


@pytest.mark.parametrize("measure", page_state.MEASURES)
def test_stages_add_up(measure: str) -> None:
    at = opened("resnet50", "mobilenet_v1 standard_conv", "inception_v3", measure=measure, baseline="2")
    assert not at.exception
    networks = [Network.parse(each) for each in ("resnet50", "mobilenet_v1+standard_conv", "inception_v3")]
    values = [getattr(costs.totals(network.graph()), measure) for network in networks]
    assert all(f"{value:,}" in text(at) for value in values)
    assert f"−{values[1] - values[0]:,}" in text(at) or f"+{values[0] - values[1]:,}" in text(at)
    assert "MobileNet v1 + standard convolutions, baseline" in text(at)


def test_networks_are_added_duplicated_and_removed() -> None:
    at = opened("vgg16", "resnet18 drop_skips")
    at.button(key="compare.add").click().run()
    assert at.query_params["network"] == ["vgg16", "resnet18 drop_skips", "efficientnet_b0"]
    first, second, third = at.session_state[page_state.STATE].slots
    at.button(key=f"{second.key}.copy").click().run()
    assert at.query_params["network"] == ["vgg16", "resnet18 drop_skips", "resnet18 drop_skips", "efficientnet_b0"]
    assert "ResNet-18 + no skips (2)" in text(at)
    at.button(key=f"{third.key}.base").click().run()
    assert at.query_params["baseline"] == "4"
    at.button(key=f"{first.key}.remove").click().run()
    assert at.query_params["network"] == ["resnet18 drop_skips", "resnet18 drop_skips", "efficientnet_b0"]
    assert at.query_params["baseline"] == "3"
    at.selectbox(key=f"{second.key}.name").select("vgg11").run()
    assert at.query_params["network"][0].startswith("vgg11")
    for _ in range(3):
        at.button(key="compare.add").click().run()
    assert len(at.session_state[page_state.STATE].slots) == 6
    assert not any(button.key == "compare.add" for button in at.button)
    assert not at.exception


def test_the_last_two_networks_cannot_be_removed() -> None:
    at = opened("vgg16", "resnet18")
    assert all(button.disabled for button in at.button if str(button.key).endswith(".remove"))


@pytest.mark.parametrize(
    ("networks", "params", "sentence"),
    [
        (("vgg99", "resnet50"), {}, "There is no network 'vgg99'"),
        (("vgg16?kernel=3", "resnet50"), {}, "VGG-16 has no knob 'kernel'"),
        (("vgg16 unskip", "resnet50"), {}, "There is no rewrite 'unskip'"),
        (("vgg16",) * 9, {}, "At most 6 networks can be compared"),
        (("vgg16", "vgg19"), {"baseline": "7"}, "Baseline must be a whole number from 1 to 2, not 7"),
        (("vgg16", "vgg19"), {"show": "nonsense"}, "Show must be one of stages"),
        (("vgg16", "vgg19"), {"foo": "1"}, "This page has no setting 'foo', so it is ignored"),
        (("[a](http://b)", "vgg19"), {}, "There is no network '[a](http://b)'"),
        (("9" * 7000, "vgg19"), {}, "A network reference has at most 6500 characters"),
        (("vgg16", "vgg19"), {"show": "scaling", "sweep": "x"}, "Sweep must be one of"),
        (("vgg16", "vgg19"), {"show": "scaling", "max_params": "0"}, "Parameter limit: a limit is 1 or more, not 0"),
        (("vgg16", "vgg19"), {"show": "scaling", "max_macs": "−5"}, "MAC limit: a limit is 1 or more, not −5"),
        (("vgg16", "vgg19"), {"show": "scaling", "max_macs": "lots"}, "MAC limit: “lots” cannot be read"),
        (
            ("vgg16", "vgg19"),
            {"show": "scaling", "sweep": "efficientnet_phi", "at": "zz:1,:,phi"},
            "'zz' is not a knob of this family",
        ),
    ],
)
def test_an_invalid_link_warns_and_shows_the_default(
    networks: tuple[str, ...], params: dict[str, str], sentence: str
) -> None:
    at = opened(*networks, **params)
    assert not at.exception
    assert not sentence or any(one.startswith(sentence) for one in said(at)), said(at)
    assert "MACs" in text(at)


def test_a_network_that_cannot_be_built_is_an_error_and_the_others_stay() -> None:
    at = opened("inception_v3?input_size=60", "resnet50", "lenet5")
    assert not at.exception
    assert any("Inception v3 (input size 60) cannot be built" in one for one in said(at))
    assert "3,857,973,248" in text(at)
    at = opened("inception_v3?input_size=60", "resnet50")
    assert any("Two networks that can be built are needed" in each.value for each in at.info)
    assert at.query_params["network"] == ["inception_v3?input_size=60", "resnet50"], "what was set is not lost"


@pytest.mark.parametrize("rewrite", REWRITES)
def test_a_rewrite_that_does_not_apply_takes_no_comparison_away(rewrite: str) -> None:
    """Of LeNet-5 hardly any applies; what is asked for stays in the URL."""
    at = opened(f"lenet5 {rewrite}", "resnet50")
    assert not at.exception
    reason = reason_against(zoo.build("lenet5"), rewrite)
    assert said(at) == ([f"LeNet-5 is shown without “{REWRITES[rewrite].does}”: {reason}."] if reason else [])
    assert "3,857,973,248" in text(at)
    assert at.query_params["network"] == [Network.parse(f"lenet5+{rewrite}").url_text, "resnet50"]


def test_a_rewritten_network_with_published_accuracy_is_in_the_plot() -> None:
    at = opened("mobilenet_v1 standard_conv", "efficientnet_b0", show="accuracy")
    assert "MobileNet v1 + standard convolutions 71.7 % with 4.87 G" in text(at)
    assert "EfficientNet-B0 is on the efficient frontier" in text(at)
    at = opened("mobilenet_v1?width=0.5", "resnet20_cifar", show="accuracy")
    missing = "CNN Lab has no published one-crop accuracy on ImageNet for MobileNet v1 (width 0.5) and ResNet-20"
    assert missing in text(at)


@pytest.mark.parametrize("sweep", SWEEPS)
def test_every_sweep(sweep: str) -> None:
    at = opened(show="scaling", sweep=sweep, max_macs="1 G")
    assert not at.exception
    assert said(at) == []
    assert "fit" in text(at)
    assert len(at.get("plotly_chart")) == 1


def test_a_budget_shades_networks_that_do_not_fit() -> None:
    at = opened(show="scaling", max_macs="300M", max_params="2 M")
    assert "networks fit; the largest of them: " in text(at)
    assert at.query_params["max_macs"] == "300M"
    at.text_input(key="compare.sweep.max_macs").input("1").run()
    assert "None of" in text(at)
    at.selectbox(key="compare.sweep.sweep").select("efficientnet_width_depth").run()
    assert not at.exception
    assert at.query_params["sweep"] == "efficientnet_width_depth"


@pytest.mark.parametrize("name", ["vgg16", "resnet50", "googlenet", "mobilenet_v1", "lenet5"])
def test_layers_along_the_depth_are_told_from_the_depth(name: str) -> None:
    network = Network.parse(name)
    said_ = stages._depth((network,), "macs", False)[1]
    found = re.search(r"at layer \d+ of (\d+)(?: \(its depth, along the longest path, is (\d+)\))?", said_)
    assert found
    assert int(found[2] or found[1]) == study(network).totals.depth
    assert found[1] != found[2]


def test_predict_then_reveal() -> None:
    at = opened("vgg16", "mobilenet_v1", predict="on")
    assert "15,470,264,320" not in text(at)
    assert "How many times as many MACs does VGG-16 do as MobileNet v1?" in text(at)
    at.text_input(key="predict.guessed.compare").input("27")
    at.button(key="predict.check.compare").click().run()
    assert not at.exception
    assert "Right: it is 0.7 % off. The answer is 27 times." in text(at)
    assert "15,470,264,320 / 568,740,352 ≈ 27.201" in text(at)
    assert "138,357,544" in html(at)


class Stub:
    """A queue that is asked like the real one and measures nothing."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.states: dict[tuple[str, str], State] = {}

    def submit(self, who: str, job: Job, again: bool = False) -> None:
        network, task = job.key
        self.asked.append((str(network), task))

    def state(self, who: str, key: tuple[Network, str]) -> State:
        return self.states.get((str(key[0]), key[1]), State())

    def cancel(self, who: str, key: tuple[Network, str]) -> None:
        self.states.pop((str(key[0]), key[1]), None)


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Stub:
    found = Stub()
    monkeypatch.setattr("cnnlab.ui.queue.queue", lambda: found)
    return found


def timing(milliseconds: float) -> Timing:
    return Timing(tuple([milliseconds / 1e3] * 5), 2, "a test's machine", 0.0)


def test_times_are_measured_and_shown(stub: Stub) -> None:
    at = opened("resnet50", "mobilenet_v1", show="time")
    assert not at.exception
    at.button(key="compare.measure_here").click().run()
    assert stub.asked == [("resnet50", "network"), ("mobilenet_v1", "network")]
    stub.states[("resnet50", "network")] = State("done", "measured", 1.0, timing(80))
    stub.states[("mobilenet_v1", "network")] = State("done", "measured", 1.0, timing(40))
    at.run()
    assert not at.exception
    assert "ResNet-50 does 6.8 times as many MACs as MobileNet v1 and takes 2.0 times as long here" in text(at)
    assert "MACs alone do not predict the time" in text(at)
    assert "a test's machine, 2 threads" in text(at)
    assert len(at.get("plotly_chart")) == 2
    layers = len(named(zoo.build("resnet50")))
    result = LayerTiming(tuple([1e-3] * layers), layers, 2, "a test's machine", 0.0)
    stub.states[("resnet50", "layers")] = State("done", "measured", 1.0, result)
    at.run()
    assert not at.exception
    assert f"{layers} ms, is not the network's time" in text(at)
    assert "too short" not in text(at)


@pytest.mark.parametrize(
    ("long", "said_", "title"),
    [
        (0, "No layer takes longer than a call that does nothing: each is too short to measure.", "slowest"),
        (
            1,
            "12 layers are too short to measure: they take no longer than a call that does nothing.",
            "The slowest layer",
        ),
        (12, "1 layer is too short to measure: it takes no longer than", "The 12 slowest layers"),
    ],
)
def test_layers_too_short_to_measure_are_not_among_the_slowest(long: int, said_: str, title: str) -> None:
    network = Network.parse("lenet5")
    layers = len(named(network.graph()))
    seconds = (0.0, *[1e-3] * long, *[0.0] * (layers - 1 - long))
    figure, table, sentence = speed._by_block(network, LayerTiming(seconds, layers, 2, "a test's machine", 0.0))
    assert sentence.endswith(said_) or said_ in sentence
    assert (title in table) == bool(long)
    assert not re.search(r"\b0 ms", table + str(figure.to_dict()["data"]))


def test_a_refused_measurement_warns(stub: Stub) -> None:
    stub.states[("resnet50", "network")] = State("failed", "it needs about 9 GB, 1 GB is free here", 0.0)
    stub.states[("mobilenet_v1", "network")] = State("running", "run 7 of 30", 0.4)
    at = opened("resnet50", "mobilenet_v1", show="time")
    assert not at.exception
    assert "ResNet-50: it needs about 9 GB, 1 GB is free here" in said(at)
    at.button(key="compare.stop").click().run()
    assert not at.exception
    assert said(at) == []


def test_a_network_too_large_for_the_machine_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "available", lambda: 8_000_000_000)
    queue = Queue()
    monkeypatch.setattr("cnnlab.ui.queue.queue", lambda: queue)
    monkeypatch.setattr(Queue, "_start", lambda self, lane: None)
    at = opened("efficientnet_b7 standard_conv", "lenet5", show="time")
    at.button(key="compare.measure_here").click().run()
    assert any("standard convolutions: " in one and "8.00 GB" in one for one in said(at)), said(at)
