"""Editor for a grid of numbers."""

import pandas as pd
import streamlit as st

from cnnlab.ui import html
from cnnlab.ui.convolution.bench import Grid, Numbers


def edit(field: Grid, value: Numbers, key: str, label: str) -> Numbers:
    """Draw a grid of cells to type into; return the edited grid.

    An entry that is no number, or out of bounds, is put back with a warning.
    """
    base, seed = f"{key}.base", f"{key}.seed"
    # Streamlit's editor stores only changes to its first grid. Another grid needs another editor, and so does a grid
    # whose changes Streamlit forgot while the editor was not drawn.
    current = base in st.session_state and f"{key}.editor{st.session_state[seed]}" in st.session_state
    if not current or value != st.session_state.get(f"{key}.last"):
        st.session_state[base], st.session_state[seed] = value, st.session_state.get(seed, 0) + 1
    first: Numbers = st.session_state[base]
    # As text: number fields of browsers silently turn «2,5» into 25 and «1e2» into 12.
    frame = pd.DataFrame(_texts(first), columns=[str(column + 1) for column in range(len(first[0]))])
    cell = 56 if len(first[0]) < 6 else 42  # seven fit a phone, and a third of the page
    st.caption(label)
    edited = st.data_editor(
        frame,
        key=f"{key}.editor{st.session_state[seed]}",
        on_change=_check,
        args=(field, key),
        hide_index=True,
        width=min((cell + 6) * len(first[0]) + 4, 700),
        column_config={
            name: st.column_config.TextColumn(name, width=cell, required=True, alignment="right")
            for name in frame.columns
        },
    )
    if problem := st.session_state.pop(f"{key}.problem", None):
        st.warning(html.plain(problem), icon=":material/info:")
    typed = parse(edited.to_numpy().tolist())
    checked = field.check(typed)
    if tuple(map(tuple, typed)) != checked:
        st.caption(f"It is rounded to {field.digits} digits after the decimal point.")
    st.session_state[f"{key}.last"] = checked
    return checked


def parse(cells: list[list[object]]) -> list[list[float]]:
    """Return the typed numbers; a decimal comma counts as a point, an empty cell as 0. Raises ``ValueError`` for words.

    >>> parse([["2,5", "−1e2", None]])
    [[2.5, -100.0, 0.0]]
    """
    return [[_number(str(cell)) if isinstance(cell, str) and cell.strip() else 0.0 for cell in row] for row in cells]


def _number(text: str) -> float:
    try:
        return float(text.replace(",", ".").replace("−", "-"))
    except ValueError:
        raise ValueError(f"“{text[:20]}” is not a number; write for example 2.5") from None


def _texts(grid: Numbers) -> list[list[str]]:
    return [[f"{cell:g}" for cell in row] for row in grid]


def _check(field: Grid, key: str) -> None:
    """Undo an entry that is no number or out of bounds, before the page is drawn with it."""
    typed = _texts(st.session_state[f"{key}.base"])
    for row, cells in st.session_state[f"{key}.editor{st.session_state[f'{key}.seed']}"]["edited_rows"].items():
        for column, cell in cells.items():
            typed[int(row)][int(column) - 1] = cell or ""
    try:
        field.check(parse(typed))  # type: ignore[arg-type]
    except ValueError as error:
        del st.session_state[f"{key}.base"]  # resets the editor to the numbers before
        st.session_state[f"{key}.problem"] = f"{html.sentence(str(error))} The previous number is shown again."
