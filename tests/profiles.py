"""How many examples hypothesis draws: few and always the same with each push, many new ones when asked for.

``python -m pytest -m thorough`` takes many, as ``--hypothesis-profile=thorough`` does for any choice of tests.
"""

from collections.abc import Callable
from typing import Any

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
