"""Convolution: benches on which one convolution, and each trick of the case studies, is seen at work."""

import streamlit as st

from cnnlab.ui import html, links
from cnnlab.ui.convolution import bench_state
from cnnlab.ui.convolution.benches import BENCHES


@st.fragment
def body() -> None:
    """The choice of a bench, and the bench."""
    st.session_state.setdefault(bench_state.BENCH, next(iter(BENCHES)))
    name = st.segmented_control(
        "bench",
        BENCHES,
        default=st.session_state.get(bench_state.BENCH),
        format_func=lambda each: BENCHES[each].title,
        key=bench_state.BENCH,
        required=True,
        label_visibility="collapsed",
    )
    bench = BENCHES[str(name)]
    values = bench_state.values(bench)
    for field, value in values.items():  # what a bench's widgets held was forgotten while another was shown
        st.session_state.setdefault(bench_state.key(bench.name, field), value)
    for problem in bench_state.problems():
        st.warning(html.plain(problem), icon=":material/info:")
    st.html(html.prose(bench.idea))
    bench_state.leave(bench, bench.draw(values))


bench_state.arrive(BENCHES)
st.header("Convolution", anchor=False)
body()
links.follow()
