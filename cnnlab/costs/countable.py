"""What costs are counted of: a graph, whatever has one, or a Keras model."""

from typing import Any, Protocol, runtime_checkable

from cnnlab.graph import Node

KERAS = ("keras", "tf_keras", "tensorflow")
"""The packages whose models are read; Keras 3 inside TensorFlow is the first."""


@runtime_checkable
class HasGraph(Protocol):
    """A network reference or an imported network."""

    def graph(self) -> Node:
        """Return the graph."""


Countable = Node | HasGraph | Any
"""A node, a network reference, or a Keras model: nothing of Keras is imported to name its type."""


def graph_of(network: Countable) -> Node:
    """Return the graph of whatever costs are counted of. A Keras model is read by its configuration.

    Raises ``ValueError`` for a model that cannot be read, ``TypeError`` for anything else.
    """
    if isinstance(network, Node):
        return network
    if _is_keras(network):
        from cnnlab.backends.imported import read

        model: Any = network
        return read(model.to_json().encode()).graph()
    if isinstance(network, HasGraph) and not isinstance(network, type):
        return network.graph()
    raise TypeError(
        f"costs are counted of a graph, a Network or a Keras model, not {type(network).__name__}; "
        "a reference as text is read by Network.parse"
    )


def _is_keras(model: object) -> bool:
    """Return whether an object is a model of Keras, also one of a class of one's own."""
    origins = {each.__module__.partition(".")[0] for each in type(model).__mro__}
    return not origins.isdisjoint(KERAS) and callable(getattr(model, "to_json", None))
