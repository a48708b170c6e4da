"""A study: graph, tables and totals of one network, computed once and shared by all sessions."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from cnnlab import costs
from cnnlab.costs import CountingConvention, Totals
from cnnlab.graph import Block, Node, blocks, entries, example
from cnnlab.network import Network
from cnnlab.ui.network_cache import cached_by_network


@dataclass(frozen=True, eq=False)
class Study:
    """A network with its graph, tables and totals. Shared: never change the frames; make new ones."""

    network: Network
    root: Node
    layers: pd.DataFrame
    rows: pd.DataFrame
    totals: Totals
    blocks: tuple[Block, ...]
    notice: str

    @property
    def title(self) -> str:
        return self.network.title

    @property
    def image(self) -> tuple[int, ...]:
        """Shape of the first image it takes, as built; of the first vector if it takes no image."""
        shapes = [node.shape for node in entries(self.root)]
        return next((shape for shape in shapes if len(shape) == 3), shapes[0])

    @property
    def example(self) -> str:
        """One input, as «1 image, 224×224×3»."""
        return example(self.root)

    @property
    def costs_line(self) -> str:
        """Parameters, MACs and depth, as below a drawing."""
        return costs.costs_line(self.root, self.totals)

    @cached_property
    def quantities(self) -> pd.DataFrame:
        """Quantities that the counting conventions add up, one row a layer."""
        return costs.quantity_table(self.root)

    @cached_property
    def totals_by_convention(self) -> dict[str, int]:
        """Total by each counting convention."""
        return costs.totals_by_convention(self.quantities)


@cached_by_network
def study(network: Network) -> Study:
    """Return the study of a network. Raises ``ValueError`` if its knobs do not fit together."""
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


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of each layer and each block by one convention, in the order of the study's tables."""

    convention: CountingConvention
    layers: "pd.Series[int]"
    blocks: "pd.Series[int]"

    @property
    def total(self) -> int:
        """Count of the whole network."""
        return int(self.layers.sum())


@cached_by_network
def counts(network: Network, convention: str) -> Counts:
    """Return the counts of a network by the convention of that name."""
    shown, by = study(network), costs.convention(convention)
    if by.name in shown.layers:
        return Counts(by, shown.layers[by.name], shown.rows[by.name])
    layers = costs.count(shown.quantities, by)
    return Counts(by, layers, layers.groupby(shown.layers["block"], sort=False).sum().reset_index(drop=True))
