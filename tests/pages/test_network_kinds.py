"""Every page with a network of every kind: several outputs or inputs, vectors, one row, one layer, the deepest."""

import json
import re
from pathlib import Path
from typing import Any

import apptest
import pytest
from apptest import html, said, text
from network_kinds import KINDS, conv, dense, image, keras_file
from profiles import thorough
from streamlit.testing.v1 import AppTest

from cnnlab import costs
from cnnlab.__main__ import main
from cnnlab.backends.keras_calls import refusal
from cnnlab.graph import block_name, entries, named, outputs
from cnnlab.network import Applied, Network
from cnnlab.rewrites import REWRITES
from cnnlab.ui.compare.page_state import MOST, VIEWS
from cnnlab.ui.widgets.model_downloads import exports
from cnnlab.units import full, short

SECTIONS = {
    "inspect": ("every_layer", "more.files", "more.memory", "more.code"),
    "build": ("build.files0",),
    "compare": (),
    "savings": ("savings.changes", "savings.refused"),
    "transfer": ("transfer.settings", "transfer.ledger", "transfer.experiments"),
}
"""Folded sections of the pages that show a network."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNLAB_RUNS", str(tmp_path / "runs"))


# Seconds a page; the larger run opens them.
LARGE = ("the deepest case study", "most layers", "the deepest file")


@pytest.fixture(params=[thorough(kind) if kind in LARGE else kind for kind in KINDS])
def network(request: pytest.FixtureRequest) -> Network:
    return Network.parse(KINDS[request.param]())


def unfolded(page: str, **params: str | list[str]) -> AppTest:
    """Return the page with every section of it open."""
    at = apptest.opened(page, **params)
    assert not at.exception
    for key in SECTIONS[page]:
        at.session_state[key] = True
    return at.run()


def test_every_section_of_inspect(network: Network) -> None:
    at = unfolded("inspect", network=str(network))
    assert not at.exception
    assert said(at) == []
    total = costs.totals(network.graph())
    assert f"{total.macs:,}" in html(at)
    assert [len(frame.value) for frame in at.dataframe][1] == total.layers
    assert "Memory by precision" in html(at)
    assert "One training step at batch 32" in text(at)
    assert [button.label for button in at.get("download_button")][:2] == ["Layers as CSV", "Graph as JSON"]
    assert "None" not in text(at)
    assert "nan" not in text(at).lower().split()


def with_an_unknown_layer() -> Network:
    """Return a network that rewrites apply to, with a batch norm and a layer that no reader understands."""
    normed = ("BatchNormalization", "norm", {}, ("wide",))
    own = ("OwnLayer", "own", {}, ("norm",))
    rows = [image(), conv("first", "image", 8), conv("wide", "first", 16), normed, own]
    rows.append(("GlobalAveragePooling2D", "pool", {"built_for": [None, 32, 32, 16]}, ("own",)))
    return Network.parse(keras_file([*rows, dense("label", "pool")]))


def test_every_total_of_a_network_with_an_unknown_layer_is_at_least_that() -> None:
    network = with_an_unknown_layer()
    total = costs.totals(network.graph())
    assert total.at_least
    rewritten = network.rewritten(Applied.of("scale_width"))
    found = 0
    for at in (
        unfolded("inspect", network=str(network)),
        *(unfolded("compare", network=[str(network), "lenet5"], show=view) for view in ("stages", "depth")),
        unfolded("savings", swap=str(rewritten)),
    ):
        shown = text(at)
        for number in {form(each) for form in (full, short) for each in (total.params, total.macs)}:
            for place in re.finditer(rf"(?<![\d,.]){re.escape(number)}(?![\d,])", shown):
                # The second form of a total is below its first.
                assert (
                    shown[: place.start()].endswith("at least ")
                    or "numbers" in shown[place.start() :][:40]
                    or (re.search(r"at least [\d,]+$", shown[: place.start()]))
                ), shown[max(0, place.start() - 60) : place.end() + 40]
                found += 1
    assert found > 8


def test_savings_of_a_network_with_an_unknown_layer_are_differences() -> None:
    network = with_an_unknown_layer()
    rewritten = network.rewritten(Applied.of("scale_width"))
    shown = text(unfolded("savings", swap=str(rewritten))).partition("Rewrite it further")[0]
    old, new = costs.totals(network.graph()), costs.totals(rewritten.graph())
    assert f"{short(old.macs - new.macs)} fewer MACs and {short(old.params - new.params)} fewer parameters" in shown
    assert "in the layers that are understood" in shown
    assert "times fewer" not in shown
    assert "batch norm" in shown
    assert "unknown: OwnLayer" in shown
    assert "no weights" not in shown


def test_counts_of_tools_are_shown_only_where_they_are_known() -> None:
    unknown, sequence, plain = with_an_unknown_layer(), Network.parse(KINDS["a sequence"]()), Network.parse("lenet5")
    shown = [text(apptest.opened("inspect", network=str(each))) for each in (unknown, sequence, plain)]
    assert all("Why does my tool print another number?" in each for each in shown)
    assert ["torchinfo" in each.partition("Why does my tool")[2] for each in shown] == [False, False, True]
    assert "it depends on layers that are not understood" in shown[0]
    assert "What tools print is not computed here for these kinds of layers: conv and LSTM." in shown[1]
    for network in (unknown, sequence):
        at = text(apptest.opened("inspect", network=str(network), count_as="torchinfo"))
        assert "All counts here are MACs." in at
        assert "MACs in all" in at


def test_a_network_that_cannot_be_built_again_is_refused_with_its_layer_and_a_way_out() -> None:
    network = with_an_unknown_layer()
    assert refusal(network.graph()) == "its layer “own” (OwnLayer) was not understood"
    shown = text(apptest.opened("transfer", network=str(network)))
    assert "The network “model” cannot be trained here: its layer “own” (OwnLayer) was not understood." in shown
    assert "Train it with your own code." in shown


def test_letters_of_a_layer_mean_what_they_mean_there() -> None:
    rows = [
        image("words", (30,)),
        ("Embedding", "embedding", {"input_dim": 1000, "output_dim": 16}, ("words",)),
        ("MultiHeadAttention", "attention", {"num_heads": 2, "key_dim": 8}, ("embedding", "embedding")),
        ("LayerNormalization", "norm", {"axis": -1}, ("attention",)),
        ("LSTM", "lstm", {"units": 5}, ("norm",)),
        dense("label", "lstm"),
    ]
    network = keras_file(rows)

    def letters(layer: str) -> str:
        shown = html(apptest.opened("inspect", network=network, layer=layer))
        return re.findall(r'<p class="letters">(.*?)</p>', shown)[0]

    assert letters("embedding") == "c: entries · k: numbers of an entry"
    assert "k: units" in letters("lstm")
    assert "gates: sets of weights" in letters("lstm")
    for letter in ("h", "e", "v", "q", "t", "c1", "c2", "c3", "k"):
        assert re.search(rf"(^|· ){letter}: ", letters("attention")), letter
    assert "positions along a side" not in letters("attention")
    assert "At each position, mean and variance are computed over the channels." in text(
        apptest.opened("inspect", network=network, layer="norm")
    )


def test_rewrites_that_do_not_apply_to_a_sequence_say_why() -> None:
    sequence, words = Network.parse(KINDS["a sequence"]()), Network.parse(KINDS["vectors"]())
    shown = text(unfolded("savings", swap=str(sequence)))
    assert "there is no convolution of an image" in shown
    assert "after the first convolution" not in shown
    assert "only the classifier has a width" not in shown
    shown = text(unfolded("savings", swap=str(words)))
    assert "there is no convolution." in shown


def test_every_layer_of_inspect(network: Network) -> None:
    names = list(named(network.graph()))
    at = apptest.opened("inspect", network=str(network))
    for name in (names[0], names[len(names) // 2], block_name(names[-1]), names[-1]):
        at.query_params["layer"] = name
        at = apptest.opened("inspect", network=str(network), layer=name)
        assert not at.exception
        assert said(at) == []
        assert name in text(at)


def test_files_and_a_layer_by_another_counting_convention(network: Network) -> None:
    name = list(named(network.graph()))[-1]
    at = unfolded("inspect", network=str(network), count_as="tf_profiler", layer=name)
    assert not at.exception
    assert said(at) == []


def test_inspect_with_a_prediction(network: Network) -> None:
    at = apptest.opened("inspect", network=str(network), predict="on")
    assert not at.exception
    assert said(at) == []


def test_every_file_is_made(network: Network) -> None:
    made = [(file.label, file.make()) for file in exports(network)]
    assert all(content for _, content in made)
    if refusal(network.graph()) is None:
        assert "Keras source" in dict(made)
        assert "PyTorch source" in dict(made)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("first", range(0, len(KINDS), MOST))
def test_every_view_of_compare(first: int, view: str) -> None:
    networks = [Network.parse(make()) for make in [*KINDS.values()][first : first + MOST]]
    at = apptest.opened("compare", network=[*map(str, networks)], show=view)
    assert not at.exception
    assert said(at) == []
    for network in networks:
        total = costs.totals(network.graph())
        assert f"{total.params:,}" in html(at)
        field = "none" if total.receptive_field is None else f"{total.receptive_field:,} px"
        assert "at most " * total.receptive_field_at_most + field in text(at)


def test_every_section_of_savings(network: Network) -> None:
    at = unfolded("savings", swap=str(network))
    assert not at.exception
    assert said(at) == []
    for name in REWRITES:
        rewritten = network.rewritten(Applied.of(name))
        try:
            rewritten.graph()
        except ValueError:
            continue
        at = unfolded("savings", swap=str(rewritten))
        assert not at.exception
        assert said(at) == []
        assert "stage by stage" in text(at)


@pytest.mark.parametrize("page", ["build", "transfer"])
def test_every_section_of_pages_that_may_refuse_it(network: Network, page: str) -> None:
    at = unfolded(page, network=str(network))
    assert not at.exception


def test_the_command_line(network: Network, capsys: pytest.CaptureFixture[str]) -> None:
    total = costs.totals(network.graph())
    assert main(["cost", str(network)]) == 0
    field = re.search(r"receptive field +(at most )?(\d+|none)", capsys.readouterr().out)
    assert field
    assert field[2] == str(total.receptive_field or "none")
    assert bool(field[1]) == total.receptive_field_at_most
    assert main(["cost", str(network), "--csv"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == total.layers + 1
    assert main(["cost", str(network), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["totals"]["receptive_field"] == total.receptive_field
    assert document["totals"]["receptive_field_at_most"] == total.receptive_field_at_most
    assert {type(layer["receptive_field_at_most"]) for layer in document["layers"]} == {bool}


@pytest.mark.slow
def test_keras_makes_it_from_the_source_and_from_the_graph(network: Network) -> None:
    from cnnlab.backends.keras import to_keras

    root = network.graph()
    source = {file.label: file.make for file in exports(network)}.get("Keras source")
    if not source:
        pytest.skip("it has a layer that Keras cannot make again")
    made: dict[str, Any] = {"__name__": "made"}
    exec(source(), made)
    for model in (made["model"], to_keras(root)):
        assert model.count_params() == costs.totals(root).params
        assert [tuple(head.shape[1:]) for head in model.outputs] == [head.shape for head in outputs(root)]
        assert [tuple(each.shape[1:]) for each in model.inputs] == [each.shape for each in entries(root)]
