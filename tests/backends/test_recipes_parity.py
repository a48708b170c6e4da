"""Recipes at random, as far as their rows work, equal the Keras models made of them."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from keras_parity import check_against_keras
from profiles import few
from random_recipes import recipes

from cnnlab.recipe import Recipe, build, graph

pytestmark = pytest.mark.slow


@few
@given(recipes)
def test_rows_that_work_equal_their_keras_model(recipe: Recipe) -> None:
    working = recipe.rows[: len(build(recipe).rows)]
    assume(working)
    check_against_keras(graph(replace(recipe, rows=working)))
