"""A pipeline of augmentations as a value: ordered steps and a seed, checked, as JSON and as a text for URLs.

>>> from cnnlab.augment import Pipeline, step
>>> pipeline = Pipeline.of(step("mirror"), step("rotation", degrees=20.0), seed=7)
>>> pipeline.to_text()
'mirror;rotation:degrees=20.0'
>>> from_text(pipeline.to_text(), seed=7) == pipeline == from_json(pipeline.to_json())
True
"""

import json
import zlib
from dataclasses import dataclass, replace
from typing import Annotated, Any, cast

from cnnlab.augment.keras_calls import Call, cropped
from cnnlab.augment.kinds import KINDS, Kind
from cnnlab.knobs import FieldError, Knob, Range, Value, check_fields, knobs_of, lookup, number, unknown
from cnnlab.uploads.documents import Format

FORMAT = Format("pipeline", version=1, longest=20_000)
FIELDS = ("steps", "seed")
MOST_STEPS = 12
MOST_SEED = 2**31 - 1
USUAL = 224  # pixels: ``Kind.slow`` is for images of this side
MOST_INPUT_SIDE = 640  # pixels of the side: twelve crops in a row would need millions
LONGEST_TEXT = 2000  # characters of a pipeline in a URL
ON = Knob("on", bool, True, "Whether the step is switched on.")


@dataclass(frozen=True)
class Step:
    """One step: a kind by name, the knobs that differ from those of a new step, and whether it is switched on.

    Make one with ``step``: it checks the values.
    """

    name: str
    changed: tuple[tuple[str, Value], ...] = ()
    on: bool = True

    @property
    def kind(self) -> Kind:
        """The kind of this step."""
        return KINDS[self.name]

    @property
    def values(self) -> dict[str, Value]:
        """Every knob with its value."""
        return {name: knob.default for name, knob in self.kind.knobs.items()} | dict(self.changed)

    def having(self, **knobs: Value) -> "Step":
        """Return the step with some knobs set again. Raises ``FieldError``."""
        return replace(self, changed=self.kind.changed(self.values | knobs))

    def calls(self, size: int) -> tuple[Call, ...]:
        """Return the Keras layers of this step, for images of size × size × 3."""
        return self.kind.function(size, **self.values)

    def output_side(self, size: int) -> int:
        """Return the side of its output images for input images of size × size."""
        return cropped(size, cast(float, self.values["share"])) if self.name == "random_crop" else size

    def document(self) -> dict[str, Any]:
        """Return the JSON document, the defaults of a new step left out."""
        return {"kind": self.name} | ({} if self.on else {"on": False}) | dict(self.changed)


def step(kind: str = "", on: bool = True, **knobs: Value) -> Step:
    """Return a checked step. Raises ``ValueError`` that names the fault, the value and the allowed values."""
    found = lookup(KINDS, kind, "augmentation")
    return Step(found.name, found.changed(knobs), bool(ON.check(on)))


@dataclass(frozen=True)
class Pipeline:
    """Steps in order, and the seed that all draws follow from. Small and hashable. Raises ``FieldError``.

    Steps that mix batches come last, since images are changed one by one before they are put into batches.
    """

    steps: tuple[Step, ...] = ()
    seed: Annotated[int, Range(0, MOST_SEED, typed=True), "All random draws follow from it."] = 0

    def __post_init__(self) -> None:
        problems = check_fields(self, KNOBS)
        per_batch = [each.kind.per_batch for each in self.steps]
        if len(self.steps) > MOST_STEPS:
            problems["steps"] = f"a pipeline has at most {MOST_STEPS} steps, this one has {len(self.steps)}"
        elif per_batch != sorted(per_batch):
            problems["steps"] = (
                "MixUp and CutMix must be last: they mix the images of a batch, after each was changed alone"
            )
        if problems:
            raise FieldError(problems)

    @classmethod
    def of(cls, *steps: Step, seed: int = 0) -> "Pipeline":
        """Return the pipeline of these steps. Raises ``FieldError``."""
        return cls(steps, seed)

    @property
    def active(self) -> tuple[Step, ...]:
        """The steps that are switched on."""
        return tuple(each for each in self.steps if each.on)

    @property
    def per_image(self) -> tuple[Step, ...]:
        """The active steps that change each image by itself."""
        return tuple(each for each in self.active if not each.kind.per_batch)

    @property
    def per_batch(self) -> tuple[Step, ...]:
        """The active steps that mix the images of a batch."""
        return tuple(each for each in self.active if each.kind.per_batch)

    def seed_of(self, place: int) -> int:
        """Return the seed of the step at this place; it stays when steps of other kinds are added, moved or removed."""
        name = self.steps[place].name
        number = sum(each.name == name for each in self.steps[:place])
        return zlib.crc32(f"{self.seed}/{name}/{number}".encode()) & MOST_SEED

    def planned(self, size: int) -> list[tuple[Step, tuple[tuple[Call, int], ...]]]:
        """Return the active steps, each with its Keras layers and their seeds, for input images of size × size."""
        found = []
        for place, each in enumerate(self.steps):
            if each.on:
                # A seed of its own for each layer: several blurs in a row must not draw the same numbers.
                found.append((each, tuple((call, self.seed_of(place) + n) for n, call in enumerate(each.calls(size)))))
                size = each.output_side(size)
        return found

    def input_side(self, size: int) -> int:
        """Return the side that input images need, in pixels, for output images of size × size: crops make them smaller.

        At most ``MOST_INPUT_SIDE``: if crops leave next to nothing, the output images are smaller than ``size``.
        """
        for each in reversed(self.per_image):
            wanted = size
            while each.output_side(wanted) < size and wanted < MOST_INPUT_SIDE:
                wanted += 1
            size = wanted
        return size

    def seconds(self, size: int, count: int) -> float:
        """Return about how long slow steps take for ``count`` images of size × size on an idle machine."""
        # RandAugment's time is that of its usual two operations.
        slow = sum(each.kind.slow * number(each.values.get("operations", 2)) / 2 for each in self.per_image)
        return slow * count * (size / USUAL) ** 2 / 1000

    def output_side(self, size: int) -> int:
        """Return the side of the output images for input images of size × size."""
        for each in self.per_image:
            size = each.output_side(size)
        return size

    def document(self) -> dict[str, Any]:
        """Return the JSON document, with its version."""
        return FORMAT.header | {"seed": self.seed, "steps": [each.document() for each in self.steps]}

    def to_json(self) -> str:
        """Return the document as text."""
        return json.dumps(self.document(), indent=1)

    def to_text(self) -> str:
        """Return the steps as ``mirror;!noise:amount=0.2``, ``!`` for a step switched off; the seed is left out."""
        return ";".join(
            ":".join(
                [
                    ("" if each.on else "!") + each.name,
                    *(f"{name}={each.kind.knobs[name].text(value)}" for name, value in each.changed),
                ]
            )
            for each in self.steps
        )


KNOBS = knobs_of(Pipeline)


def from_text(text: str, seed: int = 0) -> Pipeline:
    """Return the pipeline that ``to_text`` wrote. Raises ``ValueError`` for anything else, naming the step."""
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"a pipeline in an address has at most {LONGEST_TEXT:,} characters, this one {len(text):,}")
    return Pipeline.of(*(_read_step(part) for part in text.split(";") if part), seed=seed)


def _read_step(text: str) -> Step:
    name, *settings = text.split(":")
    kind = lookup(KINDS, name.removeprefix("!"), "augmentation")
    texts: dict[str, str] = {}
    for setting in settings:
        knob, _, value = setting.partition("=")
        if knob in texts:
            raise ValueError(f"{kind.title} has {knob} twice; give it once")
        texts[knob] = value
    return Step(kind.name, kind.changed(kind.parse(texts)), not name.startswith("!"))


def read_document(found: object) -> Pipeline:
    """Return the pipeline of a JSON document. Raises ``ValueError`` that names the first wrong step."""
    fields = FORMAT.fields(found)
    for name in fields:
        if name not in FIELDS:
            raise unknown("a pipeline", "field", name, FIELDS)
    return Pipeline(**fields | {"steps": FORMAT.each(fields.get("steps", []), "step", step)})


def from_json(text: str | bytes) -> Pipeline:
    """Return the pipeline that ``to_json`` wrote. Raises ``ValueError`` for anything else."""
    return read_document(FORMAT.load(text))
