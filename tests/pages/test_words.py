"""Words on screen: the field's own, on every page whose texts are kept in tests/golden/."""

import re
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[1] / "golden"
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
}
ALLOWED = (
    "[button_group] picture =",  # the name in the URL of Edges, where it is a knob
)


@pytest.mark.parametrize(
    "file", [*sorted(GOLDEN.glob("pages/*.txt")), GOLDEN / "report.txt"], ids=lambda file: file.stem
)
def test_texts_use_the_fields_words(file: Path) -> None:
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith(ALLOWED)]
    found = [
        f"“{match[0]}” → “{word}”: {line[:100]}"
        for line in lines
        for replaced, word in REPLACED.items()
        if (match := re.search(rf"\b({replaced})\b", line, re.IGNORECASE))
    ]
    assert found == []
