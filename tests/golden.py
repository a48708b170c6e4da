"""Texts in files of their own: whoever changes a sentence reads one diff of ``tests/golden/``.

``python -m pytest --rewrite-golden`` writes what the tests find, in place of comparing; ``-k`` and the like choose.
"""

import os
from collections.abc import Callable, Iterable
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "golden"
SHOWN = 100  # characters of an input


class Golden:
    """Compares texts with the files of ``tests/golden/``."""

    def __init__(self, rewrite: bool) -> None:
        self._rewrite = rewrite

    def check(self, name: str, text: str) -> None:
        """Fail with the difference where ``tests/golden/NAME.txt`` is another text; write the file when rewriting."""
        file = FOLDER / f"{name.replace(' ', '-')}.txt"
        text = text.rstrip("\n") + "\n"
        if self._rewrite:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            return
        held = file.read_text(encoding="utf-8") if file.exists() else ""
        if text != held:
            change = unified_diff(held.splitlines(), text.splitlines(), f"golden/{file.name}", "found", lineterm="")
            test = os.environ["PYTEST_CURRENT_TEST"].partition("::")[0]
            rewrite = f"If this is intended: python -m pytest -n 0 --rewrite-golden {test}"
            pytest.fail("\n".join([*change, "", rewrite]), pytrace=False)

    def check_pairs(self, name: str, pairs: Iterable[tuple[object, object]]) -> None:
        """Check the answer to each of several inputs: one input per line, its answer indented below it."""
        self.check(name, "\n".join(f"{asked}\n    {answer}" for asked, answer in pairs))

    def check_refusals(self, name: str, read: Callable[[Any], object], inputs: Iterable[Any]) -> None:
        """Check the sentence with which ``read`` refuses each of several inputs: it raises ValueError."""
        answers = []
        for given in inputs:
            with pytest.raises(ValueError, match=r"\w") as refused:
                read(given)
            shown = repr(given) if len(repr(given)) <= SHOWN else f"{repr(given)[:SHOWN]}…"
            answers.append((shown, str(refused.value).replace("\n", "\n    ")))
        self.check_pairs(name, answers)
