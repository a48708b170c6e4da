"""Where the parameters and the MACs live, and how shapes change along the depth. A click chooses."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from cnnlab.figures.charts import depth_lines, share_bars
from cnnlab.graph import fold
from cnnlab.ui import address, parts
from cnnlab.ui.inspect.drawing import chosen_block
from cnnlab.ui.study import Study
from cnnlab.units import full, percent

MOST_ROWS = 26  # more blocks than this are shown with equal neighbours folded


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
    every = shown.blocks if len(shown.blocks) <= MOST_ROWS else fold(shown.blocks)
    counted = [block for block in every if block.params or block.macs]
    inside_of = chosen_block(shown, address.chosen())
    chosen = next((block for block in counted if inside_of and inside_of.name in block.members), None)
    rows = pd.DataFrame(
        {
            "block": [block.name for block in counted],
            "label": [block.name + (f" × {len(block.members)}" if len(block.members) > 1 else "") for block in counted],
            "params": [block.params * len(block.members) for block in counted],
            "macs": [block.macs * len(block.members) for block in counted],
        }
    )
    texts = {f"{name}_text": [full(value) for value in rows[name]] for name in ("params", "macs")}
    holds, works = rows["label"][rows["params"].argmax()], rows["label"][rows["macs"].argmax()]
    st.plotly_chart(
        share_bars(rows.assign(**texts), chosen.name if chosen else None),
        key="bars",
        on_select=choose_from("bars"),
        selection_mode="points",
        config=parts.STILL,
        alt=f"Most parameters sit in {holds}, {percent(rows['params'].max(), shown.totals.params)}; "
        f"most MACs in {works}, {percent(rows['macs'].max(), shown.totals.macs)}.",
    )


def _lines(shown: Study) -> None:
    # Gates (1×1 maps aside of the main path) would turn the lines into combs.
    drawn = [
        kind in ("input", "conv", "depthwise conv", "dense", "pool") and shape[:2] != (1, 1)
        for kind, shape in zip(shown.layers["kind"], shown.layers["output_shape"], strict=True)
    ]
    table = shown.layers[drawn]
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
        on_select=choose_from("lines"),
        selection_mode="points",
        config=parts.STILL,
        alt=f"The map shrinks from {max(rows['side'].dropna())} to {min(rows['side'].dropna())}, channels reach "
        f"{rows['channels'].max()}, the receptive field {shown.totals.receptive_field} pixels.",
    )


def choose_from(key: str) -> Callable[[], None]:
    """What a plotly chart of that key does when a point is clicked: choose the layer or block it stands for."""

    def select() -> None:
        points = st.session_state[key].selection.points
        data = points[0].get("customdata") if points else None
        name = data[0] if isinstance(data, list) else data
        if name and name != address.chosen():
            address.choose(name)

    return select
