"""Gallery: the case studies by family, each a link to Inspect."""

from itertools import groupby

import streamlit as st

from cnnlab import zoo
from cnnlab.network import Network
from cnnlab.ui.study import study
from cnnlab.units import short

st.title("CNN Lab")
st.markdown(
    "Open a network, move a knob, and read every layer's shape, parameters and multiply-accumulates: exact, at once, "
    "and explained."
)
for family, cases in groupby(zoo.CASES.values(), key=lambda case: case.family):
    st.markdown(f"##### {family}")
    with st.container(horizontal=True, gap="small"):
        for case in cases:
            totals = study(Network.of(case.name)).totals
            with st.container(border=True, width=230, gap=None):
                st.page_link(
                    "pages/networks/inspect.py", label=f"**{case.title}**", query_params={"network": case.name}
                )
                st.caption(f"{case.paper.year} · {short(totals.params)} parameters  \n{short(totals.macs)} MACs")
