"""Links from Build to other pages."""

from cnnlab.network import Network
from cnnlab.ui.links import link


def network_links(network: Network) -> str:
    """Return links that open the network on other pages, as HTML."""
    reference = network.url_text
    ways = (
        link("inspect", {"network": reference}, "Inspect it layer by layer"),
        link("compare", {"network": [reference, "mobilenet_v1"]}, "Compare it"),
        link("savings", {"swap": reference}, "Rewrite it"),
        link("transfer", {"network": reference, "keep": "true"}, "Train it from scratch"),
    )
    return f'<p class="cnnlab-prose">{" · ".join(ways)}</p>'
