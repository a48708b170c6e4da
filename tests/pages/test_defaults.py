"""Every widget says what it stands at as its default, too: a browser that missed a run falls back on that."""

from collections.abc import Iterator

import apptest
import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.network import Network
from cnnlab.recipe import Recipe, row

OWN = str(
    Network.assembled(
        Recipe(
            input_size=40,
            rows=(row("conv", repeat=2, filters=7, bias=False, batch_norm=True, padding="valid", activation="none"),),
        )
    )
)
LINKS: tuple[tuple[str, dict[str, str | list[str]]], ...] = (
    ("build", {"network": OWN, "row": "1", "challenge": "digits"}),
    ("inspect", {"network": "mobilenet_v1", "width": "0.5", "input_size": "192", "count_as": "fvcore"}),
    ("compare", {"network": ["vgg16", "resnet20_cifar"], "show": "depth", "measure": "params"}),
    ("compare", {"network": ["vgg16", "resnet50"], "show": "scaling", "sweep": "resnet_cifar"}),
    ("savings", {"trick": "depthwise_separable", "kernel": "5", "predict": "on"}),
    ("gallery", {"x": "year", "y": "params", "log": "false"}),
    ("convolution", {"bench": "slide", "stride": "2", "padding": "same"}),
    ("convolution", {"bench": "pooling", "size": "3"}),
    ("augment", {"image": "digits:6", "number": "3", "size": "32", "view": "steps"}),
    ("runs", {"sort": "title", "phase": "failed", "mine": "true", "words": "no such"}),
    ("data", {"data": "digits", "seed": "2"}),
)


def widgets(at: AppTest) -> Iterator[tuple[str, object, object]]:
    """Label, default and value of every widget that has one."""
    for each in (*at.number_input, *at.toggle, *at.checkbox):
        yield each.label, each.proto.default, each.value
    for each in at.slider:
        yield each.label, each.proto.default[0], each.value
    for each in at.select_slider:
        yield each.label, each.proto.options[int(each.proto.default[0])], each.format_func(each.value)
    for each in at.selectbox:
        standing = each.proto.options[each.proto.default] if each.proto.HasField("default") else None
        yield each.label, standing, each.value if each.value is None else each.format_func(each.value)
    for each in at.multiselect:
        yield each.label, [each.options[place] for place in each.proto.default], list(each.value)
    for each in at.get("button_group"):
        standing = [each.proto.options[place].content for place in each.proto.default]
        # The reader's value is in the proto in the run that set it.
        yield each.proto.label, standing, list(each.proto.raw_values) if each.proto.set_value else standing


@pytest.mark.parametrize(("page", "params"), LINKS)
def test_defaults_are_shown(page: str, params: dict[str, str]) -> None:
    at = apptest.opened(page, **params)
    assert not at.exception
    assert apptest.said(at) == [], "every one of these settings exists"
    assert {name: at.query_params[name] for name in params} == params, "and is kept"
    found = list(widgets(at))
    assert found
    assert [label for label, default, value in found if default != value] == []
