"""Uploaded data sets in the user's cache, named by their content: each image once, in a folder for each class."""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from cnnlab.data.folders import Folder, Inspection, LeftOut, Progress, check, describe, safe
from cnnlab.data.labelling import Parts, is_noise
from cnnlab.storage import cache
from cnnlab.storage.files import explained
from cnnlab.uploads.archives import MOST_UNPACKED, ArchiveError, Member, members
from cnnlab.uploads.images import MOST_BYTES, decode, format_of

KEPT = 20  # data sets
KEPT_BYTES = 3 << 30
STORE = cache.Store("datasets")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # Windows has no such files


def put(file: BinaryIO, title: str, progress: Progress | None = None, name: str = "") -> str:
    """Store an archive's images; return the data set's name, a digest of the archive.

    ``title`` is its name on screen, such as the file's name without its ending; ``name`` is what ``name_of`` returned,
    where it was called before. Raises ``ValueError`` with a sentence
    if it makes no data set or the disk is full, and what ``progress`` raises; then nothing is left on disk.
    """
    length = file.seek(0, 2)
    if length > MOST_UNPACKED:
        raise ValueError(f"this archive has more than {MOST_UNPACKED >> 30} GB; take fewer images")
    name = name or name_of(file)
    keep(name, title, lambda work, seen: unpack(file, work, seen, progress))
    return name


def keep(name: str, title: str, collect: Callable[[Path, Inspection], dict[Parts, Path]]) -> Folder:
    """Return the folder of that name; if it is missing or damaged, make it from the images that ``collect`` writes.

    Raises ``ValueError`` if they make no data set or the disk is full, and what ``collect`` raises; then nothing is
    left on disk.
    """
    if not has(name):
        with explained(STORE.home):
            _make(name, title, collect)
    return get(name)


def _make(name: str, title: str, collect: Callable[[Path, Inspection], dict[Parts, Path]]) -> None:
    here = STORE.home
    shutil.rmtree(here / name, ignore_errors=True)  # damaged by hand
    here.mkdir(parents=True, exist_ok=True)
    STORE.evict(KEPT_BYTES - MOST_UNPACKED, KEPT - 1)  # room for one more
    work = Path(tempfile.mkdtemp(dir=here, suffix=".part"))
    try:
        seen = Inspection()
        _write_record(work, _arrange(work, collect(work, seen), seen, title))
        with suppress(OSError):  # another session stored the same
            work.rename(here / name)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def has(name: str) -> bool:
    """Return whether the folder of that name is here with every file."""
    try:
        found = get(name)
    except ValueError:
        return False
    return all(path.exists() for groups in (found.train, found.test) for group in groups for path in group)


def name_of(file: BinaryIO) -> str:
    """Return the name of an archive, a digest of its bytes."""
    file.seek(0)
    found = hashlib.sha256()
    while piece := file.read(1 << 20):
        found.update(piece)
    return found.hexdigest()[: STORE.digits]


def get(name: str) -> Folder:
    """Return the folder of that name. Raises ``ValueError`` if it is missing or was deleted."""
    try:
        here = STORE.find(name)
        found = json.loads((here / "folder.json").read_text(encoding="utf-8"))
        train, test = (
            tuple(tuple(here / part / place / file for file in files) for place, files in found[part])
            for part in ("train", "test")
        )
        return Folder(
            found["title"],
            here,
            tuple(found["classes"]),
            train,
            test,
            tuple(LeftOut(*each) for each in found["left_out"]),
            tuple(found["notes"]),
            tuple(here / part for part in ("train", "test") if found[part]),
            clean=True,
        )
    except (OSError, ValueError, LookupError, TypeError):
        raise ValueError("this data set is no longer on this server; upload its archive again") from None


def unpack(file: BinaryIO, work: Path, seen: Inspection, progress: Progress | None = None) -> dict[Parts, Path]:
    """Write an archive's good images to ``work`` under numbers; return them by their paths in the archive."""
    found: dict[Parts, Path] = {}
    begin = len(list(work.iterdir()))
    for member in members(file, work):
        if is_noise(member.path):
            continue
        path = member.path
        data = _read(member, path, seen)
        if data is not None and path in found:
            seen.leave(path, "another file of the archive has the same name; give them different ones")
        elif data is not None and seen.accepts(path, data):
            found[path] = _write(data, work / f"{begin + len(found):05}")
        if progress:
            progress(member.done)
    return found


def _read(member: Member, path: Parts, seen: Inspection) -> bytes | None:
    """Return a member's bytes if they may be an image, otherwise leave it out. Other files are not unpacked whole."""
    try:
        if member.fault:
            raise ValueError(member.fault)
        data = bytearray(piece := member.read(1 << 16))
        check(bytes(data[:512]))
        while piece:
            if len(data) > MOST_BYTES:
                raise ValueError(f"this file has more than {MOST_BYTES >> 20} MB; save the image smaller")
            data += (piece := member.read(1 << 16))
    except ArchiveError:
        raise
    except ValueError as error:
        seen.leave(path, str(error))
        return None
    return bytes(data)


def _write(data: bytes, place: Path) -> Path:
    """Write an image with the ending of its format. Keras reads no WebP, so that it becomes PNG."""
    kind = format_of(data)
    place = place.with_suffix({"JPEG": ".jpg", "WEBP": ".png"}.get(kind, f".{kind.lower()}"))
    if kind == "WEBP":
        Image.fromarray(decode(data)).save(place)
    else:
        place.write_bytes(data)
    return place


def _arrange(work: Path, found: dict[Parts, Path], seen: Inspection, title: str) -> Folder:
    """Move numbered images in ``work`` to ``train/class`` and ``test/class``, as the folders they came from say."""
    plan = describe(title, work, found, seen, found.__getitem__)
    kept = {path for groups in (plan.train, plan.test) for group in groups for path in group}
    for path in set(found.values()) - kept:
        path.unlink()
    names = _folder_names(plan.classes)

    def move(groups: tuple[tuple[Path, ...], ...], part: str) -> tuple[tuple[Path, ...], ...]:
        for name in names if groups else ():
            (work / part / name).mkdir(parents=True)
        return tuple(
            tuple(path.rename(work / part / name / path.name) for path in group)
            for name, group in zip(names, groups, strict=bool(groups))
        )

    return replace(plan, train=move(plan.train, "train"), test=move(plan.test, "test"))


def _folder_names(classes: tuple[str, ...]) -> list[str]:
    """Return a folder's name for each class that every system allows, as similar as possible."""
    names: list[str] = []
    for name in classes:
        place = safe(name)
        if _RESERVED.fullmatch(place) or place.casefold() in (each.casefold() for each in names):
            place = f"{place}_{len(names)}"
        names.append(place)
    return names


def _write_record(work: Path, found: Folder) -> None:
    """Write the file that ``get`` reads."""

    def names(groups: tuple[tuple[Path, ...], ...]) -> list[tuple[str, list[str]]]:
        return [(group[0].parent.name if group else "", [path.name for path in group]) for group in groups]

    text = json.dumps(
        {
            "title": found.title,
            "classes": found.classes,
            "train": names(found.train),
            "test": names(found.test),
            "left_out": [(each.path, each.reason) for each in found.left_out],
            "notes": found.notes,
        }
    )
    (work / "folder.json").write_text(text, encoding="utf-8")
