"""What is asked and what comes back: as it was given, and once for all that mean the same."""

import json
from dataclasses import replace

import numpy as np
import pytest

from cnnlab.augment import Pipeline, step
from cnnlab.inference import (
    CountRequest,
    Counts,
    FeatureMap,
    LayerMaps,
    Pace,
    PaceRequest,
    Prediction,
    PredictRequest,
    StageCounts,
    job,
    plain,
)
from cnnlab.inference import answer as answers
from cnnlab.inference.request import read
from cnnlab.training import Spec
from cnnlab.workers.images import Images

IMAGE = Images.of(np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8))


def test_requests_survive_json() -> None:
    request = PredictRequest("/runs/a/model.keras", (1, 2), 55, IMAGE, (1, 2, 3), "textures")
    assert read(json.loads(json.dumps(request.document()))) == request
    for kind in (CountRequest, PaceRequest):
        given = kind(Spec(unfreeze=1), 8)
        assert read(json.loads(json.dumps(given.document()))).document() == given.document()


def test_answers_survive_json() -> None:
    layer = LayerMaps("stage1.relu", 3, 16, (FeatureMap.of(4, np.array([[0.0, -1.5], [3.0, 0.75]])),))
    for given in (
        Counts((StageCounts("a", "b", 8, 10, 9),), (0, 9), 3, 13, 0),
        Pace(0.1, 0.2, 0.3, True, 2.0),
        Prediction((0.25, 0.75), (1.0, 0.0), (0.5, 0.5), 2, "AAAA", (layer,)),
    ):
        assert answers.read(json.loads(json.dumps(answers.to_document(given)))) == given
    with pytest.raises(ValueError, match="no answer"):
        answers.read({"kind": "Nonsense"})
    np.testing.assert_allclose(layer.maps[0].values, [[0.0, -1.5], [3.0, 0.75]], atol=3 / 254)


def test_specs_that_differ_in_irrelevant_settings_share_an_answer() -> None:
    spec = Spec()
    same = replace(spec, seed=5, per_class=3, unfreeze=0, batch=4, augmentation=Pipeline.of(step("mirror")))
    assert CountRequest(spec, 8).key == CountRequest(same, 8).key
    scratch = Spec.from_scratch("resnet20_cifar", patience=3)
    assert CountRequest(scratch, 8).key == CountRequest(replace(scratch, patience=0, optimiser="sgd"), 8).key
    assert PaceRequest(spec, 8).key == PaceRequest(replace(spec, seed=5, per_class=3, head_epochs=3), 8).key
    others = [replace(spec, unfreeze=0), replace(spec, batch=4), replace(spec, optimiser="sgd")]
    assert len({PaceRequest(each, 8).key for each in (spec, *others)}) == 4
    assert CountRequest(spec, 8).key != CountRequest(spec, 9).key != CountRequest(replace(spec, head_units=64), 9).key


def test_pretrained_weights_are_not_counted_as_a_training_from_scratch() -> None:
    assert plain(Spec(head_epochs=0, unfreeze=100)).head_epochs == 1
    assert plain(Spec.from_scratch()).head_epochs == 0
    assert plain(Spec(weights="file:/nowhere")).weights == "none"


def test_timing_comes_after_urgent_requests() -> None:
    assert job(CountRequest(Spec(), 8)).urgent
    assert not job(PaceRequest(Spec(), 8)).urgent
