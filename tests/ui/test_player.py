"""The player's memory between reruns, with a fake browser."""

from collections.abc import Hashable
from types import SimpleNamespace
from typing import Any

import pytest

from cnnlab.ui.widgets import player as module

KEY = "a.player"


class Browser:
    """A fake browser that stores the component's data and returns the user's step."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.session: dict[str, Any] = {}
        self.sent: dict[str, Any] = {}
        self.rest: dict[str, int] | None = None
        monkeypatch.setattr(module, "st", SimpleNamespace(session_state=self.session))
        monkeypatch.setattr(module, "_component", self.component)

    def component(self, key: str, data: dict[str, Any], **_: Any) -> SimpleNamespace:
        self.sent, self.session[key] = data, True
        return SimpleNamespace(rest=self.rest)

    def rests(self, step: int) -> None:
        self.rest = {"asked": self.sent["asked"], "step": step}

    def run(self, step: int, frames: int = 16, svg: str = "<svg/>", about: Hashable = None) -> int:
        return module.player(KEY, "a label", svg, ["text"] * frames, {}, step=step, about=about)


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    return Browser(monkeypatch)


def test_a_link_moves_and_a_rerun_does_not(browser: Browser) -> None:
    assert browser.run(5) == 5
    asked = browser.sent["asked"]
    assert browser.sent["step"] == 5
    browser.rests(7)
    assert browser.run(5) == 7  # the value of the last rerun, before the page knows of the rest
    assert browser.run(7) == 7
    assert browser.sent["asked"] == asked, "nothing moves the reader"
    assert browser.run(2) == 2
    assert browser.sent["asked"] == asked + 1
    assert browser.sent["step"] == 2


def test_a_late_step_from_the_browser_does_not_undo_a_link(browser: Browser) -> None:
    browser.run(0)
    browser.rests(9)
    assert browser.run(4) == 4
    assert browser.run(4) == 4, "the browser still reports the step before"


@pytest.mark.parametrize(("step", "shown"), [(-3, 0), (99, 15)])
def test_a_step_out_of_bounds(browser: Browser, step: int, shown: int) -> None:
    assert browser.run(step) == shown
    assert browser.sent["step"] == shown


def test_fewer_frames_end_earlier(browser: Browser) -> None:
    browser.run(0)
    browser.rests(12)
    assert browser.run(0) == 12
    assert browser.run(12, frames=4) == 3
    asked = browser.sent["asked"]
    assert browser.run(3, frames=4) == 3, "a report on more frames no longer counts"
    assert browser.sent["asked"] == asked
    assert browser.run(12) == 12, "a step back in the browser's history"
    assert browser.sent["step"] == 12


def test_another_image_keeps_the_step_and_another_subject_starts_again(browser: Browser) -> None:
    browser.run(0, about="cat")
    browser.rests(8)
    assert browser.run(0, about="cat") == 8
    asked = browser.sent["asked"]
    assert browser.run(8, svg="<svg>2</svg>", about="cat") == 8
    assert browser.sent["asked"] == asked
    assert browser.run(8, about="dog") == 0
    assert browser.sent["asked"] == asked + 1
    assert browser.sent["step"] == 0
    assert browser.run(0, about="dog") == 0


def test_a_link_to_a_step_of_another_subject_is_followed(browser: Browser) -> None:
    browser.run(0, about="cat")
    browser.rests(8)
    browser.run(0, about="cat")
    assert browser.run(40, frames=41, about="dog") == 40


def test_the_memory_does_not_grow(browser: Browser) -> None:
    for subject in range(20):
        browser.run(0, about=subject)
    assert set(browser.session) == {KEY, f"{KEY}.memory"}


def test_a_player_that_was_not_drawn_continues_at_its_step(browser: Browser) -> None:
    browser.run(0)
    browser.rests(6)
    browser.run(0)
    asked = browser.sent["asked"]
    del browser.session[KEY]  # as Streamlit forgets it with its page
    browser.rest = None
    assert browser.run(6) == 6
    assert (browser.sent["asked"], browser.sent["step"]) == (asked + 1, 6)
