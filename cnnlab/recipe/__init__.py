"""Recipes: networks that a user assembles row by row.

>>> from cnnlab.recipe import Recipe, build, row
>>> recipe = Recipe(input_size=32, rows=(row("conv", filters=16), row("global_pool"), row("dense", units=10)))
>>> build(recipe).output.shape
(10,)
>>> from_text(recipe.to_text()) == recipe == from_json(recipe.to_json())
True
"""

from cnnlab.recipe.build import Built, BuiltRow, Fix, build, fixes, graph
from cnnlab.recipe.chain import from_graph
from cnnlab.recipe.recipe import (
    INPUT_KNOBS,
    MOST_REPEATS,
    MOST_ROWS,
    REPEAT,
    Recipe,
    Row,
    from_json,
    from_text,
    is_recipe,
    row,
)
from cnnlab.recipe.rows import KINDS, Kind

__all__ = [
    "INPUT_KNOBS",
    "KINDS",
    "MOST_REPEATS",
    "MOST_ROWS",
    "REPEAT",
    "Built",
    "BuiltRow",
    "Fix",
    "Kind",
    "Recipe",
    "Row",
    "build",
    "fixes",
    "from_graph",
    "from_json",
    "from_text",
    "graph",
    "is_recipe",
    "row",
]
