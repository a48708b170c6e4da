"""The course map: the steps of a course on convolutional networks, each a link to a page with its settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from cnnlab.augment import PRESETS
from cnnlab.convolution.kernels import KERNELS, respond
from cnnlab.convolution.sample_images import BRIGHT_DARK
from cnnlab.costs import Totals
from cnnlab.data.textures import PHOTOGRAPHS
from cnnlab.graph import DepthwiseConv, Layer, skips, walk
from cnnlab.network import Network
from cnnlab.training.backbones import built_in
from cnnlab.ui import html
from cnnlab.ui.links import link
from cnnlab.ui.study import Study, study
from cnnlab.units import full, percent, short

ALEXNET, SEEN = PRESETS["alexnet"].pipeline, 224  # pixels of a side that AlexNet sees


@dataclass(frozen=True)
class CourseStep:
    """One step: its title, the page and settings that it opens, and a line with numbers from there."""

    title: str
    page: str
    params: Mapping[str, str]
    """The settings, as parameters of the page's URL."""
    line: Callable[[], str]


def _inspect(title: str, reference: str, chosen: str, line: Callable[[Study], str]) -> CourseStep:
    """Return a step that inspects a network, with a layer or block of it chosen."""
    network = Network.parse(reference)
    params = {"network": network.name, **network.params} | ({"layer": chosen} if chosen else {})
    return CourseStep(title, "inspect", params, lambda: line(study(network)))


def _slide() -> str:
    row = respond(BRIGHT_DARK, KERNELS["vertical"])[0]
    return "A kernel slides over an edge: " + "\N{NO-BREAK SPACE}".join(f"{value:g}" for value in row)


def _transfer() -> str:
    shown, classes = study(built_in.network()), len(PHOTOGRAPHS)
    before = _layer_params(shown, "dense1.dense")  # a column of weights and a bias for each of the drawings' classes
    head = before // built_in.CLASSES * classes
    whole = short(shown.totals.params - before + head)
    return f"{classes} textures: first train {full(head)} parameters of {whole}"


def _crops() -> str:
    # Krizhevsky 2012, section 4.1, counts 32 × 32 places and both mirror images.
    input_side = ALEXNET.input_side(SEEN)
    return f"AlexNet made {full(2 * (input_side - SEEN) ** 2)} images of each by shifting and mirroring"


def _share_of_macs(shown: Study, layer: type[Layer]) -> str:
    macs = sum(node.macs for node in walk(shown.root) if isinstance(node.layer, layer))
    return percent(macs, shown.totals.macs)


def _default_totals(shown: Study) -> Totals:
    return study(Network.of(shown.network.name)).totals


def _layer_params(shown: Study, layer: str) -> int:
    return int(shown.layers.loc[shown.layers["layer"] == layer, "params"].sum())


def _params(shown: Study, block: str) -> int:
    return int(shown.rows.loc[shown.rows["block"] == block, "params"].sum())


COURSE = (
    CourseStep("Foundations", "convolution", {"bench": "slide"}, _slide),
    _inspect(
        "Classic networks",
        "vgg16",
        "fc6",
        lambda shown: (
            f"VGG-16: one dense layer holds {percent(_params(shown, 'fc6'), shown.totals.params)} of "
            f"{short(shown.totals.params)} parameters"
        ),
    ),
    _inspect(
        "ResNets",
        "resnet34",
        "stage2.block1",
        lambda shown: f"ResNet-34: skips around {len(skips(walk(shown.root)))} blocks",
    ),
    _inspect(
        "1×1 and Inception",
        "googlenet",
        "inception3a",
        lambda shown: f"GoogLeNet: four branches, {short(shown.totals.params)} parameters in all",
    ),
    _inspect(
        "MobileNet",
        "mobilenet_v1",
        "block1",
        lambda shown: f"Depthwise convolutions do {_share_of_macs(shown, DepthwiseConv)} of its MACs",
    ),
    _inspect(
        "EfficientNet",
        "efficientnet_b0?phi=1",
        "",
        lambda shown: f"φ = 1: {short(_default_totals(shown).macs)} MACs become {short(shown.totals.macs)}",
    ),
    CourseStep("Transfer learning", "transfer", {}, _transfer),
    CourseStep("Augmentation", "augment", {"steps": ALEXNET.to_text()}, _crops),
)


@lru_cache(maxsize=1)
def course_map() -> str:
    """Return HTML of the map: links in order."""
    steps = "".join(
        "<li>"
        + link(
            step.page,
            step.params,
            f"<b>{escape(step.title)}</b><span>{escape(html.unbroken(step.line()))}</span>",
            "cnnlab-step",
        )
        + "</li>"
        for step in COURSE
    )
    return f'<ol class="cnnlab-course" aria-label="Course map">{steps}</ol>'
