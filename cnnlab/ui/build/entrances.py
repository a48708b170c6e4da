"""Where else a network can be looked at."""

from cnnlab.network import Network
from cnnlab.ui.links import link


def elsewhere(network: Network) -> str:
    """Links to the other pages, as HTML."""
    reference = network.reference
    ways = (
        link("inspect", {"network": reference}, "Inspect it layer by layer"),
        link("compare", {"network": [reference, "mobilenet_v1"]}, "Compare it"),
        link("savings", {"swap": reference}, "Rewrite it"),
        link("transfer", {"network": reference, "keep": "true"}, "Train it from scratch"),
    )
    return f'<p class="cnnlab-prose">{" · ".join(ways)}</p>'
