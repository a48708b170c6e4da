"""A recipe as a value: its rows, validated, written as JSON with a version and as a short text for addresses."""

import base64
import json
import re
import zlib
from functools import cache
from typing import Any, ClassVar, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from cnnlab.knobs import Knob, Value
from cnnlab.recipe.rows import KINDS, Kind
from cnnlab.uploads.documents import document

FORMAT, VERSION = "cnnlab.recipe", 1
MOST_ROWS, MOST_REPEATS = 120, 100
LONGEST_TEXT = 6000  # characters of a recipe in an address
LONGEST_JSON = 100_000  # bytes
SIDES = (1, 1024)  # of the input, in pixels
CHANNELS = (1, 64)


_DICTIONARY = (
    b'"filters":,"kernel":,"stride":,"padding":,"groups":,"dilation":,"bias":,"batch_norm":,"activation":,"size":,'
    b'"summary":,"keep_map":,"residual":,"shortcut":,"stride_on":,"conv1x1":,"reduce3x3":,"conv3x3":,"reduce5x5":,'
    b'"conv5x5":,"pool_proj":,"expand":,"squeeze":,"convs":,"units":,"rate":,"radius":,"function":,"top":,'
    b'"bottom":,"left":,"right":,["conv",,["depthwise",,["depthwise_separable",,["max_pool",,["average_pool",,'
    b'["global_pool",,["residual_basic",,["residual_bottleneck",,["inception",,["inverted_residual",,'
    b'["nin_block",,["vgg_block",,["dense",,["dropout",,["batch_norm",,["local_response_norm",,["activation",,'
    b'["zero_pad",,["flatten",,"relu","none","same","valid","swish",true,false,64,128,256,512,{"filters":'
)
"""What rows are made of, so that even a short recipe packs well. Part of the format: a change is a new version."""


class Row(BaseModel):
    """One row: a block by name, how often it is repeated, and its fields. Subclasses declare the fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    kind: ClassVar[Kind]

    block: str
    repeat: int = Field(default=1, ge=1, le=MOST_REPEATS)

    @property
    def fields(self) -> dict[str, Value]:
        """Every field with its value."""
        return {name: getattr(self, name) for name in self.kind.fields}

    @property
    def changed(self) -> dict[str, Value]:
        """The fields that a new row does not begin with."""
        return {name: value for name, value in self.fields.items() if value != self.kind.fields[name].default}

    def document(self) -> dict[str, Any]:
        """As JSON has it: without what a new row begins with."""
        return {"block": self.block} | ({"repeat": self.repeat} if self.repeat > 1 else {}) | self.changed


def _annotation(knob: Knob) -> tuple[Any, Any]:
    """Type and limits of a field, from its knob."""
    if knob.choices:
        return Literal[knob.choices], knob.default
    if knob.limits:
        low, high = knob.type(knob.limits.low), knob.type(knob.limits.high)
        return knob.type, Field(cast(Any, knob.default), ge=low, le=high)
    return knob.type, knob.default


@cache
def _row_type(name: str) -> type[Row]:
    kind = KINDS[name]
    fields = {knob.name: _annotation(knob) for knob in kind.fields.values()}
    made = create_model(f"{name}_row", __base__=Row, block=cast(Any, (Literal[name], name)), **cast(Any, fields))
    made.kind = kind
    return made


def row(block: str, repeat: int = 1, **fields: Value) -> Row:
    """A row, checked. Raises ``ValueError`` that says which field is wrong, what arrived and what is allowed."""
    if not isinstance(block, str) or block not in KINDS:
        raise ValueError(f"there is no block {str(block)[:40]!r}; there are {', '.join(KINDS)}")
    try:
        return _row_type(block).model_validate({"block": block, "repeat": repeat} | fields)
    except ValidationError as error:
        raise ValueError(_sentence(KINDS[block], error)) from None


def _sentence(kind: Kind, error: ValidationError) -> str:
    """The first of pydantic's complaints, in our words."""
    first = error.errors(include_url=False)[0]
    name, got = str(first["loc"][0]), repr(first["input"])[:40]
    if name == "repeat":
        return f"repeat must be a whole number from 1 to {MOST_REPEATS}, got {got}"
    if name not in kind.fields:
        known = ", ".join(kind.fields) or "none"
        return f"{kind.title} has no field {name[:40]!r}; its fields are {known}"
    return f"{kind.fields[name].label} must be {kind.fields[name].allowed}, got {got}"


class Recipe(BaseModel):
    """A network the user assembled: the input, and rows from the image to the classes. Small, frozen, hashable."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    input_size: int = Field(default=32, ge=SIDES[0], le=SIDES[1])
    channels: int = Field(default=3, ge=CHANNELS[0], le=CHANNELS[1])
    rows: tuple[Row, ...] = Field(default=(), max_length=MOST_ROWS)

    def document(self) -> dict[str, Any]:
        """As JSON: with a version, and without what is usual."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "input_size": self.input_size,
            "channels": self.channels,
            "rows": [each.document() for each in self.rows],
        }

    def to_json(self) -> str:
        """The document as text, a row a line."""
        head = json.dumps({**self.document(), "rows": None}, indent=1)
        rows = ",\n".join(f"  {json.dumps(each.document())}" for each in self.rows)
        return head.replace('"rows": null', f'"rows": [\n{rows}\n ]' if rows else '"rows": []')

    def to_text(self) -> str:
        """The recipe as letters, digits, - and _: short enough for an address."""
        compact = [self.input_size, self.channels, *(_compact(each) for each in self.rows)]
        packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=_DICTIONARY)
        packed = packer.compress(json.dumps(compact, separators=(",", ":")).encode()) + packer.flush()
        return f"{VERSION}{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def _compact(each: Row) -> list[Any]:
    """Name, repeat where it is more than one, then the changed fields by name."""
    repeat = [each.repeat] if each.repeat > 1 else []
    return [each.block, *repeat, *([each.changed] if each.changed else [])]


def read_document(found: object) -> Recipe:
    """A recipe from what JSON held. Raises ``ValueError`` that names the row and says what is wrong with it."""
    if isinstance(found, dict) and str(found.get("format", "")).startswith("cnnlab.graph"):
        raise ValueError("this file holds a graph, for programs to read; save “Recipe as JSON” instead")
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError('this is not a recipe of CNN Lab; a recipe\'s JSON says "format": "cnnlab.recipe"')
    version = found.get("version")
    if type(version) is not int or version != VERSION:
        raise ValueError(f"this recipe has version {str(version)[:20]}, and {VERSION} can be read here")
    rows = found.get("rows", [])
    if not isinstance(rows, list) or not all(isinstance(each, dict) for each in rows):
        raise ValueError("the recipe's rows must be a list of blocks with their fields")
    unknown = set(found) - {"format", "version", "input_size", "channels", "rows"}
    if unknown:
        raise ValueError(f"a recipe has no part {min(map(str, unknown))[:40]!r}")
    return _checked(found.get("input_size", 32), found.get("channels", 3), rows)


def _checked(input_size: object, channels: object, rows: list[dict[str, Any]]) -> Recipe:
    for what, value, (low, high) in (("input size", input_size, SIDES), ("channels", channels, CHANNELS)):
        if type(value) is not int or not low <= value <= high:
            raise ValueError(f"{what} must be a whole number from {low} to {high}, got {str(value)[:40]!r}")
    if len(rows) > MOST_ROWS:
        raise ValueError(f"a recipe has at most {MOST_ROWS} rows, this one has {len(rows)}; use repeats for equal ones")
    found = []
    for number, fields in enumerate(rows, 1):
        named = {str(name): value for name, value in fields.items() if name != "block"}
        try:
            found.append(row(fields.get("block", ""), **named))
        except ValueError as error:
            raise ValueError(f"row {number}: {error}") from None
    return Recipe(input_size=cast(int, input_size), channels=cast(int, channels), rows=tuple(found))


def is_recipe(data: bytes) -> bool:
    """Whether a file says of itself that it is a recipe, readable or not."""
    head = data[:LONGEST_JSON].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head[:1] == b"{" and re.search(rb'"format"\s*:\s*"cnnlab\.', head) is not None


def from_json(text: str | bytes) -> Recipe:
    """Read what ``to_json`` writes. Raises ``ValueError`` for anything else."""
    data = text.encode() if isinstance(text, str) else text
    if len(data) > LONGEST_JSON:
        raise ValueError(f"a recipe has at most {LONGEST_JSON:,} bytes, this file has {len(data):,}")
    return read_document(document(data))


def from_text(text: str) -> Recipe:
    """Read what ``to_text`` writes. Raises ``ValueError`` for anything else, such as an address that was cut."""
    cut = "the recipe in this address cannot be read; it may have been cut when it was copied: copy the whole link"
    if len(text) > LONGEST_TEXT or not re.fullmatch(r"\d[\w-]+", text, re.ASCII):
        raise ValueError(cut)
    if text[0] != str(VERSION):
        raise ValueError(f"the recipe in this address has version {text[0]}, and {VERSION} can be read here")
    try:
        packed = base64.urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4))
        unpacker = zlib.decompressobj(-15, zdict=_DICTIONARY)
        plain = unpacker.decompress(packed, LONGEST_JSON)
        if not unpacker.eof:
            raise ValueError(cut)
        size, channels, *rows = json.loads(plain)
        return _checked(size, channels, [_full(*each) for each in rows])
    except (ValueError, TypeError, zlib.error, RecursionError) as error:
        told = str(error)
        raise ValueError(told if told.startswith(("row ", "a recipe", "input size", "channels")) else cut) from None


def _full(block: str, *more: Any) -> dict[str, Any]:
    """What ``_compact`` made short."""
    repeat = next((each for each in more if isinstance(each, int)), 1)
    fields = next((each for each in more if isinstance(each, dict)), {})
    return {"block": block, "repeat": repeat, **fields}
