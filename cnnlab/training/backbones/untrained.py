"""Any network of the project as a backbone: case studies, rewritten ones, recipes. All are trained from scratch."""

from typing import Any

from cnnlab.backends.keras_calls import refusal
from cnnlab.graph import Node, entries, outputs
from cnnlab.network import Network, smallest_input
from cnnlab.recipe import Recipe
from cnnlab.training.backbones.backbone import Backbone
from cnnlab.training.backbones.graphs import cut_head, prepared

LARGEST = 512  # pixels of a side: a batch of larger images fills a laptop's memory


def backbone_of(network: Network) -> Backbone:
    """Return a network as a backbone.

    Raises ``ValueError`` where it cannot be built again, has several inputs or outputs, or takes no square images of
    three colours.
    """
    root = network.graph()
    heads, starts = outputs(root), entries(root)
    for nodes, what in ((heads, "outputs"), (starts, "inputs")):
        if len(nodes) > 1:
            knob = "; set auxiliary_heads to off" if "auxiliary_heads" in network.case.knobs else ""
            raise ValueError(f"{network.label} has {len(nodes)} {what}, and training here takes networks of one{knob}")
    why = refusal(root)
    if why:
        raise ValueError(f"the network “{network.label}” cannot be trained here: {why}. Train it with your own code")
    image = starts[0].shape
    if len(image) != 3:
        raise ValueError(f"{network.label} takes no images, so it cannot be trained on a data set here")
    if image[0] != image[1]:
        raise ValueError(
            f"{network.label} takes images of {image[0]}×{image[1]} pixels, and training here takes square ones"
            f"{_square(network, min(image[:2]))}"
        )
    if image[2] != 3:
        knob = "channels=3" if "channels" in network.case.knobs else "three channels"
        raise ValueError(
            f"{network.label} takes images of {image[2]} channel{'s' if image[2] > 1 else ''}, and data sets have "
            f"three (red, green, blue); set {knob}"
        )
    explained = (
        f"{network.label}, with random weights: nothing is transferred; it learns from the images of the run alone. "
        f"Its batch norms use a momentum of 0.9, since runs here are short."
    )
    return Backbone(
        str(network),
        network.label,
        explained,
        cut_head(root).explained,
        image[0],
        _limits(network, image[0]),
        lambda input_size: _model(network, input_size),
    )


def _square(network: Network, side: int) -> str:
    """Return the end of a sentence: how this network gets square images."""
    if network.input_size is not None:
        return f"; set input_size={side}"
    return "; set its input size to one number on the page Build" if network.recipe else ""


def _limits(network: Network, size: int) -> tuple[int, int]:
    other = size - 1 if size > LARGEST else size + 1
    # A file may fix one side and leave the other open.
    if network.input_size is not None and entries(at(network, other))[0].shape[:2] == (other, other):
        smallest = smallest_input(network)
        return (smallest if isinstance(smallest, int) else size, max(LARGEST, size))
    if network.recipe:
        return (1, max(LARGEST, size))  # what does not fit raises when it is built
    return (size, size)


def at(network: Network, input_size: int) -> Node:
    """Return the network's graph for images of another size. Raises ``ValueError`` if it does not fit."""
    recipe = network.recipe
    if recipe:
        other = Network.assembled(Recipe(input_size=input_size, channels=recipe.channels, rows=recipe.rows))
        return other.rewritten(*network.rewrites).graph()
    if "input_size" in network.case.knobs:
        return network.replace(input_size=input_size).graph()
    return network.graph()


def body(network: Network, input_size: int) -> Node:
    """Return the graph that is trained: without head, for pixels of 0…255. Raises ``ValueError`` if it does not fit."""
    return prepared(cut_head(outputs(at(network, input_size))[0]).root)


def _model(network: Network, input_size: int) -> Any:
    from cnnlab.backends.keras import to_keras

    return to_keras(body(network, input_size), "backbone")
