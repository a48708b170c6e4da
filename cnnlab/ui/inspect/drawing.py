"""The architecture diagram: blocks in a row, and below them the inside of the chosen one."""

import re

import streamlit as st

from cnnlab.diagrams.architecture import chosen_block, inside, marks, overview
from cnnlab.network import Network
from cnnlab.ui.inspect import selection
from cnnlab.ui.network_cache import cached_by_network
from cnnlab.ui.study import Study, study
from cnnlab.ui.widgets.clickable_svg import show_svg


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
    """Show a drawing; a change of ``reveal`` scrolls it into sight."""

    def chosen() -> None:
        selection.choose(st.session_state[key].choose or None)
        if key == "diagram":
            st.session_state[selection.REVEAL] = selection.epoch()

    def folded() -> None:
        selection.toggle_fold(st.session_state[key].fold)

    show_svg(key, svg, enlarge, reveal, hears=key == "diagram", on_choose=chosen, on_fold=folded)


def _without(svg: str, counts: bool) -> str:
    """Return the SVG, without its parameters and MACs unless ``counts``: a reader may be asked to predict them."""
    return svg if counts else re.sub(r", (?:each )?[\d,]+ parameters, [\d,]+ MACs", "", svg)


@cached_by_network
def _overview(network: Network, chosen: str | None, unfolded: frozenset[str]) -> str:
    return overview(study(network), chosen, unfolded)


@cached_by_network
def _legend(network: Network) -> str:
    """Return HTML of a legend: how to read the diagram, and the colours and arcs of this network."""
    styles = {
        "box": 'style="background:{}"',
        "arc": 'class="arc" style="color:{}"',
        "dashed arc": 'class="arc dashed" style="color:{}"',
    }
    shown = study(network)
    drawn = {node.layer.drawn_as for block in shown.blocks for node in block.nodes} | {"other"}
    entries = "".join(
        f"<span><i {styles[mark.shape].format(mark.colour)}></i>{mark.text}</span>" for mark in marks(shown, drawn)
    )
    return (
        '<div class="cnnlab-legend"><span>Height: channels. Width: width of the map. Each diagram has its own scale; a '
        f"cut bar is a longer vector. Click a block to look inside.</span>{entries}</div>"
    )
