"""What is worked out of a network is remembered for all sessions, within bounds."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec, TypeVar

from cnnlab.graph import walk
from cnnlab.network import Network

# Networks, with all that is drawn of them: 0.2 MB for MobileNet v1, 1.3 for EfficientNet-B7. A class that moves one
# slider meets about 80, twice as many where torchvision's form is worked out as well.
KEPT = 128
# The deepest, such as ResNet-1202 with 7 MB, would fill a small server's memory: few of these are kept.
LARGE, KEPT_LARGE = 1000, 4  # layers; networks

P = ParamSpec("P")
T = TypeVar("T")


def kept(work: Callable[Concatenate[Network, P], T]) -> Callable[Concatenate[Network, P], T]:
    """Remember what a function makes of a network, of large ones only the last few. Arguments must be hashable."""
    many, few = lru_cache(maxsize=KEPT)(work), lru_cache(maxsize=KEPT_LARGE)(work)

    @wraps(work)
    def remembered(network: Network, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return (few if _layers(network) > LARGE else many)(network, *args, **kwargs)  # type: ignore[arg-type]

    return remembered


@lru_cache(maxsize=8 * KEPT)
def _layers(network: Network) -> int:
    return len(walk(network.graph()))
