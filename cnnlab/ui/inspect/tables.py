"""The block table and the layer table: sortable, searchable, with shares of the total; a row chooses."""

from typing import Any

import pandas as pd
import streamlit as st

from cnnlab.graph import times
from cnnlab.ui import address
from cnnlab.ui.study import Study
from cnnlab.units import full, short

COUNTS = ["params", "MACs", "activations"]  # shown as 25.6 M, sorted and exported as whole numbers
STYLED = 250  # rows; pandas takes 0.2 ms a row to style, so longer tables leave k and M to the browser
TALL = 460  # pixels; longer tables scroll inside


def tables(shown: Study) -> None:
    """The blocks, and below them, once opened, the layers, under the totals they add up to."""
    totals = shown.totals
    st.markdown(
        f"##### Every block and every layer\n{len(shown.rows)} blocks, {totals.layers} layers: "
        f"**{full(totals.params)}** parameters and **{full(totals.macs)}** MACs in all "
        f"(1 image, {times(shown.image)}). Click a heading to sort, a row's box to choose; the magnifying glass "
        "searches."
    )
    _table(shown, "block", _rows(shown.rows, ("block", "layers")))
    with st.expander(f"Every layer: {totals.layers} rows", key="every_layer", on_change="rerun") as section:
        if section.open:
            _table(shown, "layer", _rows(shown.layers, ("layer", "kind"), ("settings",)))


def _shares(column: "pd.Series[int]") -> "pd.Series[float]":
    return 100 * column / max(int(column.sum()), 1)


def _rows(table: pd.DataFrame, first: tuple[str, ...], last: tuple[str, ...] = ()) -> pd.DataFrame:
    """The columns on screen: names first, then what everybody looks for, details last; shapes as text."""
    return pd.DataFrame(
        {name: table[name] for name in first}
        | {
            "output": table["output_shape"].map(times),
            "params": table["params"],
            "params %": _shares(table["params"]),
            "MACs": table["macs"],
            "MACs %": _shares(table["macs"]),
            "activations": table["activations"],
            "receptive field": table["receptive_field"],
        }
        | {name: table[name] for name in last}
        | ({"input": table["input_shape"].map(times)} if "input_shape" in table else {})
    )


def _table(shown: Study, name: str, rows: pd.DataFrame) -> None:
    chosen = address.chosen()
    places = rows.index[rows[name] == chosen].tolist() if chosen else []
    key = f"{name}s.{shown.network}.{address.epoch()}"

    def select() -> None:
        picked = st.session_state[key].selection.rows
        address.choose(None, from_table=True)
        if picked:
            address.choose(str(rows[name].iloc[picked[0]]), from_table=True)

    st.dataframe(
        rows.style.format(short, COUNTS) if len(rows) <= STYLED else rows,
        key=key,
        hide_index=True,
        height=min(TALL, 38 + 35 * len(rows)),
        on_select=select,
        selection_mode="single-row",
        selection_default={"selection": {"rows": places}} if places else None,
        column_config={
            name: st.column_config.TextColumn(pinned=True, width=200 if name == "layer" else None),
            **({} if len(rows) <= STYLED else dict.fromkeys(COUNTS, st.column_config.NumberColumn(format="compact"))),
            "settings": st.column_config.TextColumn(width=230),
            "params %": _share_bar(rows["params %"]),
            "MACs %": _share_bar(rows["MACs %"]),
        },
        alt=f"{shown.title}: one row a {name}, {short(shown.totals.params)} parameters and "
        f"{short(shown.totals.macs)} MACs in all",
    )


def _share_bar(shares: "pd.Series[float]") -> Any:
    return st.column_config.ProgressColumn(
        format="%.1f %%",
        min_value=0,
        max_value=float(shares.max()) or 1.0,
        help="Share of the network's total. The longest bar is the largest share.",
    )
