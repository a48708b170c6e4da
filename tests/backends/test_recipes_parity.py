"""Recipes at random, as far as their rows work, equal the Keras models made of them."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from keras_parity import check_against_keras
from random_recipes import recipes

from cnnlab.recipe import Recipe, build, graph

pytestmark = pytest.mark.slow


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(recipes)
def test_rows_that_work_equal_their_keras_model(recipe: Recipe) -> None:
    working = recipe.rows[: len(build(recipe).rows)]
    assume(working)
    check_against_keras(graph(replace(recipe, rows=working)))
