"""A pipeline of augmentations as a value: ordered steps and a seed, validated, as JSON and as a text for addresses.

>>> from cnnlab.augment import Pipeline, step
>>> pipeline = Pipeline.of(step("mirror"), step("rotation", degrees=20.0), seed=7)
>>> pipeline.to_text()
'mirror;rotation:degrees=20.0'
>>> from_text(pipeline.to_text(), seed=7) == pipeline == from_json(pipeline.to_json())
True
"""

import json
import zlib
from functools import cache
from typing import Any, ClassVar, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model, field_validator

from cnnlab.augment.keras_calls import Call, cropped
from cnnlab.augment.kinds import KINDS, Kind
from cnnlab.knobs import Knob, Value
from cnnlab.uploads.documents import document

FORMAT, VERSION = "cnnlab.pipeline", 1
MOST_STEPS = 12
MOST_SEED = 2**31 - 1
USUAL = 224  # pixels of the side for which kinds say how slow they are
MOST_ARRIVING = 640  # pixels of the side: twelve crops in a row would ask for millions
LONGEST_TEXT = 2000  # characters of a pipeline in an address
LONGEST_JSON = 20_000  # bytes


class Step(BaseModel):
    """One step: a kind by name, whether it is switched on, and its settings. Subclasses declare the settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    row: ClassVar[Kind]

    kind: str
    on: bool = True

    @property
    def fields(self) -> dict[str, Value]:
        """Every setting with its value."""
        return {name: getattr(self, name) for name in self.row.fields}

    @property
    def changed(self) -> dict[str, Value]:
        """The settings that a new step does not begin with."""
        return {name: value for name, value in self.fields.items() if value != self.row.fields[name].default}

    def calls(self, size: int) -> tuple[Call, ...]:
        """The Keras layers of this step, for pictures of size × size × 3."""
        return self.row.make(size, **self.fields)

    def leaving(self, size: int) -> int:
        """Side of the pictures that leave, where size × size arrives."""
        return cropped(size, cast(float, self.fields["share"])) if self.kind == "random_crop" else size

    def document(self) -> dict[str, Any]:
        """As JSON has it: without what a new step begins with."""
        return {"kind": self.kind} | ({} if self.on else {"on": False}) | self.changed


def _annotation(knob: Knob) -> tuple[Any, Any]:
    """Type and limits of a setting, from its knob."""
    if knob.limits:
        low, high = knob.type(knob.limits.low), knob.type(knob.limits.high)
        return knob.type, Field(cast(Any, knob.default), ge=low, le=high)
    return Literal[knob.choices], knob.default


@cache
def _step_type(name: str) -> type[Step]:
    kind = KINDS[name]
    fields = {knob.name: _annotation(knob) for knob in kind.fields.values()}
    made = create_model(f"{name}_step", __base__=Step, kind=cast(Any, (Literal[name], name)), **cast(Any, fields))
    made.row = kind
    return made


def step(kind: str, on: bool = True, **fields: Value) -> Step:
    """A step, checked. Raises ``ValueError`` that says which setting is wrong, what arrived and what is allowed."""
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"there is no augmentation {str(kind)[:40]!r}; there are {', '.join(KINDS)}")
    if type(on) is not bool:
        raise ValueError(f"{KINDS[kind].title}: on must be true or false, got {str(on)[:40]!r}")
    for name, value in fields.items():
        try:
            fields[name] = _knob(KINDS[kind], name).check(value)
        except ValueError as error:
            raise ValueError(f"{KINDS[kind].title}: {error}") from None
    return _step_type(kind).model_validate({"kind": kind, "on": on} | fields)


def _knob(kind: Kind, name: str) -> Knob:
    if name not in kind.fields:
        raise ValueError(f"there is no setting {name[:40]!r}; there are {', '.join(kind.fields)}")
    return kind.fields[name]


class Pipeline(BaseModel):
    """Steps in order, and the seed that all draws follow from. Small, frozen, hashable.

    What works on batches comes last, since pictures are changed one by one before they are put into batches.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    steps: tuple[Step, ...] = Field(default=(), max_length=MOST_STEPS)
    seed: int = Field(default=0, ge=0, le=MOST_SEED)

    @field_validator("steps")
    @classmethod
    def _batches_last(cls, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        on_batches = [each.row.on_batches for each in steps]
        if on_batches != sorted(on_batches):
            raise ValueError(_ORDER)
        return steps

    @classmethod
    def of(cls, *steps: Step, seed: int = 0) -> "Pipeline":
        """A pipeline, checked. Raises ``ValueError`` with a sentence."""
        if type(seed) is not int or not 0 <= seed <= MOST_SEED:
            raise ValueError(f"the seed must be a whole number from 0 to {MOST_SEED:,}, got {str(seed)[:40]!r}")
        if len(steps) > MOST_STEPS:
            raise ValueError(f"a pipeline has at most {MOST_STEPS} steps, this one has {len(steps)}")
        try:
            return cls(steps=steps, seed=seed)
        except ValidationError:
            raise ValueError(_ORDER) from None

    @property
    def active(self) -> tuple[Step, ...]:
        """The steps that are switched on."""
        return tuple(each for each in self.steps if each.on)

    @property
    def single(self) -> tuple[Step, ...]:
        """Those of them that change each picture by itself."""
        return tuple(each for each in self.active if not each.row.on_batches)

    @property
    def batched(self) -> tuple[Step, ...]:
        """Those of them that mix the pictures of a batch."""
        return tuple(each for each in self.active if each.row.on_batches)

    def seed_of(self, place: int) -> int:
        """Seed of the step at this place: it stays the same where other kinds are added, moved or removed."""
        kind = self.steps[place].kind
        number = sum(each.kind == kind for each in self.steps[:place])
        return zlib.crc32(f"{self.seed}/{kind}/{number}".encode()) & MOST_SEED

    def planned(self, size: int) -> list[tuple[Step, tuple[tuple[Call, int], ...]]]:
        """The active steps with the Keras layers each becomes, and a seed for each layer; size × size arrives."""
        found = []
        for place, each in enumerate(self.steps):
            if each.on:
                # One more for each layer: several blurs in a row must not draw alike.
                found.append((each, tuple((call, self.seed_of(place) + n) for n, call in enumerate(each.calls(size)))))
                size = each.leaving(size)
        return found

    def arriving(self, size: int) -> int:
        """Side of the pictures that have to arrive, in pixels, so that size × size leaves; crops make them smaller.

        At most ``MOST_ARRIVING``: where crops leave next to nothing, smaller pictures leave.
        """
        for each in reversed(self.single):
            wanted = size
            while each.leaving(wanted) < size and wanted < MOST_ARRIVING:
                wanted += 1
            size = wanted
        return size

    def seconds(self, size: int, count: int) -> float:
        """About how long slow steps take for ``count`` pictures of size × size on a quiet machine; 0 without any."""
        # RandAugment's time is that of its usual two operations.
        slow = sum(each.row.slow * float(each.fields.get("operations", 2)) / 2 for each in self.single)
        return slow * count * (size / USUAL) ** 2 / 1000

    def leaving(self, size: int) -> int:
        """Side of the pictures that leave, where size × size arrives."""
        for each in self.single:
            size = each.leaving(size)
        return size

    def document(self) -> dict[str, Any]:
        """As JSON: with a version."""
        steps = [each.document() for each in self.steps]
        return {"format": FORMAT, "version": VERSION, "seed": self.seed, "steps": steps}

    def to_json(self) -> str:
        """The document as text."""
        return json.dumps(self.document(), indent=1)

    def to_text(self) -> str:
        """The steps as ``mirror;!noise:amount=0.2``, ``!`` for what is switched off; the seed stands elsewhere."""
        return ";".join(
            ":".join(
                [
                    ("" if each.on else "!") + each.kind,
                    *(f"{name}={each.row.fields[name].text(value)}" for name, value in each.changed.items()),
                ]
            )
            for each in self.steps
        )


_ORDER = "MixUp and CutMix come last: they mix the pictures of a batch, after each was changed by itself"


def from_text(text: str, seed: int = 0) -> Pipeline:
    """Read what ``to_text`` writes. Raises ``ValueError`` for anything else, naming the step."""
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"a pipeline in an address has at most {LONGEST_TEXT:,} characters, this one {len(text):,}")
    return Pipeline.of(*(_read_step(part) for part in text.split(";") if part), seed=seed)


def _read_step(text: str) -> Step:
    name, *settings = text.split(":")
    kind = name.removeprefix("!")
    if kind not in KINDS:
        raise ValueError(f"there is no augmentation {kind[:40]!r}; there are {', '.join(KINDS)}")
    fields: dict[str, Value] = {}
    for setting in settings:
        field, _, value = setting.partition("=")
        if field in fields:
            raise ValueError(f"{KINDS[kind].title} has {field} twice; say it once")
        try:
            fields[field] = _knob(KINDS[kind], field).parse(value)
        except ValueError as error:
            raise ValueError(f"{KINDS[kind].title}: {error}") from None
    return step(kind, on=not name.startswith("!"), **fields)


def read_document(found: object) -> Pipeline:
    """A pipeline from what JSON held. Raises ``ValueError`` that names the step and says what is wrong with it."""
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError('this is not a pipeline of CNN Lab; a pipeline\'s JSON says "format": "cnnlab.pipeline"')
    version = found.get("version")
    if type(version) is not int or version != VERSION:
        raise ValueError(f"this pipeline has version {str(version)[:20]}, and {VERSION} can be read here")
    unknown = set(found) - {"format", "version", "seed", "steps"}
    if unknown:
        raise ValueError(f"a pipeline has no part {min(map(str, unknown))[:40]!r}")
    steps = found.get("steps", [])
    if not isinstance(steps, list) or not all(isinstance(each, dict) for each in steps):
        raise ValueError("the pipeline's steps must be a list of augmentations with their settings")
    if len(steps) > MOST_STEPS:
        raise ValueError(f"a pipeline has at most {MOST_STEPS} steps, this one has {len(steps)}")
    made = []
    for number, fields in enumerate(steps, 1):
        settings = {str(name): value for name, value in fields.items() if name not in ("kind", "on")}
        try:
            made.append(step(fields.get("kind", ""), fields.get("on", True), **settings))
        except ValueError as error:
            raise ValueError(f"step {number}: {error}") from None
    return Pipeline.of(*made, seed=found.get("seed", 0))


def from_json(text: str | bytes) -> Pipeline:
    """Read what ``to_json`` writes. Raises ``ValueError`` for anything else."""
    data = text.encode() if isinstance(text, str) else text
    if len(data) > LONGEST_JSON:
        raise ValueError(f"a pipeline has at most {LONGEST_JSON:,} bytes, this file has {len(data):,}")
    return read_document(document(data))
