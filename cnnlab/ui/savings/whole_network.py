"""The section on a whole network: the choice of a network and a rewrite, and its effect."""

import streamlit as st

from cnnlab.network import MOST_REWRITES, Applied, Network
from cnnlab.rewrites import REWRITES, rewrite
from cnnlab.ui import html
from cnnlab.ui.links import link
from cnnlab.ui.savings import rewriting, trick_state
from cnnlab.ui.study import study
from cnnlab.ui.widgets import network_picker, predict_first
from cnnlab.units import at_least, capitalised, count, full, short

MOST_CHANGES = 40  # rows of the table; ResNet-152 has fifty blocks that change in the same way


def controls() -> Network:
    """Draw the picker of a network with knobs and rewrites; return the rewritten network."""
    return network_picker.edit(trick_state.EDITOR, trick_state.swap(), "network")


def results(network: Network) -> None:
    """Draw before and after, or a choice of rewrites if none is chosen or one does not apply."""
    try:
        study(network.original)
    except ValueError as error:
        st.error(html.plain(f"{network.case.title} cannot be built: {error}."), icon=":material/block:")
        return
    if not network.rewrites:
        _rewrite_buttons(network)
        return
    try:
        study(network)
    except ValueError as error:
        st.error(html.plain(f"{error}."), icon=":material/block:")
        _rewrite_buttons(network.original)
        return
    before, after = study(network.original).totals, study(network).totals
    may_show = predict_first.ask(
        "swap",
        f"swap {network}",
        f"{network.original.label} does {at_least(full(before.macs), before.at_least)} MACs. How many does it do with "
        f"{', '.join(each.label for each in network.rewrites)}?",
        after.macs,
        lambda: rewriting.arithmetic_of_largest_change(network) + html.prose(rewriting.verdict(network)),
        "MACs",
    )
    if not may_show:
        return
    st.html(html.prose(rewriting.verdict(network), "cnnlab-notice"))
    st.html(
        html.table(("measure", "before", "after", "change"), rewriting.totals_rows(network), "Costs before and after")
        + _links(network)
    )
    left, right = st.columns(2, gap="large")
    for column, measure, noun in ((left, "macs", "MACs"), (right, "params", "parameters")):
        figure, alt = rewriting.by_stage(network, measure)
        with column:
            st.html(html.heading(f"{capitalised(noun)}, stage by stage") + html.prose(alt))
            st.plotly_chart(figure, key=f"swap.{measure}", config=html.STILL, alt=alt)
    with st.expander("What changed, block by block", key="savings.changes", on_change="rerun") as section:
        if section.open:
            st.html(_changes(network))
    _rewrite_buttons(network)


def _rewrite_buttons(network: Network) -> None:
    """Draw a button for every rewrite that applies, and the reasons why the others do not."""
    reasons = network_picker.inapplicable(network)
    if len(reasons) == len(REWRITES):
        st.info("No rewrite applies to this network.")
    elif not network.rewrites:
        st.info("Choose a rewrite. Each button is one that applies to this network.")
    if len(reasons) < len(REWRITES) and len(network.rewrites) < MOST_REWRITES:
        st.html(html.heading("Rewrite it further" if network.rewrites else "Rewrite it"))
        with st.container(horizontal=True, gap="xsmall", key="rewrites"):
            for name in REWRITES:
                if name not in reasons and name not in {each.name for each in network.rewrites}:
                    st.button(
                        rewrite(name).does,
                        key=f"savings.apply.{name}",
                        help=rewrite(name).explained,
                        on_click=_apply,
                        args=(network.rewritten(Applied.of(name)),),
                    )
    if reasons:
        do = "does" if len(reasons) == 1 else "do"
        with st.expander(f"Why {len(reasons)} of {len(REWRITES)} rewrites {do} not apply", key="savings.refused"):
            st.html("".join(html.prose(f"{each}.") for each in network_picker.in_words(reasons)))


def _apply(network: Network) -> None:
    st.session_state[trick_state.SWAP] = network
    network_picker.seed(trick_state.EDITOR, network)


def _links(network: Network) -> str:
    inspect = {"network": " ".join([network.name, *map(str, network.rewrites)]), **network.params}
    both = {"network": [str(network.original), network.url_text]}
    return (
        f'<p class="cnnlab-prose">{link("inspect", inspect, "Open the rewritten network in Inspect")} · '
        f"{link('compare', both, 'Compare the two')}</p>"
    )


def _changes(network: Network) -> str:
    found = rewriting.changes(network)
    rows = [
        (change.block, change.before, change.after, _pair(change.macs), _pair(change.params))
        for change in found[:MOST_CHANGES]
    ]
    rest = len(found) - len(rows)
    return (
        html.prose(f"{count(len(found), 'block')} changed." if found else "No block changed.")
        + html.table(("block", "before", "after", "MACs", "parameters"), rows, "Blocks that the rewrite changed")
        + (html.prose(f"And {rest} more.", "cnnlab-aside") if rest else "")
    )


def _pair(numbers: tuple[int, int]) -> str:
    return f"{short(numbers[0])} → {short(numbers[1])}"
