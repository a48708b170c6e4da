"""The widgets of a network and its knobs, derived from the case study's signature."""

import streamlit as st

from cnnlab import costs, zoo
from cnnlab.network import Network, smallest_input
from cnnlab.rewrites import rewrite
from cnnlab.ui.inspect import selection
from cnnlab.ui.links import link
from cnnlab.ui.widgets import network_picker, predict_first
from cnnlab.ui.widgets.session_value import index


def network_widgets() -> Network:
    """Draw the picker and the chosen network's knobs; return the network they describe."""
    before = selection.current()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", key="knobs"):
        about = f"{len(zoo.names())} case studies, from LeNet-5 to EfficientNet-B7. Type to search."
        name = network_picker.choose(selection.PICKER, before, "network", 195, about)
        values = network_picker.knobs(selection.PICKER, name, before)
        _count_as()
        predict_first.switch()
    network = Network.of(name, **values)
    return network.rewritten(*before.rewrites) if before.name == name else network


def page_links(network: Network) -> None:
    """Draw links that open this network on other pages."""
    other = Network.of("mobilenet_v1" if network.name != "mobilenet_v1" else "resnet50")
    reference = network.url_text
    both = link("compare", {"network": [reference, str(other)]}, "Compare it with another network")
    swap = link("savings", {"swap": reference}, "Rewrite it: swap its blocks")
    train = link("transfer", {"network": reference, "keep": "true"}, "Train it from scratch")
    st.html(f'<p class="cnnlab-aside">{both} · {swap} · {train}</p>')


def rewrites(network: Network) -> None:
    """Draw the network's rewrites, each with a button that removes it."""
    if not network.rewrites:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown("rewritten:", width="content")
        for place, each in enumerate(network.rewrites):
            others = network.rewrites[:place] + network.rewrites[place + 1 :]
            st.button(
                each.label,
                icon=":material/close:",
                key=f"inspect.rewrite.{place}",
                help=f"Undo: {rewrite(each.name).explained}",
                on_click=selection.seed,
                args=(network.original.rewritten(*others),),
            )


def _count_as() -> None:
    st.session_state.setdefault(selection.COUNT_PICKER, selection.counted_as().name)
    selection.count_as(
        st.selectbox(
            "count as",
            costs.CONVENTIONS,
            index(selection.COUNT_PICKER, costs.CONVENTIONS),
            format_func=lambda name: costs.convention(name).title,
            key=selection.COUNT_PICKER,
            width=165,
            help="Each tool has its own counting convention. “Why does my tool print another number?” further down "
            "compares them.",
        )
    )


def repairs(network: Network) -> None:
    """Draw buttons that repair knobs that do not fit together."""
    smallest = smallest_input(network)
    with st.container(horizontal=True):
        if smallest:
            repaired = network.replace(input_size=smallest)
            st.button(f"An input size that works: {smallest}", on_click=selection.seed, args=(repaired,))
        if network.rewrites:
            st.button("Without the rewrites", on_click=selection.seed, args=(network.original,))
        st.button("Reset to the defaults", on_click=selection.seed, args=(Network.of(network.name),))
