"""Jobs on data sets: their lanes, and their errors in words."""

import pytest

from cnnlab.ui.data.background import LANES, job
from cnnlab.workers import Progress, Queue


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ValueError("take fewer"), "take fewer"),
        (OSError(5, "Input/output error"), "the server's disk could not be used (Input/output error)"),
        (MemoryError(), "memory ran out"),
        (KeyError("secret/path"), "something went wrong on our side"),
    ],
)
def test_errors_are_sentences(error: Exception, sentence: str) -> None:
    def work(_: Progress) -> None:
        raise error

    state = Queue().ask("ann", job("read", "key", "reading", work), patience=60)
    assert state.phase == "failed"
    assert sentence in state.text
    assert "secret" not in state.text


def test_lanes_word_their_places() -> None:
    assert {name: lane.width for name, lane in LANES.items()} == {"look": 2, "read": 2, "fetch": 2, "pack": 1}
    assert [LANES["look"].place(before) for before in (0, 1, 37)] == [
        "this one is next",
        "1 other request comes first",
        "37 other requests come first",
    ]
