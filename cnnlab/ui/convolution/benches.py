"""Every bench by its name in addresses, in the order of the control."""

from collections.abc import Mapping
from types import MappingProxyType

from cnnlab.ui.convolution import chains, depthwise, edges, pointwise, pooling, skip, slide, volumes, why
from cnnlab.ui.convolution.bench import Bench

EVERY = (slide, edges, volumes, pooling, pointwise, depthwise, skip, why, chains)
BENCHES: Mapping[str, Bench] = MappingProxyType({each.BENCH.name: each.BENCH for each in EVERY})
