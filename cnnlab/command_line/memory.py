"""The memory of a batch of images: of inference and of a training step."""

from cnnlab.costs import Totals
from cnnlab.knobs import Knob, Range

BATCH = Knob("batch_size", int, 1, "Images that are computed at once, for the memory.", Range(1, 1_000_000))


def inference(totals: Totals, batch: int) -> int:
    """Return the bytes in fp32 of the weights, and of the activations alive at one moment of inference."""
    return totals.weight_bytes() + batch * totals.peak_bytes()


def document(totals: Totals, batch: int) -> dict[str, int]:
    """Return the memory of a batch for JSON."""
    return {
        "batch_size": batch,
        "inference_bytes": inference(totals, batch),
        "training_step_bytes": totals.training_bytes(batch),
    }
