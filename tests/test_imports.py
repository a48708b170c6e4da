"""Who may import whom, read from the source; and that the pure parts stay light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# What each part may import of the project, by the longest prefix that fits. units is for everybody.
ALLOWED = {
    "cnnlab.graph": {"cnnlab.graph"},
    "cnnlab.units": set(),
    "cnnlab.cache": set(),
    "cnnlab.knobs": set(),
    "cnnlab.guess": set(),
    "cnnlab.blocks": {"cnnlab.graph", "cnnlab.knobs"},
    "cnnlab.zoo": {"cnnlab.zoo", "cnnlab.blocks", "cnnlab.graph", "cnnlab.knobs"},
    "cnnlab.rewrites": {"cnnlab.rewrites", "cnnlab.graph", "cnnlab.knobs"},
    "cnnlab.recipe": {
        "cnnlab.recipe", "cnnlab.zoo", "cnnlab.blocks", "cnnlab.graph", "cnnlab.knobs", "cnnlab.uploads",
    },
    "cnnlab.sources": {
        "cnnlab.zoo", "cnnlab.recipe", "cnnlab.shelf", "cnnlab.backends.imported", "cnnlab.graph", "cnnlab.knobs",
    },
    "cnnlab.shelf": {"cnnlab.cache", "cnnlab.backends.imported"},
    "cnnlab.network": {
        "cnnlab.sources", "cnnlab.zoo", "cnnlab.recipe", "cnnlab.rewrites", "cnnlab.graph", "cnnlab.knobs",
    },
    "cnnlab.tricks": {"cnnlab.tricks", "cnnlab.zoo", "cnnlab.blocks", "cnnlab.graph", "cnnlab.knobs"},
    "cnnlab.costs": {"cnnlab.costs", "cnnlab.graph"},
    "cnnlab.scaling": {"cnnlab.scaling", "cnnlab.network", "cnnlab.zoo", "cnnlab.graph", "cnnlab.costs"},
    "cnnlab.uploads": set(),
    "cnnlab.containers": set(),
    "cnnlab.archives": set(),
    "cnnlab.locks": set(),
    "cnnlab.pictures": {"cnnlab.containers"},
    "cnnlab.photographs": {"cnnlab.pictures"},
    "cnnlab.convolution": {"cnnlab.convolution"},
    "cnnlab.augment": {"cnnlab.augment", "cnnlab.knobs", "cnnlab.uploads"},
    "cnnlab.data": {"cnnlab.data", "cnnlab.cache", "cnnlab.archives", "cnnlab.locks", "cnnlab.pictures"},
    "cnnlab.training": {"cnnlab.training.spec"},
    "cnnlab.training.spec": {
        "cnnlab.network", "cnnlab.sources", "cnnlab.augment", "cnnlab.knobs", "cnnlab.uploads",
    },
    "cnnlab.training.folder": {"cnnlab.training.spec", "cnnlab.data.disk", "cnnlab.uploads"},
    "cnnlab.training.runs": {"cnnlab.training.spec", "cnnlab.training.folder", "cnnlab.data.disk"},
    "cnnlab.training.shipping": {
        "cnnlab.training.spec", "cnnlab.training.backbones", "cnnlab.data", "cnnlab.shelf", "cnnlab.sources",
        "cnnlab.backends.imported",
    },
    "cnnlab.training.keeping": {"cnnlab.training.runs", "cnnlab.training.folder", "cnnlab.locks"},
    "cnnlab.training.board": {"cnnlab.training.folder", "cnnlab.training.keeping"},
    "cnnlab.training.work": {
        "cnnlab.training.spec", "cnnlab.training.board", "cnnlab.training.shipping", "cnnlab.data",
    },
    "cnnlab.training.prepared": {"cnnlab.training.spec", "cnnlab.data", "cnnlab.pictures"},
    "cnnlab.training.assembly": {"cnnlab.training.spec", "cnnlab.training.backbones", "cnnlab.data.fetching"},
    "cnnlab.training.checkpoint": set(),
    "cnnlab.training.checking": {"cnnlab.training.spec", "cnnlab.training.backbones", "cnnlab.data"},
    "cnnlab.training.usual": {"cnnlab.training.spec", "cnnlab.training.backbones"},
    "cnnlab.training.phase": {"cnnlab.training.spec", "cnnlab.training.checkpoint", "cnnlab.training.watching"},
    "cnnlab.training.watching": {"cnnlab.training.spec", "cnnlab.training.checkpoint", "cnnlab.training.phase"},
    "cnnlab.training.gradients": {
        "cnnlab.training.spec", "cnnlab.training.assembly", "cnnlab.training.phase", "cnnlab.training.prepared",
        "cnnlab.data",
    },
    "cnnlab.training.evaluate": {
        "cnnlab.training.spec", "cnnlab.training.phase", "cnnlab.training.prepared", "cnnlab.data", "cnnlab.pictures",
    },
    "cnnlab.training.experiments": {
        "cnnlab.training.spec", "cnnlab.training.folder", "cnnlab.training.evaluate", "cnnlab.augment",
    },
    "cnnlab.training.command": {
        "cnnlab.training.spec", "cnnlab.training.runs", "cnnlab.training.folder", "cnnlab.training.cluster",
    },
    "cnnlab.training.export": {"cnnlab.backends.lrn"},
    "cnnlab.training.script": {
        "cnnlab.training.script", "cnnlab.training.spec", "cnnlab.training.assembly", "cnnlab.training.backbones",
        "cnnlab.training.features", "cnnlab.training.phase", "cnnlab.training.prepared", "cnnlab.augment",
        "cnnlab.backends.source", "cnnlab.data", "cnnlab.network",
    },
    "cnnlab.training.html": {
        "cnnlab.training.html", "cnnlab.training.spec", "cnnlab.training.folder", "cnnlab.training.phase",
        "cnnlab.training.usual", "cnnlab.augment", "cnnlab.figures", "cnnlab.knobs",
    },
    "cnnlab.training.files": {
        "cnnlab.training.runs", "cnnlab.training.folder", "cnnlab.training.export", "cnnlab.training.html",
        "cnnlab.training.script", "cnnlab.training.shipping", "cnnlab.data.disk",
    },
    "cnnlab.training.taking": {"cnnlab.training.files", "cnnlab.training.folder", "cnnlab.process"},
    "cnnlab.training.fit": {
        "cnnlab.training.assembly", "cnnlab.training.checking", "cnnlab.training.checkpoint",
        "cnnlab.training.evaluate", "cnnlab.training.export",
        "cnnlab.training.features", "cnnlab.training.folder", "cnnlab.training.gradients", "cnnlab.training.phase",
        "cnnlab.training.prepared", "cnnlab.training.spec", "cnnlab.augment", "cnnlab.data",
    },
    "cnnlab.training.private": {"cnnlab.locks", "cnnlab.training.keeping"},
    "cnnlab.training.link": {"cnnlab.training.private", "cnnlab.training.board", "cnnlab.training.work"},
    "cnnlab.training.preparing": {"cnnlab.training.spec", "cnnlab.training.shipping"},
    "cnnlab.training.cluster": {
        "cnnlab.training.spec", "cnnlab.training.runs", "cnnlab.training.folder", "cnnlab.training.keeping",
        "cnnlab.locks", "cnnlab.training.link", "cnnlab.training.preparing",
        "cnnlab.training.private", "cnnlab.training.shipping",
        "cnnlab.training.checking",
    },
    "cnnlab.backends": {"cnnlab.backends", "cnnlab.graph"},
    "cnnlab.backends.imported": {"cnnlab.backends.imported", "cnnlab.graph", "cnnlab.uploads"},
    "cnnlab.training.backbones": {
        "cnnlab.cache", "cnnlab.training.backbones", "cnnlab.network", "cnnlab.recipe", "cnnlab.rewrites",
        "cnnlab.graph", "cnnlab.backends.keras", "cnnlab.data", "cnnlab.training.hdf5",
    },
    "cnnlab.training.hdf5": {"cnnlab.graph", "cnnlab.uploads"},
    "cnnlab.training.features": {"cnnlab.cache", "cnnlab.augment.pipeline", "cnnlab.graph", "cnnlab.pictures"},
    "cnnlab.training.pretrain": {"cnnlab.training.backbones", "cnnlab.backends.keras", "cnnlab.data"},
    "cnnlab.process": {"cnnlab.process"},
    "cnnlab.studio": {"cnnlab.studio", "cnnlab.augment", "cnnlab.process"},
    "cnnlab.trying": {
        "cnnlab.trying", "cnnlab.process", "cnnlab.data", "cnnlab.pictures", "cnnlab.backends.lrn",
        "cnnlab.training.spec", "cnnlab.training.assembly", "cnnlab.training.backbones", "cnnlab.training.evaluate",
        "cnnlab.training.features", "cnnlab.training.phase", "cnnlab.training.prepared",
    },
    "cnnlab.desk": {
        "cnnlab.desk", "cnnlab.process", "cnnlab.network", "cnnlab.graph", "cnnlab.costs", "cnnlab.backends.timing",
        "cnnlab.backends.saving", "cnnlab.backends.calls",
    },
    "cnnlab.figures": {"cnnlab.figures"},
    "cnnlab.ui": {
        "cnnlab.ui", "cnnlab.figures", "cnnlab.network", "cnnlab.sources", "cnnlab.shelf",
        "cnnlab.recipe", "cnnlab.zoo", "cnnlab.rewrites",
        "cnnlab.tricks", "cnnlab.knobs", "cnnlab.guess", "cnnlab.graph", "cnnlab.costs", "cnnlab.scaling",
        "cnnlab.convolution", "cnnlab.pictures", "cnnlab.photographs", "cnnlab.augment", "cnnlab.studio",
        "cnnlab.process", "cnnlab.trying",
        "cnnlab.data",
        "cnnlab.desk", "cnnlab.backends.source", "cnnlab.backends.imported", "cnnlab.backends.calls",
        "cnnlab.training.spec", "cnnlab.training.runs", "cnnlab.training.folder", "cnnlab.training.cluster",
        "cnnlab.training.experiments", "cnnlab.training.taking", "cnnlab.training.backbones",
        "cnnlab.training.checking", "cnnlab.training.usual", "cnnlab.uploads",
    },
    "cnnlab.__main__": {
        "cnnlab.zoo", "cnnlab.graph", "cnnlab.network", "cnnlab.costs", "cnnlab.training.files",
        "cnnlab.training.command",
    },
    "pages": {"cnnlab.ui", "cnnlab.zoo", "cnnlab.network"},
    "app": {"cnnlab.ui"},
}  # fmt: skip
PURE = (
    "cnnlab.graph", "cnnlab.units", "cnnlab.guess", "cnnlab.knobs", "cnnlab.blocks", "cnnlab.zoo",
    "cnnlab.rewrites", "cnnlab.tricks", "cnnlab.network", "cnnlab.uploads", "cnnlab.archives",
    "cnnlab.backends.imported",
)  # fmt: skip
STREAMLIT = ("cnnlab.ui", "pages", "app")
KERAS = (
    "cnnlab.backends.keras", "cnnlab.backends.lrn", "cnnlab.backends.timing", "cnnlab.backends.saving",
    "cnnlab.augment.layers", "cnnlab.augment.own", "cnnlab.data",
    "cnnlab.training.backbones", "cnnlab.training.features", "cnnlab.training.pretrain",
    "cnnlab.training.fit", "cnnlab.training.evaluate", "cnnlab.training.export", "cnnlab.training.assembly",
    "cnnlab.training.prepared", "cnnlab.training.phase", "cnnlab.training.watching", "cnnlab.training.gradients",
    "cnnlab.training.script",
    "cnnlab.trying",
)  # fmt: skip


def under(name: str, prefixes: object) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)  # type: ignore[attr-defined]


def sources() -> list[tuple[str, Path]]:
    files = [ROOT / "app.py", *(ROOT / "pages").rglob("*.py"), *(ROOT / "cnnlab").rglob("*.py")]
    return [(".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), file) for file in files]


def imported(file: Path) -> list[tuple[str, bool]]:
    """Modules a file imports, and whether it does so at its top (outside functions and TYPE_CHECKING)."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    checked = [node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)]
    later = {id(inner) for node in (*functions, *checked) for inner in ast.walk(node)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) not in later) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            for alias in node.names:
                # ``from cnnlab import zoo`` names a module, ``from cnnlab.graph import Node`` a thing inside one.
                place = ROOT.joinpath(*str(node.module).split("."), alias.name)
                inside = place.is_dir() or place.with_suffix(".py").exists()
                whole = f"{node.module}.{alias.name}" if inside else str(node.module)
                found.append((whole, id(node) not in later))
    return found


@pytest.mark.parametrize(("name", "file"), sources(), ids=lambda value: value if isinstance(value, str) else "")
def test_imports_follow_the_rules(name: str, file: Path) -> None:
    rules = [prefix for prefix in ALLOWED if under(name, [prefix])]
    if name == "cnnlab":
        assert imported(file) == []
        return
    assert rules, f"{name} has no rule: say in ALLOWED what it may import"
    allowed = ALLOWED[max(rules, key=len)] | {"cnnlab.units"}
    for module, at_top in imported(file):
        if under(module, ["cnnlab"]):
            assert under(module, allowed), f"{name} must not import {module}"
        if under(module, ["streamlit"]):
            assert under(name, STREAMLIT), f"{name} must not know Streamlit"
        if under(module, ["tensorflow", "keras"]):
            assert under(name, KERAS), f"{name} must not know Keras"
            assert not at_top or name.endswith((".lrn", ".own", ".watching")), (
                f"{name} must import {module} inside a function"
            )
        if under(module, ["sklearn", "skimage"]):
            assert not at_top, f"{name} must import {module} inside a function"
        if under(name, PURE):
            assert under(module, ["cnnlab"]) or module.split(".")[0] in sys.stdlib_module_names, f"{name}: {module}"


def test_pure_parts_load_nothing_heavy() -> None:
    code = (
        "import sys; from cnnlab import network, blocks, zoo, graph; zoo.build('resnet50');"
        "print([m for m in ('streamlit', 'tensorflow', 'keras', 'pandas', 'numpy', 'plotly') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_pages_that_start_and_show_runs_wait_for_neither_dask_nor_tensorflow() -> None:
    code = (
        "import sys; from cnnlab import trying; from cnnlab.training import cluster, runs, taking;"
        "print([m for m in ('distributed', 'tensorflow', 'keras', 'streamlit') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
