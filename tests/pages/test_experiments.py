"""Experiments on Transfer without a browser: started together, shown from a link, and concluded from what fits."""

import io
from collections.abc import Iterator
from pathlib import Path

import apptest
import numpy as np
import pytest
import runs_on_disk
from apptest import said, text
from runs_on_disk import StandInCluster
from streamlit.testing.v1 import AppTest

from cnnlab.training import Spec, runs
from cnnlab.training.evaluation import TEST
from cnnlab.training.experiments import experiments
from cnnlab.training.run_folder import Run
from cnnlab.ui.runs import cluster

PAGE = "transfer"
OPEN = "transfer.experiments"
START = "transfer.experiment.start"


@pytest.fixture(autouse=True)
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInCluster]:
    monkeypatch.setenv("CNNLAB_RUNS", str(tmp_path))
    monkeypatch.setenv("CNNLAB_CACHE", str(tmp_path / "cache"))
    made = StandInCluster()
    monkeypatch.setattr(cluster, "cluster", lambda: made)
    return made


def opened(**params: str) -> AppTest:
    at = apptest.opened(PAGE, **params)
    at.session_state[OPEN] = True
    at.run()
    assert not at.exception
    return at


def done(name: str, spec: Spec | None = None) -> list[Run]:
    """An experiment's runs, as they end."""
    found = []
    for each in next(each for each in experiments(spec or Spec()) if each.name == name).specs.values():
        run = runs_on_disk.made(each)
        out = io.BytesIO()
        np.savez(out, predictions=np.eye(8, dtype=np.float32)[np.arange(80) % 8], labels=np.arange(80) % 8)
        run.put(TEST, out.getvalue())
        found.append(run)
    return found


def link(name: str, found: list[Run]) -> str:
    return f"{name}:{';'.join(run.name for run in found)}"


@pytest.mark.parametrize("name", [each.name for each in experiments(Spec())])
def test_every_experiment_starts_with_one_press_and_shows_from_its_link(name: str, stand_in: StandInCluster) -> None:
    at = opened(experiment=f"{name}:")
    at.button(key=START).click().run()
    assert not at.exception
    wanted = next(each for each in experiments(Spec()) if each.name == name)
    assert {seen.spec for seen in runs.find()} == set(wanted.specs.values())
    assert at.button(key=START).disabled, "a second press would make them twice"
    address = at.query_params["experiment"]
    again = opened(experiment=address if isinstance(address, str) else address[-1])
    assert wanted.asks in text(again)
    assert again.button(key=START).disabled, "its runs wait"


def test_a_double_click_starts_an_experiment_once() -> None:
    def page():
        from cnnlab.training.experiments import experiments
        from cnnlab.training.spec import Spec
        from cnnlab.ui.transfer.experiments import _start

        wanted = experiments(Spec())[-1]
        _start(wanted, lambda chosen: None)
        _start(wanted, lambda chosen: None)

    assert not AppTest.from_function(page).run().exception
    assert len(runs.find()) == 3


def test_the_conclusion_is_shown_once_all_runs_have_ended() -> None:
    at = opened(experiment=link("seeds", done("seeds")))
    assert "only the seed differs" in text(at)
    assert "The ensemble averages" in text(at).replace("**", "")
    at = opened(experiment=link("transfer", done("transfer")))
    assert "transfer" in text(at)
    assert "points" in text(at)


def test_an_experiment_does_not_follow_later_settings() -> None:
    found = done("dropout", Spec(dropout=0.2))
    at = opened(experiment=link("dropout", found), dropout="0.7")
    assert "20 % of the features" in text(at)
    at = opened(experiment=link("transfer", done("transfer")), weights="none")
    assert "How much does a pretrained backbone" in text(at)


def test_runs_that_do_not_belong_together_are_not_compared() -> None:
    others = [runs_on_disk.made(Spec(data="digits", seed=seed), classes=runs_on_disk.DIGITS) for seed in range(3)]
    at = opened(experiment=link("transfer", others))
    assert "do not belong to this experiment" in said(at)[0]
    assert "points" not in text(at)


@pytest.mark.parametrize(
    "wrong", ["nonsense", "seeds:../x", f"seeds:{';'.join(['20260101-000000-00000000-000000'] * 4)}"]
)
def test_a_wrong_link_shows_a_sentence(wrong: str) -> None:
    at = opened(experiment=wrong)
    assert any("there is no experiment" in each.lower() for each in said(at))


def test_missing_runs_and_refusals_show_a_sentence(stand_in: StandInCluster) -> None:
    found = done("seeds")
    runs.delete(found[1])
    assert "no longer on this server" in said(opened(experiment=link("seeds", found)))[0]
    stand_in.refuses = "3 of your runs wait or run already"
    at = opened()
    at.button(key=START).click().run()
    assert "3 of your runs wait or run already" in said(at)[0]


@pytest.mark.parametrize("params", [{"seed": "2147483647"}, {"head_epochs": "600", "tuning_epochs": "600"}])
def test_the_ends_of_every_range_have_experiments(params: dict[str, str]) -> None:
    opened(**params)
