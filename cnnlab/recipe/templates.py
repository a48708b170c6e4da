"""Case studies as recipes, made from the papers' tables in the catalogue."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from math import ceil
from types import MappingProxyType
from typing import Any

from cnnlab.blocks import divisible
from cnnlab.recipe.recipe import Recipe, Row, row
from cnnlab.zoo import alexnet, efficientnet, googlenet, lenet, mobilenet, nin, resnet, vgg

SOFTMAX = row("activation", function="softmax")


@dataclass(frozen=True)
class Template:
    """A recipe with the counts of a case study.

    ``left_out`` names what rows cannot express; ``params`` is how many parameters of the case study the recipe lacks.
    """

    name: str
    title: str
    make: Callable[[], Recipe]
    left_out: str = ""
    params: int = 0


def _folded(rows: Iterator[Row]) -> tuple[Row, ...]:
    """Return the rows, equal neighbours as one row with a repeat count."""
    return tuple(replace(first, repeat=len([*equal])) for first, equal in groupby(rows))


def _classifier(classes: int, *before: Row) -> tuple[Row, ...]:
    return (*before, row("dense", units=classes), SOFTMAX)


def _lenet() -> Recipe:
    rows: list[Row] = []
    for _, filters in lenet.CONVOLUTIONS:
        rows.append(row("conv", filters=filters, kernel=5, padding="valid", activation="tanh"))
        rows.append(row("average_pool"))
    rows.append(row("flatten"))
    rows += [row("dense", units=units, activation="tanh") for _, units in lenet.DENSE]
    return Recipe(input_size=32, channels=1, rows=(*rows, *_classifier(10)))


def _alexnet() -> Recipe:
    rows: list[Row] = []
    for filters, kernel, stride, padding, towers, norm, pool in alexnet.CONVOLUTIONS:
        groups = 2 if towers else 1
        rows.append(row("conv", filters=filters, kernel=kernel, stride=stride, padding=padding, groups=groups))
        rows += [row("local_response_norm")] if norm else []
        rows += [row("max_pool", size=3)] if pool else []
    hidden = (row("dense", units=4096, activation="relu"), row("dropout"))
    return Recipe(input_size=227, rows=(*rows, row("flatten"), *hidden, *hidden, *_classifier(1000)))


def _vgg(depth: int) -> Recipe:
    blocks = (
        row("vgg_block", filters=filters, convs=convs)
        for filters, convs in zip(vgg.FILTERS, vgg.CONVOLUTIONS[depth], strict=True)
    )
    hidden = (row("dense", units=4096, activation="relu"), row("dropout"))
    return Recipe(input_size=224, rows=(*blocks, row("flatten"), *hidden, *hidden, *_classifier(1000)))


def _nin() -> Recipe:
    rows: list[Row] = []
    for filters, kernel, stride, padding in nin.BLOCKS:
        rows.append(row("nin_block", filters=filters, kernel=kernel, stride=stride, padding=padding))
        rows.append(row("max_pool", size=3))
    last = (row("conv", filters=1024), row("conv", filters=1024, kernel=1), row("conv", filters=1000, kernel=1))
    return Recipe(input_size=227, rows=(*rows, row("dropout"), *last, row("global_pool"), SOFTMAX))


def _googlenet() -> Recipe:
    pool = row("max_pool", size=3, padding="same")
    stem = (
        row("conv", kernel=7, stride=2), pool, row("local_response_norm"),
        row("conv", kernel=1), row("conv", filters=192), row("local_response_norm"), pool,
    )  # fmt: skip
    names = ("conv1x1", "reduce3x3", "conv3x3", "reduce5x5", "conv5x5", "pool_proj")
    modules = (
        row("inception", **dict(zip(names, widths, strict=True))) if widths else pool for _, widths in googlenet.MODULES
    )
    head = _classifier(1000, row("global_pool"), row("dropout", rate=0.4))
    return Recipe(input_size=224, rows=(*stem, *modules, *head))


def _resnet(depth: int, plain: bool = False) -> Recipe:
    """Return a ResNet for ImageNet. ResNet-50 and deeper have the biases that Keras gives them."""
    basic = depth in resnet.BASIC
    block = "residual_basic" if basic else "residual_bottleneck"
    more: dict[str, Any] = {"residual": False} if plain else {}
    more |= {} if basic else {"bias": True}
    stem = (
        row("zero_pad", top=3, bottom=3, left=3, right=3),
        row("conv", kernel=7, stride=2, padding="valid", batch_norm=True, bias=not basic),
        row("zero_pad"),
        row("max_pool", size=3),
    )

    def blocks() -> Iterator[Row]:
        for stage, repeats in enumerate((resnet.BASIC | resnet.BOTTLENECK)[depth]):
            for number in range(repeats):
                yield row(block, filters=resnet.FILTERS[stage], stride=2 if stage and not number else 1, **more)

    return Recipe(input_size=224, rows=(*stem, *_folded(blocks()), *_classifier(1000, row("global_pool"))))


def _resnet_cifar(depth: int, plain: bool = False) -> Recipe:
    more: dict[str, Any] = {"residual": False} if plain else {}

    def blocks() -> Iterator[Row]:
        for stage in range(3):
            for number in range((depth - 2) // 6):
                stride = 2 if stage and not number else 1
                yield row("residual_basic", filters=16 * 2**stage, stride=stride, shortcut="A", **more)

    first = row("conv", filters=16, batch_norm=True, bias=False)
    return Recipe(input_size=32, rows=(first, *_folded(blocks()), *_classifier(10, row("global_pool"))))


def _mobilenet_v1() -> Recipe:
    first = row("conv", filters=32, stride=2, batch_norm=True, bias=False, activation="relu6")
    blocks = (row("depthwise_separable", filters=filters, stride=stride) for filters, stride in mobilenet.SEPARABLE)
    head = (
        row("global_pool", keep_map=True), row("dropout", rate=0.001),
        row("conv", filters=1000, kernel=1, activation="none"), row("flatten"), SOFTMAX,
    )  # fmt: skip
    return Recipe(input_size=224, rows=(first, *_folded(blocks), *head))


def _mobilenet_v2() -> Recipe:
    def blocks() -> Iterator[Row]:
        for expand, filters, repeats, stride in mobilenet.INVERTED:
            for number in range(repeats):
                yield row("inverted_residual", filters=filters, expand=expand, stride=1 if number else stride)

    first = row("conv", filters=32, stride=2, batch_norm=True, bias=False, activation="relu6")
    last = row("conv", filters=1280, kernel=1, batch_norm=True, bias=False, activation="relu6")
    return Recipe(input_size=224, rows=(first, *_folded(blocks()), last, *_classifier(1000, row("global_pool"))))


def _efficientnet(number: int) -> Recipe:
    width, depth, side, dropout = efficientnet.RELEASED[number]

    def blocks() -> Iterator[Row]:
        for expand, kernel, filters, repeats, stride in efficientnet.STAGES:
            for block in range(ceil(depth * repeats)):
                yield row(
                    "inverted_residual",
                    filters=divisible(filters * width),
                    expand=expand,
                    kernel=kernel,
                    stride=1 if block else stride,
                    squeeze=efficientnet.SQUEEZE,
                    activation="swish",
                )

    # Zeros where Keras' correct_pad puts them: none above and to the left if the side is even.
    before = side % 2
    plain: dict[str, Any] = {"batch_norm": True, "bias": False, "activation": "swish"}
    stem = (
        row("zero_pad", top=before, bottom=1, left=before, right=1),
        row("conv", filters=divisible(32 * width), stride=2, padding="valid", **plain),
    )
    last = row("conv", filters=divisible(1280 * width), kernel=1, **plain)
    head = _classifier(1000, row("global_pool"), row("dropout", rate=dropout))
    return Recipe(input_size=side, rows=(*stem, *_folded(blocks()), last, *head))


_NORMALISED = (
    "Keras' network begins with a rescaling and a normalisation of the input (7 parameters), for which there is no "
    "kind of row."
)

TEMPLATES: Mapping[str, Template] = MappingProxyType(
    {
        each.name: each
        for each in (
            Template("lenet5", "LeNet-5", _lenet),
            Template("alexnet", "AlexNet", _alexnet),
            *(Template(f"vgg{depth}", f"VGG-{depth}", partial(_vgg, depth)) for depth in vgg.CONVOLUTIONS),
            Template("nin", "Network in Network", _nin),
            Template("googlenet", "GoogLeNet", _googlenet, "The auxiliary heads, which are used in training only."),
            *(
                Template(f"plain{depth}", f"Plain-{depth}", partial(_resnet, depth, plain=True))
                for depth in resnet.BASIC
            ),
            *(
                Template(f"resnet{depth}", f"ResNet-{depth}", partial(_resnet, depth))
                for depth in (*resnet.BASIC, *resnet.BOTTLENECK)
            ),
            *(
                Template(f"resnet{depth}_cifar", f"ResNet-{depth} for 32×32", partial(_resnet_cifar, depth))
                for depth in (20, 56)
            ),
            *(
                Template(
                    f"plain{depth}_cifar",
                    f"Plain-{depth} for 32×32",
                    partial(_resnet_cifar, depth, plain=True),
                )
                for depth in (20, 56)
            ),
            Template("mobilenet_v1", "MobileNet v1", _mobilenet_v1),
            Template("mobilenet_v2", "MobileNet v2", _mobilenet_v2),
            *(
                Template(
                    f"efficientnet_b{number}",
                    f"EfficientNet-B{number}",
                    partial(_efficientnet, number),
                    _NORMALISED,
                    7,
                )
                for number in range(len(efficientnet.RELEASED))
            ),
        )
    }
)
"""Every template by the name of its case study."""
