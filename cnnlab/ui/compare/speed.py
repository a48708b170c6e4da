"""Measured time of one inference of each network, on the server's own machine: MACs are not speed."""

from functools import lru_cache
from typing import NamedTuple

import pandas as pd
import streamlit as st

from cnnlab.figures.charts import share_bars
from cnnlab.figures.compare import times
from cnnlab.figures.palette import LAYERS, MACS
from cnnlab.figures.plain import PlainFigure
from cnnlab.graph import times as sized
from cnnlab.measuring import LayerTiming, Timing, job
from cnnlab.network import Network
from cnnlab.ui import html, queue
from cnnlab.ui.compare.overview import labels
from cnnlab.ui.study import study
from cnnlab.ui.widgets.session_value import index
from cnnlab.units import SIMILAR, compared, count, factor, full, percent, short

LAYERS_OF = "compare.layers_of"
MOST_LAYERS = 12  # rows of the table of the slowest layers
COSTS = (("macs", "MACs"), ("activations", "activations"))


def speed(networks: tuple[Network, ...]) -> None:
    """Draw the button, the progress, and the measured times; updated while a measurement runs."""
    st.html(
        html.heading("MACs are not speed")
        + html.prose(
            "Time one inference of each network on the computer that runs this page: compiled Keras, one input, in its "
            "own process, after a warm-up."
        )
    )
    queue.live(lambda: _networks(networks), [queue.state(job(network)) for network in networks])
    st.html(html.heading("Layer by layer"))
    names = dict(zip(labels(networks), networks, strict=True))
    # A network that was removed from the list must not stay in the widget.
    if st.session_state.get(LAYERS_OF) not in names:
        st.session_state[LAYERS_OF] = next(iter(names))
    chosen = names[str(st.selectbox("network", names, index(LAYERS_OF, names), key=LAYERS_OF, width=330))]
    queue.live(lambda: _layers(chosen), [queue.state(job(chosen, "layers"))])


def _networks(networks: tuple[Network, ...]) -> bool:
    """Draw the networks' times; return whether a measurement runs."""
    jobs = [job(network) for network in networks]
    states = list(map(queue.state, jobs))
    running = any(state.live for state in states)
    with st.container(horizontal=True):
        if running:
            st.button("Stop", icon=":material/stop:", key="compare.stop", on_click=queue.cancel, args=jobs)
        else:
            again = all(state.result for state in states)
            st.button(
                "Measure again" if again else "Measure here",
                icon=":material/timer:",
                type="primary",
                key="compare.measure_here",
                on_click=_ask,
                args=(networks, again),
            )
    for name, state in zip(labels(networks), states, strict=True):
        queue.progress(name, state)
    done = tuple(
        Measured(place, name, network, state.result)
        for place, (name, network, state) in enumerate(zip(labels(networks), networks, states, strict=True))
        if state.result
    )
    if done:
        _results(done)
    return running


class Measured(NamedTuple):
    """A network with its time, its place in the list and its label there."""

    place: int
    name: str
    network: Network
    timing: Timing

    @property
    def milliseconds(self) -> float:
        """Time of the median run."""
        return 1e3 * self.timing.median

    @property
    def macs(self) -> int:
        """MACs of the network."""
        return study(self.network).totals.macs


def _ask(networks: tuple[Network, ...], again: bool) -> None:
    for network in networks:
        queue.submit(job(network), again)


def _results(done: tuple[Measured, ...]) -> None:
    table, text = _table(done)
    st.html(html.prose(text, "cnnlab-notice") + table)
    left, right = st.columns(2, gap="large")
    for column, (cost, noun) in zip((left, right), COSTS, strict=True):
        figure = _chart(done, cost, noun)
        with column:
            st.html(html.heading(f"Time against {noun}"))
            st.plotly_chart(figure, key=f"compare.time.{cost}", config=html.STILL, alt=text)


def _table(done: tuple[Measured, ...]) -> tuple[str, str]:
    rows = []
    for each in done:
        low, high = each.timing.quartiles
        rows.append(
            (
                each.name,
                f"**{each.milliseconds:.3g} ms**",
                f"{1e3 * low:.3g} to {1e3 * high:.3g} ms",
                str(len(each.timing.runs)),
                full(each.macs),
                f"{each.macs / each.timing.median / 1e9:.3g} G MACs per second",
            )
        )
    where = dict.fromkeys(f"{each.timing.device}, {each.timing.threads} threads" for each in done)
    source = (
        f"Measured on {' and '.join(where)}; fp32, batch of one; all users see this result until somebody measures "
        "again."
    )
    head = ("network", "median", "middle half of the runs", "runs", "MACs", "speed")
    return html.table(head, rows, "Measured time of one inference") + html.prose(source, "cnnlab-aside"), _notice(done)


def _notice(done: tuple[Measured, ...]) -> str:
    """Return a sentence on how far time follows MACs."""
    small, large = (pick(done, key=lambda each: each.macs) for pick in (min, max))
    if small.macs == large.macs:
        return "; ".join(f"{each.name} takes {each.milliseconds:.3g} ms here" for each in done) + "."
    if not small.macs:
        return f"{small.name} does no MACs and takes {small.milliseconds:.3g} ms here."
    work = large.macs / small.macs
    ratio = large.timing.median / small.timing.median
    took = f"takes {factor(ratio)} times as long" if ratio >= 1 else f"is {factor(1 / ratio)} times faster"
    if max(ratio, 1 / ratio) < SIMILAR:
        took = "takes about as long"
    return f"{large.name} does {compared(large.macs, small.macs, 'MACs', small.name)} and {took} here" + (
        ": MACs alone do not predict the time." if not 0.8 < ratio / work < 1.25 else ", about as the MACs predict."
    )


def _chart(done: tuple[Measured, ...], cost: str, noun: str) -> PlainFigure:
    rows = []
    for each in done:
        value = int(getattr(study(each.network).totals, cost))
        low, high = each.timing.quartiles
        rows.append(
            {
                "label": each.name,
                "place": each.place,
                "median": each.milliseconds,
                "low": 1e3 * low,
                "high": 1e3 * high,
                cost: value,
                "hover": f"{each.name}<br>{each.milliseconds:.3g} ms, {full(value)} {noun}",
            }
        )
    return times(pd.DataFrame(rows), cost, f"{noun}, 1 image")


def _layers(network: Network) -> bool:
    layers = job(network, "layers")
    state = queue.state(layers)
    if state.live:
        st.button("Stop", icon=":material/stop:", key="compare.stop_layers", on_click=queue.cancel, args=(layers,))
    else:
        st.button(
            "Time every layer",
            icon=":material/timer:",
            key="compare.time_layers",
            on_click=queue.submit,
            args=(layers, state.result is not None),
        )
    queue.progress(network.label, state)
    if state.result:
        figure, table, text = _by_block(network, state.result)
        st.html(html.prose(text))
        st.plotly_chart(figure, key="compare.layers", config=html.STILL, alt=text)
        st.html(table)
    return state.live


@lru_cache(maxsize=32)
def _by_block(network: Network, timing: LayerTiming) -> tuple[PlainFigure, str, str]:
    """Return time beside MACs for each block, a table of the slowest layers, and a notice."""
    shown = study(network)
    layers = shown.layers.assign(nanoseconds=[round(1e9 * value) for value in timing.seconds])
    rows = layers.groupby("block", sort=False)[["nanoseconds", "macs"]].sum().reset_index()
    rows = rows[(rows["nanoseconds"] > 0) | (rows["macs"] > 0)]
    figure = share_bars(
        pd.DataFrame(
            {
                "block": str(network),  # a click opens the network
                "label": rows["block"],
                "left": rows["nanoseconds"],
                "right": rows["macs"],
                "left_text": [f"{value / 1e6:.3g} ms" if value else "no measurable" for value in rows["nanoseconds"]],
                "right_text": [full(value) for value in rows["macs"]],
            }
        ),
        left=("time, each layer alone", LAYERS["pooling"]),
        right=("MACs", MACS),
    )
    total, macs = int(layers["nanoseconds"].sum()), max(int(layers["macs"].sum()), 1)
    measured = layers[layers["nanoseconds"] > 0].sort_values("nanoseconds", ascending=False)
    cells = [
        (
            row.layer,
            f"{row.kind} {row.settings}",
            sized(row.output_shape),
            f"{row.nanoseconds / 1e6:.3g} ms, {percent(row.nanoseconds, total)}",
            f"{short(row.macs)}, {percent(row.macs, macs)}",
        )
        for row in measured.head(MOST_LAYERS).itertuples()
    ]
    head = ("layer", "kind", "output", "time", "MACs")
    title = f"The {len(cells)} slowest layers" if len(cells) > 1 else "The slowest layer"
    table = html.heading(title) + html.table(head, cells, title) if cells else ""
    return figure, table, _text(layers, total)


def _text(layers: pd.DataFrame, total: int) -> str:
    """Return sentences on the layers without MACs, on those too short to measure, and on what the sum is not."""
    unmeasured = int(((layers["nanoseconds"] == 0) & (layers["kind"] != "input")).sum())
    if not total:
        return "No layer takes longer than a call that does nothing: each is too short to measure."
    idle = int(layers[layers["macs"] == 0]["nanoseconds"].sum())
    text = (
        f"Layers without a single MAC take {percent(idle, total)} of the measured time. Each layer is timed alone, "
        f"equal ones once: their sum, {total / 1e6:.3g} ms, is not the network's time. TensorFlow may "
        f"merge neighbouring layers, and a layer that is timed alone may find its data in the cache."
    )
    if not unmeasured:
        return text
    verbs = "is too short to measure: it takes" if unmeasured == 1 else "are too short to measure: they take"
    return f"{text} {count(unmeasured, 'layer')} {verbs} no longer than a call that does nothing."
