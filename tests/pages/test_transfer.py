"""Transfer without a browser: what is about to be trained, what is wrong with it, and the run that is shown."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apptest
import numpy as np
import pytest
import runs_on_disk
import streamlit as st
from apptest import html, said, text
from image_archives import classes, zipped
from runs_on_disk import StandInCluster
from streamlit.testing.v1 import AppTest
from waiting import until

from cnnlab import data
from cnnlab.augment import from_text
from cnnlab.data import drawings
from cnnlab.data import uploaded as kept
from cnnlab.data.bundled import LEAST
from cnnlab.training import runs
from cnnlab.training.backbones import backbone, names, uploaded
from cnnlab.training.experiments import from_scratch
from cnnlab.training.run_folder import Run
from cnnlab.training.spec import KNOBS, Spec, changed
from cnnlab.ui.runs import cluster
from cnnlab.ui.runs.cached_readers import Accuracy
from cnnlab.ui.runs.owner import COOKIE, owner
from cnnlab.ui.transfer import data as images
from cnnlab.ui.transfer import draft, form, form_state, train_button
from cnnlab.ui.transfer import from_scratch as comparing

PAGE = "transfer"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CNNLAB_RUNS", str(tmp_path))
    monkeypatch.setenv("CNNLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> StandInCluster:
    made = StandInCluster()
    monkeypatch.setattr(cluster, "cluster", lambda: made)
    return made


def opened(settings: bool = False, **params: Any) -> AppTest:
    at = apptest.opened(PAGE, **params)
    if settings:
        at.session_state[form.OPEN] = True
        at.run()
    assert not at.exception
    return at


def address(at: AppTest) -> dict[str, str]:
    """What the address bar says."""
    return {name: value if isinstance(value, str) else value[-1] for name, value in at.query_params.items()}


def made() -> list[Spec]:
    """What was set, the newest first."""
    return [seen.spec for seen in runs.find() if seen.spec]


def press(at: AppTest, key: str) -> None:
    at.button(key=key).click().run()
    assert not at.exception


def test_one_press_starts_the_default_run_and_shows_it(stand_in: StandInCluster) -> None:
    at = opened()
    assert stand_in.warmed
    assert dict(at.query_params) == {}
    assert "Eight textures, 25 images of each class" in text(at)
    assert "about 13 seconds" in text(at)
    assert [each.label for each in at.button] == ["Train"], "the rest is folded and not computed"
    assert not (*at.number_input, *at.selectbox, *at.text_input)
    press(at, "transfer.train")
    run = runs.find()[0]
    assert run.spec == Spec()
    assert run.status
    assert run.status.owner == owner()
    assert address(at)["run"] == run.name
    assert "It waits for a worker and is next." in at.get("progress")[0].proto.text.replace("\\", "")
    press(at, "transfer.train")
    assert len(made()) == 1, "the second half of a double click"


def test_the_url_reproduces_the_form() -> None:
    asked = {"data": "digits_3_8", "per_class": "10", "seed": "7", "optimiser": "sgd", "head_rate": "0.05",
             "augmentation": "mirror", "weights": "none", "dropout": "0.25"}  # fmt: skip
    at = opened(settings=True, **asked)
    assert said(at) == []
    assert address(at) == asked
    assert at.number_input(key="transfer.seed").value == 7
    until(lambda: "one unit with sigmoid" in text(at.run()))
    assert "Mirroring" in text(at)
    press(at, "transfer.train")
    wanted = Spec.from_scratch(
        data="digits_3_8", per_class=10, seed=7, optimiser="sgd", head_rate=0.05, dropout=0.25,
        augmentation=from_text("mirror", 7),
    )  # fmt: skip
    assert made() == [wanted]
    press(at, "transfer.clear")
    assert list(at.query_params) == ["run"]


def test_every_field_of_a_spec_can_be_set_and_has_help() -> None:
    at = opened(settings=True)
    shown = {each.key.removeprefix("transfer."): each for each in (*at.number_input, *at.selectbox)}
    for name, knob in KNOBS.items():
        assert knob.length or knob.help in shown[name].help
    assert all(each.proto.default == each.value for each in at.number_input), "see test_defaults"
    assert all(each.proto.options[each.proto.default] == each.format_func(each.value) for each in at.selectbox)
    for name, value in {"per_class": 12, "dropout": 0.3, "head_rate": 0.02, "pooling": "max", "patience": 4}.items():
        widget = shown[name]
        widget.set_value(value)
        at.run()
        assert not at.exception
        shown = {each.key.removeprefix("transfer."): each for each in (*at.number_input, *at.selectbox)}
    press(at, "transfer.train")
    assert made() == [Spec(per_class=12, dropout=0.3, head_rate=0.02, pooling="max", patience=4)]


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"seed": "x"}, "Seed must be a whole number"),
        ({"per_class": "-1"}, "Per class must be a whole number from 0"),
        ({"dropout": "0.95"}, "Dropout must be a number from 0 to 0.9"),
        ({"optimiser": "lion"}, "Optimiser must be one of adam"),
        ({"backbone": "resnet1"}, "There is no backbone 'resnet1'"),
        ({"weights": "file:/etc/passwd"}, "Weights must be pretrained, none or an uploaded file"),
        ({"network": "x" * 30_000}, "Network must be a text of at most 6500 characters"),
        ({"run": "../../etc"}, "There is no run '../../etc'"),
        ({"run": "20200101-000000-00000000-000000"}, "The run of this link is not on this server"),
        ({"x": "1"}, "This page has no setting 'x', so it is ignored"),
    ],
)
def test_bad_links_show_a_sentence(params: dict[str, Any], problem: str) -> None:
    at = opened(**params)
    assert any(problem in sentence for sentence in said(at)), said(at)
    assert not at.button(key="transfer.train").disabled
    assert dict(at.query_params) == {}


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"data": "nowhere"}, "There is no data set 'nowhere'"),
        ({"data": "upload:" + "0" * 32}, "no longer on this server"),
        ({"data": "download:flowers"}, "not on this server yet: download it"),
        ({"network": "no such"}, "Network: "),
        ({"network": "lenet5"}, "set channels=3"),
        ({"network": "resnet20_cifar", "head_epochs": "3"}, "Head epochs must be 0 where network"),
        ({"weights": f"file:{'0' * 32}"}, "upload their file again"),
        ({"input_size": "8"}, "Built-in backbone takes images of 16×16 to 512×512"),
        ({"head_epochs": "0", "tuning_epochs": "0"}, "nothing would be learned"),
        ({"validation": "0", "patience": "3"}, "Patience must be 0 where validation is 0"),
        ({"augmentation": "swirl"}, "Augmentation: there is no augmentation 'swirl'"),
        (
            {"augmentation": "random_crop:share=0.3;random_crop:share=0.3;random_crop:share=0.3"},
            "crops images to fewer",
        ),
    ],
)
def test_wrong_fields_are_named_and_nothing_is_lost(params: dict[str, str], problem: str) -> None:
    at = opened(dropout="0.3", **params)
    assert at.button(key="transfer.train").disabled
    assert "It cannot be trained like this" in text(at)
    assert problem in text(at)
    for name, value in {"dropout": "0.3", **params}.items():
        assert address(at)[name].startswith(value[:20])
    if "data" not in params:
        at.session_state[form.OPEN] = True
        at.run()
        assert text(at).count(problem) == 2, "beside the field, too"
        press(at, "transfer.clear")
        assert not at.button(key="transfer.train").disabled


def test_another_network_moves_only_fields_at_their_defaults() -> None:
    at = opened(settings=True, dropout="0.2")
    assert len(at.selectbox(key="transfer.what").options) == len(names()) + 1
    at.selectbox(key="transfer.what").set_value("imagenet:mobilenet_v2").run()
    assert at.number_input(key="transfer.input_size").value == 224
    assert "not on this server yet: the run starts with their download" in text(at)
    assert "no drawings" in text(at)
    at.selectbox(key="transfer.what").set_value("network").run()
    assert at.number_input(key="transfer.input_size").value == 32
    assert at.number_input(key="transfer.head_epochs").value == 0
    assert at.number_input(key="transfer.dropout").value == 0.2
    at.text_input(key="transfer.network").set_value("lenet5").run()
    press(at, "transfer.fix")
    assert address(at)["network"] == "lenet5?channels=3"
    assert "softmax" in text(at)
    press(at, "transfer.train")
    assert made() == [Spec.from_scratch("lenet5?channels=3", input_size=32, dropout=0.2)]
    at.selectbox(key="transfer.what").set_value("built_in").run()
    assert not at.exception
    assert address(at) == {"dropout": "0.2", "run": runs.find()[0].name}


def test_weights_of_a_file(home: Path) -> None:
    name = uploaded.put(io.BytesIO(b"\x89HDF"))
    at = opened(settings=True, weights=f"file:{name}")
    assert said(at) == []
    assert "an uploaded file" in "".join(each.value for each in at.caption)
    press(at, "transfer.train")
    assert made() == [Spec(weights=f"file:{name}")]


def test_a_link_from_another_page_keeps_what_was_set() -> None:
    at = opened(dropout="0.3")
    for name, value in {"data": "digits", "augmentation": "mirror"}.items():
        at.query_params.clear()
        at.query_params[name] = value
        at.query_params["keep"] = "true"
        at.run()
    assert not at.exception
    assert address(at) == {
        "data": "digits", "dropout": "0.3", "augmentation": "mirror",
    }  # fmt: skip
    at.query_params.clear()
    at.query_params["augmentation"] = "none"
    at.query_params["keep"] = "true"
    at.run()
    assert "augmentation" not in at.query_params
    augment = apptest.opened("augment", steps="mirror")
    assert 'href="transfer?augmentation=mirror&amp;keep=true"' in html(augment)
    inspect = apptest.opened("inspect", network="vgg16")
    assert 'href="transfer?network=vgg16&amp;keep=true"' in html(inspect)


def test_images_are_chosen_on_the_page() -> None:
    at = opened()
    at.session_state[images.OPEN] = True
    at.run()
    at.selectbox(key="data.chosen").set_value("digits").run()
    assert not at.exception
    assert address(at)["data"] == "digits"
    until(lambda: "10 classes" in text(at.run()))  # looked at in the background
    press(at, "data.reroll")
    assert list(at.query_params) == ["data"]
    press(at, "transfer.train")
    assert made() == [Spec(data="digits")]


def test_a_link_to_no_data_set_while_images_are_open() -> None:
    at = opened(data="digits")
    at.session_state[images.OPEN] = True
    until(lambda: "10 classes" in text(at.run()))
    at.query_params["data"] = "nonsense"
    at.run()
    assert address(at) == {"data": "digits"}
    assert "There is no data set 'nonsense'" in said(at)[0]
    assert "Handwritten digits, 25 images of each class" in text(at)
    assert not at.button(key="transfer.train").disabled
    at.selectbox(key="data.chosen").set_value("textures").run()
    assert said(at) == []


def test_a_refusal_shows_a_sentence_and_the_form_stays(stand_in: StandInCluster) -> None:
    at = opened(seed="3")
    stand_in.refuses = "3 of your runs wait or run already"
    press(at, "transfer.train")
    assert said(at) == ["3 of your runs wait or run already."]
    assert address(at) == {"seed": "3"}


def test_a_run_that_cannot_be_written_shows_a_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "file").write_text("")
    monkeypatch.setenv("CNNLAB_RUNS", str(home / "file" / "runs"))
    at = opened()
    press(at, "transfer.train")
    assert "CNNLAB_RUNS" in said(at)[0]
    assert address(at) == {}


def test_runs_in_every_state(home: Path) -> None:
    found = runs_on_disk.one_of_each(home)
    wanted = {
        "waiting": "2 runs come first", "running": "Epoch 7 of 30", "failed": "the disk is full",
        "cancelled": "stopped after 23 epochs", "damaged": "status.json of this run is damaged",
        "no report": "Parts of this run’s report cannot be read", "done": "Gain of transfer",
    }  # fmt: skip
    for name, words in wanted.items():
        at = opened(run=found[name].name)
        bars = " ".join(each.proto.text.replace("\\", "") for each in at.get("progress"))
        shown = " ".join([text(at), *said(at), *(each.value for each in at.info), bars])
        assert words in shown, name
        assert at.button(key="transfer.train"), name
    for name in ("scratch", "failed", "running"):
        assert "Gain of transfer" not in text(opened(run=found[name].name))


def progress(run: Run) -> str:
    return str(opened(run=run.name).get("progress")[0].proto.text).replace("\\", "")


def test_progress_names_the_present_work(home: Path) -> None:
    def at(*more: dict[str, Any], upto: int = 0, **changes: Any) -> str:
        run = runs_on_disk.made(Spec(**changes), phase="running", upto=upto, within=home)
        run.append([{"n": 900 + place, "time": 0.0, **each} for place, each in enumerate(more)])
        return progress(run)

    assert at({"event": "weights", "done": 3_000_000, "of": 9_000_000}) == (
        "The backbone’s weights are being downloaded: 3.00 MB of 9.00 MB."
    )
    step = {"event": "step", "phase": "tuning", "epoch": 23, "step": 4, "of": 10, "loss": 1.0, "accuracy": 0.5}
    assert at(step, upto=22) == "Epoch 23 of 30, step 4 of 10: fine-tuning, learning rate 0.0005, 2 s left."
    assert at({"event": "lost", "worker": "one"}, upto=7) == "Its worker was lost; another one continues after epoch 7."
    assert "at most 3 s left" in at(upto=21), "the first epoch of a phase takes longer than the others"
    test = {"event": "step", "phase": "test", "step": 256, "of": 800}
    assert at(test, upto=30) == "All 30 epochs have ended: the test, 256 of 800 images."
    assert at(test, upto=12, stop_at=0.9) == "It has ended after epoch 12: the test, 256 of 800 images."


def test_new_events_are_read_on_and_another_file_is_read_again(home: Path) -> None:
    run = runs_on_disk.made(phase="running", upto=3, within=home)
    assert "Epoch 3 of 30" in progress(run)
    events = runs_on_disk.events(Spec(), 6)[-6:]
    run.append([{"n": 100 + place, "time": 0.0, **each} for place, each in enumerate(events)])
    assert "Epoch 6 of 30" in progress(run)
    path = run.folder / "events.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]) + lines[-1][:20])
    assert "Epoch 6 of 30, step" in progress(run), "half a line counts for nothing"


def test_the_gain_of_transfer_is_measured(home: Path, stand_in: StandInCluster) -> None:
    run = runs_on_disk.made(Spec(seed=1), within=home)
    at = opened(run=run.name)
    assert "Not measured yet" in text(at)
    press(at, "transfer.compare")
    wanted = Spec.from_scratch(seed=1)
    assert made()[0] == wanted
    assert address(at)["run"] == run.name
    assert "The same from scratch is running" in text(at)
    assert at.button(key=f"transfer.scratch.stop.{runs.find()[0].name}")
    runs.find()[0].run.note(phase="cancelled")
    until(lambda: "Not measured yet" in text(at.run()))  # a list is as good as new for half a second
    other = runs_on_disk.made(wanted, within=home)
    at.run()
    assert not at.exception
    shares = [(each.report() or {})["test"]["accuracy"] for each in (run, other)]
    assert shares[0] == shares[1], "the stand-ins have one report"
    assert "the test accuracy is the same as from scratch" in text(at)
    assert all(f"{100 * share:.1f} % (95 % interval" in text(at) for share in shares)


def test_a_double_click_on_the_same_from_scratch_makes_one_run(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def page(spec, shown):
        from cnnlab.ui.transfer import from_scratch as comparing

        comparing._submit(spec, shown)
        comparing._submit(spec, shown)

    run = runs_on_disk.made(Spec(seed=1), within=home)
    wanted = Spec.from_scratch(seed=1)
    for browser in ("one", "another"):  # what another browser asks for is another run
        monkeypatch.setattr(type(st.context), "cookies", {COOKIE: browser})
        assert not AppTest.from_function(page, args=(wanted, run.name)).run().exception
    assert made().count(wanted) == 2


BASELINE = {"class": "brick", "accuracy": 0.125, "interval": [0.104, 0.15], "guess": 0.1}


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ((0.5, 0.45, 0.55), "do not overlap"),
        ((0.7, 0.65, 0.75), "overlap"),
        ((0.8, 0.78, 0.82), "points lower"),
        ((0.72, 0.7, 0.74), "the same as from scratch"),
    ],
)
def test_the_difference_comes_with_both_intervals(other: tuple[float, float, float], words: str) -> None:
    found = comparing.gained(Accuracy(0.72, 0.69, 0.755, BASELINE), Accuracy(*other), Spec())
    assert words in found
    assert (
        "the baseline is 12.5 % (“brick” for every image, 95 % interval 10.4 to 15.0 %; a random guess gets 10.0 %)"
        in found
    )


def test_recent_runs_are_listed(home: Path) -> None:
    at = opened()
    me = owner()
    mine = [runs_on_disk.made(Spec(seed=seed), within=home, owner=me, created=float(seed)) for seed in range(7)]
    runs_on_disk.made(Spec(seed=99), within=home)
    at.run()
    assert html(at).count('href="transfer?run=') == 5
    assert "seed 99" not in text(at)
    assert mine[6].name in html(at)
    assert "18 s in total the last time" in text(at)


def test_the_summary_describes_the_run() -> None:
    summary = train_button.description(Spec(unfreeze=1, tuning_epochs=1))
    assert "the last stage of the backbone is fine-tuned for 1 epoch" in summary
    assert "from scratch for 30 epochs" in train_button.description(Spec.from_scratch())
    assert "ResNet-20" in train_button.description(Spec.from_scratch("resnet20_cifar", input_size=32))
    assert "all stages of the backbone are fine-tuned" in train_button.description(Spec(unfreeze=50)), "there are four"
    assert "a new head learns on the built-in backbone, with random weights, frozen" in train_button.description(
        Spec(weights="none")
    )


def test_only_images_that_are_here_are_counted(home: Path) -> None:
    made = [name for name in data.names() if name != "drawings"]  # which take seconds to draw
    least = {name: min(np.bincount(data.load(name).train.labels)) for name in made}
    assert least | {"drawings": drawings.TRAIN} == LEAST
    files = {**classes("", 30, ("cats",)), **classes("", 20, ("dogs",))}
    reference = f"upload:{kept.put(io.BytesIO(zipped(files)), 'pets')}"
    until(lambda: images.count(reference))
    assert images.count(reference) == (2, 40), "a fifth is held out for the test"
    assert images.count(reference, 20) == (2, 36)
    assert images.amount(reference, 16) == "16 images of each class"
    assert images.amount(reference, 17) == "at most 17 images of each class"
    assert images.amount("textures", 1000) == "at most 1,000 images of each class"


def test_a_draft_follows_from_its_url() -> None:
    for values in (
        draft.default_values(),
        draft.default_values(network="vgg16"),
        draft.default_values(backbone="imagenet:vgg16", weights="none"),
    ):
        other = draft.with_changes(values, seed=9, batch=32)
        params = form_state.URL.params(draft.values_for_url(other))
        assert params["batch"] == ("32",)
        given, problems = form_state.URL.read(params)
        assert problems == []
        assert draft.values_from_url(given) == other
    for name in names():
        assert backbone(name).checked(draft.default_values(backbone=name)["input_size"])
    assert from_scratch(Spec()) == Spec.from_scratch()
    assert draft.seedless(changed(Spec(), seed=4)) == Spec()


@pytest.mark.parametrize("name", names())
def test_a_backbone_with_other_weights_is_not_described_as_trained(name: str) -> None:
    made = backbone(name)
    assert "trained" in " ".join(made.description("pretrained"))
    for weights, words in (("random", "Its weights are random"), (Path("a.h5"), "Its weights come from your file")):
        what, cut = made.description(weights)  # type: ignore[arg-type]
        assert words in what
        assert "trained" not in what + cut


def test_the_chosen_weights_are_described(home: Path) -> None:
    assert "60 kinds of drawings" in text(opened(settings=True))
    for weights in ("none", f"file:{uploaded.put(io.BytesIO(bytes(4)))}"):
        shown = text(opened(settings=True, weights=weights))
        assert "60 kinds of drawings" not in shown
        assert "trained on the drawings" not in shown


def test_no_test_is_promised_without_test_images(home: Path) -> None:
    reference = f"upload:{kept.put(io.BytesIO(zipped(classes('', 1))), 'one each')}"
    until(lambda: images.count(reference))
    assert images.has_test("textures")
    assert not images.has_test(reference)
    assert train_button.description(Spec(data=reference)).endswith(
        "There are no images for a test. The time per epoch is known after the first one."
    )
    assert "frozen, for 1 epoch," in train_button.description(Spec(head_epochs=1))
    run = runs_on_disk.untested(home)
    shown = text(opened(run=run.name))
    assert "This data set has no test images, so the gain of transfer cannot be measured." in shown
    assert "were tested" not in shown
    running = runs_on_disk.untested(home, "running")
    assert progress(running) == "All 30 epochs have ended: the model is being saved."
