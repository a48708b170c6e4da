"""The headline: the notice, the totals, the paper's story, and published numbers."""

from html import escape

import streamlit as st

from cnnlab.costs import Totals
from cnnlab.network import Network
from cnnlab.recipe.templates import TEMPLATES
from cnnlab.sources import Assembled, FromFile
from cnnlab.ui import html as parts
from cnnlab.ui.html import Number
from cnnlab.ui.links import link
from cnnlab.ui.network_cache import cached_by_network
from cnnlab.ui.study import Counts, counts, study
from cnnlab.units import at_least, count, full, percent, short, size, stride
from cnnlab.zoo import CaseStudy
from cnnlab.zoo.published import Published, published

PRINTED = {"params": "parameters", "macs": "MACs", "top1": "top-1 accuracy", "top5": "top-5 accuracy"}


def headline(network: Network, convention: str) -> None:
    """Draw the totals in full, with units, and the notice."""
    st.html(_headline(network, convention))


@cached_by_network
def _headline(network: Network, convention: str) -> str:
    shown = study(network)
    totals, example, bound = shown.totals, shown.example, shown.totals.at_least
    one, _, _ = example.partition(",")
    fixed = f", {percent(totals.fixed_params, totals.params)} of them non-trainable" if totals.fixed_params else ""
    cells = (
        Number("Parameters", at_least(full(totals.params), bound), f"{short(totals.params)}{fixed}"),
        *_macs_and_flops(totals, counts(network, convention), example),
        Number("Activations", full(totals.activations), f"{short(totals.activations)} numbers, {one}"),
        Number("Peak memory", size(totals.peak_bytes()), f"{full(totals.peak_bytes())} bytes, fp32, {one}"),
        Number("Weights", at_least(size(totals.weight_bytes()), bound), f"{full(totals.weight_bytes())} bytes, fp32"),
        _receptive_field(totals),
        Number("Depth", full(totals.depth), f"of {count(totals.layers, 'layer')} in all"),
    )
    return parts.numbers(cells) + parts.prose(shown.notice, "cnnlab-notice")


def _receptive_field(totals: Totals) -> Number:
    word, down, across = "Receptive field", totals.effective_stride_height, totals.effective_stride_width
    if totals.receptive_field is None:
        return Number(word, "none", "no image leads to it")
    field = f"{totals.receptive_field_height}×{totals.receptive_field_width}"
    if totals.receptive_field_at_most:
        field = f"at most {field}"
    below = "pixels, last feature map"
    if down is not None and across is not None:
        below += f", stride {stride(down, across)}"
    elif not totals.receptive_field_at_most:
        below += ", the whole image"
    return Number(word, field, below)


def _macs_and_flops(totals: Totals, counted: Counts, example: str) -> tuple[Number, Number]:
    """Return MACs and FLOPs; another counting convention comes before MACs."""
    one, _, _ = example.partition(",")
    bound = totals.at_least
    macs = Number("MACs", at_least(full(totals.macs), bound), f"{short(totals.macs)}, {example}")
    flops = Number("FLOPs", at_least(full(totals.flops), bound), f"{short(totals.flops)} = 2 × MACs, {one}")
    if counted.convention.name == "macs":
        return macs, flops
    if counted.convention.name == "flops":
        return flops, macs
    times = f"{counted.total / max(totals.macs, 1):.3f} × MACs" if counted.total != totals.macs else "as many as MACs"
    ratio = f"{short(counted.total)}, {times}, {one}"
    return Number(counted.convention.noun, at_least(full(counted.total), bound), ratio), macs


def story(network: Network) -> None:
    """Draw the paper's story: the networks before, the new idea, and a hint."""
    case = network.case
    if isinstance(case, Assembled):
        rows = len(case.recipe.rows)
        change = link("build", {"network": str(network.original)}, "Change its rows on Build")
        st.html(parts.heading(case.title) + f'<p class="cnnlab-prose">A network of {rows} rows. {change}</p>')
        return
    if isinstance(case, FromFile):
        origin = "This network was read from a file: only its layers and their shapes, no code and no weights."
        notes = "".join(parts.prose(note, "cnnlab-aside") for note in network.notes)
        st.html(parts.heading(case.title) + parts.prose(origin) + notes)
        return
    paper, story = case.paper, case.story
    st.markdown(f"##### {case.title}, {paper.year}\n{paper.authors}: [{paper.title}]({paper.link})")
    if case.name in TEMPLATES:
        st.html(
            f'<p class="cnnlab-prose">{link("build", {"network": case.name}, "Open it as rows and change them")}</p>'
        )
    if network.rewrites:
        st.html(parts.prose(f"This text describes {case.title} without the rewrites.", "cnnlab-aside"))
    cells = (("Before it", story.before), ("Its idea", story.introduced), ("What to look at", story.look_at))
    known: set[str] = set()
    html = "".join(f"<div><b>{escape(head)}</b>{parts.explained(text, known)}</div>" for head, text in cells)
    st.html(f'<div class="cnnlab-story">{html}</div>')


def printed_values(network: Network) -> None:
    """Draw the numbers of papers and tables beside those of the graph, with the reason if they differ."""
    aside = (
        f"This table, and the text on differences, are for {_printed_form(network).title} with its default settings, "
        "not with the settings above."
    )
    if network.own:
        return
    form = _printed_form(network)
    other = network != form and published(str(form))
    st.html(_printed(form) + (parts.prose(aside, "cnnlab-aside") if other else ""))


def _printed_form(network: Network) -> Network:
    """Return the network whose numbers tables print: at its defaults, and rewritten if a table has it so."""
    usual = Network.of(network.name)
    rewritten = usual.rewritten(*network.rewrites)
    return rewritten if published(str(rewritten)) else usual


@cached_by_network
def _printed(network: Network) -> str:
    shown = study(network)
    rows, usual = published(str(network)), {"params": shown.totals.params, "macs": shown.totals.macs}
    body = (
        parts.table(
            ("value", "printed", "where", "computed here", "remark"),
            [_row(row, usual) for row in rows],
            f"Published values of {shown.title}",
        )
        if rows
        else parts.prose(f"CNN Lab has no published numbers for {shown.title}.")
    )
    case = network.case
    differs = (
        parts.prose(f"**What differs from the paper.** {case.story.differs}") if isinstance(case, CaseStudy) else ""
    )
    return parts.heading("Published and computed") + body + differs


def _row(row: Published, computed: dict[str, int]) -> tuple[str, str, str, str, str]:
    source = row.place
    if row.quantity not in computed:
        return (
            PRINTED[row.quantity],
            f"{row.value} %",
            f"{source}; {row.dataset}, {row.protocol}",
            "",
            "measured, not computed",
        )
    number = computed[row.quantity]
    return PRINTED[row.quantity], row.shown, source, full(number), row.verdict(number)
