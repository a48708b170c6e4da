"""``list``: the networks of the catalogue with their parameters, MACs and knobs."""

from collections.abc import Sequence

import pandas as pd

from cnnlab import costs, zoo
from cnnlab.command_line.help import option
from cnnlab.command_line.options import Options, none_of
from cnnlab.units import full


def run(arguments: Sequence[str]) -> str:
    """Return the catalogue as text, CSV or JSON."""
    parser = Options("list", "[--csv | --json]", "The networks of the catalogue.")
    parser.forms("csv", "json")
    options, rest = parser.read(arguments)
    if options.help:
        return parser.format_help()
    none_of(rest, "list")
    rows = []
    for case in zoo.CASES.values():
        total = costs.totals(case.build())
        rows.append(
            (case.name, case.title, case.paper.year, total.params, total.macs, " ".join(map(option, case.knobs)))
        )
    table = pd.DataFrame(rows, columns=["network", "title", "year", "params", "macs", "knobs"])
    if options.csv:
        return str(table.to_csv(index=False, lineterminator="\n"))
    if options.json:
        return str(table.to_json(orient="records", indent=1))
    lines = [f"{'network':<18}{'year':>5}{'parameters':>14}{'MACs':>17}  knobs"]
    lines += [f"{row[0]:<18}{row[2]:>5}{full(row[3]):>14}{full(row[4]):>17}  {row[5]}" for row in rows]
    return "\n".join(lines)
