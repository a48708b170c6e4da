"""The positions of a map that a sliding window sees."""

from cnnlab.graph.layer import Reach, Span
from cnnlab.graph.shapes import Padding, Shape, Size, pair


def sliding(shape: Shape, window: Size, stride: Size, padding: Padding, dilation: int = 1) -> Reach:
    """Return the reach of a window that slides over a map of that shape.

    "same" pads as TensorFlow does: as much in front as behind, and one more behind if the padding is odd. How much
    depends on the side of the map: a 3×3 window with a stride of 2 begins in the padding on 7×7, not on 8×8.
    """
    height, width = (
        _span(side, taps, step, padding, dilation)
        for side, taps, step in zip(shape[:2], pair(window), pair(stride), strict=True)
    )
    return Reach(height, width)


def _span(side: int, taps: int, stride: int, padding: Padding, dilation: int) -> Span:
    extent = (taps - 1) * dilation + 1
    zeros = max((-(-side // stride) - 1) * stride + extent - side, 0) if padding == "same" else 0
    before = zeros // 2
    return Span(stride, -before, extent - 1 - before, dilation)
