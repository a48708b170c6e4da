"""Recipes, pipelines and specs are written and read as before: files of runs and links outlive any version.

A new setting adds a line to ``SPEC``; nothing else changes here.
"""

import json

from cnnlab.augment import Pipeline, step
from cnnlab.augment import from_json as pipeline_of
from cnnlab.augment import from_text as pipeline_of_text
from cnnlab.recipe import Recipe, from_json, from_text, row
from cnnlab.training.spec import Spec
from cnnlab.training.spec import from_json as spec_of

RECIPE = """{
 "format": "cnnlab.recipe",
 "version": 1,
 "input_size": 28,
 "channels": 1,
 "rows": [
  {"block": "conv", "filters": 6, "kernel": 5, "padding": "valid", "bias": false, "activation": "tanh"},
  {"block": "residual_basic", "repeat": 2, "filters": 6},
  {"block": "flatten"},
  {"block": "dropout", "rate": 0.25},
  {"block": "dense"}
 ]
}"""
PIPELINE = {
    "format": "cnnlab.pipeline",
    "version": 1,
    "seed": 7,
    "steps": [
        {"kind": "mirror"},
        {"kind": "rotation", "degrees": 20.0, "fill": "nearest"},
        {"kind": "noise", "on": False},
        {"kind": "rand_augment", "operations": 3},
        {"kind": "mixup", "alpha": 0.2},
    ],
}
SPEC = {
    "format": "cnnlab.spec",
    "version": 1,
    "data": "digits",
    "per_class": 10,
    "validation": 0.2,
    "seed": 0,
    "backbone": "built_in",
    "network": "",
    "weights": "none",
    "input_size": 48,
    "pooling": "average",
    "head_units": 0,
    "dropout": 0.0,
    "optimiser": "sgd",
    "momentum": 0.9,
    "head_rate": 0.05,
    "head_epochs": 20,
    "tuning_rate": 0.0005,
    "tuning_epochs": 10,
    "unfreeze": 2,
    "augmentation": {"format": "cnnlab.pipeline", "version": 1, "seed": 0, "steps": [{"kind": "mirror"}]},
    "label_smoothing": 0.0,
    "stop_at": 0.0,
    "patience": 0,
    "batch": 16,
}


def test_the_json_of_a_recipe_does_not_change() -> None:
    conv = row("conv", filters=6, kernel=5, padding="valid", activation="tanh", bias=False)
    rows = (conv, row("residual_basic", repeat=2, filters=6), row("flatten"), row("dropout", rate=0.25), row("dense"))
    recipe = Recipe(input_size=28, channels=1, rows=rows)
    assert recipe.to_json() == RECIPE
    assert from_json(RECIPE) == recipe
    text = "1iwYKG8IDH0nCDJG6TZESNdwSSCqGGI-SeJVKEvMylGpjsQQ6is1mYCUwP8UiB1c1NDEZ6BmZglVBgjQ2FgA"
    assert recipe.to_text() == text
    assert from_text(text) == recipe
    assert Recipe().to_json().endswith('"rows": []\n}')


def test_the_json_of_a_pipeline_does_not_change() -> None:
    steps = (
        step("mirror"),
        step("rotation", degrees=20.0, fill="nearest"),
        step("noise", on=False),
        step("rand_augment", operations=3),
        step("mixup", alpha=0.2),
    )
    pipeline = Pipeline.of(*steps, seed=7)
    assert pipeline.to_json() == json.dumps(PIPELINE, indent=1)
    assert pipeline_of(json.dumps(PIPELINE)) == pipeline
    text = "mirror;rotation:degrees=20.0:fill=nearest;!noise;rand_augment:operations=3;mixup:alpha=0.2"
    assert pipeline.to_text() == text
    assert pipeline_of_text(text, seed=7) == pipeline


def test_the_json_of_a_spec_does_not_change() -> None:
    mirrored = Pipeline.of(step("mirror"))
    spec = Spec(data="digits", per_class=10, optimiser="sgd", head_rate=0.05, augmentation=mirrored, weights="none")
    assert spec.to_json() == json.dumps(SPEC, indent=1)
    assert spec_of(json.dumps(SPEC)) == spec
    older = {name: value for name, value in SPEC.items() if name != "patience"}
    assert spec_of(json.dumps(older)) == spec, "a file that lacks a setting has its default"
