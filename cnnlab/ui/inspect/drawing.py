"""The architecture diagram: blocks in a row, and below them the inside of the chosen one.

Its component also hears clicks on the page's charts: whatever is clicked, one choice follows.
"""

import re
from functools import lru_cache

import streamlit as st

from cnnlab.figures import palette
from cnnlab.figures.diagram import Box, Link, diagram
from cnnlab.graph import Block, Multiply, Node, block_name, fold, skips, times
from cnnlab.network import Network
from cnnlab.ui.clicks import HEAR
from cnnlab.ui.inspect import address
from cnnlab.ui.study import KEPT, Study, study
from cnnlab.units import full

HTML = '<div class="scroll"></div>'
CSS = """
.scroll {
  overflow-x: auto; padding-bottom: 4px; scroll-margin-top: 100px;
  /* A shadow at an edge behind which the picture goes on; the covers move with the picture and hide it at the end. */
  background:
    linear-gradient(to right, var(--st-background-color) 30%, transparent) left / 40px 100% no-repeat local,
    linear-gradient(to left, var(--st-background-color) 30%, transparent) right / 40px 100% no-repeat local,
    linear-gradient(to right, #8886, transparent) left / 14px 100% no-repeat scroll,
    linear-gradient(to left, #8886, transparent) right / 14px 100% no-repeat scroll;
}
.scroll svg { display: block; height: auto; }
"""
JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".scroll");
  if (host.shown !== data.svg) {
    // The part that had the keyboard's focus gets it back in the new picture.
    const { choose, fold } = host.getRootNode().activeElement?.dataset ?? {};
    host.innerHTML = data.svg;
    host.shown = data.svg;
    const svg = host.querySelector("svg");
    const wide = svg.viewBox.baseVal.width;
    // A short picture is enlarged, a long one scrolls.
    svg.style.width = Math.min(data.enlarge * wide, Math.max(wide, host.clientWidth)) + "px";
    const again = choose ? `[data-choose="${CSS.escape(choose)}"]` : fold ? `[data-fold="${CSS.escape(fold)}"]` : null;
    if (again) host.querySelector(again)?.focus({ preventScroll: true });
  }
  if (data.reveal && host.revealed !== data.reveal) host.scrollIntoView({ behavior: "smooth", block: "start" });
  host.revealed = data.reveal;
  const act = (target) => {
    const part = target.closest("[data-fold],[data-choose]");
    if (!part) return false;
    if (part.dataset.fold) setTriggerValue("fold", part.dataset.fold);
    else setTriggerValue("choose", part.dataset.choose);
    return true;
  };
  host.onclick = (event) => act(event.target);
  host.onkeydown = (event) => {
    if ((event.key === "Enter" || event.key === " ") && act(event.target)) event.preventDefault();
    if (event.key === "Escape") setTriggerValue("choose", "");
  };
  if (data.hears) return hear((name) => setTriggerValue("choose", name));
}
"""
REVEAL = "inspect.reveal"  # set by a click in the overview: the inside of the block must come into sight

_component = st.components.v2.component("cnnlab_diagram", html=HTML, css=CSS, js=HEAR + JS)


def drawing(shown: Study) -> None:
    """The whole network, the inside of the chosen block, and a legend."""
    _mount("diagram", _overview(shown.network, address.chosen(), address.unfolded()), enlarge=1.4)
    st.html(_legend(shown.network))
    block = chosen_block(shown, address.chosen())
    if block and len(block.layers) > 1:
        st.markdown(f"**Inside {block.name}**")
        _mount("inside", inside(shown, block, address.chosen()), 1.0, st.session_state.get(REVEAL, 0))


def _mount(key: str, svg: str, enlarge: float, reveal: int = 0) -> None:
    """Show a picture; a change of ``reveal`` scrolls it into sight."""

    def chosen() -> None:
        address.choose(st.session_state[key].choose or None)
        if key == "diagram":
            st.session_state[REVEAL] = address.epoch()

    def folded() -> None:
        address.toggle_fold(st.session_state[key].fold)

    data = {"svg": svg, "enlarge": enlarge, "reveal": reveal, "hears": key == "diagram"}
    _component(key=key, data=data, on_choose_change=chosen, on_fold_change=folded)


def chosen_block(shown: Study, name: str | None) -> Block | None:
    """The block that is chosen, or that holds the chosen layer."""
    every = {block.name: block for block in shown.blocks}
    return every.get(name) or every.get(block_name(name)) if name else None


@lru_cache(maxsize=KEPT)
def _overview(network: Network, chosen: str | None, unfolded: frozenset[str]) -> str:
    return overview(study(network), chosen, unfolded)


def overview(shown: Study, chosen: str | None, unfolded: frozenset[str]) -> str:
    """The network as a row of blocks, equal neighbours folded, as SVG."""
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
                kind=block.main_kind,
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
    """The layers of one block in columns by depth and lanes by branch, as SVG."""
    labels = {node: name for member in shown.blocks for name, node in member.layers}
    own = set(block.nodes)
    sources = list(dict.fromkeys(before for node in block.nodes for before in node.inputs if before not in own))
    column: dict[Node, int] = dict.fromkeys(sources, 0)
    lane: dict[Node, int] = {source: number for number, source in enumerate(sources)}
    tail: list[Node | None] = list(sources)
    reached = [0] * len(sources)  # last column used in each lane
    gated = {node.inputs[0]: node for node in block.nodes if isinstance(node.layer, Multiply)}
    for node in block.nodes:
        column[node] = 1 + max((column[before] for before in node.inputs), default=-1)
        # A gate is worked out aside: the lane it leaves goes on to the product.
        free = [
            lane[before] for before in node.inputs if tail[lane[before]] is before and gated.get(before, node) is node
        ]
        if free:
            lane[node] = min(free)
            for other in free:
                tail[other] = None
        else:
            spare = [number for number, last in enumerate(reached) if tail[number] is None and last < column[node]]
            lane[node] = spare[0] if spare else len(reached)
            if not spare:
                tail.append(None)
                reached.append(0)
        tail[lane[node]], reached[lane[node]] = node, column[node]
    boxes = [_layer_box(node, labels[node], node not in own, labels[node] == chosen, column, lane) for node in column]
    position = {node: number for number, node in enumerate(column)}
    ways = {skip.end: skip for skip in skips(block.nodes)}
    projected = {node for skip in ways.values() for node in skip.own}
    links = []
    for node in block.nodes:
        for before in node.inputs:
            way = ways.get(node)
            aside = node in projected or before in projected
            identity = way is not None and not way.own and before is way.start
            style = "projection" if aside else "skip" if identity else "line"
            links.append(Link(position[before], position[node], style))  # type: ignore[arg-type]
    return diagram(boxes, links, f"Inside {block.name}")


def standalone(svg: str) -> str:
    """The picture for a file: theme variables replaced by their light values, which every program understands."""
    return re.sub(r"var\(--[\w-]+,((?:[^()]|\([^()]*\))*)\)", r"\1", svg)


def _layer_box(node: Node, name: str, ghost: bool, chosen: bool, column: dict[Node, int], lane: dict[Node, int]) -> Box:
    label = block_name(name) if ghost else name.rpartition(".")[2]
    params, macs = sum(node.params), node.macs
    return Box(
        name=name,
        label=label,
        detail=times(node.shape),
        tooltip=_tooltip(name, node, params, macs, 1),
        kind=node.layer.kind,
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
    """``block2`` to ``block4`` as ``block2…4``."""
    if len(members) < 2:
        return own
    last = members[-1].rpartition(".")[2]
    return f"{own}…{last.removeprefix(own.rstrip('0123456789'))}"


@lru_cache(maxsize=KEPT)
def _legend(network: Network) -> str:
    """How to read the picture, and the colours and arcs that occur in this network."""
    nodes = [node for block in study(network).blocks for node in block.nodes]
    colours = {palette.colour(node.layer.kind) for node in nodes}
    around = {bool(skip.own) for skip in skips(nodes)}
    marks = [(f'style="background:{palette.colour(kind)}"', text) for kind, text in palette.LEGEND]
    marks = [mark for mark, (kind, _) in zip(marks, palette.LEGEND, strict=True) if palette.colour(kind) in colours]
    marks.append((f'style="background:{palette.OTHER}"', "other"))
    if False in around:
        marks.append((f'class="arc" style="color:{palette.SKIP}"', "skip"))
    if True in around:
        marks.append((f'class="arc dashed" style="color:{palette.SKIP}"', "skip with a projection or padding"))
    entries = "".join(f"<span><i {mark}></i>{text}</span>" for mark, text in marks)
    return (
        '<div class="cnnlab-legend"><span>Height: channels. Width: side of the map. Each picture to its own scale; a '
        f"cut bar is a longer vector. Click a block to look inside.</span>{entries}</div>"
    )
