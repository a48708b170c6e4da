"""Orders arrive in the process as they were given, and equal ones are one job."""

import json
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from random_pipelines import COVARIANCE, pipelines

from cnnlab.augment import Pipeline
from cnnlab.augmenting import Images, Request, job
from cnnlab.augmenting.request import from_document


@given(
    st.builds(
        Request,
        st.sampled_from(["draws", "steps", "batch"]),
        pipelines(),
        st.binary(min_size=48, max_size=48).map(lambda data: Images((1, 4, 4, 3), data)),
        st.integers(1, 12),
        st.sampled_from([None, COVARIANCE]),
        st.lists(st.integers(0, 3), max_size=4).map(tuple),
        st.integers(0, 4),
    )
)
def test_requests_survive_json(request: Request) -> None:
    arrived = from_document(json.loads(json.dumps(request.document())))
    assert arrived == request
    assert Images.of(arrived.images.pixels) == request.images


def test_requests_compare_by_their_pixels() -> None:
    first, same, other = (
        Request("draws", Pipeline(), Images.of(np.full((1, 4, 4, 3), shade, np.uint8))) for shade in (0, 0, 1)
    )
    assert job(first).key == job(same).key != job(other).key
    assert job(replace(first, count=3)).key != job(first).key
    assert job(first).bytes == 48
