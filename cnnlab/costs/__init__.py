"""What a network costs: graph to pandas.

>>> from cnnlab import costs, zoo
>>> costs.totals(zoo.build("lenet5")).params
61706
"""

from cnnlab.costs.memory import BYTES, alive, peak
from cnnlab.costs.receptive import Field, receptive_fields
from cnnlab.costs.table import Totals, block_table, layer_table, totals

__all__ = [
    "BYTES",
    "Field",
    "Totals",
    "alive",
    "block_table",
    "layer_table",
    "peak",
    "receptive_fields",
    "totals",
]
