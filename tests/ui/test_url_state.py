"""Every declared field of every page: reading a value's URL returns the value, and invalid values get one warning."""

import importlib
import pkgutil
from collections.abc import Iterable
from typing import Any

import pytest

from cnnlab import ui
from cnnlab.augment import step
from cnnlab.knobs import Knob
from cnnlab.knobs.image_size import Sides
from cnnlab.network import Network
from cnnlab.recipe import Recipe, row
from cnnlab.training.backbones import names
from cnnlab.tricks import TRICKS
from cnnlab.ui.convolution.bench import Grid
from cnnlab.ui.convolution.benches import BENCHES
from cnnlab.ui.pages import PAGES
from cnnlab.ui.transfer.experiments import ChosenExperiment
from cnnlab.ui.url_state import Codec, Field, Repeated, ReplacedError, UrlState, Values, choice

RUN = "20200101-000000-00000000-000000"
RECIPE = Recipe(rows=(row("conv", filters=7), row("dense", units=3)))
NETWORKS = (Network.parse("resnet50?input_size=160+drop_skips"), Network.parse("vgg16"), Network.parse("lenet5"))
OWN: dict[tuple[str, str], Iterable[Any]] = {
    ("augment", "image"): ["digits:6", "own"],
    ("augment", "size"): [28, 299],
    ("augment", "steps"): [(), (step("mirror"), step("rotation", on=False, degrees=7.0))],
    ("build", "network"): [RECIPE],
    ("build", "row"): [1, 2],
    ("compare", "network"): [NETWORKS],
    ("compare", "at"): [{}, {"input_size": 260.0, "phi": 0.5}],
    ("inspect", "network"): [Network.parse("vgg16+global_pooling")],
    ("inspect", "count_as"): ["fvcore"],
    ("inspect", "unfold"): [frozenset({"a.b", "c"})],
    ("runs", "run"): [(RUN,), (RUN, RUN.replace("2020", "2021"))],
    ("savings", "trick"): list(TRICKS),
    ("savings", "swap"): NETWORKS,
    ("transfer", "run"): [RUN],
    ("transfer", "experiment"): [ChosenExperiment("depth", (RUN,))],
    ("transfer", "backbone"): names(),
    ("transfer", "weights"): ["none", f"file:{'0' * 32}"],
    ("transfer", "augmentation"): ["mirror", "mirror;rotation:degrees=5.0"],
    ("*", "predict"): [True],
}
"""Values of the fields that have a codec of their own."""
CONTEXTS: dict[str, list[Values]] = {
    "convolution": [{"bench": name} for name in BENCHES],
    "savings": [{"trick": name} for name in TRICKS],
    "inspect": [{"network": network.original} for network in NETWORKS],
    "build": [{"network": RECIPE}],
    "compare": [{"network": NETWORKS, "sweep": "efficientnet_width_depth"}],
    "transfer": [{}, {"network": "lenet5"}, {"weights": "none"}],
}
"""What the further fields of a page depend on."""
ANYTHING = {"unfold", "augmentation"}  # takes every text


def url_states() -> dict[str, UrlState]:
    """The declarations, wherever they stand."""
    modules = [importlib.import_module(each.name) for each in pkgutil.walk_packages(ui.__path__, "cnnlab.ui.")]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, UrlState)]
    return {each.page: each for each in found}


URLS = url_states()
FIELDS = [
    pytest.param(url, context, field, id=f"{url.page}-{number}-{field.name}")
    for url in URLS.values()
    for number, context in enumerate(CONTEXTS.get(url.page, [{}]))
    for field in (*(url.fields if not number else ()), *url.more(context))
]


def values(url: UrlState, field: Field | Repeated) -> list[Any]:
    """The default, and some others."""
    if isinstance(field, Codec | Repeated):
        own = OWN.get((url.page, field.name)) or OWN.get(("*", field.name))
        assert own, f"give values of {field.name} in OWN, which a codec does not list by itself"
        return [field.default, *own]
    if isinstance(field, Knob) and field.length:
        return [field.default, "x", "a b&c=d+e ü"]
    if isinstance(field, Knob):
        if field.type is Sides and field.limits:
            low, high = int(field.limits.low), int(field.limits.high)
            return [field.default, low, high, Sides(low, high), Sides(high, low)]
        limits = (field.type(field.limits.low), field.type(field.limits.high)) if field.limits else ()
        return [field.default, *field.choices, *limits, *([True, False] if field.type is bool else [])]
    assert isinstance(field, Grid)
    other = tuple(tuple(-1.25 if field.low < -1 else 1.0 for _ in line) for line in field.default)
    return [field.default, other]


def test_every_page_declares_its_fields() -> None:
    assert set(URLS) == set(PAGES)


@pytest.mark.parametrize(("url", "context", "field"), FIELDS)
def test_written_values_are_read_back(url: UrlState, context: Values, field: Field | Repeated) -> None:
    for value in values(url, field):
        params = url.params(context | {field.name: value})
        found, problems = url.read(params)
        assert problems == []
        assert found.get(field.name, field.default) == value
        if value == field.default:
            assert field.name not in params or field.name in url.always


@pytest.mark.parametrize(("url", "context", "field"), FIELDS)
def test_nonsense_gives_one_problem_and_the_default(url: UrlState, context: Values, field: Field | Repeated) -> None:
    if field.name in ANYTHING:
        return
    params = url.params({name: value for name, value in context.items() if name != field.name})
    good = params.get(field.name, ()) if isinstance(field, Repeated) else ()
    length = field.length.most + 1 if isinstance(field, Knob) and field.length else 3
    found, problems = url.read({**params, field.name: (*good, "?" * length)})
    assert len(problems) == 1
    assert problems[0].endswith((".", "?"))
    assert found[field.name] == field.default


@pytest.mark.parametrize("url", URLS.values(), ids=list(URLS))
def test_unknown_names_have_one_wording_on_every_page(url: UrlState) -> None:
    _, problems = url.read({"nonsense": ("1",), "<b>" * 99: ("2",)})
    assert problems == [f"This page has no settings {('<b>' * 99)[:40]!r} and 'nonsense'; they are ignored."]


def test_wording_of_problems() -> None:
    def part(text: str) -> str:
        raise ReplacedError(text[:1], "half of it is left out")

    url = UrlState(
        "test",
        (choice("colour", ("red", "blue")), Codec("half", "", part), Codec("count", "x" * 99, int)),
    )
    assert url.read({"colour": ("green",)}) == (
        {"colour": "red"},
        ["Colour must be one of red, blue, not 'green'; the default is red, which is shown instead."],
    )
    assert url.read({"half": ("ab",)}) == ({"half": "a"}, ["Half of it is left out."])
    assert url.read({"count": ("1x",)})[1] == ["Invalid literal for int() with base 10: '1x'; the default is shown."]
    assert url.read({"colour": ("red", "blue")}) == (
        {"colour": "blue"},
        ["'colour' is given twice in the address; the last one counts."],
    )
