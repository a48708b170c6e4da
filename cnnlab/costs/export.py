"""Tables as text for other programs: raw numbers, every layer."""

import json
from dataclasses import asdict

import pandas as pd

from cnnlab.costs.memory import BYTES
from cnnlab.costs.table import Totals
from cnnlab.graph import Shape, times


def _ascii(shape: Shape) -> str:
    """Return a shape, or the shapes of several inputs, without the × that a spreadsheet may garble."""
    return times(shape).replace("×", "x")


def plain_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with its shapes as text, such as ``112x112x64``."""
    shapes = {name: table[name].map(_ascii) for name in ("input_shape", "output_shape") if name in table}
    return table.assign(**shapes)


def to_csv(table: pd.DataFrame) -> str:
    """Return comma-separated values with a header, one row a layer (or a block)."""
    return str(plain_table(table).to_csv(index=False, lineterminator="\n"))


def totals_document(totals: Totals) -> dict[str, int | str]:
    """Return the totals and the sizes that follow from them, for JSON."""
    sizes = {f"weight_bytes_{precision}": totals.weight_bytes(precision) for precision in BYTES}
    return {
        **asdict(totals),
        "fixed_params": totals.fixed_params,
        "flops": totals.flops,
        **sizes,
        "peak_activation_bytes_fp32": totals.peak_bytes(),
    }


def to_json(network: str, totals: Totals, table: pd.DataFrame, counted: dict[str, int], **more: object) -> str:
    """Return the reference, the totals, those by each counting convention and the layer table as one JSON document.

    What is given by ``more`` names stands before the layers.
    """
    rows = json.loads(table.to_json(orient="records"))
    document = {"network": network, "totals": totals_document(totals), "counted_as": counted, **more, "layers": rows}
    return json.dumps(document, indent=1)
