"""The memory of a batch of images: of inference and of a training step."""

from cnnlab.costs import Totals
from cnnlab.knobs import Knob, Range, number

BATCH = Knob(
    "batch_size", int, 1, "Images at once, for the memory of inference and of a training step.", Range(1, 1_000_000)
)


def batch(text: str | None) -> int:
    """Return the batch size that an option gives, or the default. Raises ``ValueError``."""
    return int(number(BATCH.default if text is None else BATCH.parse(text)))


def inference(totals: Totals, images: int) -> int:
    """Return the bytes in fp32 of the weights, and of the activations alive at one moment of inference."""
    return totals.weight_bytes() + images * totals.peak_bytes()


def document(totals: Totals, images: int) -> dict[str, int]:
    """Return the memory of a batch for JSON."""
    return {
        "batch_size": images,
        "inference_bytes": inference(totals, images),
        "training_step_bytes": totals.training_bytes(images),
    }
