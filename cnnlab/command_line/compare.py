"""``compare``: two to six networks or files side by side, with ratios to the first, as on the page Compare."""

import csv
import io
import json
from collections.abc import Sequence

from cnnlab import costs
from cnnlab.command_line import memory
from cnnlab.command_line.chosen import Chosen, chosen
from cnnlab.command_line.help import explained
from cnnlab.command_line.options import PROGRAM, Options
from cnnlab.costs import COMPARED, MEASURES, Compared, Measure, Totals
from cnnlab.units import full

TRAINABLE = Measure("trainable_params", "Trainable", lambda totals: totals.trainable_params, unknown=True)
Row = tuple[Measure, list[Compared]]


def run(arguments: Sequence[str]) -> str:
    """Return the comparison as text, CSV, JSON or Markdown."""
    parser = Options(
        "compare",
        "NETWORK NETWORK … [options]",
        "Two to six networks side by side, with ratios to the first. NETWORK is a name from the list, a reference "
        "such as resnet50?input_size=160, or a file of a network.",
    )
    parser.add_argument("--input-size", metavar="VALUE", help=explained("input_size") + " It is set for every network.")
    parser.add_argument("--batch-size", metavar="VALUE", help=memory.BATCH.help)
    parser.forms("csv", "json", "markdown")
    options, names = parser.read(arguments)
    if options.help:
        return parser.format_help()
    fewest, most = COMPARED
    if not fewest <= len(names) <= most:
        raise ValueError(
            f"compare takes {fewest} to {most} networks, not {len(names)}; `{PROGRAM} list` lists the names"
        )
    batch = memory.batch(options.batch_size)
    settings = {} if options.input_size is None else {"input_size": options.input_size}
    networks = [chosen(name, settings) for name in names]
    totals = [costs.totals(network.root) for network in networks]
    rows = [
        (measure, costs.compare(measure, totals))
        for measure in (MEASURES[0], TRAINABLE, *MEASURES[1:], *_of_batch(batch))
    ]
    if options.csv:
        return _csv(networks, rows)
    if options.json:
        return _json(networks, totals, rows, batch)
    labels = costs.numbered([network.label for network in networks])
    return _table(labels, networks, totals, rows, options.markdown)


def _of_batch(batch: int) -> tuple[Measure, ...]:
    """Return the rows on the memory of a batch."""
    return (
        Measure(
            "inference_bytes", f"Inference, batch {full(batch)}", lambda each: memory.inference(each, batch), " B", True
        ),
        Measure(
            "training_step_bytes",
            f"Training step, batch {full(batch)}",
            lambda each: each.training_bytes(batch),
            " B",
            True,
        ),
    )


def _table(labels: list[str], networks: list[Chosen], totals: list[Totals], rows: list[Row], markdown: bool) -> str:
    verdict = costs.verdict(labels, totals)
    head = ["", f"{labels[0]}, baseline", *labels[1:]]
    cells = [[measure.word, *(each.text for each in row)] for measure, row in rows]
    cells.append(["Top-1", *(network.published for network in networks)])
    notes = [f"{label}: {note}" for label, network in zip(labels, networks, strict=True) for note in network.notes]
    below = ["", "For one image where no batch is named, in fp32. Top-1 is published, not computed.", *notes]
    if markdown:
        lines = [_markdown(head), f"|---|{'---:|' * len(labels)}", *map(_markdown, cells)]
        return "\n".join([verdict, "", *lines, *below])
    wide = [2 + max(len(row[column]) for row in (head, *cells)) for column in range(len(head))]
    lines = [
        row[0].ljust(wide[0]) + "".join(cell.rjust(width) for cell, width in zip(row[1:], wide[1:], strict=True))
        for row in (head, *cells)
    ]
    return "\n".join([verdict.replace("**", ""), "", *lines, *below])


def _markdown(row: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"


def _csv(networks: list[Chosen], rows: list[Row]) -> str:
    """Return one row a network; the ratios are multiples of the first network's numbers."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [name for measure, _ in rows for name in (measure.name, f"{measure.name}_ratio")]
    writer.writerow(["network", "title", *names])
    for place, network in enumerate(networks):
        numbers = [value for _, row in rows for value in (row[place].number, row[place].factor)]
        writer.writerow([network.reference, network.title, *("" if value is None else value for value in numbers)])
    return text.getvalue()


def _json(networks: list[Chosen], totals: list[Totals], rows: list[Row], batch: int) -> str:
    documents = []
    for place, (network, each) in enumerate(zip(networks, totals, strict=True)):
        found = {
            "network": network.reference,
            "title": network.title,
            "totals": costs.totals_document(each),
            "memory": memory.document(each, batch),
            "notes": network.notes,
            "ratios": {measure.name: row[place].factor for measure, row in rows},
        }
        documents.append(found)
    return json.dumps({"baseline": networks[0].reference, "networks": documents}, indent=1)
