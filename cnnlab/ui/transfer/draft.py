"""What is about to be trained: every field of a spec as a plain value, which may be wrong until somebody mends it.

The augmentation is its text (``Pipeline.to_text``). Where network, backbone or weights change, fields that stood at the
usual values of the one recipe go to those of the other; what the reader has set stays.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from cnnlab.augment import Pipeline, from_text
from cnnlab.knobs import FieldError, Knob, Length
from cnnlab.training import defaults, preflight
from cnnlab.training.backbones import names, uploaded
from cnnlab.training.spec import EMBEDDED, FILE, KNOBS, PRETRAINED, SCRATCH, Spec
from cnnlab.ui.transfer import data

Values = Mapping[str, Any]
WHAT = ("network", "backbone", "weights")  # which recipe is the usual one
NONE = "none"  # no augmentation, in a link that takes one away
LONGEST_TEXT = 20_000  # characters of an augmentation
AUGMENTATION = Knob(
    "augmentation",
    str,
    "",
    "The steps as Augment has them in its link, such as mirror;rotation:degrees=10.",
    length=Length(LONGEST_TEXT),
)
FIELDS = {each.name: KNOBS.get(each.name, AUGMENTATION) for each in fields(Spec)}


def usual(network: str = "", of: str = EMBEDDED, weights: str = PRETRAINED) -> dict[str, Any]:
    """Every field at its usual value, for a network from scratch or for a backbone with those weights."""
    return defaults.usual(network, of, weights) | {"augmentation": ""}


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


def checked(values: Values) -> tuple[Spec | None, dict[str, str]]:
    """Return the spec if it can be trained now, and a sentence for each field that is wrong."""
    spec, given, problems = None, dict(values), dict[str, str]()
    try:
        pipeline = from_text(values["augmentation"])
        # Whoever chooses another seed means other draws of everything.
        given["augmentation"] = replace(pipeline, seed=values["seed"] if pipeline.steps else 0)
    except ValueError as error:
        problems["augmentation"] = f"augmentation: {error}"
        given["augmentation"] = Pipeline()
    try:
        spec = Spec(**given)
    except FieldError as error:
        problems |= error.problems
    if trouble := data.problem(values["data"]):
        problems["data"] = trouble
    if trouble := _weights_problem(values["weights"]):
        problems["weights"] = trouble
    # What is wrong with one field does not hide what is wrong with another.
    network = {name: values[name] for name in ("network", "backbone", "weights", "input_size")}
    problems = (preflight.problems(spec) if spec else preflight.network_problems(**network)) | problems
    return (None if problems else spec), {name: problems[name] for name in FIELDS if name in problems}


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
    found = {
        name: knob.text(values[name])
        for name, knob in FIELDS.items()
        if name not in WHAT and values[name] != beside[name]
    }
    if values["network"]:
        return {"network": values["network"], **found}
    weights = PRETRAINED if values["weights"] == FILE else values["weights"]  # chosen, and not uploaded yet
    named = {"backbone": values["backbone"], "weights": weights}
    standing = usual()
    return {name: text for name, text in named.items() if text != standing[name]} | found


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
    value = FIELDS[name].parse(text)
    if name == "backbone" and value not in names():
        raise ValueError(f"there is no backbone {text[:40]!r}; the embedded one is chosen")
    if name == "weights" and text not in (PRETRAINED, SCRATCH) and not uploaded.NAME.fullmatch(text.removeprefix(FILE)):
        raise ValueError(f"weights must be pretrained, none or an uploaded file, got {text[:40]!r}")
    return "" if name == "augmentation" and text == NONE else value


def seedless(spec: Spec) -> Spec:
    """The same for every seed."""
    return replace(spec, seed=0, augmentation=replace(spec.augmentation, seed=0))
