"""Classes of images from the folders they are in.

>>> found = assign([("pets", "cats", "1.jpg"), ("pets", "dogs", "1.jpg"), ("pets", "2.jpg")])
>>> found.classes, found.train, list(found.left_out)
(('cats', 'dogs'), ((('pets', 'cats', '1.jpg'),), (('pets', 'dogs', '1.jpg'),)), [('pets', '2.jpg')])
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cnnlab.units import count, listed, percent

Parts = tuple[str, ...]
"""The parts of a path, from its top folder to the file's name."""
MOST_CLASSES = 200
MOST_TIMES = 2.0  # as many images in the largest class as in the smallest, beyond which a note says so
FEW = 10  # images of a class, below which little can be learned
TRAIN = ("train", "training", "trainset")
VALIDATION = ("validation", "valid", "val", "dev")
TEST = ("test", "testing", "testset")
NOISE = ("__macosx", "thumbs.db", "desktop.ini", "@eadir", "lost+found")


@dataclass(frozen=True)
class Assignment:
    """The paths of each class, in the order of ``classes``; ``test`` is empty if no folder is meant for it.

    ``left_out``: the paths in no class, each with a sentence on the reason.
    ``folders`` hold the classes: one for training, and one for the test if there is one.
    """

    classes: tuple[str, ...]
    train: tuple[tuple[Parts, ...], ...]
    test: tuple[tuple[Parts, ...], ...]
    left_out: Mapping[Parts, str]
    notes: tuple[str, ...]
    folders: tuple[Parts, ...]


def is_noise(path: Parts) -> bool:
    """Return whether the file is one that operating systems write by themselves.

    >>> is_noise(("__MACOSX", "cats", "._1.jpg")), is_noise(("cats", ".DS_Store")), is_noise(("cats", "1.jpg"))
    (True, True, False)
    """
    return any(part.startswith(".") or part.lower() in NOISE for part in path)


def assign(paths: Iterable[Parts]) -> Assignment:
    """Assign images to classes by their folders: ``[top/…][train/|test/]class/…/image``.

    Folders around everything are ignored. Raises ``ValueError`` for fewer than two classes, or two that differ in case
    only.
    """
    paths = sorted(paths)
    depth = wrapping(paths)
    top = paths[0][:depth] if paths else ()
    parts = {path: path[depth:] for path in paths}
    used = _splits(parts.values())
    trained: dict[str, list[Parts]] = {}
    tested: dict[str, list[Parts]] = {}
    left_out: dict[Parts, str] = {}
    real = {path[depth].lower(): path[: depth + 1] for path in paths} if used else {}
    called = [real[name][-1] for name in used]
    for path, rest in parts.items():
        under = rest[0].lower()
        below = rest[1:] if used else rest
        if len(below) < 2 or (used and under not in used):
            left_out[path] = _why_left_out(rest, called)
        else:
            to = tested if used and under in used[1:] else trained
            to.setdefault(below[0], []).append(path)
    names = tuple(trained)
    _check({**trained, **tested})
    _check_number(names, len(paths))
    for name in tested.keys() - trained.keys():
        why = f"“{called[0]}” has no class “{name}”; put images of this class there, too"
        left_out |= dict.fromkeys(tested[name], why)
    return Assignment(
        names,
        tuple(tuple(trained[name]) for name in names),
        tuple(tuple(tested.get(name, ())) for name in names) if any(name in trained for name in tested) else (),
        left_out,
        _notes(trained, tested, called),
        tuple(real[name] for name in used) if used else (top,),
    )


def _why_left_out(path: Parts, used: Sequence[str]) -> str:
    """Return why an image is in no class; ``used`` are the folders for training and for the test, if there are any."""
    if not used or path[0] in used:
        return "this image is not in the folder of a class; put it into one"
    if len(path) > 2 and path[0].lower() in (*TRAIN, *VALIDATION, *TEST):
        if len(used) == 1:
            return f"“{path[0]}” is not used: the training images come from “{used[0]}”"
        return (
            f"“{path[0]}” is not used: the test images come from “{used[1]}”, and validation images are drawn from "
            f"“{used[0]}”"
        )
    there = listed([f"“{name}”" for name in used])
    return f"this image is not in {there}; put it into the folder of a class there"


def wrapping(paths: Iterable[Parts]) -> int:
    """Return how many folders are around everything and name no class.

    >>> wrapping([("data", "pets", "cats", "1.jpg"), ("data", "pets", "dogs", "1.jpg")])
    2
    """
    paths = list(paths)
    depth = 0
    while len({path[depth] for path in paths if len(path) > depth + 1}) == 1 and any(
        len(path) > depth + 2 for path in paths
    ):
        if next(path[depth].lower() for path in paths if len(path) > depth + 1) in TRAIN:
            break
        depth += 1
    return depth


def _splits(paths: Iterable[Parts]) -> tuple[str, ...]:
    """Return the folder for training and, if there is one, that for the test; none if the folders are classes."""
    tops = {path[0].lower() for path in paths if len(path) > 2}
    train = [name for name in TRAIN if name in tops]
    held_out = [name for name in (*TEST, *VALIDATION) if name in tops]
    return (*train[:1], *held_out[:1]) if train else ()


def _key(name: str) -> str:
    """Return a key that is equal for names which a system or a reader may confuse."""
    return unicodedata.normalize("NFKC", name).casefold().strip(" .")


def _check(found: Iterable[str]) -> None:
    seen: dict[str, str] = {}
    for name in found:
        other = seen.setdefault(_key(name), name)
        if other != name:
            raise ValueError(
                f"two classes differ in capital letters or blanks only, “{other}” and “{name}”; rename one of the "
                "folders, or put their images together"
            )


def _check_number(names: Sequence[str], images: int) -> None:
    if not images:
        raise ValueError("it has no readable image; make a folder of images for each class")
    if not names:
        raise ValueError("no image is in the folder of a class; make a folder for each class, and one around them")
    if len(names) == 1:
        raise ValueError(
            f"all images are of one class, “{names[0]}”, and a classifier needs two or more; add the folder of another "
            f"class"
        )
    if len(names) > MOST_CLASSES:
        raise ValueError(
            f"there are {len(names):,} classes, and at most {MOST_CLASSES} can be shown; take fewer folders"
        )


def _notes(trained: dict[str, list[Parts]], tested: dict[str, list[Parts]], used: Sequence[str]) -> tuple[str, ...]:
    """Return sentences to read before training on the images."""
    notes = []
    counts = {name: len(paths) for name, paths in trained.items()}
    most, least = max(counts, key=lambda name: counts[name]), min(counts, key=lambda name: counts[name])
    if counts[most] > MOST_TIMES * counts[least]:
        notes.append(
            f"“{most}” has {count(counts[most], 'image')} and “{least}” {counts[least]:,}: predicting “{most}” for "
            f"every image is right for {percent(counts[most], sum(counts.values()))} of them; use the same number of "
            f"images of each class"
        )
    few = [name for name, number in counts.items() if number < FEW]
    if few:
        each = f"has fewer than {FEW} images" if len(few) == 1 else f"have fewer than {FEW} images each"
        notes.append(f"{_join(few)} {each}; add some")
    if len(used) > 1:
        if used[1].lower() in VALIDATION:
            notes.append(f"the test images come from the folder “{used[1]}”: there is no folder “test”")
        untested = [name for name in counts if name not in tested]
        if untested:
            them = "this class" if len(untested) == 1 else "these classes"
            notes.append(f"the folder “{used[1]}” has no image of {_join(untested)}: the test does not measure {them}")
        unknown = [name for name in tested if name not in trained]
        if unknown:
            what, left = ("a class", "it is") if len(unknown) == 1 else ("classes", "they are")
            notes.append(
                f"the folder “{used[1]}” has {what} that “{used[0]}” does not have: {_join(unknown)}; {left} left out"
            )
    return tuple(notes)


def _join(names: Sequence[str]) -> str:
    more = [f"{len(names) - 5} more"] if len(names) > 5 else []
    return listed([*(f"“{name}”" for name in names[:5]), *more])
