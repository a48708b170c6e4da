"""Where the parameters and the MACs live, and how shapes change along the depth. A click chooses."""

import pandas as pd
import streamlit as st

from cnnlab import costs
from cnnlab.figures.charts import depth_lines, share_bars
from cnnlab.ui import address
from cnnlab.ui.inspect.drawing import chosen_block
from cnnlab.ui.study import Study
from cnnlab.units import full, percent

MOST_ROWS = 26  # more blocks than this are shown by stage
QUIET = {"displayModeBar": False}


def charts(shown: Study) -> None:
    """The paired bars and the lines along the depth, side by side where there is room."""
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("##### Where the parameters live, where the MACs live")
        _bars(shown)
    with right:
        st.markdown("##### Shapes and receptive field along the depth")
        _lines(shown)


def _bars(shown: Study) -> None:
    rows = shown.rows
    if len(rows) > MOST_ROWS:
        rows = costs.block_table(shown.layers, stages=True)
    rows = rows[(rows["params"] > 0) | (rows["macs"] > 0)]
    block = chosen_block(shown, address.chosen())
    names = set(rows["block"])
    chosen = None if block is None else block.name if block.name in names else block.name.partition(".")[0]
    texts = {f"{name}_text": [full(value) for value in rows[name]] for name in ("params", "macs")}
    heaviest = rows.loc[rows["params"].idxmax()], rows.loc[rows["macs"].idxmax()]
    st.plotly_chart(
        share_bars(rows.assign(**texts), chosen if chosen in names else None),
        key="bars",
        on_select=_choose_from("bars"),
        selection_mode="points",
        config=QUIET,
        alt=f"Most parameters sit in {heaviest[0]['block']}, "
        f"{percent(heaviest[0]['params'], shown.totals.params)}; most MACs in {heaviest[1]['block']}, "
        f"{percent(heaviest[1]['macs'], shown.totals.macs)}.",
    )


def _lines(shown: Study) -> None:
    table = shown.layers[shown.layers["kind"].isin(("input", "conv", "depthwise conv", "dense", "pool", "global pool"))]
    shapes = table["output_shape"].tolist()
    rows = pd.DataFrame(
        {
            "layer": table["layer"].tolist(),
            "side": pd.Series([shape[0] if len(shape) == 3 else None for shape in shapes], dtype=object),
            "channels": [shape[-1] for shape in shapes],
            "receptive_field": table["receptive_field"]
            .astype(object)
            .where(table["effective_stride"].notna(), None)
            .tolist(),
        }
    )
    st.plotly_chart(
        depth_lines(rows, shown.image[0], address.chosen()),
        key="lines",
        on_select=_choose_from("lines"),
        selection_mode="points",
        config=QUIET,
        alt=f"The map shrinks from {max(rows['side'].dropna())} to {min(rows['side'].dropna())}, channels reach "
        f"{rows['channels'].max()}, the receptive field {shown.totals.receptive_field} pixels.",
    )


def _choose_from(key: str):  # type: ignore[no-untyped-def]
    def select() -> None:
        points = st.session_state[key].selection.points
        data = points[0].get("customdata") if points else None
        name = data[0] if isinstance(data, list) else data
        if name and name != address.chosen():
            address.choose(name)

    return select
