"""The settings of a run: JSON and back, refusals, and every wrong field by name."""

import json
from dataclasses import fields
from typing import Any

import pytest
from golden import Golden
from hypothesis import given
from hypothesis import strategies as st
from random_pipelines import pipelines

from cnnlab.augment import Pipeline, step
from cnnlab.knobs import FieldError, Knob
from cnnlab.network import LONGEST
from cnnlab.training import Spec
from cnnlab.training.spec import KNOBS, activation, changed, from_json


def values(knob: Knob) -> st.SearchStrategy[Any]:
    if not knob.limits:
        return st.sampled_from(knob.choices)
    low, high = knob.limits.low, knob.limits.high
    return st.integers(int(low), int(high)) if knob.type is int else st.floats(low, high)


@given(
    st.fixed_dictionaries({}, optional={name: values(knob) for name, knob in KNOBS.items() if not knob.length}),
    pipelines(),
)
def test_json_round_trip(chosen: dict[str, Any], pipeline: Pipeline) -> None:
    contradictions = {} if round(chosen.get("validation", 1), 6) else {"patience": 0}  # knobs keep six digits
    if chosen.get("head_epochs") == chosen.get("tuning_epochs", 10) == 0:
        contradictions["tuning_epochs"] = 1
    spec = Spec(augmentation=pipeline, **(chosen | contradictions))
    again = from_json(spec.to_json())
    assert again == spec
    assert hash(again) == hash(spec)
    assert again.digest == spec.digest


def test_the_defaults_do_not_change() -> None:
    spec = Spec()
    assert (spec.data, spec.per_class, spec.backbone, spec.batch) == ("textures", 25, "built_in", 16)
    assert (spec.optimiser, spec.head_epochs, spec.head_rate) == ("adam", 20, 1e-2)
    assert (spec.tuning_epochs, spec.tuning_rate, spec.unfreeze, spec.epochs) == (10, 5e-4, 2, 30)
    assert from_json(json.dumps({"format": "cnnlab.spec", "version": 1})) == spec
    assert len({spec.digest, changed(spec, seed=1).digest, Spec.from_scratch().digest}) == 3
    assert activation(2) == "sigmoid"
    assert {activation(classes) for classes in (1, 3, 8)} == {"softmax"}


def test_a_network_of_any_kind_from_scratch() -> None:
    for reference in ("resnet20_cifar?depth=8", "lenet5+bottleneck", "imported:0123456789abcdef"):
        spec = Spec.from_scratch(reference, augmentation=Pipeline.of(step("mirror")))
        assert from_json(spec.to_json()) == spec
    with pytest.raises(FieldError, match="network must be a text of at most 6500 characters"):
        Spec.from_scratch("recipe:" + "x" * LONGEST)


WRONG_FIELDS = [
    {"per_class": -1},
    {"validation": 0.6},
    {"head_rate": 0},
    {"optimiser": "lion"},
    {"pooling": None},
    {"data": ""},
    {"weights": "imagenet"},
    {"backbone": ""},
    {"network": "lenet5"},
    {"network": "lenet6", "backbone": "", "weights": "none", "head_epochs": 0},
    {"head_epochs": 0, "tuning_epochs": 0},
    {"validation": 0, "patience": 3},
    {"augmentation": "mirror"},
    {"augmentation": {"format": "cnnlab.pipeline", "version": 1, "steps": [{"kind": "x"}]}},
    {"epochs": 3},
    {"spec": 3},
    {"__post_init__": 3},
]
OTHER_DOCUMENTS = [
    "",
    "{",
    "[]",
    '{"format": "cnnlab.recipe"}',
    '{"format": "cnnlab.spec", "version": 2}',
    '{"format": "cnnlab.spec", "version": true}',
    "[" * 5000,
    " " * 60_001,
    b"\xff",
]


def test_wrong_fields_and_other_documents_are_refused(golden: Golden) -> None:
    def read(found: dict[str, Any]) -> Spec:
        return from_json(json.dumps({"format": "cnnlab.spec", "version": 1} | found))

    golden.check_refusals("refused/fields of a spec", read, WRONG_FIELDS)
    golden.check_refusals("refused/specs", from_json, OTHER_DOCUMENTS)


def test_every_wrong_field_is_named_in_the_order_of_the_fields() -> None:
    wrong = {each.name: object() for each in fields(Spec)}
    with pytest.raises(FieldError) as refused:
        changed(Spec(), **wrong)
    assert list(refused.value.problems) == list(wrong)
    assert str(refused.value).count("\n") == len(wrong) - 1
    with pytest.raises(FieldError) as refused:
        from_json('{"format": "cnnlab.spec", "version": 1, "augmentation": 3, "batch": 0, "seed": -1}')
    assert set(refused.value.problems) == {"augmentation", "batch", "seed"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "textures, 25 per class, built-in backbone"),
        ({"per_class": 200}, "textures, 200 per class, built-in backbone"),
        ({"per_class": 201}, "textures, at most 201 per class, built-in backbone"),
        ({"data": "upload:0123456789abcdef"}, "upload:0123456789abcdef, at most 25 per class, built-in backbone"),
        ({"per_class": 0}, "textures, all images, built-in backbone"),
        ({"weights": "file:mine.h5"}, "textures, 25 per class, built-in backbone with weights from a file"),
        ({"weights": "none"}, "textures, 25 per class, built-in backbone with random weights"),
        ({"weights": "none", "head_epochs": 0}, "textures, 25 per class, built-in backbone from scratch"),
    ],
)
def test_a_title_says_no_more_than_the_settings(changes: dict[str, Any], words: str) -> None:
    assert Spec(**changes).title == words
