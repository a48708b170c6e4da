"""Assembly of a run's network: a backbone with its weights, and a new head. Keras is loaded when one is made."""

from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnlab.data.download_file import DownloadProgress
from cnnlab.training.backbones import Weights, backbone, last_layers, stages
from cnnlab.training.backbones.uploaded import STORE
from cnnlab.training.backbones.uploaded import get as uploaded
from cnnlab.training.spec import BUILT_IN, SCRATCH, Spec

if TYPE_CHECKING:
    from cnnlab.training.head import TrainableNetwork

LARGEST_HEAD = 50_000_000  # parameters: 200 MB, and three times that with Adam


def weights(spec: Spec) -> Weights:
    """Return the weights that a spec's backbone begins with. Raises ``ValueError`` if an uploaded file was deleted."""
    if (named := spec.weights_file) is None:
        return "random" if spec.weights == SCRATCH else "pretrained"
    return uploaded(named) if STORE.is_name(named) else Path(named)


def assemble(spec: Spec, classes: int, progress: DownloadProgress | None = None) -> "TrainableNetwork":
    """Return the network for ``classes`` classes; the spec's seed determines all random numbers in it.

    Raises ``ValueError`` with a sentence if it cannot be built or its weights cannot be had.
    """
    from cnnlab.training.head import attach

    known = weights(spec)
    try:
        body = backbone(spec.network or spec.backbone).make(known, spec.input_size, progress)
    except OSError as error:
        raise ValueError(f"the weights cannot be read ({error.strerror or error}); choose “{BUILT_IN}”") from None
    check_head(spec, body.output_shape[1:], classes)
    names = tuned(spec, body)
    return attach(body, spec, classes, names)


def tuned(spec: Spec, body: Any) -> tuple[str, ...] | None:
    """Return the names of the backbone's layers that fine-tuning changes; None if all layers are trained.

    Random weights that are trained in part would stay random, and are treated as a frozen backbone is.
    """
    found = stages(body)
    if spec.weights == SCRATCH and not spec.head_epochs and spec.unfreeze >= len(found):
        return None
    return last_layers(found, spec.unfreeze)


def check_head(spec: Spec, shape: tuple[int, ...], classes: int) -> None:
    """Raise ``ValueError`` if the head on features of this shape would be too large."""
    features = prod(shape) if spec.pooling == "flatten" else shape[-1]
    units = 1 if classes == 2 else classes
    count = features * (spec.head_units or units) + spec.head_units * units
    if count > LARGEST_HEAD:
        raise ValueError(
            f"a head on {features:,} features would have {count:,} weights, more than {LARGEST_HEAD:,}; choose average "
            "pooling, smaller images or fewer units"
        )
