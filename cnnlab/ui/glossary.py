"""Glossary: the meaning of each term, the same on every page."""

import re

from cnnlab import costs

MEANINGS = {
    "Parameters": "The numbers a network stores: weights, biases, and what batch normalisation keeps. "
    "The total is what Keras' count_params() says.",
    "MACs": "Multiply-accumulates: a weight times an input, added to a sum, in convolutions and dense layers, for one "
    "image, biases not counted. Papers call this “FLOPs” or “mult-adds”.",
    "FLOPs": "Floating-point operations with multiplications and additions counted apart: here always 2 × MACs.",
    "“FLOPs”": "In papers and in many tools this word means multiply-accumulates, MACs: half of what it says. Here "
    "FLOPs without quotation marks are 2 × MACs.",
    "Activations": "How many numbers all layers write for one image, the image itself included. On real hardware this "
    "often tells more about speed than MACs do.",
    "Peak memory": "The largest sum of tensors that must exist at one moment of inference, in fp32, nothing done in "
    "place. A skip connection keeps its tensor alive. Weights come on top.",
    "Receptive field": "The rectangle of image pixels that one position of a feature map depends on; in the headline, "
    "of the last feature map. Where positions see different numbers of pixels, it is the largest. Borders are ignored: "
    "with padding it can exceed the image. “At most” stands before it where a layer is unknown or mixes positions. The "
    "effective stride is how far apart neighbours look.",
    "Depth": "Convolutions and dense layers one after another on the longest path, as papers count layers.",
    "Weights": "The file size of all stored numbers: 4 bytes each in fp32, 2 in fp16, 1 in int8.",
    "Top-1": "The share of validation images whose most probable class is the right one. Measured by its authors or "
    "by Keras, not computed here.",
} | {
    convention.noun: convention.rule
    for convention in costs.CONVENTIONS.values()
    if convention.name not in ("macs", "flops")
}

FORMS = {
    "mac": "MACs",
    "macs": "MACs",
    "multiply-accumulate": "MACs",
    "multiply-accumulates": "MACs",
    "flop": "FLOPs",
    "flops": "FLOPs",
    "“flops”": "“FLOPs”",
    "parameter": "Parameters",
    "parameters": "Parameters",
    "activation": "Activations",
    "activations": "Activations",
    "mult-adds": "MACs",
    "receptive field": "Receptive field",
    "receptive fields": "Receptive field",
    "top-1": "Top-1",
} | {convention.noun.lower(): convention.noun for convention in costs.CONVENTIONS.values()}
"""Forms of the terms in sentences, with the entry that explains them."""

EXPLAINED = re.compile(
    r"(?<![\w-])(" + "|".join(re.escape(form) for form in sorted(FORMS, key=len, reverse=True)) + r")(?![\w-])",
    re.IGNORECASE,
)
"""Matches the terms; longer ones first, so that fvcore's flops are not taken for FLOPs."""


def meaning(word: str) -> str:
    """Return the meaning of a term, given in any form. Raises ``KeyError`` for a word that is no term."""
    return MEANINGS[FORMS.get(word.lower(), word)]
