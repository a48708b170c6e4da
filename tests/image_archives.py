"""Make archives and folders of small images, no two alike."""

import io
import tarfile
import zipfile
from collections.abc import Mapping
from itertools import count
from pathlib import Path

import numpy as np
from PIL import Image

_number = count()


def png(kind: str = "PNG", size: tuple[int, int] = (12, 9)) -> bytes:
    """Return the file of an image that equals no other."""
    random = np.random.default_rng(next(_number))
    made = io.BytesIO()
    Image.fromarray(random.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)).save(made, kind)
    return made.getvalue()


def classes(top: str = "", number: int = 3, names: tuple[str, ...] = ("cats", "dogs")) -> dict[str, bytes]:
    return {f"{top}{name}/{at}.png": png() for name in names for at in range(number)}


def zipped(files: Mapping[str, bytes], packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", packed) as target:
        for name, data in files.items():
            # Dated 1980: the same files make the same archive at any moment.
            target.writestr(zipfile.ZipInfo(name), data, packed)
    return made.getvalue()


def tarred(files: Mapping[str, bytes | tarfile.TarInfo], mode: str = "w") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as target:  # type: ignore[call-overload]
        for name, data in files.items():
            if isinstance(data, tarfile.TarInfo):
                target.addfile(data)
                continue
            info = tarfile.TarInfo(name)
            info.size = len(data)
            target.addfile(info, io.BytesIO(data))
    return made.getvalue()


def laid(root: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def linked(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info
