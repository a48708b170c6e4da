"""Reads an ONNX file in a process of its own: python -m cnnlab.backends.imported.onnx_models"""

from pathlib import Path
from typing import Any

from cnnlab.backends.imported.onnx_models import document
from cnnlab.backends.reader_process import answer


def _read(path: Path) -> dict[str, Any]:
    return document(path.read_bytes())


if __name__ == "__main__":
    answer(_read)
