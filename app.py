"""CNN Lab: the frame around the pages. Start it with ``streamlit run app.py``."""

import streamlit as st

from cnnlab.ui import frame

if __name__ == "__main__":  # run anew for every session and rerun
    st.set_page_config(page_title="CNN Lab", page_icon=frame.LOGO, layout="wide")
    st.logo(frame.LOGO, size="large")
    frame.run(frame.navigation())
else:  # imported once, when the server starts
    app = st.App(__file__, lifespan=frame.lifespan, middleware=frame.MIDDLEWARE, on_script_error=frame.on_script_error)
