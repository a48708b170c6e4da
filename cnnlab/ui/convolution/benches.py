"""The list of benches, in the order of the control. The URL holds ``bench`` and that bench's changed fields."""

from collections.abc import Mapping
from types import MappingProxyType

import streamlit as st

from cnnlab.ui.convolution import bench_state, chains, depthwise, edges, pointwise, pooling, skip, slide, volumes, why
from cnnlab.ui.convolution.bench import Bench
from cnnlab.ui.url_state import UrlState, Values, choice

EVERY = (slide, edges, volumes, pooling, pointwise, depthwise, skip, why, chains)
BENCHES: Mapping[str, Bench] = MappingProxyType({each.BENCH.name: each.BENCH for each in EVERY})
FIRST = next(iter(BENCHES))
CHOSEN = "convolution.bench"
URL = UrlState(
    "convolution",
    (choice("bench", BENCHES),),
    lambda values: BENCHES[values.get("bench", FIRST)].fields.values(),
    always=("bench",),
)


def take_url() -> None:
    """Read bench and fields from the URL."""
    values = URL.take_url()
    if values is not None:
        st.session_state[CHOSEN] = values.pop("bench", FIRST)
        bench_state.put(BENCHES[st.session_state[CHOSEN]], values)


def write_url(bench: Bench, values: Values) -> None:
    """Keep a bench's values, and write the URL."""
    bench_state.keep(bench, values)
    URL.write_url({"bench": bench.name, **values})
