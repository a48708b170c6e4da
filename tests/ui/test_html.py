"""HTML helpers: terms that carry their meaning, and text from outside that is escaped."""

import re

import pytest

from cnnlab import costs
from cnnlab.ui import html
from cnnlab.ui.glossary import EXPLAINED, FORMS, MEANINGS, meaning
from cnnlab.ui.html import explained, table, unbroken


def terms(html: str) -> list[str]:
    return re.findall(r'<span class="cnnlab-term" tabindex="0">(.*?)<span', html)


def test_descriptions_of_tools_do_not_use_activation_for_a_function() -> None:
    """A function such as ReLU is not what the word means here: the numbers that layers write."""
    for convention in costs.CONVENTIONS.values():
        assert "activation" not in convention.rule
    assert "activation" not in costs.NOT_A_RULE


def test_a_term_is_explained_at_its_first_use() -> None:
    html = explained("MACs and parameters; parameters, MACs, a MAC, and **FLOPs**.")
    assert terms(html) == ["MACs", "parameters", "FLOPs"]
    assert "<b><span" in html
    assert meaning("MACs") in html


def test_the_papers_flops_and_a_tools_flops_are_different_terms() -> None:
    assert terms(explained("what papers call “FLOPs”")) == ["“FLOPs”"]
    assert terms(explained("4.11 G fvcore flops, 8.2 G FLOPs")) == ["fvcore flops", "FLOPs"]
    assert terms(explained("a macaroni, hyperparameters, 25-MACs")) == []


@pytest.mark.parametrize("form", FORMS)
def test_every_form_has_its_meaning(form: str) -> None:
    assert EXPLAINED.fullmatch(form)
    assert MEANINGS[FORMS[form]] == meaning(form)


def test_the_fields_terms_are_explained() -> None:
    asked = {"MACs", "FLOPs", "“FLOPs”", "Parameters", "Activations", "Receptive field"}
    assert asked | {convention.noun for convention in costs.CONVENTIONS.values()} <= set(MEANINGS)


def test_a_notice_shows_its_first_sentence_and_folds_the_others() -> None:
    shown, _, folded = html.notice("**Dr. X is right.**", "It ended.", "It was saved.").partition("<details>")
    assert re.sub(r"<.*?>", "", shown) == "Dr. X is right."
    assert "It ended. It was saved." in folded
    assert "<details>" not in html.notice("One sentence of 3.5 words.")


def test_text_from_outside_is_escaped() -> None:
    html = explained("<img src=x> & **<b>bold</b>** MACs<script>")
    assert "<img" not in html
    assert "<script" not in html
    assert "&lt;b&gt;bold" in html


def test_a_table_explains_a_term_once_and_marks_a_row() -> None:
    html = table(("what",), [("MACs",), ("MACs again",)], "Two", marked=1)
    assert len(terms(html)) == 1
    assert html.count('<tr class="marked">') == 1
    assert html.index("marked") > html.index("MACs")


def test_a_number_and_its_unit_stay_together() -> None:
    assert (
        unbroken("301 M MACs, 3 % of 25.6 M.")
        == "301\N{NO-BREAK SPACE}M MACs, 3\N{NO-BREAK SPACE}% of 25.6\N{NO-BREAK SPACE}M."
    )
    assert unbroken("9 layers, 5 Girls") == "9 layers, 5 Girls"
