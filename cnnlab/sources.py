"""Sources of networks: a case study, recipe or import, by its name in a reference.

All have a ``title``, ``knobs`` and ``build``; see ``zoo.CaseStudy`` for the first.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from cnnlab import zoo
from cnnlab.graph import Node
from cnnlab.knobs import Knob, Value
from cnnlab.knobs.image_size import ImageSize
from cnnlab.zoo import CaseStudy

if TYPE_CHECKING:
    from cnnlab.backends.imported import Imported
    from cnnlab.recipe import Recipe

RECIPE, IMPORTED = "recipe:", "imported:"
"""Prefixes of a recipe's text and of an import's name on the shelf, in place of a case study's name."""


@dataclass(frozen=True)
class Assembled:
    """A network that a user assembled: it has a recipe and no knobs."""

    recipe: "Recipe"
    title: str = "Your network"

    @property
    def knobs(self) -> dict[str, Knob]:
        """The empty dictionary: a recipe has rows in place of knobs."""
        return {}

    def knob(self, name: str) -> Knob:
        """Raise ``ValueError``."""
        raise ValueError(f"a network from Build has no knob {name[:40]!r}; change its rows on the page Build")

    def build(self) -> Node:
        """Return the graph. Raises ``ValueError`` that names the first row which cannot work."""
        from cnnlab.recipe import graph

        return graph(self.recipe)


@dataclass(frozen=True)
class FromFile:
    """A network read from a file: it has a knob only if the file leaves the size of its images open."""

    imported: "Imported"

    @property
    def title(self) -> str:
        return self.imported.title

    @property
    def knobs(self) -> dict[str, Knob]:
        """The input size, if the file leaves it open."""
        from cnnlab.backends.imported import INPUT_SIZE

        if self.imported.input_size is None:
            return {}
        return {INPUT_SIZE.name: replace(INPUT_SIZE, default=self.imported.input_size)}

    def knob(self, name: str) -> Knob:
        """Return the knob of that name. Raises ``ValueError`` if there is none."""
        if name not in self.knobs:
            raise ValueError(f"{self.title} was read from a file and has no knob {name[:40]!r}")
        return self.knobs[name]

    def build(self, **knobs: Value) -> Node:
        """Return the graph. Raises ``ValueError`` if the images are too small."""
        size = knobs.get("input_size", self.imported.input_size)
        if size == self.imported.input_size or not isinstance(size, ImageSize):
            return self.imported.graph()
        return self.imported.resized(size).graph()


Source = CaseStudy | Assembled | FromFile


def source(name: str) -> Source:
    """Return the source of that name. Raises ``ValueError`` if it is unknown, or an import was deleted."""
    if name.startswith(RECIPE):
        return _assembled(name)
    return _from_file(name) if name.startswith(IMPORTED) else zoo.case(name)


@lru_cache(maxsize=256)
def _assembled(name: str) -> Assembled:
    from cnnlab.recipe import from_text

    return Assembled(from_text(name.removeprefix(RECIPE)))


@lru_cache(maxsize=64)
def _from_file(name: str) -> FromFile:
    from cnnlab import shelf

    return FromFile(shelf.get(name.removeprefix(IMPORTED)))
