"""Every word of the pages, in representative states: tests/golden/pages/. A copy edit changes these files alone."""

from pathlib import Path

import pytest
import visiting
from golden import Golden
from transcript import transcript
from visiting import ROOT

from cnnlab.network import Network
from cnnlab.recipe import Recipe, row
from cnnlab.recipe.templates import TEMPLATES
from cnnlab.ui.convolution.benches import BENCHES

BROKEN = str(Network.assembled(Recipe(rows=(row("conv"), row("global_pool"), row("max_pool"), row("dense")))))
SMALL = str(Network.assembled(TEMPLATES["lenet5"].make()))
# File, page, the address, and sections that are open.
STATES: tuple[tuple[str, str, dict[str, str], tuple[str, ...]], ...] = (
    ("gallery", "networks/gallery", {}, ()),
    ("gallery by year", "networks/gallery", {"x": "year", "y": "params", "log": "false"}, ()),
    ("inspect", "networks/inspect", {}, ("every_layer", "more.files", "more.memory", "more.code")),
    ("inspect a block", "networks/inspect", {"network": "googlenet", "layer": "inception3a"}, ()),
    ("inspect a layer", "networks/inspect", {"network": "mobilenet_v2", "layer": "stage3.block2.depthwise"}, ()),
    ("inspect rewritten", "networks/inspect", {"network": "mobilenet_v1 standard_conv", "count_as": "fvcore"}, ()),
    ("inspect, too small", "networks/inspect", {"network": "vgg16", "input_size": "16"}, ()),
    ("inspect, no such rewrite", "networks/inspect", {"network": "vgg16 drop_skips"}, ()),
    ("inspect, predict", "networks/inspect", {"network": "resnet50", "predict": "on"}, ()),
    ("compare", "networks/compare", {}, ()),
    ("compare depth", "networks/compare", {"show": "depth"}, ()),
    ("compare accuracy", "networks/compare", {"show": "accuracy"}, ()),
    ("compare time", "networks/compare", {"show": "time"}, ()),
    ("compare scaling", "networks/compare", {"show": "scaling", "max_macs": "300M", "max_params": "2 M"}, ()),
    ("compare, predict", "networks/compare", {"predict": "on"}, ()),
    ("compare, cannot be built", "networks/compare", {"network": "vgg16 drop_skips"}, ()),
    ("build", "networks/build", {}, ("build.files",)),
    ("build a network", "networks/build", {"network": SMALL, "row": "1", "challenge": "digits"}, ()),
    ("build, a mistake", "networks/build", {"network": BROKEN}, ()),
    *((f"convolution {name}", "ideas/convolution", {"bench": name}, (f"{name}.numbers",)) for name in BENCHES),
    ("savings", "ideas/savings", {}, ("savings.changes",)),
    ("savings, predict", "ideas/savings", {"predict": "on"}, ()),
    ("savings, does not fit", "ideas/savings", {"trick": "grouped", "groups": "7"}, ()),
    ("transfer", "training/transfer", {}, ("transfer.settings",)),
    ("transfer from scratch", "training/transfer", {"network": "resnet20_cifar", "weights": "none"}, ()),
    ("transfer, wrong", "training/transfer", {"input_size": "8", "augmentation": "swirl"}, ("transfer.settings",)),
    ("runs, none", "training/runs", {}, ()),
    ("runs, none found", "training/runs", {"words": "textures"}, ()),
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNLAB_RUNS", str(tmp_path))


@pytest.mark.parametrize(("name", "page", "params", "sections"), STATES, ids=[state[0] for state in STATES])
def test_words(name: str, page: str, params: dict[str, str], sections: tuple[str, ...], golden: Golden) -> None:
    at = visiting.opened(f"pages/{page}.py", **params)
    if sections:
        for key in sections:
            at.session_state[key] = True
        at.run()
    assert not at.exception
    golden.check(f"pages/{name.replace(',', '').replace(' ', '-')}", transcript(at))


def test_every_page_is_among_them() -> None:
    there = {str(file.relative_to(ROOT / "pages").with_suffix("")) for file in (ROOT / "pages").rglob("*.py")}
    elsewhere = {"training/augment", "training/data"}  # with what stands in for their processes: their own tests
    assert {page for _, page, _, _ in STATES} | elsewhere == there
