"""What is about to be trained: every field of a spec as a plain value, which may be wrong until somebody mends it.

The augmentation is its text (``Pipeline.to_text``). Where network, backbone or weights change, fields that stood at the
usual values of the one recipe go to those of the other; what the reader has set stays.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from cnnlab.augment import Pipeline, from_text
from cnnlab.training import defaults as training_usual
from cnnlab.training import validation
from cnnlab.training.backbones import Backbone, backbone, names, uploaded
from cnnlab.training.spec import EMBEDDED, FILE, KNOBS, LONGEST_REFERENCE, PRETRAINED, SCRATCH, Spec, SpecError
from cnnlab.ui.transfer import data
from cnnlab.ui.url_state import Codec, Field, ReplacedError, Text

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
    """The spec. Raises ``SpecError``, of the fields by themselves and together."""
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
    except SpecError as error:
        raise SpecError(problems | dict(error.problems)) from None
    if problems:
        raise SpecError(problems)
    return spec


def checked(values: Values) -> tuple[Spec | None, dict[str, str]]:
    """The spec where it can be trained now, and a sentence for each field that is wrong."""
    problems: dict[str, str] = {}
    spec = None
    try:
        spec = spec_of(values)
    except SpecError as error:
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


def spec_fields(values: Values) -> tuple[Field, ...]:
    """Return the fields of a URL, other than ``WHAT``; what is usual depends on the recipe that these values name."""
    usual_values = usual(*(str(values.get(name, standing)) for name, standing in STANDING.items()))
    return tuple(_field(name, usual_values[name]) for name in FIELDS if name not in WHAT)


def _field(name: str, default: Any) -> Field:
    if name in KNOBS:
        return replace(KNOBS[name], default=default)
    if name == "augmentation":
        return Codec(name, default, lambda text: "" if text == NONE else _text(name).parse(text))
    return replace(_text(name), default=default)


def _text(name: str) -> Text:
    return Text(name, LONGEST_REFERENCE if name == "data" else LONGEST_TEXT)


def _backbone(name: str) -> str:
    if name not in names():
        raise ReplacedError(EMBEDDED, f"there is no backbone {name[:40]!r}; the embedded one is chosen")
    return name


def _weights(text: str) -> str:
    if text not in (PRETRAINED, SCRATCH) and not uploaded.NAME.fullmatch(text.removeprefix(FILE)):
        raise ValueError(f"weights must be pretrained, none or an uploaded file, got {text[:40]!r}")
    return text


STANDING = {"network": "", "backbone": EMBEDDED, "weights": PRETRAINED}
WHAT_FIELDS = (
    _text("network"),
    Codec("backbone", EMBEDDED, _backbone),
    Codec("weights", PRETRAINED, _weights),
)


def arrived(given: Values, standing: Values | None = None) -> dict[str, Any]:
    """Return what a URL gives, laid over ``standing`` or over what is usual."""
    without = WHAT[1:] if given.get("network") else ()
    asked = {name: value for name, value in given.items() if name not in without}
    return changed(usual() if standing is None else standing, **asked)


def written(values: Values) -> dict[str, Any]:
    """Return what a URL says: of a network from scratch no backbone, and no weights that are still to be uploaded."""
    if values["network"]:
        return {**values, "backbone": EMBEDDED, "weights": PRETRAINED}
    return {**values, "weights": PRETRAINED} if values["weights"] == FILE else dict(values)


def seedless(spec: Spec) -> Spec:
    """The same for every seed."""
    return replace(spec, seed=0, augmentation=spec.augmentation.model_copy(update={"seed": 0}))
