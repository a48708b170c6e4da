"""Savings without a browser: every trick, a rewritten network, guesses, and invalid links."""

import re

import apptest
import pytest
from apptest import html, said, text
from case_studies import CASE_STUDIES
from golden import Golden
from streamlit.testing.v1 import AppTest
from transcript import transcript

from cnnlab import costs, guess, rewrites, tricks, zoo
from cnnlab.network import Network
from cnnlab.tricks import TRICKS
from cnnlab.ui.savings import rewriting, trick, trick_state
from cnnlab.ui.savings.comparison import sentence

PAGE = "savings"


def opened(**params: str) -> AppTest:
    """Return Savings as a link opens it."""
    return apptest.opened(PAGE, **params)


def test_the_page_opens_on_the_courses_numbers() -> None:
    at = opened()
    assert not at.exception
    for number in ("120,422,400", "2,408,448", "10,035,200", "12,443,648"):
        assert number in text(at)
    assert "28 × 28 × 32 × (5 × 5 × 192)" in text(at)
    assert "from 155 on it needs as many or more" in text(at)
    assert "4,867,293,184" in text(at)
    assert dict(at.query_params) == {}


@pytest.mark.parametrize("name", TRICKS)
def test_every_trick(name: str, golden: Golden) -> None:
    at = opened(trick=name)
    assert not at.exception
    assert said(at) == []
    pair = TRICKS[name].build()
    assert f"{tricks.macs(pair.before):,} MACs, {tricks.params(pair.before):,} parameters" in text(at)
    assert f"{tricks.macs(pair.after):,} MACs, {tricks.params(pair.after):,} parameters" in text(at)
    golden.check(f"pages/savings-{name}", transcript(at).partition("Every trick, in MACs")[0])


def test_sliders_change_the_numbers_and_the_url() -> None:
    at = opened(trick="depthwise_separable")
    assert "672" in text(at)
    at.slider(key=trick_state.knob_key("depthwise_separable", "filters")).set_value(64).run()
    pair = TRICKS["depthwise_separable"].build(filters=64)
    assert f"{tricks.macs(pair.after):,} / {tricks.macs(pair.before):,}" in text(at)
    assert dict(at.query_params) == {"trick": "depthwise_separable", "filters": "64"}
    again = opened(**at.query_params)
    assert f"{tricks.macs(pair.after):,}" in text(again)


def test_another_trick_starts_with_its_defaults() -> None:
    at = opened(trick="bottleneck", size="7")
    at.selectbox(key="savings.picker").select("two_3x3").run()
    assert "231,211,008" in text(at)
    assert dict(at.query_params) == {"trick": "two_3x3"}


def test_numbers_that_do_not_fit_are_an_error_and_can_be_changed() -> None:
    at = opened(trick="grouped", groups="7")
    assert not at.exception
    assert any("the number of groups, 7, must divide both the 96 input channels" in one for one in said(at))
    at.slider(key=trick_state.knob_key("grouped", "groups")).set_value(4).run()
    assert said(at) == []
    assert "111,974,400" in text(at)


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"trick": "nonsense"}, "There is no trick 'nonsense'"),
        ({"kernel": "99"}, "Kernel must be a whole number from 1 to 11, not 99"),
        ({"kernel": "[x](http://y)"}, "Kernel must be"),
        ({"foo": "1"}, "This page has no setting 'foo', so it is ignored."),
        ({"swap": "vgg99"}, "There is no network 'vgg99'"),
        ({"swap": "mobilenet_v1?widht=0.5"}, "MobileNet v1 has no knob 'widht'"),
        ({"swap": "vgg16 unskip"}, "There is no rewrite 'unskip'"),
        ({"trick": "9" * 5000}, "There is no trick '999"),
    ],
)
def test_an_invalid_link_warns_and_shows_the_default(params: dict[str, str], sentence: str) -> None:
    at = opened(**params)
    assert not at.exception
    assert any(one.startswith(sentence) for one in said(at)), said(at)
    assert "12,443,648" in text(at)


@pytest.mark.parametrize("name", CASE_STUDIES)
def test_every_case_study_offers_the_rewrites_that_apply(name: str) -> None:
    at = opened(swap=name)
    assert not at.exception
    offered = {button.key.removeprefix("savings.apply.") for button in at.button if "savings.apply." in str(button.key)}
    for rewrite in rewrites.REWRITES:
        try:
            rewrites.apply(zoo.build(name), rewrite)
        except ValueError:
            assert rewrite not in offered
        else:
            assert rewrite in offered


@pytest.mark.parametrize("reference", ["vgg16+global_pooling", "resnet34+drop_skips", "resnet50+bottleneck_to_basic"])
def test_a_rewritten_network(reference: str) -> None:
    at = opened(swap=reference.replace("+", " "))
    assert not at.exception
    network = Network.parse(reference)
    before, after = (costs.totals(each.graph()) for each in (network.original, network))
    for number in (before.macs, after.macs, before.params, after.params):
        assert f"{number:,}" in text(at)
    assert re.search(rf'href="inspect\?network={network.name}\+{network.rewrites[0].name}', html(at))
    at.session_state["savings.changes"] = True
    at.run()
    assert "blocks changed." in text(at)


def test_a_rewrite_is_one_click() -> None:
    at = opened(swap="resnet18")
    at.button(key="savings.apply.drop_skips").click().run()
    assert not at.exception
    assert f"{costs.totals(Network.parse('resnet18+drop_skips').graph()).params:,}" in text(at)
    assert dict(at.query_params) == {"swap": "resnet18 drop_skips"}
    at.button(key="savings.apply.scale_width").click().run()
    assert dict(at.query_params) == {"swap": "resnet18 drop_skips scale_width:0.5"}


def test_a_rewrite_that_does_not_apply_is_explained() -> None:
    at = opened(swap="vgg16 drop_skips")
    assert not at.exception
    assert any("there is no skip connection" in one for one in said(at))
    assert any(button.key == "savings.apply.global_pooling" for button in at.button)


def test_a_row_of_what_changed_says_removed_only_of_what_was_there() -> None:
    rows = {each.block: each for each in rewriting.changes(Network.parse("vgg16+global_pooling"))}
    assert rows["global_pool"].before == "—"
    assert "removed" in [each.after for each in rows.values()]
    for each in rows.values():
        assert each.before != "removed"
        assert each.after != "—"


def checked(at: AppTest, guess: str) -> str:
    """Return the page's text after a guess about the trick."""
    at.text_input(key="predict.guessed.trick").input(guess)
    at.button(key="predict.check.trick").click().run()
    assert not at.exception
    return text(at)


@pytest.mark.parametrize("name", TRICKS)
def test_nothing_gives_the_answer_away(name: str) -> None:
    at = opened(trick=name, predict="on", swap="resnet18")
    answer = tricks.macs(TRICKS[name].build().after)
    checked(at, "many")
    words = "\n".join([transcript(at), *said(at), *(field.placeholder for field in at.text_input)])
    given = set(re.findall(r"\d+(?:[,.]\d+)*(?: [kMG]\b)?(?: [×*] \d+)*", words))
    near = [each for each in given if abs(guess.read(each) / answer - 1) < 0.05]
    assert near == []


@pytest.mark.parametrize(
    ("typed", "mark"),
    [
        ("24.9 M", "About twice the answer. Did you count FLOPs?"),
        ("24,9 Mio", "About twice the answer. Did you count FLOPs?"),
        ("24887296", "Twice the answer. Did you count FLOPs?"),
        ("6.2 M", "About half the answer. Did you divide by two?"),
        ("12.4M MACs", "12.4M MACs = 12,400,000. Right: it is 0.4 % off."),
        ("1.24 * 10**7", "1.24 * 10^7 = 12,400,000. Right: it is 0.4 % off."),
    ],
)
def test_guesses_are_marked_with_the_usual_reason(typed: str, mark: str) -> None:
    assert mark in checked(opened(predict="on", swap="resnet18"), typed)


def test_a_number_without_a_unit_is_kept_when_it_is_checked_again() -> None:
    at = opened(predict="on", swap="resnet18")
    checked(at, "12.4")
    assert "times too low. With M it is 0.4 % off. The answer is 12,443,648" in checked(at, "12.4")


def values_of(name: str) -> list[dict[str, object]]:
    """Return a trick's defaults, and each knob at its least, at one, and at its most."""
    knobs = TRICKS[name].knobs.values()
    moved = [{}]
    for knob in knobs:
        ends = knob.choices or (knob.limits.low, 1, 2, knob.limits.high) if knob.choices or knob.limits else ()
        moved += [{knob.name: end} for end in ends]
    return [values for values in moved if fits(name, values)]


def fits(name: str, values: dict[str, object]) -> bool:
    """Return whether a trick can be built with these values."""
    try:
        TRICKS[name].build(**values)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("name", TRICKS)
def test_every_value_of_a_trick_is_said_without_repetition(name: str) -> None:
    trick_ = TRICKS[name]
    for values in values_of(name):
        set_ = tuple(trick_.check(values).items())
        said_ = sentence(trick_, set_)
        assert not re.search(r"\b1\.0 times", said_), (values, said_)
        arithmetic = re.sub(r"<.*?>", "", trick._arithmetic(name, set_))
        assert not re.search(r" [,:;.]", arithmetic + said_), (values, arithmetic, said_)
        assert not re.search(r"\b1\.0 times|[=≈] 0\.0+\b", arithmetic), (values, arithmetic)
        legend = [part.partition(":")[0] for part in arithmetic.split("\n")[-1].split(" · ")]
        assert len(legend) == len(set(legend)), (values, legend)
        law = arithmetic.partition("By formula: ")[2].partition(",")[0]
        steps = [step.replace(" ", "") for step in re.split("[=≈]", law)]
        assert len(steps) == len(set(steps)), (values, law)


def test_predict_then_reveal() -> None:
    at = opened(predict="on", swap="resnet18")
    assert "12,443,648" not in text(at), "no answer before the guess, anywhere on the page"
    assert "120,422,400 MACs" in text(at)
    assert "12,443,648" not in checked(at, "what?")
    assert any("“what” cannot be read" in one for one in said(at))
    assert "12,443,648" not in checked(at, "12.4"), "the unit is asked for before the guess is marked"
    assert any(one.startswith("Did you mean 12.4 M?") for one in said(at))
    at.text_input(key="predict.guessed.trick").input("28*28*16*192 + 28*28*32*25*16")
    at.button(key="predict.check.trick").click().run()
    assert not at.exception
    assert "Exactly right. The answer is 12,443,648." in text(at)
    assert "28 × 28 × 16 × (1 × 1 × 192)" in text(at)
    # Another number is another question.
    at.slider(key=trick_state.knob_key("bottleneck", "kernel")).set_value(3).run()
    assert "Exactly right" not in text(at)
    assert at.query_params["predict"] == "on"
