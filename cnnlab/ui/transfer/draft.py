"""Draft of a run: every field of a spec as a plain value, which may be wrong.

The augmentation is a text (``Pipeline.to_text``). Default values depend on the network, the backbone and the weights:
when one of these changes, fields at their default go to the new default, and fields that the reader has set stay.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from cnnlab.augment import Pipeline, from_text
from cnnlab.augment.pipeline import LONGEST_TEXT
from cnnlab.knobs import FieldError, Knob, Length
from cnnlab.training import defaults, preflight
from cnnlab.training.backbones import names, uploaded
from cnnlab.training.spec import BUILT_IN, FILE, KNOBS, PRETRAINED, SCRATCH, Spec
from cnnlab.ui.transfer import data
from cnnlab.ui.url_state import Codec, Field, ReplacedError

Values = Mapping[str, Any]
NETWORK_FIELDS = ("network", "backbone", "weights")  # what the defaults depend on
NONE = "none"  # no augmentation, in a link that takes one away
AUGMENTATION = Knob(
    "augmentation",
    str,
    "",
    "The steps as in a link to Augment, such as mirror;rotation:degrees=10.",
    length=Length(LONGEST_TEXT),
)
FIELDS = {each.name: KNOBS.get(each.name, AUGMENTATION) for each in fields(Spec)}


def default_values(network: str = "", backbone: str = BUILT_IN, weights: str = PRETRAINED) -> dict[str, Any]:
    """Return the default of every field, for a network from scratch or for a backbone with those weights."""
    return defaults.default_fields(network, backbone, weights) | {"augmentation": ""}


def default_values_for(values: Values) -> dict[str, Any]:
    """Return the defaults for the network, backbone and weights in these values."""
    return default_values(*(str(values[name]) for name in NETWORK_FIELDS))


def with_changes(values: Values, **new: Any) -> dict[str, Any]:
    """Return the values with some replaced; fields at their default follow to the new default."""
    before, named = default_values_for(values), {**values, **new}
    if "network" not in new and ("backbone" in new or "weights" in new):
        named["network"] = ""
    if values["network"] and not named["network"]:
        named["backbone"] = new.get("backbone", BUILT_IN)
        named["weights"] = new.get("weights", PRETRAINED)
    after = default_values_for(named)
    kept = {name: values[name] for name in FIELDS if values[name] != before[name]}
    return after | kept | {name: value for name, value in new.items() if name not in NETWORK_FIELDS}


def check(values: Values) -> tuple[Spec | None, dict[str, str]]:
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
    """Return the problem of the weights. A path in a link is refused: it would be a path on the server."""
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
    """Return the other fields of a URL, with the defaults of the network, backbone and weights in these values."""
    defaults = default_values(*(str(values.get(name, FIELDS[name].default)) for name in NETWORK_FIELDS))
    knobs = (replace(knob, default=defaults[name]) for name, knob in FIELDS.items() if name not in NETWORK_FIELDS)
    return tuple(_with_none(knob) if knob.name == AUGMENTATION.name else knob for knob in knobs)


def _with_none(knob: Knob) -> Codec:
    return Codec(knob.name, knob.default, lambda text: "" if text == NONE else knob.parse(text))


def _backbone(name: str) -> str:
    if name not in names():
        raise ReplacedError(BUILT_IN, f"there is no backbone {name[:40]!r}; the built-in backbone is chosen")
    return name


def _weights(text: str) -> str:
    if text not in (PRETRAINED, SCRATCH) and not uploaded.STORE.is_name(text.removeprefix(FILE)):
        raise ValueError(f"weights must be pretrained, none or an uploaded file, not {text[:40]!r}")
    return text


NETWORK_CODECS = (
    FIELDS["network"],
    Codec("backbone", BUILT_IN, _backbone),
    Codec("weights", PRETRAINED, _weights),
)


def values_from_url(given: Values, standing: Values | None = None) -> dict[str, Any]:
    """Return the values of a URL, laid over ``standing`` or over the defaults."""
    without = NETWORK_FIELDS[1:] if given.get("network") else ()
    asked = {name: value for name, value in given.items() if name not in without}
    return with_changes(default_values() if standing is None else standing, **asked)


def values_for_url(values: Values) -> dict[str, Any]:
    """Return the values for the URL: from scratch no backbone, and no weights that are still to be uploaded."""
    if values["network"]:
        return {**values, "backbone": BUILT_IN, "weights": PRETRAINED}
    return {**values, "weights": PRETRAINED} if values["weights"] == FILE else dict(values)


def seedless(spec: Spec) -> Spec:
    """Return the spec with seed 0, to compare specs regardless of their seed."""
    return replace(spec, seed=0, augmentation=replace(spec.augmentation, seed=0))
