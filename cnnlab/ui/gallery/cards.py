"""Cards of the case studies, by family; each is a link to Inspect."""

from functools import lru_cache
from html import escape

from cnnlab import zoo
from cnnlab.figures.thumbnail import Bar, thumbnail
from cnnlab.graph import skips
from cnnlab.network import Network
from cnnlab.ui import html
from cnnlab.ui.links import link
from cnnlab.ui.study import study
from cnnlab.units import short
from cnnlab.zoo import CaseStudy
from cnnlab.zoo.published import top1


@lru_cache(maxsize=1)
def families() -> str:
    """Return HTML of every family with its cards."""
    legend = html.prose(
        "Each card: a silhouette (one bar per block; height is channels, width the side of the map, orange lines are "
        "skips), parameters, MACs for one image, and published top-1 accuracy (ImageNet, one crop, unless another "
        "protocol is named).",
        "cnnlab-aside",
    )
    cases = zoo.CASES.values()
    return legend + "".join(
        html.heading(family)
        + f'<div class="cnnlab-cards">{"".join(_card(case) for case in cases if case.family == family)}</div>'
        for family in zoo.FAMILIES
    )


def _card(case: CaseStudy) -> str:
    totals = study(Network.of(case.name)).totals
    numbers = f"<span>{short(totals.params)} params</span><span>{short(totals.macs)} MACs</span>"
    if accuracy := top1(case.name, case.default_size):
        how = " · ".join(
            part
            for part in (
                accuracy.dataset if accuracy.dataset != "ImageNet" else "",
                accuracy.protocol if accuracy.protocol != "one crop" else "",
                accuracy.form,
            )
            if part
        )
        numbers += f"<span>{escape(accuracy.value)} % top-1{f' ({escape(how)})' if how else ''}</span>"
    inside = (
        f"<b>{escape(case.title)}<i>{case.paper.year}</i></b>{_silhouette(case)}"
        f'<span class="idea">{escape(case.idea)}</span><span class="numbers">{html.unbroken(numbers)}</span>'
    )
    return link("inspect", {"network": case.name}, inside, "cnnlab-card-link")


def _silhouette(case: CaseStudy) -> str:
    """Return a thumbnail: a bar for each block of a stage and each block that branches, otherwise for each layer."""
    shown = study(Network.of(case.name))
    around = {skip.end for skip in skips([node for block in shown.blocks for node in block.nodes])}
    bars = []
    for block in shown.blocks:
        if "." in block.name or any(len(node.inputs) > 1 for node in block.nodes):
            bars.append(Bar(block.drawn_as, block.output.shape, any(node in around for node in block.nodes)))
        else:
            bars += [Bar(node.layer.drawn_as, node.shape, False) for node in block.nodes if node.macs]
    return thumbnail(bars, f"Silhouette of {case.title}: {shown.totals.depth} layers deep")
