"""An editor of a grid of numbers."""

import pandas as pd
import streamlit as st

from cnnlab.ui import html
from cnnlab.ui.convolution.bench import Grid, Numbers


def numbers(field: Grid, value: Numbers, key: str, label: str) -> Numbers:
    """Draw a grid of cells to type into; returns the grid as it is now. An invalid cell is reset, with a warning."""
    base, seed = f"{key}.base", f"{key}.seed"
    # An editor stores edits beside its initial grid; another grid needs another editor, and so does one whose edits
    # Streamlit forgot while it was not drawn.
    known = base in st.session_state and f"{key}.editor{st.session_state[seed]}" in st.session_state
    if not known or value != st.session_state.get(f"{key}.last"):
        st.session_state[base], st.session_state[seed] = value, st.session_state.get(seed, 0) + 1
    begun: Numbers = st.session_state[base]
    # As text: a browser's field for numbers silently makes 25 of «2,5» and 12 of «1e2».
    frame = pd.DataFrame(_texts(begun), columns=[str(column + 1) for column in range(len(begun[0]))])
    cell = 56 if len(begun[0]) < 6 else 42  # seven fit a phone, and a third of the page
    st.caption(label)
    edited = st.data_editor(
        frame,
        key=f"{key}.editor{st.session_state[seed]}",
        on_change=_check,
        args=(field, key),
        hide_index=True,
        width=min((cell + 6) * len(begun[0]) + 4, 700),
        column_config={
            name: st.column_config.TextColumn(name, width=cell, required=True, alignment="right")
            for name in frame.columns
        },
    )
    if problem := st.session_state.pop(f"{key}.problem", None):
        st.warning(html.plain(problem), icon=":material/info:")
    typed = read(edited.to_numpy().tolist())
    found = field.check(typed)
    if tuple(map(tuple, typed)) != found:
        st.caption(f"{field.digits} digits behind the point are kept.")
    st.session_state[f"{key}.last"] = found
    return found


def read(cells: list[list[object]]) -> list[list[float]]:
    """Return numbers as people type them: with a decimal comma or point, 0 if empty. Raises ``ValueError`` for a word.

    >>> read([["2,5", "−1e2", None]])
    [[2.5, -100.0, 0.0]]
    """
    return [[_number(str(cell)) if isinstance(cell, str) and cell.strip() else 0.0 for cell in row] for row in cells]


def _number(text: str) -> float:
    try:
        return float(text.replace(",", ".").replace("−", "-"))
    except ValueError:
        raise ValueError(f"“{text[:20]}” is no number, such as 2.5") from None


def _texts(grid: Numbers) -> list[list[str]]:
    return [[f"{cell:g}" for cell in row] for row in grid]


def _check(field: Grid, key: str) -> None:
    """Take back what was typed where it is no number in bounds, before the page is drawn with it."""
    typed = _texts(st.session_state[f"{key}.base"])
    for row, cells in st.session_state[f"{key}.editor{st.session_state[f'{key}.seed']}"]["edited_rows"].items():
        for column, cell in cells.items():
            typed[int(row)][int(column) - 1] = cell or ""
    try:
        field.check(read(typed))  # type: ignore[arg-type]
    except ValueError as error:
        del st.session_state[f"{key}.base"]  # a new editor starts with the numbers before
        st.session_state[f"{key}.problem"] = f"{html.sentence(str(error))} The number before is back."
