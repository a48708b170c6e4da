"""Recipes: templates with the very counts of the catalogue, texts that come back, and mistakes that teach."""

import json
import zlib
from base64 import urlsafe_b64encode
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
from golden import Golden
from hypothesis import given
from hypothesis import strategies as st
from random_recipes import MISTAKES, recipes

from cnnlab import costs, zoo
from cnnlab.graph import Node, named, walk
from cnnlab.recipe import KINDS, MOST_ROWS, Recipe, build, fixes, from_graph, from_json, from_text, graph, row
from cnnlab.recipe.templates import TEMPLATES

# No row stands for a module of Inception v3; a new case study may join these.
WITHOUT_TEMPLATE = ("inception_v3",)


def weights(root: Node) -> Counter[tuple[object, ...]]:
    """Every layer with weights by its kind, shapes, parameters and MACs."""
    return Counter(
        (node.layer.kind, node.input_shapes, node.shape, node.params, node.macs)
        for node in named(root).values()
        if sum(node.params)
    )


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_have_the_case_studys_very_layers(name: str) -> None:
    template = TEMPLATES[name]
    theirs, ours = weights(zoo.build(name)), weights(graph(template.make()))
    assert not ours - theirs
    missing = theirs - ours
    assert sum(sum(layer[3]) * count for layer, count in missing.items()) == template.params  # type: ignore[call-overload]
    assert bool(template.params) <= bool(template.left_out)


def test_every_other_case_study_has_a_template() -> None:
    without = set(zoo.names()) - set(TEMPLATES)
    assert without == set(WITHOUT_TEMPLATE), "give it a template in recipe/templates.py, or add it to WITHOUT_TEMPLATE"


@given(recipes)
def test_any_recipe_is_counted_or_names_its_row(recipe: Recipe) -> None:
    found = build(recipe)
    assert from_text(recipe.to_text()) == from_json(recipe.to_json()) == recipe
    if found.problem is None:
        layers = named(graph(recipe)).values()
        assert sum(each.macs for each in found.rows) == sum(node.macs for node in layers)
        assert sum(each.params for each in found.rows) == sum(sum(node.params) for node in layers)
        assert sum(each.layers for each in found.rows) == len(layers) - 1
        assert fixes(recipe) == ()
        return
    assert len(found.rows) < max(1, len(recipe.rows))
    with pytest.raises(ValueError, match=rf"^row {len(found.rows) + 1}: |^the recipe is empty"):
        graph(recipe)
    for fix in fixes(recipe):
        better = build(fix.recipe)
        assert better.problem is None or len(better.rows) >= len(found.rows)
        assert fix.recipe != recipe


@pytest.mark.parametrize(("given_rows", "message", "fix"), MISTAKES)
def test_a_mistake_names_its_row_and_a_mend(given_rows: tuple, message: str, fix: str | None) -> None:
    recipe = Recipe(rows=tuple(row(block, **fields) for block, fields in given_rows))
    found = build(recipe)
    assert found.problem is not None
    assert message in found.problem
    offered = [each.label for each in fixes(recipe)]
    assert (offered[0] if offered else None) == fix
    if fix:
        assert build(fixes(recipe)[0].recipe).problem is None


# Links that were handed out: what they say must never change, whatever a new row begins with.
HANDED_OUT = {
    (
        "1izY20jGEBz6ShBkidZsiJWq4JcjpVakkMS9DqTYWPSJisRlsSC2TYcERiwjzalhyNDQywGkQuloLEwJKY9HipRopZSsV56eVAJM"
        "iUH0sAA"
    ): (61_706, 416_520),
    (
        "1izY20jGGBz6ShKEZLKVCjEBJriCja2OxBKsxuhGI1KnkqIRVC5IGoFvgGcmIGL1GGLqJsI5kGzBVIaeuWHiUx6LFXzVSDlAqzk8"
        "rASZZoP5YAA"
    ): (271_098, 40_551_040),
    (
        "1nZS9DoAgDITfhdmhP4bEZzGsrg66Ed9dAsEWf0LjzHG9NF9vJhoHvravXpiEaqrUFrsG3TymwTen8-4I7-tTM9ALXmjQp6ySyaT"
        "_FnV9qO_vLXm4_WGSTd60PTCMp9sXgzFTUT2YSBCBtB7-pkJfZ5CTibVNEKAk0OcQVaG4bV321ADJLpw"
    ): (3_538_984, 300_774_272),
}  # fmt: skip


@pytest.mark.parametrize("text", HANDED_OUT)
def test_old_links_keep_their_meaning(text: str) -> None:
    recipe = from_text(text)
    assert recipe.to_text() == text
    totals = costs.totals(graph(recipe))
    assert (totals.params, totals.macs) == HANDED_OUT[text]


def test_a_network_that_is_far_too_large_raises_at_its_row() -> None:
    deep = Recipe(rows=(row("inverted_residual", repeat=100),) * MOST_ROWS)
    assert build(deep).problem == "a network has at most 5,000 layers here; lower the repeats"
    assert 1 <= len(build(deep).rows) < 20
    dear = Recipe(input_size=1024, rows=(row("conv"), row("conv", filters=8192, kernel=31, repeat=100)))
    found = build(dear)
    assert found.problem is not None
    assert "over 10¹⁷ MACs" in found.problem
    assert len(found.rows) == 1


def test_no_mend_makes_too_many_rows() -> None:
    full = Recipe(rows=(*(row("batch_norm"),) * (MOST_ROWS - 1), row("dense")))
    for fix in fixes(full):
        assert len(fix.recipe.rows) <= MOST_ROWS
        assert from_text(fix.recipe.to_text()) == fix.recipe


def test_sixty_rows_fit_an_address() -> None:
    kinds = list(KINDS)
    varied = tuple(row(kinds[number % len(kinds)], repeat=number % 3 + 1) for number in range(60))
    assert len(Recipe(rows=varied).to_text()) < 2000
    wild = tuple(
        row("conv", filters=1 + 37 * number, kernel=1 + number % 31, stride=1 + number % 8, groups=1 + number % 5,
            activation="swish", batch_norm=bool(number % 2), padding="valid")
        for number in range(60)
    )  # fmt: skip
    assert len(Recipe(rows=wild).to_text()) < 2000
    for name, template in TEMPLATES.items():
        assert len(template.make().to_text()) < 400, name


WRONG_DOCUMENTS = [
    "",
    "[" * 100000,
    "{}",
    "[]",
    {"version": 2},
    {"rows": {}},
    {"rows": [{"block": "convolve"}]},
    {"rows": [{"block": ["conv"]}]},
    {"rows": [{"block": "conv", "filters": "64"}]},
    {"rows": [{"block": "conv", "fliters": 64}]},
    {"rows": [{"block": "conv", "repeat": 10**6}]},
    {"rows": [{"block": "flatten"}] * (MOST_ROWS + 1)},
    {"input_size": -5},
    {"colour": "red"},
    "x" * 200000,
]


def test_wrong_documents_are_refused(golden: Golden) -> None:
    def read(document: Any) -> Recipe:
        if isinstance(document, dict):
            document = json.dumps({"format": "cnnlab.recipe", "version": 1, "rows": []} | document)
        return from_json(str(document))

    golden.check_refusals("refused/recipes", read, WRONG_DOCUMENTS)


def test_a_cut_link_raises_a_sentence() -> None:
    text = TEMPLATES["googlenet"].make().to_text()
    for end in range(len(text)):
        with pytest.raises(ValueError, match=r"copy the whole link|version"):
            from_text(text[:end])
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = bomb.compress(b"[" * 10_000_000) + bomb.flush()
    with pytest.raises(ValueError, match="copy the whole link"):
        from_text("1" + urlsafe_b64encode(packed).decode().rstrip("="))


@given(st.text(max_size=200) | st.from_regex(r"1[\w-]{1,200}", fullmatch=True))
def test_any_text_is_read_or_raises_a_sentence(text: str) -> None:
    for read in (from_text, from_json):
        with suppress(ValueError):
            read(text)


def test_repeats_are_named_blocks() -> None:
    recipe = Recipe(rows=(row("conv", filters=16), row("residual_basic", repeat=2, filters=16), row("conv")))
    assert [each.name for each in build(recipe).rows] == ["conv1", "residual_basic1", "conv2"]
    assert {"conv1.conv", "residual_basic1.block2.conv1", "conv2.conv_relu"} <= set(named(graph(recipe)))


@pytest.mark.parametrize("name", zoo.names())
def test_plain_chains_become_recipes(name: str) -> None:
    root = zoo.build(name)
    found = from_graph(root)
    chain = all(len(node.inputs) < 2 for node in walk(root))
    assert (found is not None) == (chain and name != "mobilenet_v1"), "no row pads one side alone, as that one does"
    if found is not None:
        ours, theirs = named(graph(found)).values(), named(root).values()
        assert [(node.shape, node.params, node.macs) for node in ours] == [
            (node.shape, node.params, node.macs) for node in theirs
        ]


@given(recipes)
def test_a_recipe_of_single_layers_survives_a_graph(recipe: Recipe) -> None:
    if build(recipe).problem is None:
        root = graph(recipe)
        found = from_graph(root)
        if found is not None:
            assert weights(graph(found)) == weights(root)
