"""Costs of a network: from a graph to pandas tables, totals and sentences.

>>> from cnnlab import costs, zoo
>>> costs.totals(zoo.build("lenet5")).params
61706
"""

from cnnlab.costs.arithmetic import explain, symbols
from cnnlab.costs.comparison import (
    COMPARED,
    HEAD,
    MEASURES,
    Compared,
    Measure,
    compare,
    frontier,
    numbered,
    stage_label,
    stage_table,
    stages,
    verdict,
)
from cnnlab.costs.countable import Countable, graph_of
from cnnlab.costs.counting import (
    CONVENTIONS,
    NOT_A_RULE,
    CountingConvention,
    Term,
    convention,
    count,
    quantity_table,
    sum_of,
    terms,
    totals_by_convention,
    words,
)
from cnnlab.costs.equation import Equation
from cnnlab.costs.export import plain_table, to_csv, to_json, totals_document
from cnnlab.costs.memory import BYTES, alive, peak
from cnnlab.costs.node_equations import layer_equations
from cnnlab.costs.notice import costs_line, notice
from cnnlab.costs.quantities import WORDS, Quantities
from cnnlab.costs.receptive import Field, receptive_fields
from cnnlab.costs.summary import Summary, summary
from cnnlab.costs.table import Totals, block_table, field_texts, layer_table, totals

__all__ = [
    "BYTES",
    "COMPARED",
    "CONVENTIONS",
    "HEAD",
    "MEASURES",
    "NOT_A_RULE",
    "WORDS",
    "Compared",
    "Countable",
    "CountingConvention",
    "Equation",
    "Field",
    "Measure",
    "Quantities",
    "Summary",
    "Term",
    "Totals",
    "alive",
    "block_table",
    "compare",
    "convention",
    "costs_line",
    "count",
    "explain",
    "field_texts",
    "frontier",
    "graph_of",
    "layer_equations",
    "layer_table",
    "notice",
    "numbered",
    "peak",
    "plain_table",
    "quantity_table",
    "receptive_fields",
    "stage_label",
    "stage_table",
    "stages",
    "sum_of",
    "summary",
    "symbols",
    "terms",
    "to_csv",
    "to_json",
    "totals",
    "totals_by_convention",
    "totals_document",
    "verdict",
    "words",
]
