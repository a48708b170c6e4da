"""The block table and the layer table: sortable, searchable, with shares of the total; a click on a row chooses."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar
from zlib import crc32

import pandas as pd
import streamlit as st

from cnnlab.costs import field_texts
from cnnlab.graph import times
from cnnlab.network import Network
from cnnlab.ui import html
from cnnlab.ui.glossary import meaning
from cnnlab.ui.inspect import selection
from cnnlab.ui.network_cache import cached_by_network
from cnnlab.ui.study import Counts, Study, counts, study
from cnnlab.units import at_least, count, full, short

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

TALL = 460  # pixels; longer tables scroll inside


def tables(shown: Study, counted: Counts) -> None:
    """Draw the table of blocks, and below it, once opened, the table of layers, each under its totals."""
    totals = shown.totals
    params, number = (at_least(f"**{full(each)}**", totals.at_least) for each in (totals.params, counted.total))
    st.html(
        html.heading("Every block and every layer")
        + html.prose(
            f"{count(len(shown.rows), 'block')}, {count(totals.layers, 'layer')}: {params} parameters and {number} "
            f"{counted.convention.noun} in all ({shown.example}). Click a heading to sort, and the box of a row to "
            f"select it; the magnifying glass searches."
        )
    )
    _table(shown, counted, "block")
    with st.expander(f"Every layer: {count(totals.layers, 'row')}", key="every_layer", on_change="rerun") as section:
        if section.open:
            _table(shown, counted, "layer")


def _table(shown: Study, counted: Counts, name: str) -> None:
    rows = _rows(shown.network, counted.convention.name, name)
    names, noun, bound = rows.data[name].tolist(), counted.convention.noun, shown.totals.at_least
    # While a knob changes no row, the table stays the same widget: it keeps its order, and the session does not grow
    # with each move, since Streamlit forgets no widget.
    same = crc32("\n".join(names).encode())
    chosen = selection.chosen()
    places = [names.index(chosen)] if chosen in names else []
    key = f"{name}s.{same:08x}.{selection.epoch()}"

    def select() -> None:
        picked = st.session_state[key].selection.rows
        selection.choose(None, from_table=True)
        if picked:
            selection.choose(names[picked[0]], from_table=True)

    st.dataframe(
        rows,
        key=key,
        hide_index=True,
        height=min(TALL, 38 + 35 * len(names)),
        on_select=select,
        selection_mode="single-row",
        selection_default={"selection": {"rows": places}} if places else None,
        column_config={
            name: st.column_config.TextColumn(pinned=True, width=200 if name == "layer" else None),
            "settings": st.column_config.TextColumn(width=230),
            "params": st.column_config.NumberColumn(help=meaning("Parameters")),
            noun: st.column_config.NumberColumn(help=meaning(noun)),
            "activations": st.column_config.NumberColumn(help=meaning("Activations")),
            "receptive field": st.column_config.NumberColumn(help=meaning("Receptive field")),
            "params %": _share_bar(rows.data["params %"]),
            f"{noun} %": _share_bar(rows.data[f"{noun} %"]),
        },
        alt=f"{shown.title}: one row a {name}, {at_least(short(shown.totals.params), bound)} parameters and "
        f"{at_least(short(counted.total), bound)} {noun} in all",
    )


@cached_by_network
def _rows(network: Network, convention: str, name: str) -> "Styler":
    """Return the table on screen: names, main columns, details last. Shared: never change it."""
    shown, counted = study(network), counts(network, convention)
    table, count = (shown.rows, counted.blocks) if name == "block" else (shown.layers, counted.layers)
    noun = counted.convention.noun
    first, last = (("block", "layers"), ()) if name == "block" else (("layer", "kind"), ("settings",))
    rows = pd.DataFrame(
        {each: table[each] for each in first}
        | {
            "output": table["output_shape"].map(times),
            "params": table["params"],
            "params %": _shares(table["params"]),
            noun: count,
            f"{noun} %": _shares(count),
            "activations": table["activations"],
            "receptive field": table["receptive_field"],
        }
        | {each: table[each] for each in last}
        | ({"input": table["input_shape"].map(times)} if "input_shape" in table else {})
    )
    in_short = {name: rows[name].map(short) for name in ("params", noun, "activations")}
    return _with_texts(rows, in_short | {"receptive field": field_texts(table)})


def _shares(column: "pd.Series[int]") -> "pd.Series[float]":
    return 100 * column / max(int(column.sum()), 1)


class _Rows(pd.DataFrame):  # type: ignore[misc]  # pandas has no types
    """A table with the texts of its cells on screen, which are its values as text."""

    _metadata: ClassVar[list[str]] = ["texts"]

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> pd.DataFrame:
        return self.texts if dtype is str else super().astype(dtype, *args, **kwargs)


def _with_texts(rows: pd.DataFrame, texts: Mapping[str, Sequence[str]]) -> "Styler":
    """Return the rows with texts for some columns, as 25.6 M; they are sorted and exported as the numbers they are.

    Streamlit shows a Styler's table as text, and writes the formatted text of each cell that has an id over it, which
    takes ten times as long: 6 ms for 19 rows in each rerun. Here no cell has an id, and the texts are made once. A
    test reads what Streamlit sends.
    """
    from pandas.io.formats.style import Styler  # with jinja2, which no other page needs

    shown = _Rows(rows)
    shown.texts = rows.assign(**texts).astype(str)
    return Styler(shown, cell_ids=False)


def _share_bar(shares: "pd.Series[float]") -> Any:
    return st.column_config.ProgressColumn(
        format="%.1f %%",
        min_value=0,
        max_value=float(shares.max()) or 1.0,
        help="Share of the network's total. The longest bar is the largest share.",
    )
