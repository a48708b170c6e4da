"""A setting of a run is a field of its spec: script, report, form and inference leave none out."""

import ast
from dataclasses import fields, replace
from typing import Any

import pytest
import runs_on_disk

from cnnlab.augment import Pipeline, step
from cnnlab.inference.request import NO_EFFECT_ON_PARAMETERS, NO_EFFECT_ON_TIME, CountRequest, PaceRequest
from cnnlab.training import Spec
from cnnlab.training.export.report.sentences import sentences
from cnnlab.training.export.script import SHIPPED
from cnnlab.training.spec import KNOBS
from cnnlab.ui.transfer.form import GROUPS

SETTINGS = [each.name for each in fields(Spec)]
BASE = Spec(optimiser="sgd", patience=2)
OTHER: dict[str, Any] = {
    "data": "digits", "per_class": 7, "validation": 0.1, "seed": 5, "backbone": "imagenet:vgg16",
    "weights": "none", "input_size": 64, "pooling": "max", "head_units": 8, "dropout": 0.5, "optimiser": "adam",
    "momentum": 0.5, "head_rate": 0.5, "head_epochs": 3, "tuning_rate": 0.5, "tuning_epochs": 3, "unfreeze": 1,
    "augmentation": Pipeline.of(step("mirror")), "label_smoothing": 0.1, "stop_at": 0.9, "patience": 3, "batch": 8,
}  # fmt: skip
"""Another value of each setting, which makes a difference beside those of ``BASE``."""
# What of a run goes into its script as files of its own: images, the backbone's source and weights, augmentation.
IN_FILES = {"data", "per_class", "validation", "backbone", "network", "unfreeze", "augmentation"}


def other(name: str) -> Spec:
    if name == "network":
        return Spec.from_scratch("resnet20_cifar", patience=2, optimiser="sgd")
    assert name in OTHER, f"give another value of {name} in OTHER"
    return replace(BASE, **{name: OTHER[name]})


def test_the_code_that_a_script_ships_reads_every_setting() -> None:
    trees = [ast.parse(path.read_text()) for path in SHIPPED.values()]
    read = {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert set(SETTINGS) - read - IN_FILES == set(), "no file of SHIPPED reads it as spec.NAME"


@pytest.mark.parametrize("name", SETTINGS)
def test_the_report_describes_every_setting(name: str) -> None:
    report = runs_on_disk.report(BASE)
    text = sentences(other(name), report)
    if name in ("per_class", "validation"):  # the report has the numbers of images
        text = sentences(BASE, report | {"images": {"train": 1, "validation": 2, "test": 3}})
    assert text != sentences(BASE, report), f"describe {name} in training/export/report/sentences.py"


def test_the_form_has_every_setting_once() -> None:
    shown = [name for names in GROUPS.values() for name in names]
    assert len(shown) == len(set(shown))
    without = set(KNOBS) - set(shown)
    assert without == {"data", "backbone", "network", "weights"}, "add it to a group in ui/transfer/form.py"
    assert set(SETTINGS) == {*KNOBS, "augmentation"}


@pytest.mark.parametrize("name", SETTINGS)
def test_specs_that_differ_in_irrelevant_settings_share_an_answer(name: str) -> None:
    one, two = BASE, other(name)
    assert (PaceRequest(one, 8).key == PaceRequest(two, 8).key) == (
        name in NO_EFFECT_ON_TIME or name in ("head_epochs", "tuning_epochs")
    )
    counted_as_one = {*NO_EFFECT_ON_PARAMETERS, "weights", "head_epochs", "tuning_epochs", "unfreeze"}
    assert (CountRequest(one, 8).key == CountRequest(two, 8).key) == (name in counted_as_one)
