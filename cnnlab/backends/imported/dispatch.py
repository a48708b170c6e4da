"""Finds the reader of one layer: of a layer that Keras has, of an operation, or of none."""

from collections.abc import Sequence

import cnnlab.backends.imported.padded_layers  # noqa: F401  registers its readers
from cnnlab.backends.imported.channels_first import turned
from cnnlab.backends.imported.fields import Fields, NotUnderstoodError
from cnnlab.backends.imported.operations import operation
from cnnlab.backends.imported.registry import READERS, Shapes
from cnnlab.backends.imported.shape_layers import TRAINING_ONLY
from cnnlab.backends.imported.structure import Call, is_new
from cnnlab.graph import Add, Counted, Layer, Rescale


def layers(call: Call, fields: Fields, shapes: Shapes, first: bool) -> Sequence[Sequence[Layer]]:
    """Return the layers that each output of a Keras layer becomes; only operations have several outputs.

    ``first`` if the file has channels first. Raises ``NotUnderstoodError`` with the reason if there are none.
    """
    cls, module = call.layer["class_name"], call.layer.get("module")
    registered = call.layer.get("registered_name")
    ours = registered == "cnnlab>LocalResponseNormalization"
    # Keras 2 names no modules; there, a class of somebody's own has a prefix.
    own = "module" in call.layer and str(module).split(".")[0] not in ("keras", "tensorflow", "tf_keras")
    # In HDF5, Keras 3 writes no modules; there an operation is what cannot be trained.
    bare = module is None and is_new(call.layer) and "trainable" not in call.layer["config"]
    if cls in ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer"):
        return _operation(call, fields, shapes, first)
    if not ours and (own or ">" in cls):
        raise NotUnderstoodError("a class from outside Keras, whose code is never executed here")
    if cls in TRAINING_ONLY:
        return [[Counted(cls, "in training alone", pointwise=True)]]
    if ours:
        cls = "LocalResponseNormalization"
    if cls == "Lambda":
        raise NotUnderstoodError("runs Python code, which is never executed here")
    if bare or (isinstance(module, str) and module.startswith("keras.src.ops")):
        return _operation(call, fields, shapes, first)
    if cls != "CustomScaleLayer" and cls not in READERS:
        unnumbered = fields.config.get("unnumbered") is True
        reason = "takes numbers from a .bin file that was not given" if unnumbered else "not a layer that CNN Lab knows"
        raise NotUnderstoodError(reason)
    if first:
        fields = turned(Fields(cls, fields.name, fields.config), shapes)
        cls = fields.cls
    if cls == "CustomScaleLayer":
        return [[Rescale(fields.number("scale")), Add()]]
    chain = READERS[cls](fields, shapes)
    if first and cls != "Reshape":
        _refuse_maps([chain], fields, shapes)
    return [chain]


def _operation(call: Call, fields: Fields, shapes: Shapes, first: bool) -> Sequence[Sequence[Layer]]:
    if first and any(len(shape) == 3 for shape in shapes):
        raise fields.channels_first()
    chains = operation(fields, shapes, call.given)
    if first:
        _refuse_maps(chains, fields, shapes)
    return chains


def _refuse_maps(chains: Sequence[Sequence[Layer]], fields: Fields, shapes: Shapes) -> None:
    """Raise ``ValueError`` if what is no map becomes one: its sides are in the order of the file."""
    if any(len(shape) == 3 for shape in shapes):
        return
    for chain in chains:
        arrived = shapes
        for layer in chain:
            arrived = (layer.output_shape(arrived),)
        if len(arrived[0]) == 3:
            raise fields.channels_first()
