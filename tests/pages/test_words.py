"""Words that users read: the field's own, in each sentence of the code and in each text of tests/golden/."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What is not said, and the word that is said instead.
REPLACED = {
    r"pictures?": "image",
    r"anew": "again",
    r"any more": "no longer",
    r"to learn from|learned from": "training images",
    r"kept aside": "validation images",
    r"to be beaten": "baseline",
    r"kept, not trained": "non-trainable",
    r"cannot be told": "it is open whether",
    r"by heart": "memorised",
    r"likelier": "more probable",
    r"the network said|what was said": "prediction",
    r"knew": "was trained on",
    r"at hand": "here",
    r"arrives?|arrived|arrive": "input",
    r"behind": "after",
    r"the usual(?: values?)?|as usual": "the default",
    r"taken? for": "predicted as",
    r"tells? apart|told apart": "classes",
    r"taken? home|takes home": "download",
    r"mends?|mended": "correct",
    r"dear|thrifty": "expensive",
    r"what is told|is told": "is shown",
    r"of one's own": "own",
    r"so that (?:it|they|the|there|nothing|no)": "so",
}
FORBIDDEN = re.compile(
    "|".join(rf"(?P<w{place}>\b(?:{words})\b)" for place, words in enumerate(REPLACED)), re.IGNORECASE
)


def sentences(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the text constants of a module that read like sentences, with their lines; docstrings are left out."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    skipped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            text = re.sub(r"<[^>]+>", " ", node.value)
            if len(re.findall(r"[A-Za-z]{2,}", text)) >= 3:
                yield node.lineno, text


def found(lines: Iterator[tuple[int, str]]) -> list[str]:
    """Return the replaced words in some lines, each with what is said instead."""
    return [
        f"{number}: “{match[0]}” → “{list(REPLACED.values())[int(str(match.lastgroup)[1:])]}”: {line[:100]}"
        for number, line in lines
        for match in FORBIDDEN.finditer(line)
    ]


@pytest.mark.parametrize("file", sorted((ROOT / "tests/golden").rglob("*.txt")), ids=lambda file: file.stem)
def test_texts_use_the_fields_words(file: Path) -> None:
    assert found(enumerate(iter(file.read_text(encoding="utf-8").splitlines()), 1)) == []


def test_the_readme_uses_the_fields_words() -> None:
    assert found(enumerate(iter((ROOT / "README.md").read_text(encoding="utf-8").splitlines()), 1)) == []


@pytest.mark.parametrize("part", [*sorted((ROOT / "cnnlab").iterdir()), ROOT / "pages"], ids=lambda part: part.stem)
def test_sentences_of_the_code_use_the_fields_words(part: Path) -> None:
    files = sorted(part.rglob("*.py")) if part.is_dir() else [part] * (part.suffix == ".py")
    assert [f"{file.relative_to(ROOT)}:{line}" for file in files for line in found(sentences(file))] == []
