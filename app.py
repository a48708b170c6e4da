"""CNN Lab: the frame around the pages. Start it with ``streamlit run app.py``."""

import streamlit as st

from cnnlab.ui import frame

if __name__ == "__main__":  # run anew for every session and rerun
    st.set_page_config(page_title="CNN Lab", page_icon=frame.LOGO, layout="wide")
    st.logo(frame.LOGO, size="large")
    page = st.navigation(
        {
            "Networks": [
                st.Page("pages/networks/gallery.py", title="Gallery", icon=":material/apps:", default=True),
                st.Page("pages/networks/inspect.py", title="Inspect", icon=":material/search:"),
                st.Page("pages/networks/build.py", title="Build", icon=":material/construction:"),
                st.Page("pages/networks/compare.py", title="Compare", icon=":material/balance:"),
            ],
            "Ideas": [
                st.Page("pages/ideas/convolution.py", title="Convolution", icon=":material/grid_on:"),
                st.Page("pages/ideas/savings.py", title="Savings", icon=":material/savings:"),
            ],
            "Training": [
                st.Page("pages/training/augment.py", title="Augment", icon=":material/auto_fix_high:"),
                st.Page("pages/training/data.py", title="Data sets", icon=":material/photo_library:"),
                st.Page("pages/training/transfer.py", title="Transfer", icon=":material/school:"),
                st.Page("pages/training/runs.py", title="Runs", icon=":material/monitoring:"),
            ],
        }
    )
    frame.run(page)
else:  # imported once, when the server starts
    app = st.App(__file__, lifespan=frame.lifespan, on_script_error=frame.on_script_error)
