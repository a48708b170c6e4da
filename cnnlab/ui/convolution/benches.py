"""Every bench by its name in addresses, in the order of the control."""

from collections.abc import Mapping
from types import MappingProxyType

from cnnlab.ui.convolution import slide
from cnnlab.ui.convolution.bench import Bench

BENCHES: Mapping[str, Bench] = MappingProxyType({bench.name: bench for bench in (slide.BENCH,)})
