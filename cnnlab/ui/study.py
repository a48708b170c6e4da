"""Everything that follows from one network, worked out once and shared by all sessions that look at it."""

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from cnnlab import costs
from cnnlab.costs import Totals
from cnnlab.graph import Block, Node, blocks
from cnnlab.network import Network


@dataclass(frozen=True, eq=False)
class Study:
    """A network with its graph, tables and totals. Shared: never change the frames, make new ones."""

    network: Network
    root: Node
    layers: pd.DataFrame
    rows: pd.DataFrame
    totals: Totals
    blocks: tuple[Block, ...]
    notice: str

    @property
    def title(self) -> str:
        return self.network.case.title

    @property
    def image(self) -> tuple[int, ...]:
        """Shape of the input, as built."""
        shape: tuple[int, ...] = self.layers["output_shape"].iloc[0]
        return shape


# 64 of the largest networks take about 100 MB; a class of forty looks at fewer at a time.
@lru_cache(maxsize=64)
def study(network: Network) -> Study:
    """The study of a network. Raises ``ValueError`` where its knobs do not fit together."""
    root = network.graph()
    layers = costs.layer_table(root)
    return Study(
        network,
        root,
        layers,
        costs.block_table(layers),
        costs.totals(root, layers),
        blocks(root),
        costs.notice(root, network.subject),
    )
