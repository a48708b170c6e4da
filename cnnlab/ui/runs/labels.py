"""Labels of runs: their settings, their times, and short names for a legend."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from cnnlab.augment import Pipeline
from cnnlab.figures.confusion import short as cut
from cnnlab.training import runs
from cnnlab.training.defaults import default_fields_for
from cnnlab.training.runs import RunSummary
from cnnlab.training.spec import Spec
from cnnlab.units import full

SHORT = 40  # letters of a legend's line on a phone
IN_TITLE = {"data", "per_class", "backbone", "network", "weights"}


def settings(spec: Spec) -> str:
    """Return the settings that differ from the defaults of this backbone or network and are not in the title."""
    usual = default_fields_for(spec)
    names = [each.name for each in fields(Spec) if each.name not in IN_TITLE]
    found = [setting(name, getattr(spec, name)) for name in names if getattr(spec, name) != usual[name]]
    return ", ".join(found)


def setting(name: str, value: Any) -> str:
    """Return a setting in words.

    >>> setting("head_epochs", 20), setting("augmentation", Pipeline())
    ('head epochs 20', 'no augmentation')
    """
    if isinstance(value, Pipeline):
        steps = [each.kind.title for each in value.active]
        return "augmentation: " + ", ".join(steps) if steps else "no augmentation"
    text = f"{value:g}" if isinstance(value, float) else full(value) if isinstance(value, int) else str(value)[:40]
    return f"{name.replace('_', ' ')} {text}"


def labels(several: Sequence[RunSummary]) -> dict[str, str]:
    """Return a unique label for each run, by the run's name: the title and, if others share it, the differences."""
    found: dict[str, str] = {}
    for each in several:
        same = [other for other in several if runs.title(other) == runs.title(each)]
        names = [
            one.name for one in fields(Spec) if len({getattr(other.spec, one.name) for other in same if other.spec}) > 1
        ]
        text = ", ".join([runs.title(each), *(setting(name, getattr(each.spec, name)) for name in names if each.spec)])
        found[each.name] = text
    for name, text in list(found.items()):
        if list(found.values()).count(text) > 1:
            found[name] = f"{text}, {when(next(each for each in several if each.name == name))} ({name[-6:]})"
    return found


def short(labels: Mapping[str, str]) -> dict[str, str]:
    """Shorten labels for a legend on a phone: common parts left out, cut in the middle, unique.

    >>> list(short({"a": "textures, 25 a class, seed 0", "b": "textures, 25 a class, seed 1"}).values())
    ['seed 0', 'seed 1']
    """
    parts = {name: text.split(", ") for name, text in labels.items()}
    common = set.intersection(*map(set, parts.values())) if len(parts) > 1 else set()
    found: dict[str, str] = {}
    for name, words in parts.items():
        text = ", ".join(word for word in words if word not in common) or labels[name]
        found[name] = cut(text, SHORT)
    texts = list(found.values())
    for place, (name, text) in enumerate(zip(found, texts, strict=True), 1):
        if texts.count(text) > 1:
            found[name] = f"{place}: {cut(text, SHORT - 4)}"
    return found


def when(summary: RunSummary) -> str:
    """Return when a run was made, in the server's time: «21 Nov, 17:52»."""
    try:
        made = time.localtime(runs.created(summary))
    except (ValueError, OverflowError, OSError):
        return ""
    return f"{made.tm_mday} {time.strftime('%b, %H:%M', made)}"


def seconds(summary: RunSummary) -> float | None:
    """Return the seconds that a run has trained, so far or in all."""
    status = summary.status
    if not status or not status.started:
        return None
    end = time.time() if status.live else status.ended
    return max(end - status.started, 0.0) if end else None
