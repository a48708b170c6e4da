"""Numbers that a reader can change in place."""

import numpy as np
import pandas as pd
import streamlit as st

from cnnlab.ui import bar, parts
from cnnlab.ui.convolution.bench import Grid, Numbers


def numbers(field: Grid, value: Numbers, key: str, label: str) -> Numbers:
    """A grid of cells to type into; returns the grid as it is now. What is no number in bounds is told and left out."""
    base, seed = f"{key}.base", f"{key}.seed"
    # The editor keeps what was typed beside the grid it began with; another grid needs another editor, and so does one
    # whose typing was forgotten while it was out of sight.
    known = base in st.session_state and f"{key}.editor{st.session_state[seed]}" in st.session_state
    if not known or value != st.session_state.get(f"{key}.last"):
        st.session_state[base], st.session_state[seed] = value, st.session_state.get(seed, 0) + 1
    begun: Numbers = st.session_state[base]
    frame = pd.DataFrame(begun, columns=[str(column + 1) for column in range(len(begun[0]))], dtype=float)
    cell = 56 if len(begun[0]) < 6 else 42  # seven fit a phone, and a third of the page
    st.caption(label)
    edited = st.data_editor(
        frame,
        key=f"{key}.editor{st.session_state[seed]}",
        hide_index=True,
        width=min((cell + 6) * len(begun[0]) + 4, 700),
        column_config={
            name: st.column_config.NumberColumn(name, width=cell, required=True, format="%g") for name in frame.columns
        },
    )
    typed = edited.fillna(0.0).to_numpy()
    try:
        found = field.check(typed.tolist())
    except ValueError as error:
        st.warning(parts.plain(f"{bar.sentence(str(error))} The last good numbers are used."), icon=":material/info:")
        found = value
    else:
        if (typed != np.array(found)).any():
            st.caption(f"{field.digits} digits behind the point are kept.")
    st.session_state[f"{key}.last"] = found
    return found
