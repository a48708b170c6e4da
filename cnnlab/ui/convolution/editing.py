"""Numbers that a reader can change in place."""

import pandas as pd
import streamlit as st

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
    st.caption(label)
    edited = st.data_editor(
        frame,
        key=f"{key}.editor{st.session_state[seed]}",
        hide_index=True,
        width=min(62 * len(begun[0]) + 4, 700),
        column_config={
            name: st.column_config.NumberColumn(name, width=56, required=True, format="%g") for name in frame.columns
        },
    )
    try:
        found = field.check(edited.fillna(0.0).to_numpy().tolist())
    except ValueError as error:
        st.warning(f"{error}. The last good numbers are used.", icon=":material/info:")
        found = value
    st.session_state[f"{key}.last"] = found
    return found
