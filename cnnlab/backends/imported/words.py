"""What a file of each format is called in a sentence, and how one is mended that does not fit.

Readers that several formats share raise ``MisfitError`` with the problem alone; its end depends on the format.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The words for one format: a file of it, who wrote its operations, and what to do with a file that is broken.

    ``shapes`` says what to do about a layer that is not known and whose output has no known shape.
    """

    file: str
    maker: str
    again: str
    shapes: str


KERAS = Words(
    "this model",
    "Keras",
    "save the model again with Keras",
    "save the model with Keras 3, model.save('name.keras'), which writes every shape",
)
ONNX = Words(
    "this ONNX file",
    "ONNX",
    "export the model again with torch.onnx.export or another exporter, then check it with onnx.checker",
    "write the shapes into the file with onnx.shape_inference.infer_shapes",
)
GRAPH_MODEL = Words(
    "this graph model of TensorFlow.js",
    "TensorFlow",
    "convert the model again with tensorflowjs_converter",
    "pack model.json as .zip with the .bin files beside it, which have the missing numbers, and choose that, or open "
    "the original Keras file here",
)
PACKED_GRAPH_MODEL = Words(
    GRAPH_MODEL.file, GRAPH_MODEL.maker, GRAPH_MODEL.again, "open the original Keras file here instead"
)
FORMATS = {"keras": KERAS, "onnx": ONNX, "graph model": GRAPH_MODEL, "packed graph model": PACKED_GRAPH_MODEL}
"""By the name that a document has under ``format``."""


class MisfitError(ValueError):
    """A setting, a connection or a size that no network has. The text says which; ``lost`` if a shape is not known."""

    def __init__(self, problem: str, lost: bool = False):
        super().__init__(problem)
        self.lost = lost

    def sentence(self, words: Words) -> str:
        """Return the problem and how to mend a file of this format."""
        return f"{self}; {words.shapes if self.lost else words.again}"
