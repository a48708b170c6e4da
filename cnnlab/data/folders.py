"""A folder of images for each class: its contents, the files left out and why, and the data set it makes."""

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISREG
from time import monotonic

import numpy as np
from PIL import Image

from cnnlab.data.dataset import Dataset, Split
from cnnlab.data.labelling import Parts, assign, is_noise
from cnnlab.uploads.archives import MOST_FILES, is_archive
from cnnlab.uploads.images import MOST_BYTES, Pixels, decode, format_of

MOST_SECONDS = 900  # to check all images; 20,000 from a camera take about that long
MOST_ARRAY = 1 << 30  # bytes of all pixels of a data set
SIZE = 96  # pixels of a side by default
MOST_TEST = 500  # images a class; of two classes they give an accuracy of 90 % to within 2 points
SHARE = 0.2  # of each class's images for the test, if no folder is meant for it
CHECKED = 64  # pixels of the longest side to which an image is decoded when it is checked

Progress = Callable[[float], None]
"""A function that gets the share of the work that is done, 0…1. An error that it raises ends the work."""


@dataclass(frozen=True)
class LeftOut:
    """A file that is in no class, and a sentence with the reason."""

    path: str
    reason: str


@dataclass(frozen=True)
class Folder:
    """The image files of each class for training and for the test, in the order of ``classes``.

    ``test`` is empty if no folder is meant for it; a share of each class is then held out. ``places`` are the folders
    below ``root`` that hold the classes. ``notes`` are sentences on what to know before training, such as imbalance.
    ``clean``: the files left out are not below ``root``.
    """

    title: str
    root: Path
    classes: tuple[str, ...]
    train: tuple[tuple[Path, ...], ...]
    test: tuple[tuple[Path, ...], ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]
    places: tuple[Path, ...]
    clean: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """The number of images of each class, those for the test included."""
        tests: Sequence[tuple[Path, ...]] = self.test or [()] * len(self.classes)
        pairs = zip(self.classes, self.train, tests, strict=True)
        return {name: len(train) + len(test) for name, train, test in pairs}

    def dataset(
        self,
        name: str,
        size: int = SIZE,
        per_class: int | None = None,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Dataset:
        """Read the images, each stretched to ``size`` × ``size`` pixels, smoothed when reduced.

        At most ``per_class`` of each class for training, drawn by ``seed``, and ``MOST_TEST`` for the test, the same
        ones whatever the seed. Raises ``ValueError`` where they take too much memory, or files are gone.
        """
        train, test = self.drawn(per_class, seed)
        total = sum(map(len, (*train, *test)))
        if total * size * size * 3 > MOST_ARRAY:
            raise ValueError(
                f"{total:,} images of {size}×{size} pixels take more than {MOST_ARRAY >> 30} GB of memory; take "
                "fewer of each class, or smaller ones"
            )
        done = iter(range(1, total + 1))

        def split(files: Sequence[Sequence[Path]]) -> Split:
            images = np.empty((sum(map(len, files)), size, size, 3), dtype=np.uint8)
            for at, path in enumerate(path for group in files for path in group):
                images[at] = square(path, size)
                if progress:
                    progress(next(done) / total)
            return Split(images, np.repeat(np.arange(len(files)), [len(group) for group in files]).astype(np.int64))

        about = f"{total:,} images of {len(self.classes)} classes from “{self.title}”, {size}×{size} pixels each."
        return Dataset(name, self.title, about, self.classes, split(train), split(test))

    def drawn(self, per_class: int | None, seed: int) -> tuple[list[list[Path]], list[list[Path]]]:
        """Return the files of each class for training, at most ``per_class`` drawn by ``seed``, and for the test."""
        train: list[list[Path]] = []
        test: list[list[Path]] = []
        for number, files in enumerate(self.train):
            if self.test:
                kept, held = list(files), _shuffled(self.test[number], number)
            else:
                order = _shuffled(files, number)
                cut = min(max(1, round(SHARE * len(files))), len(files) - 1)
                held, kept = order[:cut], order[cut:]
            train.append(_shuffled(kept, seed, number)[:per_class])
            test.append(held[:MOST_TEST])
        return train, test


def _shuffled(files: Sequence[Path], *seed: int) -> list[Path]:
    return [files[at] for at in np.random.default_rng(seed).permutation(len(files))]


def square(path: Path, size: int) -> Pixels:
    """Read an image, stretched to ``size`` × ``size`` pixels. Raises ``ValueError`` if it is missing or damaged."""
    try:
        found = decode(path.read_bytes(), 2 * size)  # a JPEG is unpacked at half or a quarter of its size
    except OSError:
        raise ValueError(f"{path.name} can no longer be read; scan the folder again") from None
    return np.asarray(Image.fromarray(found).resize((size, size), Image.Resampling.BILINEAR))


class Inspection:
    """Checks one image after another, and lists those left out. Raises ``ValueError`` if that takes too long."""

    def __init__(self) -> None:
        self.left_out: list[LeftOut] = []
        self._seen: dict[bytes, Parts] = {}
        self._end = monotonic() + MOST_SECONDS

    def leave(self, path: Parts, reason: str) -> None:
        """List a file as left out."""
        self.left_out.append(LeftOut(_shown("/".join(path)), reason))

    def accepts(self, path: Parts, data: bytes) -> bool:
        """Return whether these bytes are a whole and new image; otherwise list the file as left out."""
        if monotonic() > self._end:
            raise ValueError(f"reading all images takes more than {MOST_SECONDS // 60} minutes; use fewer")
        try:
            check(data)
            decode(data, CHECKED)
        except ValueError as error:
            self.leave(path, str(error))
            return False
        first = self._seen.setdefault(hashlib.sha256(data).digest(), path)
        if first == path:
            return True
        why = (
            "in the test set it would be an image that was trained on"
            if first[:-1] == path[:-1]
            else "two folders give it different labels, and the first one counts"
        )
        self.leave(path, f"this is an exact copy of {_shown('/'.join(first))}; {why}")
        return False


def _shown(name: str) -> str:
    """Return a file's name as text; it may hold bytes that are no text."""
    return name.encode("utf-8", "replace").decode()


def safe(name: str) -> str:
    """Return a file's or folder's name that every system allows, as similar as possible.

    >>> safe("cats/dogs?"), safe("..")
    ('cats_dogs_', '_')
    """
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", name)[:60].strip(" .") or "_"


def check(head: bytes) -> None:
    """Raise ``ValueError`` if a file that begins with these bytes is no image."""
    if is_archive(head):
        raise ValueError(
            "this is an archive within the archive; unpack it and put its images in the folder of their class"
        )
    if head:
        format_of(head)


def describe(
    title: str, root: Path, found: Iterable[Parts], seen: Inspection, where: Callable[[Parts], Path] | None = None
) -> Folder:
    """Return the ``Folder`` of these images below ``root``.

    ``where`` returns the file for an image's path, if it is not below ``root``. Raises ``ValueError`` with what is
    wrong and what was left out.
    """
    try:
        plan = assign(found)
    except ValueError as error:
        raise ValueError(f"{error}{_among(seen.left_out)}") from None
    for path, reason in plan.left_out.items():
        seen.leave(path, _shown(reason))
    place = where or (lambda path: root.joinpath(*path))
    train, test = (
        tuple(tuple(place(path) for path in group) for group in groups) for groups in (plan.train, plan.test)
    )
    places = tuple(root.joinpath(*parts) for parts in plan.folders)
    return Folder(title, root, tuple(map(_shown, plan.classes)), train, test, tuple(seen.left_out), plan.notes, places)


def _among(left_out: Sequence[LeftOut]) -> str:
    if not left_out:
        return ""
    files = "1 file was" if len(left_out) == 1 else f"{len(left_out):,} files were"
    return f" ({files} left out; {left_out[0].path}: {left_out[0].reason})"


def read(root: Path, progress: Progress | None = None) -> Folder:
    """Read a folder on this computer; every image is opened once, links are not followed.

    Raises ``ValueError`` for fewer than two classes, or more than ``MOST_FILES`` files.
    """
    seen = Inspection()
    good = []
    paths = list(files(root))
    for number, path in enumerate(paths, 1):
        parts = path.relative_to(root).parts
        reason = _unreadable(path)
        if reason:
            seen.leave(parts, reason)
        elif seen.accepts(parts, path.read_bytes()):
            good.append(parts)
        if progress:
            progress(number / len(paths))
    found = describe(root.name, root, good, seen)
    return replace(found, left_out=tuple(sorted(found.left_out, key=lambda each: each.path)))


def _unreadable(path: Path) -> str:
    if path.is_symlink():
        return "this is a link; put the image itself there"
    try:
        found = path.stat()
        if not S_ISREG(found.st_mode):  # reading a pipe may never end
            return "this is not a regular file; put the image itself there"
        if found.st_size > MOST_BYTES:
            return f"this file has more than {MOST_BYTES >> 20} MB; save the image smaller"
        with path.open("rb") as file:
            check(file.read(512))
    except OSError as error:
        return f"this file cannot be read ({error.strerror}); change its permissions"
    except ValueError as error:
        return str(error)
    return ""


def files(root: Path) -> Iterator[Path]:
    """Yield all files in a folder, in a fixed order. Raises ``ValueError`` for more than ``MOST_FILES``."""
    count = 0
    for here, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not is_noise((name,)))
        links = [name for name in folders if Path(here, name).is_symlink()]
        for name in sorted(names + links):
            if is_noise((name,)):
                continue
            count += 1
            if count > MOST_FILES:
                raise ValueError(f"this folder holds more than {MOST_FILES:,} files; choose one with fewer images")
            yield Path(here, name)


def write(data: Dataset, root: Path) -> Folder:
    """Write a data set as PNG files, ``root/train/class/00000.png`` and so on, for other programs to read."""

    def write_split(split: Split, part: str) -> tuple[tuple[Path, ...], ...]:
        found: list[list[Path]] = [[] for _ in data.classes]
        for number, (image, label) in enumerate(zip(split.images, split.labels.tolist(), strict=True)):
            path = root / part / data.classes[label] / f"{number:05}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(path)
            found[label].append(path)
        return tuple(map(tuple, found))

    train, test = write_split(data.train, "train"), write_split(data.test, "test")
    return Folder(data.name, root, data.classes, train, test, (), (), (root / "train", root / "test"), clean=True)
