"""``cost``: every layer's shape, parameters and MACs, and the totals, of one network or file."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from cnnlab import costs
from cnnlab.command_line import help as helping
from cnnlab.command_line import memory
from cnnlab.command_line.chosen import Chosen, chosen
from cnnlab.command_line.options import PROGRAM, Options
from cnnlab.costs import CountingConvention, Totals
from cnnlab.graph import example, times
from cnnlab.units import count, field, full, short, size, stride

ALWAYS = {"macs", "flops"}  # counting conventions that are printed anyhow


def run(arguments: Sequence[str]) -> str:
    """Return the costs of one network as text, CSV or JSON."""
    parser = Options(
        "cost",
        "NETWORK [options]",
        "Every layer's shape, parameters and MACs. NETWORK is a name from the list, a reference such as "
        "resnet50?input_size=160, or a file of a network. With a NETWORK, --help describes its knobs alone.",
    )
    helping.add_knobs(parser)
    parser.add_argument("--batch-size", metavar="VALUE", help=memory.BATCH.help)
    parser.add_argument(
        "--count-as",
        metavar="CONVENTION",
        default="macs",
        help="macs, flops, or a tool; an unknown name lists them all",
    )
    parser.forms("csv", "json")
    options, networks = parser.read(arguments)
    if options.help:
        return helping.of_network(networks[0]) if networks else parser.format_help()
    if len(networks) != 1:
        given = f"cost takes one network, got also {networks[1][:40]!r}" if networks else "cost needs a network"
        more = "`compare` takes several" if networks else f"`{PROGRAM} list` lists the names"
        raise ValueError(f"{given}; {more}")
    settings = {
        name.removeprefix("knob "): text
        for name, text in vars(options).items()
        if name.startswith("knob ") and text is not None
    }
    batch = memory.batch(options.batch_size)
    convention = costs.convention(options.count_as)
    network = chosen(networks[0], settings)
    table = costs.layer_table(network.root)
    totals = costs.totals(network.root, table)
    quantities = costs.quantity_table(network.root)
    counted = costs.totals_by_convention(quantities)
    if convention.name not in table:
        table[convention.name] = costs.count(quantities, convention)
    if options.csv:
        return costs.to_csv(table)
    if options.json:
        more_fields: dict[str, Any] = {"memory": memory.document(totals, batch), "notes": network.notes}
        return costs.to_json(network.reference, totals, costs.plain_table(table), counted, **more_fields)
    return "\n".join(
        [*_head(network, totals, convention, counted, batch), "", *_rows(table, convention)],
    )


def _head(
    network: Chosen, totals: Totals, convention: CountingConvention, counted: dict[str, int], batch: int
) -> list[str]:
    least = "at least " if totals.at_least else ""
    lines = [
        f"{network.title} ({network.reference})",
        costs.notice(network.root, network.subject),
        *network.notes,
        "",
        f"parameters           {least}{full(totals.params)} ({short(totals.params)}), "
        f"{full(totals.trainable_params)} trainable",
        f"MACs                 {least}{full(totals.macs)} ({short(totals.macs)}), {example(network.root)}",
        f"FLOPs                {least}{full(totals.flops)} = 2 × MACs",
    ]
    if convention.name not in ALWAYS:
        number = counted[convention.name]
        lines.append(f"{convention.noun:<21}{least}{full(number)} ({short(number)})")
    return [
        *lines,
        f"activations          {full(totals.activations)} numbers; at most {full(totals.peak_activations)} in memory "
        f"at once, {size(totals.peak_bytes())} in fp32, at {totals.peak_layer}",
        f"weights              {least}{full(totals.weight_bytes())} bytes in fp32",
        *_memory(totals, batch, _noun(network), least),
        f"depth                {totals.depth} convolutions and dense layers, {totals.layers} layers in all",
        f"receptive field      {_receptive_field(totals)}",
    ]


def _noun(network: Chosen) -> str:
    """Return what the network takes: an image, an input, or an example of several inputs."""
    return example(network.root).partition(",")[0].removeprefix("1 ")


def _memory(totals: Totals, batch: int, noun: str, least: str) -> list[str]:
    needed, step, images = memory.inference(totals, batch), totals.training_bytes(batch), count(batch, noun)
    return [
        f"inference            {least}{full(needed)} bytes ({size(needed)}) in fp32 for {images} at once: "
        "weights, and the activations in memory at once",
        f"training step        {least}{full(step)} bytes ({size(step)}) in fp32 for {images}: weights, "
        "gradients, Adam's two numbers for each trainable weight, and all activations",
    ]


def _rows(table: pd.DataFrame, convention: CountingConvention) -> list[str]:
    fields = costs.field_texts(table)
    wide = max(17, 2 + max(map(len, fields)))
    head = (
        f"{'layer':<32}{'kind':<20}{'settings':<36}{'output':>15}{'parameters':>13}{convention.noun:>21}"
        f"{'receptive field':>{wide}}"
    )
    rows = table[["layer", "kind", "settings", "output_shape", "params", convention.name]]
    return [
        head,
        *(
            f"{layer:<32}{kind:<20}{settings:<36}{times(shape):>15}{full(params):>13}{full(number):>21}{seen:>{wide}}"
            for (layer, kind, settings, shape, params, number), seen in zip(
                rows.itertuples(index=False), fields, strict=True
            )
        ),
    ]


def _receptive_field(totals: Totals) -> str:
    seen = field(totals.receptive_field_height, totals.receptive_field_width, totals.receptive_field_at_most)
    if totals.receptive_field is None:
        return f"{seen}: it does not depend on an image"
    down, across = totals.effective_stride_height, totals.effective_stride_width
    pixels = f"{seen} pixel{'s' * (totals.receptive_field != 1)}"
    if down is None or across is None:
        return pixels if totals.receptive_field_at_most else f"{pixels}: the whole image"
    return f"{pixels}, effective stride {stride(down, across)}"
