"""Bounded cache of results computed from a network, shared by all sessions."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec, TypeVar

from cnnlab.graph import walk
from cnnlab.network import Network

# Networks, with their drawings: 0.2 MB for MobileNet v1, 1.3 for EfficientNet-B7. A class that moves one slider
# meets about 80, twice as many if torchvision's form is computed as well.
MOST = 128
# The deepest, such as ResNet-1202 with 7 MB, would fill a small server's memory: few of these are kept.
LARGE, MOST_LARGE = 1000, 4  # layers; networks

P = ParamSpec("P")
T = TypeVar("T")


def cached_by_network(work: Callable[Concatenate[Network, P], T]) -> Callable[Concatenate[Network, P], T]:
    """Cache a function of a network; of large networks only the last few results. Arguments must be hashable."""
    many, few = lru_cache(maxsize=MOST)(work), lru_cache(maxsize=MOST_LARGE)(work)

    @wraps(work)
    def remembered(network: Network, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return (few if _layers(network) > LARGE else many)(network, *args, **kwargs)  # type: ignore[arg-type]

    return remembered


@lru_cache(maxsize=8 * MOST)
def _layers(network: Network) -> int:
    return len(walk(network.graph()))
