"""Runs without a browser: what is shown of runs in every state, and what is done with them."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apptest
import pytest
import runs_on_disk
from apptest import html, said, text
from golden import Golden
from profiles import first_with_each_push
from runs_on_disk import StandInCluster
from streamlit.testing.v1 import AppTest
from transcript import timeless, transcript

from cnnlab.training import runs
from cnnlab.training.export import report
from cnnlab.training.run_folder import REPORT, Run
from cnnlab.training.runs import RunSummary
from cnnlab.training.spec import Spec
from cnnlab.ui.runs import buttons, cluster, listing, page_state, progress
from cnnlab.ui.runs import labels as naming
from cnnlab.ui.runs.owner import owner

PAGE = "runs"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CNNLAB_RUNS", str(tmp_path))
    return tmp_path


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> StandInCluster:
    made = StandInCluster()
    monkeypatch.setattr(cluster, "cluster", lambda: made)
    return made


def opened(*chosen: Run, **params: Any) -> AppTest:
    at = apptest.opened(PAGE, **params, **({"run": [run.name for run in chosen]} if chosen else {}))
    assert not at.exception
    return at


def listed(at: AppTest) -> list[str]:
    """The listed runs' names, in order."""
    found = [
        json.loads(each.proto.json)["html"] for each in at.get("bidi_component") if "cnnlab-runs" in each.proto.json
    ]
    return [part.split('"')[0] for part in found[0].split('data-act="')[1:]] if found else []


def rows(at: AppTest) -> str:
    return next(
        json.loads(each.proto.json)["html"] for each in at.get("bidi_component") if "cnnlab-runs" in each.proto.json
    )


def charts(at: AppTest) -> list[str]:
    """What the charts are for those who cannot see them."""
    return [each.proto.alt for each in at.get("plotly_chart")]


def test_an_empty_list_shows_the_next_step(home: Path) -> None:
    at = opened()
    assert 'href="transfer?"' in html(at)
    assert listed(at) == charts(at) == said(at) == []
    (home / "something else").mkdir()
    assert "No run yet" in text(opened())


def test_runs_in_every_state_are_listed(home: Path, golden: Golden) -> None:
    found = runs_on_disk.one_of_each(home)
    at = opened()
    assert set(listed(at)) == {run.name for run in found.values()}
    golden.check("pages/runs", timeless(transcript(at)))


@pytest.mark.parametrize(
    ("state", "drawn"),
    [("running", 2), ("waiting", 2), ("failed", 2), ("cancelled", 2), ("damaged", 6), ("no report", 2), ("pair", 7)],
)
def test_a_run_in_every_state(state: str, drawn: int, home: Path, golden: Golden) -> None:
    found = runs_on_disk.one_of_each(home)
    for name, run in found.items():
        if name != state:
            shutil.rmtree(run.folder)
    at = opened(found[state])
    assert len(charts(at)) == drawn
    golden.check(f"pages/runs {state}", timeless(transcript(at)))


def test_a_worker_that_is_starting(home: Path) -> None:
    run = runs_on_disk.made(phase="waiting", within=home)
    run.note(text="a worker is starting")
    at = opened(run)
    assert "A worker is starting." in [each.value.replace("\\", "") for each in at.caption]
    assert not at.warning, "nothing is to be corrected"


def test_a_report_is_shown_in_full(home: Path, golden: Golden) -> None:
    run = runs_on_disk.made(overfits=True, within=home)
    report = run.report()
    assert report
    at = opened(run)
    shown = text(at)
    golden.check("pages/runs-done", timeless(transcript(at)))
    assert report["text"] in shown
    counts, classes = report["confusion"], report["classes"]
    pairs = ((row, column) for row in range(8) for column in range(8) if row != column)
    worst, row, column = max((counts[row][column], row, column) for row, column in pairs)
    assert f"“{classes[row]}” is predicted as “{classes[column]}”, in {worst} of 100 images" in shown
    easiest = max(report["per_class"], key=lambda row: row["accuracy"])
    assert f"“{easiest['class']}” is easiest with {100 * easiest['accuracy']:.1f} %" in shown
    more = report["crops"]["ten"]["correct"] - report["crops"]["one"]["correct"]
    assert f"Ten crops get {more} more of 800 test images right" in shown
    assert html(at).count("data:image/png;base64,") == 12
    assert all(alt.endswith(".") and "**" not in alt for alt in charts(at))


def test_classes_are_text_and_not_html(home: Path) -> None:
    pair = runs_on_disk.made(Spec(data="textures_grass_gravel", validation=0.0), classes=("<b>a", "b"), within=home)
    assert "“<b>a”" in text(opened(pair))


def test_very_many_classes_have_a_table_instead_of_a_matrix(home: Path) -> None:
    for many, drawn in ((60, 6), (61, 4)):
        classes = tuple(f"class {number}" for number in range(many))
        at = opened(runs_on_disk.made(classes=classes, within=home))
        assert said(at) == []
        assert len(charts(at)) == drawn
        assert ("The most frequent confusions" in html(at)) == (many == 61)


def test_a_report_without_a_test_is_not_damaged(home: Path) -> None:
    run = runs_on_disk.made(within=home)
    whole = run.report() or {}
    untold = ("confusion", "per_class", "wrong", "roc", "crops")
    text_of = "There are no test images, so its accuracy on new images is unknown."
    report = {name: value for name, value in whole.items() if name not in untold} | {"test": None, "text": text_of}
    run.put(REPORT, json.dumps(report).encode())
    at = opened(run)
    assert said(at) == []
    assert text_of in text(at)
    assert "Training images" in text(at)


@pytest.mark.parametrize("field", ["test", "confusion", "per_class", "wrong", "crops", "gradients", "roc", "classes"])
@pytest.mark.parametrize("nonsense", first_with_each_push([[1]], 5, "x"))
def test_a_report_damaged_in_one_place_shows_the_rest(field: str, nonsense: object, home: Path) -> None:
    run = runs_on_disk.made(within=home)
    run.put(REPORT, json.dumps({**(run.report() or {}), field: nonsense}).encode())
    at = opened(run)
    assert len(charts(at)) >= 2
    assert "Result" in text(at) or field == "test"
    several = opened(run, runs_on_disk.made(within=home))
    assert len(charts(several)) == 2


def test_several_are_overlaid_and_the_link_says_so(home: Path) -> None:
    first = runs_on_disk.made(within=home)
    second = runs_on_disk.made(Spec(seed=1), within=home)
    at = opened(first, second)
    assert len(charts(at)) == 2
    assert "textures, 25 per class, built-in backbone, seed 1" in html(at)
    assert at.query_params["run"] == [first.name, second.name]
    at.session_state["runs.several.more"] = True
    at.run()
    assert len(charts(at)) == 4
    other = runs_on_disk.made(Spec(data="digits"), classes=runs_on_disk.DIGITS, within=home)
    assert "They have different training images" in text(opened(first, other))
    at.button(key="runs.none").click().run()
    assert dict(at.query_params) == {}
    assert charts(at) == []


def test_filters_and_order(home: Path) -> None:
    found = runs_on_disk.one_of_each(home)
    at = opened(words="digits")
    assert listed(at) == [found["digits"].name]
    at.text_input(key="runs.words").set_value("").run()
    for phase in page_state.PHASES:
        at.selectbox(key="runs.phase").set_value(phase).run()
        assert not at.exception
        seen = [runs.summary(runs.get(name)).phase for name in listed(at)]
        assert phase == "all" or set(seen) == {phase}
    assert list(at.query_params) == ["phase"]
    at.selectbox(key="runs.phase").set_value("all").run()
    at.selectbox(key="runs.sort").set_value("accuracy").run()
    report = {name: (run.report() or {})["test"]["accuracy"] for name, run in found.items()
              if name in ("done", "scratch", "digits", "pair")}  # fmt: skip
    shares = {found[name].name: value for name, value in report.items()}
    order = [shares[name] for name in listed(at) if name in shares]
    assert order == sorted(shares.values(), reverse=True)
    at.toggle(key="runs.mine").set_value(True).run()
    assert listed(at) == []
    mine = runs_on_disk.made(within=home, owner=owner())
    at.run()
    assert listed(at) == [mine.name]


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"phase": "late"}, "Phase must be one of all, waiting"),
        ({"sort": "price"}, "Sort must be one of newest"),
        ({"mine": "perhaps"}, "Mine must be true or false"),
        ({"words": "x" * 500}, "Words must be a text of at most 100 characters"),
        ({"run": "../../etc"}, "There is no run '../../etc'"),
        ({"run": "20200101-000000-00000000-000000"}, "A chosen run is not on this server"),
        ({"x": "1"}, "This page has no setting 'x', so it is ignored."),
        ({"run": [f"20200101-000000-00000000-{number:06x}" for number in range(9)]}, "At most 6 runs"),
    ],
)
def test_bad_links_show_a_sentence(params: dict[str, Any], problem: str, home: Path) -> None:
    run = runs_on_disk.made(within=home)
    at = opened(**params)
    assert any(problem in sentence for sentence in said(at)), said(at)
    assert listed(at) == [run.name]


def test_a_double_click_on_a_duplicate_makes_one_run(home: Path) -> None:
    def page(run):
        from cnnlab.training import runs
        from cnnlab.ui.runs import buttons

        buttons._submit(runs.summary(run))
        buttons._submit(runs.summary(run))

    assert not AppTest.from_function(page, args=(runs_on_disk.made(within=home),)).run().exception
    assert len(runs.find()) == 2


def test_a_duplicate_with_changes(home: Path, stand_in: StandInCluster) -> None:
    run = runs_on_disk.made(Spec(seed=3, dropout=0.2, pooling="max"), within=home)
    at = opened(run, phase="done")
    at.session_state[buttons.COPY] = True
    at.run()
    fields = {each.label: each for each in at.number_input}
    assert set(fields) == {name.replace("_", " ") for name in buttons.FIELDS}
    assert fields["dropout"].value == 0.2
    assert all(each.proto.default == each.value for each in at.number_input), "see test_defaults"
    fields["seed"].set_value(9)
    fields["per class"].set_value(10)
    stand_in.refuses = "3 of your runs wait or run already"
    submit = next(each for each in at.button if each.label == "Train it")
    submit.click().run()
    assert "3 of your runs wait or run already" in said(at)[0]
    assert len(listed(at)) == 1
    stand_in.refuses = ""
    next(each for each in at.button if each.label == "Train it").click().run()
    assert not at.exception
    made = runs.get(at.query_params["run"][0] if isinstance(at.query_params["run"], list) else at.query_params["run"])
    assert made.spec() == Spec(seed=9, per_class=10, dropout=0.2, pooling="max")
    assert made.status().owner == owner()


def test_contradicting_settings_are_refused_with_a_sentence(home: Path) -> None:
    run = runs_on_disk.made(Spec.from_scratch("lenet5"), within=home)
    at = opened(run)
    at.session_state[buttons.COPY] = True
    at.run()
    next(each for each in at.number_input if each.label == "head epochs").set_value(3)
    next(each for each in at.button if each.label == "Train it").click().run()
    assert "Head epochs must be 0 where network is trained from scratch" in said(at)[0]


def test_deleting_and_stopping_of_other_peoples_runs_ask_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done, running = runs_on_disk.made(within=home), runs_on_disk.made(phase="running", upto=3, within=home)
    at = opened(done, running)
    at.button(key="runs.delete").click().run()
    assert done.folder.is_dir()
    assert "Delete 1 run for good" in at.markdown[0].value
    assert "started from another browser" in at.markdown[0].value
    at.button(key="runs.delete.no").click().run()
    assert not [each for each in at.button if each.key == "runs.delete.yes"]
    at.button(key="runs.delete").click().run()
    at.button(key="runs.delete.yes").click().run()
    assert not done.folder.exists()
    assert listed(at) == [running.name]
    at.button(key=f"runs.one.stop.{running.name}").click().run()
    assert not (running.folder / "cancel").exists()
    assert "started from another browser" in at.markdown[0].value
    at.button(key=f"runs.one.stop.{running.name}.no").click().run()
    assert not at.markdown

    def full(_: Run) -> None:
        raise ValueError("the disk is full")

    at.button(key=f"runs.one.stop.{running.name}").click().run()
    with monkeypatch.context() as patched:
        patched.setattr(runs, "cancel", full)
        at.button(key=f"runs.one.stop.{running.name}.yes").click().run()
    at.run()
    assert "the disk is full" in said(at), "whoever looks away for a second must find it"
    at.button(key=f"runs.one.stop.{running.name}").click().run()
    assert said(at) == []
    at.button(key=f"runs.one.stop.{running.name}.yes").click().run()
    assert (running.folder / "cancel").exists()
    assert at.button(key=f"runs.one.stop.{running.name}").disabled
    running.note(phase="cancelled")
    at.run()
    assert "stopped after 3 epochs" in at.info[0].value


def test_own_runs_are_stopped_at_one_press(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (buttons, progress):
        monkeypatch.setattr(module, "owner", lambda: "me")
    own, other = (runs_on_disk.made(phase="running", upto=3, within=home, owner=owner) for owner in ("me", "somebody"))
    at = opened(own, other)
    at.button(key="runs.stop").click().run()
    assert "Stop 2 runs? One of them was started from another browser" in at.markdown[0].value.replace("\\", "")
    at.button(key="runs.stop.no").click().run()
    assert not at.markdown
    assert not (own.folder / "cancel").exists()
    at = opened(own)
    at.button(key=f"runs.one.stop.{own.name}").click().run()
    assert (own.folder / "cancel").exists()
    assert not (other.folder / "cancel").exists()


def test_labels_are_unique() -> None:
    def seen(name: str, **changes: Any) -> RunSummary:
        return RunSummary(Run(Path(f"20260101-000000-00000000-{name}")), Spec(**changes), None)

    title = Spec().title
    labels = naming.labels([seen("00000a"), seen("00000b", seed=1), seen("00000c", data="digits")])
    assert list(labels.values()) == [f"{title}, seed 0", f"{title}, seed 1", "digits, 25 per class, built-in backbone"]
    long = {name: f"an augmentation of a very long name, that ends in the {name} way, as others do" for name in "abc"}
    assert len(set(naming.short(long).values())) == 3
    alike = naming.short({name: "x" * 30 + f"{name} and not" + "y" * 30 for name in "abc"}).values()
    assert len(set(alike)) == 3
    assert max(map(len, alike)) <= naming.SHORT
    twins = naming.labels([seen("00000a"), seen("00000b")])
    assert len(set(twins.values())) == 2
    assert naming.settings(Spec.from_scratch()) == ""
    assert naming.settings(Spec(backbone="imagenet:mobilenet_v2", input_size=224)) == "", "usual for this one"
    assert naming.settings(Spec(backbone="imagenet:mobilenet_v2", input_size=96)) == "input size 96"
    assert naming.settings(Spec(seed=2, dropout=0.5)) == "seed 2, dropout 0.5"


def test_more_than_fit_are_shown_on_demand(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    for seed in range(5):
        runs_on_disk.made(Spec(seed=seed), phase="cancelled", upto=1, within=home)
    at = opened()
    assert len(listed(at)) == 2
    at.button(key="runs.more").click().run()
    assert len(listed(at)) == 4


def test_a_run_without_test_images_is_tested_nowhere(home: Path) -> None:
    first, second = runs_on_disk.untested(home), runs_on_disk.untested(home, seed=1)
    at = opened(first)
    assert "no test images" in rows(at)
    shown = text(at)
    for words in ("tested and saved", "were tested", "only the test", "readable"):
        assert words not in shown
    assert "The weights of epoch 30 were saved." in shown
    page = report.page(first)
    assert "were tested" not in page
    assert "tested and saved" not in page
    at = opened(first, second)
    shown = text(at)
    assert "There are no test images" in shown
    assert "were tested" not in shown
    assert len(re.findall("<td[^>]*>none</td>", html(at))) == 2


def test_no_run_is_offered_where_none_matches(home: Path) -> None:
    assert "Click a run" not in text(opened())
    runs_on_disk.made(within=home)
    assert "Click a run" in text(opened())
    shown = text(opened(words="qqq"))
    assert "No run matches" in shown
    assert "Click a run" not in shown
