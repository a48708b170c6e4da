"""The code shown is the code that runs: every function that was entered while the network was built is listed."""

import sys
from types import FrameType

import pytest

from cnnlab import zoo
from cnnlab.ui.inspect.project_source import source_of


def entered(name: str) -> set[str]:
    """Names of the functions of the blocks and of the papers' files that building a network enters."""
    found = set()

    def look(frame: FrameType, event: str, _argument: object) -> None:
        module = frame.f_globals.get("__name__", "")
        own = module == "cnnlab.blocks" or (module.startswith("cnnlab.zoo.") and not module.endswith(("case", "knobs")))
        if event == "call" and own and not frame.f_code.co_name.startswith("<"):
            found.add(frame.f_code.co_name)

    sys.setprofile(look)
    try:
        zoo.build(name)
    finally:
        sys.setprofile(None)
    return found


@pytest.mark.parametrize("name", zoo.names())
def test_every_function_that_ran_is_listed(name: str) -> None:
    texts = source_of(zoo.case(name).function)
    for function in entered(name):
        assert any(f"def {function}(" in text for text in texts), function
    assert len(texts) == len(set(texts))
    for text in texts:
        compile(text, name, "exec")


def test_the_papers_tables_are_listed() -> None:
    assert any(text.startswith("# Table 1: expansion") for text in source_of(zoo.case("efficientnet_b3").function))
    assert any("partial(_module_35" in text for text in source_of(zoo.case("inception_v3").function))
