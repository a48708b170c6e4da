"""The sweeps, and the places of the papers' own networks in them."""

from collections.abc import Iterable, Mapping
from itertools import pairwise, product
from math import log
from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnlab.knobs import number
from cnnlab.network import Network
from cnnlab.scaling.sweep import Axis, Listed, Sweep, spread
from cnnlab.units import short
from cnnlab.zoo.efficientnet import ALPHA_DEPTH, BETA_WIDTH, GAMMA_RESOLUTION, RELEASED
from cnnlab.zoo.resnet import BASIC, BOTTLENECK

if TYPE_CHECKING:
    from cnnlab.scaling.networks import Cell

PIXELS = "at {} pixels"

# Howard 2017, Tables 6 and 7, and the sixteen released checkpoints.
V1_WIDTHS, V1_SIDES = (1.0, 0.75, 0.5, 0.25), (224, 192, 160, 128)
# Sandler 2018, section 6.1 and Figure 5: these at every size, 1.4 at 224 alone; 1.3 at 224 was released with them.
V2_WIDTHS, V2_SIDES, V2_WIDER = (1.0, 0.75, 0.5, 0.35), (224, 192, 160, 128, 96), (1.3, 1.4)


def _mobilenet(name: str, title: str, idea: str, places: Iterable[tuple[float, int]]) -> Sweep:
    places = tuple(places)
    sides = [side for _, side in places]
    return Sweep(
        name,
        title,
        idea,
        name,
        Axis(
            "width",
            "width multiplier α",
            "α {}",
            spread(0.1, 1.6, (0.25, 0.1, 0.05), {width for width, _ in places}),
        ),
        Axis("input_size", "input size, pixels (ρ × 224)", PIXELS, spread(64, 320, (32, 16, 8), sides)),
        tuple(Listed(f"{width:g}–{side}", Network.of(name, width=width, input_size=side)) for width, side in places),
    )


# The paper's three directions; the released networks stand in each plane of two.
DEPTH = Axis("depth", "depth d = α^φ", "depth {}", spread(0.4, 3.2, (0.5, 0.2, 0.1), {row[1] for row in RELEASED}))
WIDTH = Axis("width", "width w = β^φ", "width {}", spread(0.5, 2.2, (0.5, 0.1, 0.05), {row[0] for row in RELEASED}))
SIDE = Axis(
    "input_size", "input size, pixels (r × 224)", PIXELS, spread(128, 640, (64, 32, 16), [row[2] for row in RELEASED])
)
PHI = Axis("phi", "compound coefficient φ", "φ {}", spread(0, 7, (0.5, 0.25, 0.1), range(8)))
_B = tuple(Network.of(f"efficientnet_b{number}") for number in range(len(RELEASED)))


def _plane(across: Axis, up: Axis) -> Sweep:
    free = next(axis for axis in (DEPTH, WIDTH, SIDE) if axis not in (across, up))
    # The third direction offers what was released: there the points lie in the plane.
    offered = tuple(sorted({float(number(network.values[free.knob])) for network in _B}))
    words = {"depth": "deeper", "width": "wider", "input_size": "larger images"}
    return Sweep(
        f"efficientnet_{across.knob}_{up.knob}".replace("input_size", "resolution"),
        f"EfficientNet: {words[across.knob]} against {words[up.knob]}",
        "MACs grow in proportion to depth, and with the square of width and of resolution. The paper's networks grow "
        "in all three at once.",
        "efficientnet_b0",
        across,
        up,
        tuple(Listed(f"B{number}", network) for number, network in enumerate(_B)),
        (Axis(free.knob, free.title, free.phrase, (offered,) * 3), PHI),
    )


def _phi(side: int) -> float:
    """Return the φ, in halves, whose resolution comes nearest to a released one."""
    return round(2 * log(side / RELEASED[0][2]) / log(GAMMA_RESOLUTION)) / 2


# n blocks a stage, depth 6n + 2; n of the paper's networks in each list, then about equal factors up to 1202.
LISTED_DEPTHS = (20, 32, 44, 56, 110, 1202)  # He 2015, Table 6
BLOCKS = (
    (1, 2, 3, 5, 7, 9, 18, 36, 85, 200),
    (*range(1, 10), 12, 15, 18, 25, 36, 50, 72, 100, 141, 200),
    (*range(1, 19), 22, 27, 33, 40, 48, 58, 70, 85, 100, 120, 143, 170, 200),
)
_SWEEPS = (
    _mobilenet(
        "mobilenet_v1",
        "MobileNet v1: α × ρ",
        "MACs change with the square of each knob: half the width or half the resolution does about a quarter of the "
        "MACs. Only width saves parameters.",
        product(V1_WIDTHS, V1_SIDES),
    ),
    _mobilenet(
        "mobilenet_v2",
        "MobileNet v2: α × ρ",
        "Half the resolution does about a quarter of the MACs. Half the width does about a third of the MACs and has "
        "more than half of the parameters: the last convolution always has 1,280 channels or more.",
        (*product(V2_WIDTHS, V2_SIDES), *((width, 224) for width in V2_WIDER)),
    ),
    _plane(WIDTH, DEPTH),
    _plane(WIDTH, SIDE),
    _plane(DEPTH, SIDE),
    Sweep(
        "efficientnet_phi",
        "EfficientNet: compound φ",
        "One number, φ, raises depth, width and resolution together. Each step of 1 is meant to double the MACs.",
        "efficientnet_b0",
        PHI,
        None,
        tuple(
            Listed(f"B{number}", network, _phi(row[2]))
            for number, (network, row) in enumerate(zip(_B, RELEASED, strict=True))
        ),
    ),
    Sweep(
        "resnet_cifar",
        "ResNet for 32×32 images: depth × width",
        "Parameters and MACs grow about in proportion to the number of blocks, and with the square of width.",
        "resnet20_cifar",
        Axis("depth", "depth, layers with weights", "depth {}", tuple(tuple(6 * n + 2 for n in row) for row in BLOCKS)),
        Axis(
            "width",
            "filters of the first stage",
            "with {} filters",
            ((4, 8, 16, 32, 64), (4, 8, 12, 16, 20, 24, 32, 40, 48, 64), tuple(range(4, 65, 4))),
        ),
        tuple(Listed(str(depth), Network.of("resnet20_cifar", depth=depth)) for depth in LISTED_DEPTHS),
    ),
    Sweep(
        "resnet_imagenet",
        "ResNet for ImageNet: depth",
        "With bottleneck blocks ResNet-50 has 16 layers more than ResNet-34 at about the same MACs.",
        "resnet{}",
        Axis("", "depth, layers with weights", "ResNet-{}", ((*BASIC, *BOTTLENECK),) * 3),
        None,
        tuple(Listed(str(depth), Network.of(f"resnet{depth}"), depth) for depth in (*BASIC, *BOTTLENECK)),
    ),
)
SWEEPS: Mapping[str, Sweep] = MappingProxyType({sweep.name: sweep for sweep in _SWEEPS})
"""Every sweep by name."""


def law(cells: "Iterable[Cell]") -> str:
    """Return in a sentence how MACs grow with φ in the graphs of a sweep, beside the paper's α · β² · γ² ≈ 2.

    Raises ``ValueError`` for fewer than two whole values of φ.
    """
    whole = [(cell.x, cell.summary.macs) for cell in cells if cell.summary and cell.x == int(cell.x)]
    if len(whole) < 2:
        raise ValueError("the growth per step needs networks at two whole values of φ or more")
    (first, least), (last, most) = whole[0], whole[-1]
    each = (most / least) ** (1 / (last - first))
    steps = [(after / before) ** (1 / (high - low)) for (low, before), (high, after) in pairwise(whole)]
    aim = ALPHA_DEPTH * BETA_WIDTH**2 * GAMMA_RESOLUTION**2
    return (
        f"From φ {first:g} to φ {last:g} MACs grow from {short(least)} to {short(most)}: each step multiplies them by "
        f"about {each:.2f}. The paper's α · β² · γ² = {ALPHA_DEPTH} · {BETA_WIDTH}² · {GAMMA_RESOLUTION}² is "
        f"{aim:.2f}, meant to be about 2. Single steps are ×{min(steps):.2f} to ×{max(steps):.2f}, since the numbers "
        "of blocks are rounded up to whole numbers, and channels to multiples of 8."
    )
