"""The settings of a run: JSON and back, refusals, and every wrong field by name."""

import json
import re
from dataclasses import fields
from typing import Any

import pytest
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
def test_json_gives_the_same_spec_again(chosen: dict[str, Any], pipeline: Pipeline) -> None:
    contradictions = {} if round(chosen.get("validation", 1), 6) else {"patience": 0}  # knobs keep six digits
    if chosen.get("head_epochs") == chosen.get("tuning_epochs", 10) == 0:
        contradictions["tuning_epochs"] = 1
    spec = Spec(augmentation=pipeline, **(chosen | contradictions))
    again = from_json(spec.to_json())
    assert again == spec
    assert hash(again) == hash(spec)
    assert again.digest == spec.digest


def test_the_defaults_are_those_that_were_tried() -> None:
    spec = Spec()
    assert (spec.data, spec.per_class, spec.backbone, spec.batch) == ("textures", 25, "embedded", 16)
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


REFUSED = [
    ({"per_class": -1}, "per class must be a whole number from 0 to 100000, got -1"),
    ({"validation": 0.6}, "validation must be a number from 0 to 0.5"),
    ({"head_rate": 0}, "head rate must be a number from 1e-06 to 10, got 0"),
    ({"optimiser": "lion"}, "optimiser must be one of adam, rmsprop, sgd, got 'lion'"),
    ({"pooling": None}, "pooling must be one of average, max, flatten"),
    ({"data": ""}, "data must be a text of 1 to 300 characters, without control characters, got ''"),
    ({"weights": "imagenet"}, "weights must be “pretrained”, “none” or “file:”"),
    ({"backbone": ""}, "backbone is missing"),
    ({"network": "lenet5"}, "backbone must be empty"),
    ({"network": "lenet6", "backbone": "", "weights": "none", "head_epochs": 0}, "network: there is no"),
    ({"head_epochs": 0, "tuning_epochs": 0}, "nothing would be learned"),
    ({"validation": 0, "patience": 3}, "patience must be 0 where validation is 0"),
    ({"augmentation": "mirror"}, "augmentation: this is not a pipeline"),
    ({"augmentation": {"format": "cnnlab.pipeline", "version": 1, "steps": [{"kind": "x"}]}}, "augmentation: step 1"),
    ({"epochs": 3}, "a spec has no field 'epochs'; its fields are data, per_class"),
    ({"spec": 3}, "a spec has no field 'spec'"),
    ({"__post_init__": 3}, "a spec has no field '__post_init__'"),
]  # fmt: skip


@pytest.mark.parametrize(("found", "sentence"), REFUSED, ids=[str(each)[:50] for each, _ in REFUSED])
def test_a_wrong_field_is_named(found: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)) as refused:
        from_json(json.dumps({"format": "cnnlab.spec", "version": 1} | found))
    assert len(str(refused.value)) < 700


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
    ("text", "sentence"),
    [
        ("", "this file is empty"),
        ("{", "breaks off"),
        ("[]", "this is not a spec"),
        ('{"format": "cnnlab.recipe"}', "this is not a spec"),
        ('{"format": "cnnlab.spec", "version": 2}', "this spec has version 2, and 1 can be read here"),
        ('{"format": "cnnlab.spec", "version": true}', "version True"),
        ("[" * 5000, "nests more than"),
        (" " * 60_001, "at most 60,000 bytes"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_other_documents_are_refused(text: str | bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        from_json(text)
