"""Layers that make a map smaller by summarising its numbers, or larger by repeating them: pooling and upsampling."""

from dataclasses import dataclass
from typing import Literal

from cnnlab.graph.layer import Reach, Span, Weightless
from cnnlab.graph.shapes import Padding, Shape, Size, check_choice, check_positive, image, pair, slide, times
from cnnlab.graph.sliding import sliding
from cnnlab.units import with_article

Summary = Literal["max", "avg"]
SUMMARIES = ("max", "avg")


@dataclass(frozen=True, slots=True)
class Pool(Weightless):
    """The maximum or the average of each window; ``stride`` None moves by the window's own size."""

    summary: Summary
    size: Size
    stride: Size | None = None
    padding: Padding = "valid"

    kind = "pool"
    drawn_as = "pooling"

    def __str__(self) -> str:
        same = ", same" if self.padding == "same" else ""
        stride = times(self.step) if self.step[0] != self.step[1] else self.step[0]
        return f"{self.summary} {times(pair(self.size))}, stride {stride}{same}"

    @property
    def step(self) -> tuple[int, int]:
        """The stride in both directions."""
        return pair(self.size if self.stride is None else self.stride)

    def reach(self, inputs: tuple[Shape, ...]) -> Reach:
        return sliding(inputs[0], self.size, self.step, self.padding)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        height, width, channels = image(inputs, "pooling")
        check_choice("pooling", self.summary, SUMMARIES)
        height, width = slide((height, width), self.size, self.step, self.padding)
        return height, width, channels


@dataclass(frozen=True, slots=True)
class GlobalPool(Weightless):
    """One number a channel: its maximum or average over the whole map; ``keep_map`` leaves a 1×1 map, no vector."""

    summary: Summary = "avg"
    keep_map: bool = False

    kind = "global pool"
    drawn_as = "pooling"

    def __str__(self) -> str:
        return f"{self.summary} of the whole map"

    def reach(self, inputs: tuple[Shape, ...]) -> None:
        return None

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels = image(inputs, "global pooling")[2]
        check_choice("pooling", self.summary, SUMMARIES)
        return (1, 1, channels) if self.keep_map else (channels,)


@dataclass(frozen=True, slots=True)
class AdaptivePool(Weightless):
    """The average of as many windows as make a map of ``size``, whatever the size of the map that arrives.

    Position i of n averages the rows from ⌊i · rows / n⌋ to ⌈(i + 1) · rows / n⌉, as PyTorch and Keras do.
    """

    size: Size

    kind = "adaptive pool"
    drawn_as = "pooling"

    def __str__(self) -> str:
        return f"avg to {times(pair(self.size))}"

    def reach(self, inputs: tuple[Shape, ...]) -> Reach:
        height, width = (Span(n, 0, n - 1, up=out) for n, out in zip(inputs[0][:2], pair(self.size), strict=True))
        return Reach(height, width)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        height, width, channels = image(inputs, "adaptive pooling")
        check_positive("size of the pooled map", *pair(self.size))
        if min(height, width, *pair(self.size)) < 2:
            raise ValueError(
                f"{with_article(f'{height}×{width}')} map cannot be averaged to {times(pair(self.size))}: adaptive "
                "pooling needs at least 2×2 on both sides (Keras agrees); use a larger input image, or global pooling "
                "for one number per channel"
            )
        return (*pair(self.size), channels)


@dataclass(frozen=True, slots=True)
class Upsample(Weightless):
    """Repeats every number ``size`` times in each direction; ``smooth`` fills in values in between (bilinear)."""

    size: Size
    smooth: bool = False

    kind = "upsample"
    drawn_as = "other"

    def __str__(self) -> str:
        return f"{times(pair(self.size))} times{', smooth' if self.smooth else ''}"

    def reach(self, inputs: tuple[Shape, ...]) -> Reach:
        # Smooth: output p stands at (p + ½) / size − ½ and takes the inputs on both sides, or the one it stands on.
        height, width = (Span(2, 1 - n, n, up=2 * n) if self.smooth else Span(up=n) for n in pair(self.size))
        return Reach(height, width)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        height, width, channels = image(inputs, "upsampling")
        rows, columns = pair(self.size)
        check_positive("size", rows, columns)
        return height * rows, width * columns, channels
