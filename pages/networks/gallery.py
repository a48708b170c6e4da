"""Gallery: the landing page. What this is, the course map, the case studies, and all of them against each other."""

import streamlit as st

from cnnlab.ui import links
from cnnlab.ui.gallery import axes, cards, course, scatter
from cnnlab.ui.html import prose

axes.take_url()
st.header("CNN Lab", anchor=False)
axes.URL.show_problems(once=True)
st.html(
    prose(
        "Open a convolutional network, change a knob, and see each layer's shape, parameters and multiply-accumulates: "
        "exact, at once, and explained."
    )
)
st.html(course.course_map() + cards.families())
st.subheader("All of them at once", anchor=False)
scatter.scatter()
links.follow()
