"""What importing a part loads, which no import contract in pyproject.toml can say; and that modules stay small."""

import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import cnnlab

ROOT = Path(__file__).parents[1]
MODULES = [module.name for module in pkgutil.walk_packages(cnnlab.__path__, "cnnlab.")]
PURE = ("graph", "knobs", "units", "guess", "blocks", "zoo", "rewrites", "tricks", "backends.imported")
# What processes with TensorFlow import, and what is only printed; servers import these inside the functions that use
# them, or not at all.
KERAS = (
    "cnnlab.backends.lrn", "cnnlab.backends.torch_layers", "cnnlab.augment.custom_layers", "cnnlab.inference.ledger",
    "cnnlab.inference.process", "cnnlab.training.batches", "cnnlab.training.callbacks",
    "cnnlab.training.checkpoint", "cnnlab.training.fit",
    "cnnlab.training.gradients", "cnnlab.training.head", "cnnlab.training.loop",
)  # fmt: skip
HEAVY = {"tensorflow", "keras", "torch", "sklearn", "skimage", "distributed", "onnx"}
LOADED = """
import importlib, json, sys
before = set(sys.modules)
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps(sorted({name.partition(".")[0] for name in set(sys.modules) - before})))
"""


def loaded(*modules: str) -> set[str]:
    """Return the top-level names that a fresh process has loaded after importing these modules."""
    command = [sys.executable, "-c", LOADED, json.dumps(modules)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_pure_parts_load_the_standard_library_alone() -> None:
    pure = [name for name in MODULES if name.startswith(tuple(f"cnnlab.{part}" for part in PURE))]
    assert loaded(*pure) - sys.stdlib_module_names == {"cnnlab"}


def test_pages_load_neither_tensorflow_nor_dask_by_importing() -> None:
    assert loaded(*(name for name in MODULES if name.startswith("cnnlab.ui"))) & HEAVY == set()


def test_heavy_libraries_are_imported_inside_functions() -> None:
    every = [name for name in MODULES if name not in KERAS and not name.startswith("cnnlab.ui")]
    assert loaded(*every) & HEAVY <= {"distributed"}  # at the top of what Dask's own processes load


def test_modules_stay_small() -> None:
    files = [*(ROOT / "cnnlab").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
    lines = {str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines()) for file in files}
    assert {file: count for file, count in lines.items() if count > 350} == {}
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) < 40
