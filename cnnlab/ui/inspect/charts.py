"""Charts: parameters and MACs by block, and shapes along the depth. A click chooses.

Figures are cached: for a class that looks at one network they are drawn once.
"""

from math import prod

import pandas as pd
import streamlit as st

from cnnlab.costs import field_texts
from cnnlab.diagrams.architecture import chosen_block
from cnnlab.figures.charts import depth_lines, share_bars
from cnnlab.figures.palette import MACS
from cnnlab.figures.plain import PlainFigure
from cnnlab.graph import Block, Node, fold, named, walk
from cnnlab.knobs.image_size import of_sides
from cnnlab.network import Network
from cnnlab.ui import html
from cnnlab.ui.inspect import selection
from cnnlab.ui.network_cache import cached_by_network
from cnnlab.ui.study import Counts, Study, counts, study
from cnnlab.units import field, full, percent

MOST_ROWS = 26  # more blocks than this are shown with equal neighbours folded


def charts(shown: Study, counted: Counts) -> None:
    """Draw the paired bars and the lines along the depth, side by side if there is room."""
    left, right = st.columns(2, gap="large")
    inside_of = chosen_block(shown, selection.chosen())
    with left:
        st.html(html.heading(f"Parameters and {counted.convention.noun} of each block"))
        _show(*_bars(shown.network, counted.convention.name, inside_of.name if inside_of else None), "bars")
    with right:
        st.html(html.heading("Shapes and receptive field along the depth"))
        _show(*_lines(shown.network, selection.chosen()), "lines")


def _show(figure: PlainFigure, alt: str, key: str) -> None:
    st.plotly_chart(figure, key=key, config=html.STILL, alt=alt)


@cached_by_network
def _bars(network: Network, convention: str, chosen: str | None) -> tuple[PlainFigure, str]:
    """Return the paired bars, one block highlighted, and their alternative text."""
    shown, counted = study(network), counts(network, convention)
    every = shown.blocks if len(shown.blocks) <= MOST_ROWS else fold(shown.blocks)
    count = dict(zip(shown.rows["block"], counted.blocks.tolist(), strict=True))
    drawn = [block for block in every if block.params or count[block.name]]

    def label(block: Block) -> str:
        return block.name + (f" × {len(block.members)}" if len(block.members) > 1 else "")

    rows = pd.DataFrame(
        {
            "block": [block.name for block in drawn],
            "label": [label(block) for block in drawn],
            "left": [block.params * len(block.members) for block in drawn],
            "right": [count[block.name] * len(block.members) for block in drawn],
        }
    )
    texts = {f"{name}_text": [full(value) for value in rows[name]] for name in ("left", "right")}
    marked = next((block.name for block in drawn if chosen in block.members), None)
    if rows.empty:
        return share_bars(rows.assign(**texts), right=(counted.convention.noun, MACS)), "No layer has parameters."
    holds, works = rows["label"][rows["left"].argmax()], rows["label"][rows["right"].argmax()]
    return (
        share_bars(rows.assign(**texts), right=(counted.convention.noun, MACS), chosen=marked),
        f"Most parameters are in {holds}, {percent(rows['left'].max(), shown.totals.params)}; most "
        f"{counted.convention.noun} in {works}, {percent(rows['right'].max(), counted.total)}.",
    )


@cached_by_network
def _lines(network: Network, chosen: str | None) -> tuple[PlainFigure, str]:
    """Return the lines along the depth, one layer highlighted, and their alternative text."""
    shown = study(network)
    nodes = {name: node for name, node in named(shown.root).items() if _has_point(node)}
    table = shown.layers.set_index("layer").loc[list(nodes)]
    seen = table["receptive_field"].astype(object).where(table["effective_stride"].notna(), None)
    rows = pd.DataFrame(
        {
            "layer": list(nodes),
            "side": pd.Series(
                [max(node.shape[:2]) if len(node.shape) == 3 else None for node in nodes.values()], dtype=object
            ),
            "side_text": [_sides(node) if len(node.shape) == 3 else None for node in nodes.values()],
            "channels": [node.shape[-1] for node in nodes.values()],
            "receptive_field": seen.tolist(),
            "receptive_field_text": field_texts(table),
        }
    )
    maps = [node for node in nodes.values() if len(node.shape) == 3]
    widest = max((node.shape[2] for node in walk(shown.root) if len(node.shape) == 3), default=rows["channels"].max())
    text = f"channels reach {widest}"
    if shown.totals.receptive_field is not None:
        totals = shown.totals
        seen = field(totals.receptive_field_height, totals.receptive_field_width, totals.receptive_field_at_most)
        text += f", the receptive field {seen} pixel{'s' * (totals.receptive_field != 1)}"
    text += "."
    image = shown.image[:2] if len(shown.image) == 3 else None
    return depth_lines(rows, image, chosen), f"{_change(maps)}, {text}" if maps else text.capitalize()


def _has_point(node: Node) -> bool:
    """Return whether the lines have a point for a layer: inputs, layers that multiply, and layers with a window."""
    gate = node.shape[:2] == (1, 1)  # aside of the main path; gates would turn the lines into combs
    reach = node.reach
    moves = reach is not None and not (reach.height.shifts and reach.width.shifts)
    return not gate and (not node.inputs or node.macs > 0 or moves)


def _change(maps: list[Node]) -> str:
    """Return in a sentence how the map changes its size along the depth."""
    least = min(maps, key=_positions)
    turn = maps.index(least)
    # Of parallel branches, one may shrink the map before the next begins with the one that arrived: nothing grows.
    enlarged = [node for node in maps[turn:] if node.inputs and _positions(node) > prod(node.input_shapes[0][:2])]
    before, after = max(maps[: turn + 1], key=_positions), max([least, *enlarged], key=_positions)
    shrinks, grows = (_positions(node) > _positions(least) for node in (before, after))
    if shrinks:
        return f"The map shrinks from {_sides(before)} to {_sides(least)}{f' and grows to {_sides(after)}' * grows}"
    if grows:
        return f"The map grows from {_sides(least)} to {_sides(after)}"
    return f"The map keeps its {'side' if least.shape[0] == least.shape[1] else 'size'} of {_sides(least)}"


def _positions(node: Node) -> int:
    return prod(node.shape[:2])


def _sides(node: Node) -> str:
    """Return the side of a square map, else height × width."""
    return str(of_sides(*node.shape[:2]))
