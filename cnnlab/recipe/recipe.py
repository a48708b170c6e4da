"""A recipe as a value: its rows, checked, as JSON with a version and as a short text for URLs."""

import base64
import json
import re
import zlib
from dataclasses import dataclass, replace
from typing import Annotated, Any

from cnnlab.knobs import FieldError, Knob, Range, Value, check_fields, knobs_of, lookup, number, unknown
from cnnlab.knobs.image_size import ImageSize
from cnnlab.recipe.rows import KINDS, Kind
from cnnlab.uploads.documents import Format

MOST_ROWS, MOST_REPEATS = 120, 100
LONGEST_TEXT = 6000  # characters of a recipe in a URL
FORMAT = Format("recipe", version=1, longest=100_000)
FIELDS = ("input_size", "channels", "rows")
REPEAT = Knob("repeat", int, 1, "Number of repetitions, one after the other.", Range(1, MOST_REPEATS, typed=True))


_DICTIONARY = (
    b'"filters":,"kernel":,"stride":,"padding":,"groups":,"dilation":,"bias":,"batch_norm":,"activation":,"size":,'
    b'"summary":,"keep_map":,"residual":,"shortcut":,"stride_on":,"conv1x1":,"reduce3x3":,"conv3x3":,"reduce5x5":,'
    b'"conv5x5":,"pool_proj":,"expand":,"squeeze":,"convs":,"units":,"rate":,"radius":,"function":,"top":,'
    b'"bottom":,"left":,"right":,["conv",,["depthwise",,["depthwise_separable",,["max_pool",,["average_pool",,'
    b'["global_pool",,["residual_basic",,["residual_bottleneck",,["inception",,["inverted_residual",,'
    b'["nin_block",,["vgg_block",,["dense",,["dropout",,["batch_norm",,["local_response_norm",,["activation",,'
    b'["zero_pad",,["flatten",,"relu","none","same","valid","swish",true,false,64,128,256,512,{"filters":'
)
"""Primes the compression, so that even a short recipe packs well. Part of the format: a change is a new version."""


@dataclass(frozen=True)
class Row:
    """One row: a block by name, the knobs that differ from those of a new row, and how often it is repeated.

    Make one with ``row``: it checks the values.
    """

    block: str
    changed: tuple[tuple[str, Value], ...] = ()
    repeat: int = 1

    @property
    def kind(self) -> Kind:
        """The kind of this row."""
        return KINDS[self.block]

    @property
    def values(self) -> dict[str, Value]:
        """Every knob with its value."""
        return {name: knob.default for name, knob in self.kind.knobs.items()} | dict(self.changed)

    def having(self, **knobs: Value) -> "Row":
        """Return the row with some knobs set again. Raises ``FieldError``."""
        return replace(self, changed=self.kind.changed(self.values | knobs))

    def document(self) -> dict[str, Any]:
        """Return the JSON document, the defaults of a new row left out."""
        return {"block": self.block} | ({"repeat": self.repeat} if self.repeat > 1 else {}) | dict(self.changed)


def row(block: str = "", repeat: int = 1, **knobs: Value) -> Row:
    """Return a checked row. Raises ``ValueError`` that names the fault, the value and the allowed values."""
    kind = lookup(KINDS, block, "block")
    return Row(kind.name, kind.changed(knobs), int(number(REPEAT.check(repeat))))


@dataclass(frozen=True)
class Recipe:
    """A network that a user assembled: the input, and rows from the image to the classes. Small and hashable.

    Raises ``FieldError``.
    """

    input_size: Annotated[
        ImageSize,
        Range(1, 1024, typed=True),
        "Size of the input image in pixels: the side of a square one, or height x width.",
    ] = 32
    channels: Annotated[int, Range(1, 64, typed=True), "Input channels: 1 for grey, 3 for colour."] = 3
    rows: tuple[Row, ...] = ()

    def __post_init__(self) -> None:
        problems = check_fields(self, INPUT_KNOBS)
        if len(self.rows) > MOST_ROWS:
            problems["rows"] = (
                f"a recipe has at most {MOST_ROWS} rows, this one has {len(self.rows)}; use repeats for equal ones"
            )
        if problems:
            raise FieldError(problems)

    def document(self) -> dict[str, Any]:
        """Return the JSON document with its version, default values left out."""
        rows = [each.document() for each in self.rows]
        return FORMAT.header | {"input_size": self.input_size, "channels": self.channels, "rows": rows}

    def to_json(self) -> str:
        """Return the document as text, a row a line."""
        head = json.dumps({**self.document(), "rows": None}, indent=1)
        rows = ",\n".join(f"  {json.dumps(each.document())}" for each in self.rows)
        return head.replace('"rows": null', f'"rows": [\n{rows}\n ]' if rows else '"rows": []')

    def to_text(self) -> str:
        """Return the recipe as letters, digits, - and _: short enough for a URL."""
        compact = [self.input_size, self.channels, *(_compact(each) for each in self.rows)]
        packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=_DICTIONARY)
        packed = packer.compress(json.dumps(compact, separators=(",", ":")).encode()) + packer.flush()
        return f"{FORMAT.version}{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


INPUT_KNOBS = knobs_of(Recipe)
"""The knobs of the input image."""


def _compact(each: Row) -> list[Any]:
    """Return name, repeat if it is more than one, then the changed knobs by name."""
    repeat = [each.repeat] if each.repeat > 1 else []
    return [each.block, *repeat, *([dict(each.changed)] if each.changed else [])]


def _full(block: Any, *more: Any) -> dict[str, Any]:
    """Expand a row that ``_compact`` shortened."""
    repeat = next((each for each in more if isinstance(each, int)), 1)
    knobs = next((each for each in more if isinstance(each, dict)), {})
    return {"block": block, "repeat": repeat, **knobs}


def _read(**fields: Any) -> Recipe:
    """Return the recipe with these fields of a document. Raises ``ValueError`` that names the first wrong row."""
    for name in fields:
        if name not in FIELDS:
            raise unknown("a recipe", "field", name, FIELDS)
    return Recipe(**fields | {"rows": FORMAT.each(fields.get("rows", []), "row", row)})


def is_recipe(data: bytes) -> bool:
    """Return whether a file declares itself a recipe, readable or not."""
    head = data[: FORMAT.longest].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head[:1] == b"{" and re.search(rb'"format"\s*:\s*"cnnlab\.', head) is not None


def from_json(text: str | bytes) -> Recipe:
    """Return the recipe that ``to_json`` wrote. Raises ``ValueError`` for anything else."""
    found = FORMAT.load(text)
    if isinstance(found, dict) and str(found.get("format", "")).startswith("cnnlab.graph"):
        raise ValueError("this file is a graph for other programs; choose a file saved with “Recipe as JSON”")
    return _read(**FORMAT.fields(found))


def from_text(text: str) -> Recipe:
    """Return the recipe that ``to_text`` wrote. Raises ``ValueError`` for anything else, such as a cut address."""
    cut = "the recipe in this address cannot be read; it may be incomplete: copy the whole link"
    if len(text) > LONGEST_TEXT or not re.fullmatch(r"\d[\w-]+", text, re.ASCII):
        raise ValueError(cut)
    if text[0] != str(FORMAT.version):
        raise ValueError(f"the recipe in this address has version {text[0]}, and {FORMAT.version} can be read here")
    try:
        packed = base64.urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4))
        unpacker = zlib.decompressobj(-15, zdict=_DICTIONARY)
        plain = unpacker.decompress(packed, FORMAT.longest)
        if not unpacker.eof:
            raise ValueError(cut)
        input_size, channels, *rows = json.loads(plain)
        full = [_full(*each) for each in rows]
    except (ValueError, TypeError, zlib.error, RecursionError):
        raise ValueError(cut) from None
    return _read(input_size=input_size, channels=channels, rows=full)
