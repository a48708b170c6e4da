"""The architecture diagram: blocks in a row, and below them the inside of the chosen one."""

import re

import streamlit as st

from cnnlab.figures import palette
from cnnlab.figures.diagram import Box, Link, diagram
from cnnlab.graph import Block, Node, block_name, fold, skips, times
from cnnlab.network import Network
from cnnlab.ui.diagram_layout import columns_and_lanes, links_between
from cnnlab.ui.inspect import selection
from cnnlab.ui.network_cache import kept
from cnnlab.ui.study import Study, study
from cnnlab.ui.widgets.clickable_svg import picture
from cnnlab.units import full


def drawing(shown: Study, counts: bool = True) -> None:
    """Draw the whole network, the inside of the chosen block, and a legend; with ``counts`` on hover."""
    _mount("diagram", _without(_overview(shown.network, selection.chosen(), selection.unfolded()), counts), enlarge=1.4)
    st.html(_legend(shown.network))
    block = chosen_block(shown, selection.chosen())
    if block and len(block.layers) > 1:
        st.markdown(f"**Inside {block.name}**")
        _mount(
            "inside",
            _without(inside(shown, block, selection.chosen()), counts),
            1.0,
            st.session_state.get(selection.REVEAL, 0),
        )


def _mount(key: str, svg: str, enlarge: float, reveal: int = 0) -> None:
    """Show a picture; a change of ``reveal`` scrolls it into sight."""

    def chosen() -> None:
        selection.choose(st.session_state[key].choose or None)
        if key == "diagram":
            st.session_state[selection.REVEAL] = selection.epoch()

    def folded() -> None:
        selection.toggle_fold(st.session_state[key].fold)

    picture(key, svg, enlarge, reveal, hears=key == "diagram", on_choose=chosen, on_fold=folded)


def _without(svg: str, counts: bool) -> str:
    """Return the SVG, without its parameters and MACs unless ``counts``: a reader may be asked to predict them."""
    return svg if counts else re.sub(r", (?:each )?[\d,]+ parameters, [\d,]+ MACs", "", svg)


def chosen_block(shown: Study, name: str | None) -> Block | None:
    """Return the chosen block, or the one that holds the chosen layer."""
    every = {block.name: block for block in shown.blocks}
    return every.get(name) or every.get(block_name(name)) if name else None


@kept
def _overview(network: Network, chosen: str | None, unfolded: frozenset[str]) -> str:
    return overview(study(network), chosen, unfolded)


def overview(shown: Study, chosen: str | None, unfolded: frozenset[str]) -> str:
    """Return an SVG of the network as a row of blocks, equal neighbours folded."""
    shown_blocks = fold(shown.blocks, unfolded)
    first_apart = unfolded & {block.name for block in shown_blocks if len(block.members) == 1}
    around = {skip.end: bool(skip.own) for skip in skips([node for block in shown.blocks for node in block.nodes])}
    inside_of = chosen_block(shown, chosen)
    boxes, links, places = [], [], {}
    for column, block in enumerate(shown_blocks):
        group, _, own = block.name.rpartition(".")
        places.update(dict.fromkeys(block.members, column))
        boxes.append(
            Box(
                name=block.name,
                label=_folded_label(own, block.members),
                detail=times(block.output.shape),
                tooltip=_tooltip(block.name, block.output, block.params, block.macs, len(block.members)),
                drawn_as=block.drawn_as,
                shape=block.output.shape,
                column=column,
                count=len(block.members),
                folds=block.name if block.name in first_apart else "",
                group=group,
                chosen=inside_of is not None and inside_of.name in block.members,
            )
        )
        ends = [around[node] for node in block.nodes if node in around]
        if ends:
            links.append(Link(column, column, "projection" if any(ends) else "skip"))
    seen = set()
    owner = {node: places[block.name] for block in shown.blocks for node in block.nodes}
    for node, end in owner.items():
        for before in node.inputs:
            if owner[before] != end and (owner[before], end) not in seen:
                seen.add((owner[before], end))
                links.append(Link(owner[before], end))
    return diagram(boxes, links, f"Architecture of {shown.title}")


def inside(shown: Study, block: Block, chosen: str | None) -> str:
    """Return an SVG of one block's layers in columns by depth and lanes by branch."""
    labels = {node: name for member in shown.blocks for name, node in member.layers}
    own = set(block.nodes)
    sources = list(dict.fromkeys(before for node in block.nodes for before in node.inputs if before not in own))
    column, lane = columns_and_lanes(block.nodes, sources)
    boxes = [_layer_box(node, labels[node], node not in own, labels[node] == chosen, column, lane) for node in column]
    links = links_between(block.nodes, column)
    return diagram(boxes, links, f"Inside {block.name}")


def standalone(svg: str) -> str:
    """Return the SVG for a file: theme variables are replaced by their light values."""
    return re.sub(r"var\(--[\w-]+,((?:[^()]|\([^()]*\))*)\)", r"\1", svg)


def _layer_box(node: Node, name: str, ghost: bool, chosen: bool, column: dict[Node, int], lane: dict[Node, int]) -> Box:
    label = block_name(name) if ghost else name.rpartition(".")[2]
    params, macs = sum(node.params), node.macs
    return Box(
        name=name,
        label=label,
        detail=times(node.shape),
        tooltip=_tooltip(name, node, params, macs, 1),
        drawn_as=node.layer.drawn_as,
        shape=node.shape,
        column=column[node],
        lane=lane[node],
        chosen=chosen,
        ghost=ghost,
    )


def _tooltip(name: str, output: Node, params: int, macs: int, count: int) -> str:
    each = "each " if count > 1 else ""
    return f"{name}: output {times(output.shape)}, {each}{full(params)} parameters, {full(macs)} MACs"


def _folded_label(own: str, members: tuple[str, ...]) -> str:
    """Return ``block2…4`` for ``block2`` to ``block4``."""
    if len(members) < 2:
        return own
    last = members[-1].rpartition(".")[2]
    return f"{own}…{last.removeprefix(own.rstrip('0123456789'))}"


@kept
def _legend(network: Network) -> str:
    """Return HTML of a legend: how to read the diagram, and the colours and arcs of this network."""
    nodes = [node for block in study(network).blocks for node in block.nodes]
    occurring = {node.layer.drawn_as for node in nodes} | {"other"}
    around = {bool(skip.own) for skip in skips(nodes)}
    marks = [(f'style="background:{colour}"', text) for text, colour in palette.LAYERS.items() if text in occurring]
    if False in around:
        marks.append((f'class="arc" style="color:{palette.SKIP}"', "skip"))
    if True in around:
        marks.append((f'class="arc dashed" style="color:{palette.SKIP}"', "skip with a projection or padding"))
    entries = "".join(f"<span><i {mark}></i>{text}</span>" for mark, text in marks)
    return (
        '<div class="cnnlab-legend"><span>Height: channels. Width: side of the map. Each picture to its own scale; a '
        f"cut bar is a longer vector. Click a block to look inside.</span>{entries}</div>"
    )
