"""The choice of a bench's filter by name, and the editors of its numbers and of the image's."""

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnnlab.knobs import Knob
from cnnlab.ui.convolution import bench_state, channels
from cnnlab.ui.convolution.bench import Grid, Numbers
from cnnlab.ui.convolution.presets import OWN, selected
from cnnlab.ui.url_state import Values
from cnnlab.ui.widgets.knob import widget

Volume = tuple[Grid, Sequence[str]]
"""The field of a volume's numbers, and the names of its channels."""


def named_filter(
    bench: str,
    place: DeltaGenerator,
    choice: Knob,
    named: Mapping[str, Numbers],
    filter_: Volume,
    image: Volume,
    values: Values,
) -> tuple[Values, Numbers]:
    """Draw the choice in ``place`` and the editors here; return the fields' new values and the filter's numbers."""
    key = bench_state.key(bench, choice.name)
    pixels = values[image[0].name]
    numbers = before = selected(bench, choice, filter_[0], values, named)
    with st.expander("Change the numbers", key=f"{bench}.numbers", on_change="rerun") as section:
        if section.open:
            pixels = channels.editors(bench, image[0], pixels, image[1])
            numbers = channels.editors(bench, filter_[0], numbers, filter_[1])
            if numbers != before:  # before the choice is drawn: an edited filter is the reader's own
                st.session_state[key] = OWN
    with place:
        widget(choice, key)  # in a container of its own, whose line breaks on a phone
    name = st.session_state[key]
    # A named filter needs no numbers in the URL.
    in_url = numbers if name == OWN else filter_[0].default
    return {choice.name: name, image[0].name: pixels, filter_[0].name: in_url}, numbers
