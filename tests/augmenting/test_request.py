"""Orders arrive in the process as they were given, and equal ones are one job."""

import json
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from random_pipelines import COVARIANCE, pipelines

from cnnlab.augment import Pipeline
from cnnlab.augmenting import Order, Pictures, job
from cnnlab.augmenting.request import read


@given(
    st.builds(
        Order,
        st.sampled_from(["draws", "steps", "batch"]),
        pipelines(),
        st.binary(min_size=48, max_size=48).map(lambda data: Pictures(1, 4, data)),
        st.integers(1, 12),
        st.sampled_from([None, COVARIANCE]),
        st.lists(st.integers(0, 3), max_size=4).map(tuple),
        st.integers(0, 4),
    )
)
def test_orders_arrive_as_they_were_given(given_order: Order) -> None:
    arrived = read(json.loads(json.dumps(given_order.document())))
    assert arrived == given_order
    assert Pictures.of(arrived.pictures.pixels) == given_order.pictures


def test_orders_compare_by_what_is_on_the_pictures() -> None:
    first, same, other = (
        Order("draws", Pipeline(), Pictures.of(np.full((1, 4, 4, 3), shade, np.uint8))) for shade in (0, 0, 1)
    )
    assert job(first).key == job(same).key != job(other).key
    assert job(replace(first, count=3)).key != job(first).key
    assert job(first).bytes == 48
