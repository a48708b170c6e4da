"""Every word of the pages, in representative states: tests/golden/pages/. A copy edit changes these files alone."""

import json
import re
from pathlib import Path

import apptest
import pytest
from golden import Golden
from streamlit.testing.v1 import AppTest
from transcript import transcript

from cnnlab.network import Network
from cnnlab.recipe import Recipe, row
from cnnlab.recipe.templates import TEMPLATES
from cnnlab.ui import queue
from cnnlab.ui.convolution.benches import BENCHES
from cnnlab.ui.data.section import Chosen, look_job
from cnnlab.ui.pages import PAGES

BROKEN = str(Network.assembled(Recipe(rows=(row("conv"), row("global_pool"), row("max_pool"), row("dense")))))
SMALL = str(Network.assembled(TEMPLATES["lenet5"].make()))
# File, page, the address, and sections that are open.
STATES: tuple[tuple[str, str, dict[str, str], tuple[str, ...]], ...] = (
    ("gallery", "gallery", {}, ()),
    ("gallery by year", "gallery", {"x": "year", "y": "params", "log": "false"}, ()),
    ("inspect", "inspect", {}, ("every_layer", "more.files", "more.memory", "more.code")),
    ("inspect a block", "inspect", {"network": "googlenet", "layer": "inception3a"}, ()),
    ("inspect a layer", "inspect", {"network": "mobilenet_v2", "layer": "stage3.block2.depthwise"}, ()),
    ("inspect rewritten", "inspect", {"network": "mobilenet_v1 standard_conv", "count_as": "fvcore"}, ()),
    ("inspect, too small", "inspect", {"network": "vgg16", "input_size": "16"}, ()),
    ("inspect, no such rewrite", "inspect", {"network": "vgg16 drop_skips"}, ()),
    ("inspect, predict", "inspect", {"network": "resnet50", "predict": "on"}, ()),
    ("compare", "compare", {}, ()),
    ("compare depth", "compare", {"show": "depth"}, ()),
    ("compare accuracy", "compare", {"show": "accuracy"}, ()),
    ("compare time", "compare", {"show": "time"}, ()),
    ("compare scaling", "compare", {"show": "scaling", "max_macs": "300 M", "max_params": "2 M"}, ()),
    ("compare, predict", "compare", {"predict": "on"}, ()),
    ("compare, cannot be built", "compare", {"network": "vgg16 drop_skips"}, ()),
    ("build", "build", {}, ("build.files0",)),
    ("build a network", "build", {"network": SMALL, "row": "1", "challenge": "digits"}, ()),
    ("build, a mistake", "build", {"network": BROKEN}, ()),
    *((f"convolution {name}", "convolution", {"bench": name}, (f"{name}.numbers",)) for name in BENCHES),
    ("savings", "savings", {}, ("savings.changes",)),
    ("savings, predict", "savings", {"predict": "on"}, ()),
    ("savings, does not fit", "savings", {"trick": "grouped", "groups": "7"}, ()),
    ("transfer", "transfer", {}, ("transfer.settings",)),
    ("transfer from scratch", "transfer", {"network": "resnet20_cifar", "weights": "none"}, ()),
    ("transfer, wrong", "transfer", {"input_size": "8", "augmentation": "swirl"}, ("transfer.settings",)),
    ("runs, none", "runs", {}, ()),
    ("runs, none found", "runs", {"words": "textures"}, ()),
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNLAB_RUNS", str(tmp_path))


@pytest.mark.parametrize(("name", "page", "params", "sections"), STATES, ids=[state[0] for state in STATES])
def test_texts_of_pages_do_not_change(
    name: str, page: str, params: dict[str, str], sections: tuple[str, ...], golden: Golden
) -> None:
    if "transfer.settings" in sections:  # the page shows the classes once a thread has counted them
        counted = queue.queue().ask("test", look_job(Chosen("textures", 0)), patience=600)
        assert counted.phase == "done", counted.text
    at = apptest.opened(page, **params)
    if sections:
        for key in sections:
            at.session_state[key] = True
        at.run()
    assert not at.exception
    assert crowded_numbers(at) == []
    golden.check(f"pages/{name.replace(',', '')}", transcript(at))


def crowded_numbers(at: AppTest) -> list[str]:
    """Return numbers with their unit but without a space, 100M beside 569 M, in texts and along the axes of charts."""
    found = re.findall(r"\b\d[\d.,]*[kMG]\b", transcript(at))
    for chart in at.get("plotly_chart"):
        layout = json.loads(chart.proto.spec)["layout"]
        axes = [axis for name, axis in layout.items() if name.startswith(("xaxis", "yaxis"))]
        found += [
            f"axis {axis['title']}" for axis in axes if "s" in axis.get("tickformat", "") and not axis.get("labelalias")
        ]
    return found


def test_texts_of_every_page_are_checked() -> None:
    others = {"augment", "data"}  # their own tests do this, with stubs for their processes
    assert {page for _, page, _, _ in STATES} | others == set(PAGES), "add the page to STATES"
