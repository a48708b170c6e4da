"""Whether a spec that is right by itself can be trained here: its pictures, its backbone, and what they allow."""

from cnnlab import data
from cnnlab.data.references import DOWNLOAD, FOLDER, UPLOAD
from cnnlab.training.backbones import backbone
from cnnlab.training.spec import PRETRAINED, Spec


def problems(spec: Spec) -> dict[str, str]:
    """A sentence for each field that is wrong. TensorFlow is not asked: what is in files is seen when they are read.

    >>> problems(Spec(data="nonsense", input_size=1024)).keys()
    dict_keys(['data', 'input_size'])
    """
    found: dict[str, str] = {}
    if spec.data not in data.names() and not spec.data.startswith((UPLOAD, FOLDER, DOWNLOAD)):
        found["data"] = f"no data set is called “{spec.data[:40]}”; choose one of {', '.join(data.names())}"
    try:
        made = backbone(spec.network or spec.backbone)
    except (ValueError, LookupError) as error:
        found["network" if spec.network else "backbone"] = str(error)
    else:
        try:
            made.checked(spec.input_size)
        except ValueError as error:
            found["input_size"] = str(error)
        if spec.weights == PRETRAINED and not made.knows:
            found["weights"] = f"{made.title} comes without weights: choose “none”, or name a file of weights"
    pipeline = spec.augmentation
    if pipeline.leaving(pipeline.arriving(spec.input_size)) != spec.input_size:
        found["augmentation"] = (
            f"the augmentation’s crops leave too little of a picture to have {spec.input_size}×{spec.input_size} "
            "pixels; keep more of it"
        )
    return found
