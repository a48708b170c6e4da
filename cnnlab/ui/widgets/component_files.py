"""HTML, CSS and JavaScript of the project's own components: ``assets/components``, read once at import."""

from pathlib import Path

FOLDER = Path(__file__).parents[3] / "assets" / "components"


def read(*names: str) -> str:
    """Return the text of these files, one after the other."""
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in names)
