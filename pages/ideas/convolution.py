"""Convolution: benches on which one convolution, and each trick of the case studies, is seen at work."""

import streamlit as st

from cnnlab.ui import html, links
from cnnlab.ui.convolution import address
from cnnlab.ui.convolution.benches import BENCHES


@st.fragment
def body() -> None:
    """The choice of a bench, and the bench."""
    st.session_state.setdefault(address.BENCH, next(iter(BENCHES)))
    name = st.segmented_control(
        "bench",
        BENCHES,
        default=st.session_state.get(address.BENCH),
        format_func=lambda each: BENCHES[each].title,
        key=address.BENCH,
        required=True,
        label_visibility="collapsed",
    )
    bench = BENCHES[str(name)]
    values = address.values(bench)
    for field, value in values.items():  # what a bench's widgets held was forgotten while another was shown
        st.session_state.setdefault(address.key(bench.name, field), value)
    for problem in address.problems():
        st.warning(html.plain(problem), icon=":material/info:")
    st.html(html.prose(bench.idea))
    address.leave(bench, bench.draw(values))


address.arrive(BENCHES)
st.header("Convolution", anchor=False)
body()
links.follow()
