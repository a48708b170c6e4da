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
every = {case.title: study(Network.of(case.name)).totals for case in zoo.CASES.values()}
most, least = max(every, key=lambda title: every[title].params), min(every, key=lambda title: every[title].params)
busiest = max(every, key=lambda title: every[title].macs)
st.markdown(
    f"**{len(every)} networks. {most} stores {every[most].params / every[least].params:,.0f} times as many numbers as "
    f"{least}; {busiest} multiplies {every[busiest].macs / every[least].macs:,.0f} times as often.**"
)
for family, cases in groupby(zoo.CASES.values(), key=lambda case: case.family):
    st.markdown(f"##### {family}")
    with st.container(horizontal=True, gap="small"):
        for case in cases:
            totals = every[case.title]
            with st.container(border=True, width=230, gap=None):
                st.page_link(
                    "pages/networks/inspect.py", label=f"**{case.title}**", query_params={"network": case.name}
                )
                st.caption(f"{case.paper.year} · {short(totals.params)} parameters  \n{short(totals.macs)} MACs")
