"""Experiments change one thing, and say no more than was measured."""

import io
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from runs_on_disk import made

from cnnlab.augment.pipeline import MOST_SEED
from cnnlab.training import Spec
from cnnlab.training.evaluation import TEST, score
from cnnlab.training.experiments import conclusion, ensemble, experiments, find_experiment

BASE = Spec(data="digits", per_class=12, seed=4, head_units=32, input_size=32, patience=3, stop_at=0.95)


def test_specs_differ_only_in_the_subject_of_the_experiment() -> None:
    learned = {"weights", "head_epochs", "tuning_epochs", "tuning_rate", "unfreeze"}
    about = {
        "transfer": learned,
        "augmentation": {"augmentation"},
        "dropout": {"dropout"},
        "seeds": {"seed"},
        "depth": {"network"},
    }
    for base in (BASE, replace(BASE, tuning_epochs=0), replace(BASE, head_epochs=0, dropout=0.3)):
        for each in experiments(base):
            specs = list(each.specs.values())
            assert len(set(specs)) == len(specs) >= 2
            for other in specs[1:]:
                differing = {
                    one.name for one in fields(Spec) if getattr(specs[0], one.name) != getattr(other, one.name)
                }
                assert differing <= about[each.name], each.name
            assert each.name == "depth" or base in specs or each.name == "transfer"
    scratch = Spec.from_scratch("resnet20_cifar")
    assert "transfer" not in {each.name for each in experiments(scratch)}


def report(correct: int, count: int = 800) -> dict[str, Any]:
    said = np.zeros((count, 1), dtype=np.float32)
    return {"test": score(said, (np.arange(count) >= correct).astype(np.int64))}


def test_conclusions_state_what_was_measured() -> None:
    far = conclusion("transfer", {"transfer": report(580), "from scratch": report(430)})
    assert "72.5 %" in far
    assert "18.7 points higher" in far
    assert "do not overlap" in far
    near = conclusion("dropout", {"with dropout": report(580), "without dropout": report(585)})
    assert "it may be chance" in near
    both = {"plain-56": report(90, 500), "ResNet-56": report(460, 500)}
    depth = conclusion("depth", both, {"plain-56": 1.96, "ResNet-56": 0.09})
    assert depth.endswith(
        "ends at 1.96 without skips and at 0.09 with them: without them it is harder to optimise "
        "within the same budget."
    )
    assert "harder" not in conclusion("depth", both, {"plain-56": 0.1, "ResNet-56": 0.09})
    seeds = conclusion("seeds", {"a": report(560), "b": report(580), "c": report(600)})
    assert "the accuracies differ by 5.0 points. So a gain of 5.0 points or less may be chance" in seeds
    assert "accuracies are equal" in conclusion("seeds", {"a": report(560), "b": report(560), "c": report(560)})
    near = conclusion("seeds", {"a": report(580), "b": report(581), "c": report(582)})
    assert "about ±3.1 points" in near
    assert "So a gain of 0.3 points or less may be chance" in near


@given(
    st.builds(
        replace,
        st.just(Spec()),
        seed=st.sampled_from([0, 5, MOST_SEED - 1, MOST_SEED]),
        head_epochs=st.sampled_from([0, 1, 600, 1000]),
        tuning_epochs=st.sampled_from([1, 600, 1000]),
        dropout=st.sampled_from([0.0, 0.9]),
        validation=st.sampled_from([0.0, 0.5]),
    )
)
def test_every_spec_has_experiments_that_are_recognised(spec: Spec) -> None:
    for each in experiments(spec):
        found = find_experiment(each.name, list(each.specs.values()))
        assert found is not None, each.name
        assert found.specs == each.specs
        assert find_experiment(each.name, list(each.specs.values())[::-1]) is None
    assert find_experiment("seeds", []) is None


def said(run: Any, shares: list[list[float]], labels: list[int]) -> None:
    out = io.BytesIO()
    np.savez(out, predictions=np.array(shares, dtype=np.float32), labels=np.array(labels))
    run.put(TEST, out.getvalue())


def test_an_ensemble_averages_the_predictions(tmp_path: Path) -> None:
    """Three that are each wrong once, and never all at once."""
    runs = [made(Spec(seed=seed), within=tmp_path) for seed in range(3)]
    sure, unsure = [0.9, 0.1], [0.4, 0.6]
    for place, run in enumerate(runs):
        said(run, [unsure if at == place else sure for at in range(3)], [0, 0, 0])
    found = ensemble(runs)
    assert found
    assert (found["correct"], found["count"]) == (3, 3)
    said(runs[0], [[0.2], [0.9]], [0, 1])
    assert ensemble(runs) is None
    (runs[1].folder / TEST).write_bytes(b"PK nothing")
    with pytest.raises(ValueError, match="damaged"):
        ensemble(runs)
