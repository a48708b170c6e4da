"""What runs with each push, and what only in the larger run: how many examples hypothesis draws, and which cases.

With each push, examples are few and always the same. ``python -m pytest -m thorough`` draws ten times as many, new ones
each time, as ``--hypothesis-profile=thorough`` does for any choice of tests; and it runs the tests marked ``thorough``.
"""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

PUSH, THOROUGH = "push", "thorough"

# Whole graphs are large examples, and how long one takes depends on what else the machine does.
_usual = settings(deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile(PUSH, _usual, max_examples=40, derandomize=True)
settings.register_profile(THOROUGH, _usual, max_examples=400)
settings.load_profile(PUSH)


def few(test: Callable[..., Any]) -> Callable[..., Any]:
    """Draw an eighth of the profile's examples: for tests of which each takes a Keras model or a whole page."""
    return settings(max_examples=settings().max_examples // 8)(test)


def thorough(*values: Any) -> Any:
    """Return one case of a test, with these values of its parameters, for the larger run alone."""
    return pytest.param(*values, marks=pytest.mark.thorough)


def first_with_each_push(first: Any, *others: Any) -> list[Any]:
    """Return cases of a test: the first runs with each push, the others in the larger run alone.

    A case is the value of one parameter, or a tuple of those of several.
    """
    return [first, *(thorough(*each) if isinstance(each, tuple) else thorough(each) for each in others)]
