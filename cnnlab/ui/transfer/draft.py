"""What is about to be trained: every field of a spec as a plain value, which may be wrong until somebody mends it.

The augmentation is its text (``Pipeline.to_text``). Where network, backbone or weights change, fields that stood at the
usual values of the one recipe go to those of the other; what the reader has set stays.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from cnnlab.augment import Pipeline, from_text
from cnnlab.knobs import FieldError
from cnnlab.training import defaults as training_usual
from cnnlab.training import validation
from cnnlab.training.backbones import Backbone, backbone, names, uploaded
from cnnlab.training.spec import EMBEDDED, FILE, KNOBS, LONGEST_REFERENCE, PRETRAINED, SCRATCH, Spec
from cnnlab.ui.transfer import data

Values = Mapping[str, Any]
FIELDS = tuple(each.name for each in fields(Spec))
WHAT = ("network", "backbone", "weights")  # which recipe is the usual one
RECIPE = ("head_epochs", "tuning_epochs", "tuning_rate", "unfreeze")  # what another recipe sets otherwise
NONE = "none"  # no augmentation, in a link that takes one away
LONGEST_TEXT = 20_000  # letters of a field in an address; a long pipeline has them


def usual(network: str = "", of: str = EMBEDDED, weights: str = PRETRAINED) -> dict[str, Any]:
    """Every field at its usual value, for a network from scratch or for a backbone with those weights."""
    return training_usual.usual(network, of, weights) | {"augmentation": ""}


def usual_beside(values: Values) -> dict[str, Any]:
    """The usual values of the recipe that these belong to."""
    return usual(*(str(values[name]) for name in WHAT))


def changed(values: Values, **new: Any) -> dict[str, Any]:
    """With other fields; a field that stood at its usual value stands at the usual one of the new recipe."""
    before, named = usual_beside(values), {**values, **new}
    if "network" not in new and ("backbone" in new or "weights" in new):
        named["network"] = ""
    if values["network"] and not named["network"]:
        named["backbone"] = new.get("backbone", EMBEDDED)
        named["weights"] = new.get("weights", PRETRAINED)
    after = usual_beside(named)
    kept = {name: values[name] for name in FIELDS if values[name] != before[name]}
    return after | kept | {name: value for name, value in new.items() if name not in WHAT}


def known(values: Values) -> Backbone | None:
    """The backbone that is named, or the one its network makes; None where that cannot be."""
    try:
        return _made(values)
    except (ValueError, LookupError):
        return None


def _made(values: Values) -> Backbone:
    if not values["network"] and values["backbone"] not in names():
        raise ValueError(f"there is no backbone {values['backbone'][:40]!r}; choose one from the list")
    return backbone(values["network"] or values["backbone"])


def spec_of(values: Values) -> Spec:
    """The spec. Raises ``FieldError``, of the fields by themselves and together."""
    given, problems = dict(values), {}
    try:
        pipeline = from_text(values["augmentation"])
        # Whoever chooses another seed means other draws of everything.
        given["augmentation"] = Pipeline.of(*pipeline.steps, seed=values["seed"] if pipeline.steps else 0)
    except ValueError as error:
        problems["augmentation"] = f"augmentation: {error}"
        given["augmentation"] = Pipeline()
    try:
        spec = Spec(**given)
    except FieldError as error:
        raise FieldError(problems | dict(error.problems)) from None
    if problems:
        raise FieldError(problems)
    return spec


def checked(values: Values) -> tuple[Spec | None, dict[str, str]]:
    """The spec where it can be trained now, and a sentence for each field that is wrong."""
    problems: dict[str, str] = {}
    spec = None
    try:
        spec = spec_of(values)
    except FieldError as error:
        problems |= error.problems
    if told := data.problem(values["data"]):
        problems["data"] = told
    if told := _weights_problem(values["weights"]):
        problems["weights"] = told
    # What is wrong with one field does not hide what is wrong with another.
    problems = (validation.problems(spec) if spec else _size_problem(values)) | problems
    return (None if problems else spec), {name: problems[name] for name in FIELDS if name in problems}


def _size_problem(values: Values) -> dict[str, str]:
    try:
        made = _made(values)
    except (ValueError, LookupError) as error:
        return {"network" if values["network"] else "backbone": str(error)}
    try:
        made.checked(values["input_size"])
    except ValueError as error:
        return {"input_size": str(error)}
    return {}


def _weights_problem(weights: str) -> str:
    """A path is not taken from whoever opens a link: it would be one on the server."""
    name = weights.removeprefix(FILE)
    if name == weights:
        return ""
    if not name:
        return "upload a file of weights, or choose other weights"
    try:
        uploaded.get(name)
    except ValueError as error:
        return str(error)
    return ""


def params(values: Values) -> dict[str, str]:
    """What an address says: the fields that are not as usual, by their own names."""
    beside = usual_beside(values)
    found = {name: _text(name, values[name]) for name in FIELDS if name not in WHAT and values[name] != beside[name]}
    if values["network"]:
        return {"network": values["network"], **found}
    weights = PRETRAINED if values["weights"] == FILE else values["weights"]  # chosen, and not uploaded yet
    named = {"backbone": values["backbone"], "weights": weights}
    standing = usual()
    return {name: text for name, text in named.items() if text != standing[name]} | found


def _text(name: str, value: Any) -> str:
    return KNOBS[name].text(value) if name in KNOBS else str(value)


def read(asked: Mapping[str, str], standing: Values | None = None) -> tuple[dict[str, Any], list[str]]:
    """What an address asks for, laid over ``standing`` or over what is usual, and sentences on what it cannot have."""
    given: dict[str, Any] = {}
    problems = []
    for name, text in asked.items():
        try:
            given[name] = _read(name, text)
        except ValueError as error:
            problems.append(str(error))
    if "weights" in given and given.get("network"):
        given.pop("weights")
        given.pop("backbone", None)
    return changed(usual() if standing is None else standing, **given), problems


def _read(name: str, text: str) -> Any:
    if name in KNOBS:
        return KNOBS[name].parse(text)
    if name == "backbone" and text not in names():
        raise ValueError(f"there is no backbone {text[:40]!r}; the embedded one is chosen")
    if name == "weights" and text not in (PRETRAINED, SCRATCH) and not uploaded.NAME.fullmatch(text.removeprefix(FILE)):
        raise ValueError(f"weights must be pretrained, none or an uploaded file, got {text[:40]!r}")
    longest = LONGEST_REFERENCE if name == "data" else LONGEST_TEXT
    if len(text) > longest:
        raise ValueError(f"{name} has at most {longest:,} letters, got {len(text):,}")
    return "" if name == "augmentation" and text == NONE else text


def seedless(spec: Spec) -> Spec:
    """The same for every seed."""
    return replace(spec, seed=0, augmentation=replace(spec.augmentation, seed=0))
