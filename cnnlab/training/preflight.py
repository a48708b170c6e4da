"""Checks, before a run begins, whether a valid spec can be trained here: its images, its backbone, their sizes."""

from cnnlab import data
from cnnlab.data.references import DOWNLOAD, FOLDER, UPLOAD
from cnnlab.knobs import missing
from cnnlab.training import backbones
from cnnlab.training.spec import PRETRAINED, Spec


def problems(spec: Spec) -> dict[str, str]:
    """Return a sentence for each wrong field. TensorFlow is not needed: the content of files is checked when read.

    >>> problems(Spec(data="nonsense", input_size=1024)).keys()
    dict_keys(['data', 'input_size'])
    """
    found: dict[str, str] = {}
    if spec.data not in data.names() and not spec.data.startswith((UPLOAD, FOLDER, DOWNLOAD)):
        found["data"] = str(missing("data set", spec.data, data.names()))
    found |= network_problems(spec.network, spec.backbone, spec.weights, spec.input_size)
    pipeline = spec.augmentation
    if pipeline.output_side(pipeline.input_side(spec.input_size)) != spec.input_size:
        found["augmentation"] = (
            f"the augmentation crops images to fewer than {spec.input_size}×{spec.input_size} pixels; crop less"
        )
    return found


def network_problems(network: str, backbone: str, weights: str, input_size: int) -> dict[str, str]:
    """Return a sentence for each of these fields that is wrong; the others of a spec make no difference to them."""
    try:
        made = backbones.backbone(network or backbone)
    except (ValueError, LookupError) as error:
        return {"network" if network else "backbone": str(error)}
    found: dict[str, str] = {}
    try:
        made.checked(input_size)
    except ValueError as error:
        found["input_size"] = str(error)
    if weights == PRETRAINED and not made.knows:
        found["weights"] = f"{made.title} has no weights: choose “none”, or name a file of weights"
    return found
