"""The settings of a run as a value: data, network and training. Checked, and JSON with a version.

>>> spec = Spec(per_class=10, optimiser="sgd")
>>> from_json(spec.to_json()) == spec
True
>>> spec.title
'textures, 10 per class, built-in backbone'
>>> changed(spec, batch=0)
Traceback (most recent call last):
cnnlab.knobs.FieldError: batch must be a whole number from 1 to 512, not 0; the default is 16
"""

import hashlib
import json
import re
from dataclasses import dataclass, field, fields, replace
from typing import Annotated, Any, Literal, cast

from cnnlab.augment import Pipeline
from cnnlab.augment.pipeline import MOST_SEED, read_document
from cnnlab.data.bundled import LEAST
from cnnlab.knobs import FieldError, Length, Range, check_fields, knobs_of, unknown
from cnnlab.network import LONGEST, Network
from cnnlab.sources import IMPORTED
from cnnlab.uploads.documents import Format

# A recipe of 120 rows takes 6,500 bytes in a URL, the JSON of a pipeline at most 20,000.
FORMAT = Format("spec", version=1, longest=60_000)
LONGEST_REFERENCE = 300  # characters of the name of a data set, a backbone or a weights file
BUILT_IN, PRETRAINED, SCRATCH = "built_in", "pretrained", "none"
FILE = "file:"  # begins the weights that are read from a file
WEIGHTS = re.compile(f"{PRETRAINED}|{SCRATCH}|{FILE}.+")


@dataclass(frozen=True)
class Spec:
    """The settings of a run: small, frozen, hashable. Raises ``FieldError`` naming all wrong fields.

    The defaults were tried (48×48 images, two cores: about 12 seconds): the head learns on frozen features with Adam at
    1e-2, then the last two stages are tuned at 5e-4.
    """

    data: Annotated[str, Length(LONGEST_REFERENCE, least=1), "The data set."] = "textures"
    """A reference that ``cnnlab.data.dataset`` takes."""
    per_class: Annotated[int, Range(0, 100_000, typed=True), "Training images of each class; 0: all."] = 25
    validation: Annotated[
        float, Range(0, 0.5, 0.05), "Share of the training images that are left out of training for validation."
    ] = 0.2
    seed: Annotated[int, Range(0, MOST_SEED, typed=True), "Draws images, initial weights and augmentations."] = 0
    backbone: Annotated[str, Length(LONGEST_REFERENCE), "The network before the head."] = BUILT_IN
    """A backbone's name; empty if ``network`` is trained from scratch."""
    network: Annotated[str, Length(LONGEST), "A network in place of a backbone, trained from scratch."] = ""
    """A network reference; empty if there is a backbone."""
    weights: Annotated[str, Length(LONGEST_REFERENCE, least=1), "Initial weights of the backbone."] = PRETRAINED
    """Weights of the backbone: ``pretrained``, ``none``, or ``file:`` and its place. A network has ``none``."""
    input_size: Annotated[int, Range(8, 1024, 8), "Side of the input images, which are square here, in pixels."] = 48
    pooling: Annotated[Literal["average", "max", "flatten"], "How the backbone's last map becomes one vector."] = (
        "average"
    )
    head_units: Annotated[
        int, Range(0, 4096, 64), "Units of a dense layer before the last layer; 0: no such layer."
    ] = 0
    dropout: Annotated[float, Range(0, 0.9, 0.05), "Share of the features dropped before the last layer."] = 0.0
    optimiser: Annotated[Literal["adam", "rmsprop", "sgd"], "Method of gradient descent."] = "adam"
    momentum: Annotated[float, Range(0, 0.999, 0.01), "For SGD only."] = 0.9
    head_rate: Annotated[float, Range(1e-6, 10, 1e-3), "Learning rate of the head on the frozen backbone."] = 1e-2
    head_epochs: Annotated[int, Range(0, 1000), "Epochs of the head alone."] = 20
    tuning_rate: Annotated[
        float, Range(1e-6, 10, 1e-4), "Learning rate of fine-tuning, or of training from scratch."
    ] = 5e-4
    tuning_epochs: Annotated[int, Range(0, 1000), "Epochs of fine-tuning, or of training from scratch."] = 10
    unfreeze: Annotated[int, Range(0, 100), "Stages to fine-tune, counted from the last; 100: all."] = 2
    augmentation: Pipeline = field(default_factory=Pipeline)
    """A pipeline, or its document."""
    label_smoothing: Annotated[
        float, Range(0, 0.5, 0.05), "Share of each label that is spread evenly over all classes."
    ] = 0.0
    stop_at: Annotated[
        float, Range(0, 1, 0.01), "Training stops at this accuracy (of the validation images, if any); 0: never."
    ] = 0.0
    patience: Annotated[
        int, Range(0, 1000), "Training stops after this many epochs without a better validation loss; 0: never."
    ] = 0
    batch: Annotated[int, Range(1, 512), "Images per step."] = 16

    def __post_init__(self) -> None:
        problems = check_fields(self, KNOBS)
        if "weights" not in problems and not WEIGHTS.fullmatch(self.weights):
            problems["weights"] = (
                f"weights must be “pretrained”, “none” or “file:” with the path of a file, not {self.weights[:40]!r}"
            )
        if not isinstance(cast(object, self.augmentation), Pipeline):
            try:
                object.__setattr__(self, "augmentation", read_document(self.augmentation))
            except ValueError as error:
                problems["augmentation"] = f"augmentation: {error}"
        if problems or (problems := self._contradictions()):
            raise FieldError({each.name: problems[each.name] for each in fields(self) if each.name in problems})

    def _contradictions(self) -> dict[str, str]:
        """Return a sentence for each field that is valid alone but contradicts another."""
        found: dict[str, str] = {}
        if self.network:
            if self.backbone:
                found["backbone"] = "backbone must be empty where network names what is trained from scratch"
            if self.weights != SCRATCH:
                found["weights"] = "weights must be “none” where network names what is trained from scratch"
            if self.head_epochs:
                found["head_epochs"] = "head epochs must be 0 where network is trained from scratch: it has no head"
            if not self.network.startswith(IMPORTED):  # an import may be deleted, and its runs are still shown
                try:
                    Network.parse(self.network)
                except ValueError as error:
                    found["network"] = f"network: {error}"
        elif not self.backbone:
            found["backbone"] = "backbone is missing: name one, such as “built_in”, or a network to train from scratch"
        if not self.head_epochs + self.tuning_epochs:
            found["tuning_epochs"] = "tuning epochs must be 1 or more where head epochs are 0: nothing would be learned"
        if self.patience and not self.validation:
            found["patience"] = "patience must be 0 where validation is 0: there is no validation loss to watch"
        return found

    @classmethod
    def from_scratch(cls, network: str = "", **changes: Any) -> "Spec":
        """Return the defaults for training ``network``, or else the built-in backbone, from scratch.

        30 epochs at 1e-3, as tried: .48 on the textures at 25 a class, where transfer has .73. Raises ``FieldError``.
        """
        defaults: dict[str, Any] = {
            "head_epochs": 0,
            "tuning_epochs": 30,
            "tuning_rate": 1e-3,
            "unfreeze": 100,
            "weights": SCRATCH,
        }
        named = {"network": network, "backbone": ""} if network else {}
        return cls(**(defaults | named | changes))

    @property
    def weights_file(self) -> str | None:
        """Return the weights' file, as a path or as the name of an upload; none if no file is read."""
        return self.weights.removeprefix(FILE) if self.weights.startswith(FILE) else None

    @property
    def epochs(self) -> int:
        """Return the epochs of both phases; early stopping may make it fewer."""
        return self.head_epochs + self.tuning_epochs

    @property
    def phases(self) -> dict[str, str]:
        """Return the name on screen of each phase of its training."""
        scratch = self.weights == SCRATCH and not self.head_epochs
        return {"head": "head", "tuning": "training from scratch" if scratch else "fine-tuning"}

    @property
    def seeded_augmentation(self) -> Pipeline:
        """Return the augmentation with the seed it has in this run: its own plus the spec's."""
        return replace(self.augmentation, seed=(self.augmentation.seed + self.seed) % (MOST_SEED + 1))

    @property
    def digest(self) -> str:
        """Return eight hexadecimal digits of a hash; part of a run's name."""
        return hashlib.sha256(json.dumps(self.document(), sort_keys=True).encode()).hexdigest()[:8]

    @property
    def title(self) -> str:
        """Return the name in a list of runs."""
        images = "all images"
        if self.per_class:
            enough = self.per_class <= LEAST.get(self.data, 0)
            images = f"{'' if enough else 'at most '}{self.per_class} per class"
        if self.network:
            return f"{self.data}, {images}, {self.network[:40]} from scratch"
        backbone = "built-in" if self.backbone == BUILT_IN else self.backbone
        weights = " with weights from a file" if self.weights_file is not None else ""
        if self.weights == SCRATCH:
            weights = " with random weights" if self.head_epochs else " from scratch"
        return f"{self.data}, {images}, {backbone} backbone{weights}"

    def document(self) -> dict[str, Any]:
        """Return the JSON document with its version, and every field, so that a file shows what can be set."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return FORMAT.header | values | {"augmentation": self.augmentation.document()}

    def to_json(self) -> str:
        """Return the document as text, a field a line."""
        return json.dumps(self.document(), indent=1)


KNOBS = knobs_of(Spec)
"""Every field but the augmentation, with its limits and a sentence on what it does."""


def activation(classes: int) -> Literal["sigmoid", "softmax"]:
    """Return the activation of the last layer: one sigmoid unit for two classes, softmax with a unit each for more.

    >>> activation(2), activation(8)
    ('sigmoid', 'softmax')
    """
    return "sigmoid" if classes == 2 else "softmax"


def changed(spec: Spec, /, **changes: Any) -> Spec:
    """Return a variant of a spec. Raises ``FieldError``, also for unknown fields.

    >>> changed(Spec(), batch=32).batch
    32
    """
    known = [each.name for each in fields(Spec)]
    problems = {name: str(unknown("a spec", "field", name, known)) for name in changes if name not in known}
    try:
        made = replace(spec, **{name: value for name, value in changes.items() if name in known})
    except FieldError as error:
        raise FieldError(problems | dict(error.problems)) from None
    if problems:
        raise FieldError(problems)
    return made


def from_json(text: str | bytes) -> Spec:
    """Return the spec that ``to_json`` wrote; a field that is left out has its default.

    Raises ``ValueError`` for anything else, naming all wrong fields.
    """
    return changed(Spec(), **FORMAT.fields(FORMAT.load(text)))
