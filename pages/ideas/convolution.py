"""Convolution: benches on which one convolution, and each trick of the case studies, is seen at work."""

import streamlit as st

from cnnlab.ui import html, links
from cnnlab.ui.convolution import bench_state, benches
from cnnlab.ui.convolution.benches import BENCHES, CHOSEN


@st.fragment
def body() -> None:
    """Draw the choice of a bench, and the chosen bench."""
    st.session_state.setdefault(CHOSEN, benches.FIRST)
    name = st.segmented_control(
        "bench",
        BENCHES,
        default=st.session_state[CHOSEN],
        format_func=lambda each: BENCHES[each].title,
        key=CHOSEN,
        required=True,
        label_visibility="collapsed",
    )
    bench = BENCHES[str(name)]
    values = bench_state.values(bench)
    for field, value in values.items():  # Streamlit forgot them while another bench was shown
        st.session_state.setdefault(bench_state.key(bench.name, field), value)
    benches.URL.show_problems(once=True)
    st.html(html.prose(bench.idea))
    benches.write_url(bench, bench.draw(values))


benches.take_url()
st.header("Convolution", anchor=False)
body()
links.follow()
