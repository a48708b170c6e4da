"""Glossary: the meaning of each term, the same on every page."""

import re

from cnnlab import costs

MEANINGS = {
    "Parameters": "The numbers a network stores: weights, biases, and what batch normalisation keeps. "
    "The total is what Keras' count_params() says.",
    "MACs": "Multiply-accumulates: a weight times an input, added to a sum, in convolutions and dense layers, for one "
    "image, biases not counted. Papers call this “FLOPs” or “mult-adds”.",
    "FLOPs": "Floating-point operations with multiplications and additions counted apart: here always 2 × MACs.",
    "“FLOPs”": "In papers and in many tools this word means multiply-accumulates (MACs): half the number of "
    "floating-point operations. Here FLOPs without quotation marks are 2 × MACs.",
    "Activations": "How many numbers all layers write for one image, the image itself included. They can strongly "
    "affect the run time on memory-bound hardware such as GPUs (Radosavovic et al. 2020, “Designing network design "
    "spaces”, section 4).",
    "Peak memory": "The largest sum of tensors that must exist at one moment of inference, in fp32, nothing done in "
    "place. A skip connection keeps its tensor alive. Weights come on top.",
    "Receptive field": "The rectangle of image pixels that one position of a feature map depends on. The headline has "
    "that of the last feature map. Where positions depend on different numbers of pixels, it is the largest. Borders "
    "are ignored: with padding it can exceed the image. Gates of one factor per channel are left out, as in published "
    "tables. “At most” marks an upper bound, for example after an unknown layer. The effective stride is the distance "
    "in pixels between the rectangles of two neighbours.",
    "Depth": "Convolutions and dense layers one after another on the longest path, as papers count layers.",
    "Weights": "The file size of all stored numbers: 4 bytes each in fp32, 2 in fp16, 1 in int8.",
    "Top-1": "The share of validation images whose most probable class is the right one. Measured by its authors or "
    "by Keras, not computed here.",
    "Label": "The class that an image is known to show.",
    "Prediction": "The class to which the network gives the highest probability.",
    "Feature map": "The output of a layer for one image: height × width × channels numbers.",
    "Trainable": "Trainable numbers are changed by gradient descent: weights, biases, and γ and β of batch "
    "normalisation.",
    "Non-trainable": "Non-trainable numbers are stored but not changed by gradient descent, such as the moving mean "
    "and variance of batch normalisation.",
    "Frozen": "A frozen layer keeps its weights during training.",
    "Backbone": "A network without its head. It turns an image into features.",
    "Fine-tuning": "Training the last stages of a pretrained backbone together with the new head, at a small learning "
    "rate.",
    "Validation": "Validation images are not trained on. They are measured after each epoch: they show overfitting and "
    "choose the epoch whose weights are kept.",
    "Overfitting": "The network fits the training images better and better, but not other images.",
    "Baseline": "What a result is compared with: the accuracy of always giving the same answer, or the network that "
    "others are compared with.",
    "95 % interval": "The range of true accuracies that fit the number of right test images (Wilson score interval). "
    "Few test images give a wide interval.",
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
    "label": "Label",
    "labels": "Label",
    "prediction": "Prediction",
    "predictions": "Prediction",
    "feature map": "Feature map",
    "feature maps": "Feature map",
    "trainable": "Trainable",
    "non-trainable": "Non-trainable",
    "frozen": "Frozen",
    "backbone": "Backbone",
    "fine-tuning": "Fine-tuning",
    "validation": "Validation",
    "overfits": "Overfitting",
    "overfitting": "Overfitting",
    "baseline": "Baseline",
    "95 % interval": "95 % interval",
    "95 % intervals": "95 % interval",
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
