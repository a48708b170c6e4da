"""Build without a browser: an empty page, every template, mistakes, budgets, undo, and invalid links."""

import json
import threading
from dataclasses import replace
from html import escape

import apptest
import pytest
from apptest import said, text
from hypothesis import given
from hypothesis import strategies as st
from profiles import first_with_each_push
from random_recipes import MISTAKES
from streamlit.testing.v1 import AppTest

from cnnlab import costs
from cnnlab.backends.imported import read
from cnnlab.network import Network
from cnnlab.recipe import KINDS, MOST_ROWS, Recipe, build, row
from cnnlab.recipe.templates import TEMPLATES
from cnnlab.ui import queue
from cnnlab.ui.build import importing, rows

PAGE = "build"
SMALL = Recipe(rows=(row("conv", filters=8), row("residual_basic", filters=8), row("global_pool"), row("dense")))
MNIST = json.dumps(
    {
        "class_name": "Sequential",
        "config": {
            "layers": [
                {"class_name": "InputLayer", "config": {"batch_shape": [None, 3, 4], "name": "image"}},
                {"class_name": "Flatten", "config": {"name": "flatten"}},
                {"class_name": "Dense", "config": {"name": "dense", "units": 2}},
            ]
        },
    }
).encode()
BROKEN = Recipe(rows=(row("conv"), row("global_pool"), row("max_pool"), row("dense")))


def opened(recipe: Recipe | None = None, **params: str) -> AppTest:
    """Return Build as a link opens it."""
    return apptest.opened(PAGE, **({"network": str(Network.assembled(recipe))} if recipe else {}), **params)


def listed(at: AppTest) -> str:
    """Return the list of rows as HTML."""
    return next(
        json.loads(element.proto.json)["html"]
        for element in at.get("bidi_component")
        if "cnnlab-rows" in element.proto.json
    )


def totals(recipe: Recipe) -> tuple[str, str]:
    found = costs.totals(build(recipe).output)
    return f"{found.params:,} parameters", f"{found.macs:,} MACs"


def test_an_empty_page_explains_the_first_step() -> None:
    at = opened()
    assert not at.exception
    assert "Click a block to add the first one" in text(at)
    assert said(at) == []
    assert dict(at.query_params) == {}


@pytest.mark.parametrize("name", first_with_each_push(*TEMPLATES))
def test_every_template_opens_with_the_case_studys_counts(name: str) -> None:
    at = opened()
    at.selectbox(key="build.start").select(name).run()
    assert not at.exception
    recipe = TEMPLATES[name].make()
    for told in totals(recipe):
        assert told in text(at)
    assert TEMPLATES[name].left_out in text(at)
    assert ("Left out" in text(at)) == bool(TEMPLATES[name].left_out)
    assert listed(at).count('class="row"') == len(recipe.rows)
    assert Network.parse(at.query_params["network"]).recipe == recipe
    at.button(key="build.undo").click().run()
    assert dict(at.query_params) == {}
    at.button(key="build.redo").click().run()
    assert Network.parse(at.query_params["network"]).recipe == recipe


def test_a_case_study_opens_by_its_name() -> None:
    at = apptest.opened(PAGE, network="resnet18")
    assert said(at) == []
    assert Network.parse(at.query_params["network"]).recipe == TEMPLATES["resnet18"].make()


def test_a_field_changes_its_row_and_can_be_undone() -> None:
    at = opened(SMALL, row="1")
    key = next(each.key for each in at.number_input if each.label == "filters")
    at.number_input(key=key).set_value(16).run()
    changed = Recipe(rows=(row("conv", filters=16), *SMALL.rows[1:]))
    assert Network.parse(at.query_params["network"]).recipe == changed
    for told in totals(changed):
        assert told in text(at)
    at.button(key="build.undo").click().run()
    assert Network.parse(at.query_params["network"]).recipe == SMALL
    assert next(each.value for each in at.number_input if each.label == "filters") == 8


def test_the_input_can_be_set() -> None:
    at = opened(SMALL)
    next(each for each in at.number_input if each.label == "channels").set_value(1).run()
    assert Network.parse(at.query_params["network"]).recipe == replace(SMALL, channels=1)


def test_a_mistake_is_explained_in_its_row_and_rows_above_stay_live() -> None:
    at = opened(BROKEN, row="3")
    assert not at.exception
    assert "Row 3 (Max pooling) has an error." in text(at)
    shown = listed(at)
    assert shown.count('class="row chosen wrong"') == 1
    assert shown.count("row waiting") == 1
    assert "32×32×64" in shown
    assert 'data-act="fix:' in shown


@pytest.mark.parametrize(("rows", "said", "fix"), MISTAKES)
def test_every_mistake_is_explained_even_in_the_first_row(rows: tuple, said: str, fix: str | None) -> None:
    at = opened(Recipe(rows=tuple(row(block, **fields) for block, fields in rows)), row="1")
    assert not at.exception
    if rows:
        assert escape(said)[2:] in listed(at), "its first letter is a capital there"
        assert escape(str(fix))[1:] in listed(at)
    alone = opened(Recipe(rows=(row("dense"),)))
    assert not alone.exception
    assert "Put global pooling before it" in listed(alone)


@pytest.mark.parametrize("dear", [Recipe(input_size=1024, rows=(row("conv", filters=8192, kernel=31, repeat=3),)),
                                  Recipe(rows=(row("inverted_residual", repeat=100),) * MOST_ROWS)])  # fmt: skip
def test_a_far_too_large_network_does_not_break_the_page(dear: Recipe) -> None:
    at = opened(dear)
    assert not at.exception
    assert "has an error" in text(at)


def test_a_case_study_with_other_knobs_is_not_its_template() -> None:
    at = apptest.opened(PAGE, network="vgg11?input_size=64")
    assert said(at) == []
    assert "64×64×3" in text(at)
    at = apptest.opened(PAGE, network="resnet18 drop_skips")
    assert said(at) == [], "a plain chain is rows again"
    at = apptest.opened(PAGE, network="resnet18 scale_width:0.5")
    assert "ResNet-18 is opened with its defaults" in said(at)[0]


@pytest.mark.parametrize(
    ("network", "sentence"),
    [
        ("recipe:1abc", "may be incomplete"),
        (str(Network.assembled(SMALL))[:-9], "may be incomplete"),
        ("recipe:" + "A" * 6400, "may be incomplete"),
        ("recipe:", "may be incomplete"),
        ("alexnett", "alexnet"),
        ("inception_v3", "cannot be opened as rows"),
        ("<b>x</b>", "<b>x</b>"),
    ],
)
def test_an_invalid_link_warns_and_nothing_is_lost(network: str, sentence: str) -> None:
    at = opened(SMALL)
    at.query_params["network"] = network
    at.run()
    assert not at.exception
    assert sentence in " ".join(said(at))
    for told in totals(SMALL):
        assert told in text(at)


@pytest.mark.parametrize("place", ["0", "5", "-1", "x", "1" * 50, "²"])
def test_a_missing_row_is_not_chosen(place: str) -> None:
    at = opened(SMALL, row=place)
    assert not at.exception
    assert [each.label for each in at.number_input] == ["channels"]


def test_a_challenge_is_passed_on_cost_alone() -> None:
    at = opened(SMALL, challenge="cifar")
    assert "the network must have at least 6 layers with weights on its longest path, not 4" in text(at)
    deep = replace(SMALL, rows=(SMALL.rows[0], row("residual_basic", repeat=3, filters=8), *SMALL.rows[2:]))
    assert "It meets the budget. Only training shows how well it learns." in text(opened(deep, challenge="cifar"))
    large = replace(SMALL, rows=(row("conv", filters=512), *SMALL.rows[1:]))
    assert "too much" in text(opened(large, challenge="cifar"))
    assert "the input must be 28×28×1" in text(opened(SMALL, challenge="digits"))
    empty = text(opened(challenge="digits"))
    assert "there is no row yet" in empty
    assert "a row has an error" not in empty
    assert "There is no challenge 'x'" in text(opened(SMALL, challenge="x"))


def test_limits_of_the_user() -> None:
    at = opened(SMALL, max_params="1k", max_macs="5 M", max_bytes="many")
    assert "of 1.00 k: too much" in text(at)
    assert "of 5.00 M" in text(at)
    assert "Peak memory limit, bytes: “many” cannot be read" in text(at)
    at.text_input(key="build.limit.max_params").set_value("").run()
    assert "max_params" not in at.query_params
    at.selectbox(key="build.limit.challenge").select("phone").run()
    assert at.query_params["challenge"] == "phone"
    assert "max_macs" not in at.query_params


@pytest.mark.parametrize("typed", ["0", "-5", "−5", "0.2"])
def test_a_limit_below_one_is_refused(typed: str) -> None:
    at = opened(SMALL, max_params=typed)
    assert not at.exception
    assert "Parameter limit: " in text(at)
    assert "too much" not in text(at)


PRESSES = st.tuples(
    st.sampled_from(["choose", "up", "down", "copy", "delete", "fix", "none", ""]),
    st.integers(-1, 6).map(str) | st.sampled_from(["", "x", "²", "99999999999999999999"]),
).map(":".join)


@given(st.lists(PRESSES, max_size=30), st.sampled_from([SMALL, BROKEN, Recipe()]))
def test_any_clicks_leave_a_valid_recipe(presses: list[str], recipe: Recipe) -> None:
    chosen = None
    for press in presses:
        before = recipe
        marked = recipe.rows[chosen] if chosen is not None else None
        recipe, chosen = rows.after_click(recipe, chosen, press)
        assert len(recipe.rows) <= MOST_ROWS
        assert chosen is None or 0 <= chosen < len(recipe.rows)
        assert abs(len(recipe.rows) - len(before.rows)) <= 1
        if chosen is not None and marked is not None and not press.startswith(("choose", "fix")):
            assert recipe.rows[chosen] is marked, "the row that is being edited stays the same"
        assert build(recipe).rows is not None


def test_moving_a_row_there_and_back_restores_the_recipe() -> None:
    moved, chosen = rows.after_click(SMALL, 0, "down:0")
    assert [each.block for each in moved.rows] == ["residual_basic", "conv", "global_pool", "dense"]
    assert chosen == 1
    assert rows.after_click(moved, 1, "up:1") == (SMALL, 0)
    assert rows.after_click(SMALL, 2, "up:0") == (SMALL, 2)


def test_a_full_recipe_takes_no_more_rows() -> None:
    full = Recipe(rows=(row("batch_norm"),) * MOST_ROWS)
    assert rows.after_click(full, None, "copy:3")[0] == full
    assert f"at most {MOST_ROWS} rows" in text(opened(full))


def test_every_block_is_in_the_palette_with_an_image() -> None:
    at = opened()
    palette = next(each.proto.json for each in at.get("bidi_component") if "cnnlab-palette" in each.proto.json)
    for kind in KINDS.values():
        assert f'data-act=\\"{kind.name}\\"' in palette
    assert palette.count("<img") == len(KINDS)


@pytest.mark.parametrize(
    ("data", "expected"), [(MNIST, "26 parameters"), (b"<html>", "was not opened: this is no network")]
)
def test_a_file_that_takes_long_shows_that_it_is_read(
    data: bytes, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()

    def slow(data: bytes, name: str) -> object:
        assert goes_on.wait(30)
        return read(data, name)

    monkeypatch.setattr(importing, "read", slow)
    monkeypatch.setattr(queue, "PATIENCE", 0.01)
    at = opened(SMALL)
    before = listed(at)
    name = f"slow-{len(data)}.json"
    at.session_state[importing.PENDING] = name, importing.job(data, name)
    at.run()
    assert not at.exception
    assert "reading the file" in at.get("progress")[0].proto.text
    goes_on.set()
    while importing.PENDING in at.session_state:
        at.run()
    assert expected in text(at) + " ".join(said(at))
    assert not at.get("progress")
    assert listed(at) == before
