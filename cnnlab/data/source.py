"""Keras code that reads a folder of images without this project."""

from pathlib import Path

from cnnlab.data.folders import SHARE, Folder, safe

KERAS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")  # the endings that image_dataset_from_directory reads, in any case

_CLEAN = """\
import hashlib
from pathlib import Path

import keras
from PIL import Image

# Keras stops at the first file that it cannot read. So this makes a clean copy: each readable image once.
seen = set()
for path in sorted(Path({folder!r}).rglob("*")):
    try:
        with Image.open(path, formats=["BMP", "GIF", "JPEG", "PNG", "WEBP"]) as image:
            converted = image.convert("RGB")
    except Exception:  # a folder, no image, empty or cut off
        continue
    digest = hashlib.sha256(path.read_bytes()).digest()
    if digest not in seen:
        seen.add(digest)
        target = Path({clean!r}, path.relative_to({folder!r}))
        target.parent.mkdir(parents=True, exist_ok=True)
        converted.save(target.with_name(path.name + ".png"))

"""

_STRETCHED = """\
# CNN Lab averages pixels when it makes images smaller; Keras, as here, interpolates (bilinear), which differs a little.
"""

_ONE = """\
train, test = keras.utils.image_dataset_from_directory(
    {train!r},
    validation_split={share},
    subset="both",
    seed={seed},
    image_size=({size}, {size}),
    batch_size={batch},
)
"""

_NO_TEST = """\
# Each class has a single image, so there are no test images.
train = keras.utils.image_dataset_from_directory(
    {train!r},
    seed={seed},
    image_size=({size}, {size}),
    batch_size={batch},
)
"""

_TWO = """\
options = {{"image_size": ({size}, {size}), "batch_size": {batch}}}
train = keras.utils.image_dataset_from_directory({train!r}, seed={seed}, **options)
test = keras.utils.image_dataset_from_directory({test!r}, shuffle=False, **options)
"""


def source(folder: Folder, size: int, batch: int = 32, seed: int = 0) -> str:
    """Return Python code that makes ``train`` and ``test`` from a folder named like the data set, beside the script.

    It makes no ``test`` if no images are held out for it.
    If files that were left out are still in the folder, the code first copies the others.
    """
    name = safe(folder.title)
    clean = _is_clean(folder)
    top = Path(name if clean else f"{name} clean")
    places = [(top / place.relative_to(folder.root)).as_posix() for place in folder.places]
    begin = "import keras\n\n" if clean else _CLEAN.format(folder=name, clean=top.as_posix())
    share = _share(folder)
    values = {"size": size, "batch": batch, "seed": seed, "share": share, "train": places[0], "test": places[-1]}
    load = _TWO if len(places) > 1 else _ONE if share else _NO_TEST
    return begin + _STRETCHED + load.format(**values)


def _share(folder: Folder) -> float:
    """Return the share of the images that are held out for the test; Keras rounds their number down."""
    train, test = (sum(map(len, groups)) for groups in folder.drawn(None, 0))
    return SHARE if int(SHARE * (train + test)) else test / (train + test) if test else 0.0


def _is_clean(folder: Folder) -> bool:
    """Return whether Keras can read the folder as it is, with the same classes and images."""
    if folder.clean:
        return True
    files = [path for groups in (folder.train, folder.test) for group in groups for path in group]
    if folder.left_out or any(path.suffix.lower() not in KERAS for path in files):
        return False
    return all(
        sorted(path.name for path in place.iterdir() if path.is_dir()) == list(folder.classes)
        for place in folder.places
    )
