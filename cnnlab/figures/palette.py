"""Colours, by kind of layer, the same on every page.

Okabe & Ito's set, which people with any of the usual forms of colour blindness can tell apart ("Color universal
design", 2008), in tones that stand out on white and on dark grey alike.
"""

KINDS = {
    "conv": "#0072B2",
    "depthwise conv": "#56B4E9",
    "transposed conv": "#0072B2",
    "dense": "#D55E00",
    "pool": "#009E73",
    "global pool": "#009E73",
    "adaptive pool": "#009E73",
    "batch norm": "#CC79A7",
    "layer norm": "#CC79A7",
    "group norm": "#CC79A7",
    "local response norm": "#CC79A7",
    "normalize": "#CC79A7",
    "add": "#E69F00",
    "multiply": "#E69F00",
    "combine": "#E69F00",
    "concatenate": "#E69F00",
}
OTHER = "#8A8F98"
"""Layers that neither learn nor summarise: activations, padding, dropout, reshaping."""

SKIP = KINDS["add"]
"""The arcs of skip connections, which end in a sum."""

PARAMS, MACS = "#D55E00", "#0072B2"
"""The two measures that stand side by side."""

NEGATIVE, POSITIVE = PARAMS, MACS
"""Numbers below zero and above it."""

MARK = "#D55E00"
"""Frames around what is looked at."""

SERIES = ("#D55E00", "#0072B2", "#009E73", "#56B4E9", "#CC79A7", "#E69F00")
"""Families or networks that stand side by side, in their order."""

SYMBOLS = (
    ("circle", "●"), ("square", "■"), ("triangle-up", "▲"), ("x", "✕"), ("triangle-down", "▼"), ("star", "★"),
)  # fmt: skip
"""Marks of the same, as plotly calls them and as letters: colours alone are not told apart by everybody."""

LEGEND = (
    ("conv", "convolution"),
    ("depthwise conv", "depthwise convolution"),
    ("dense", "dense"),
    ("pool", "pooling"),
    ("batch norm", "normalisation"),
    ("add", "joining"),
)
"""Kinds with a colour of their own, in words; everything else is ``OTHER``."""


def colour(kind: str) -> str:
    """The colour of a kind of layer."""
    return KINDS.get(kind, OTHER)
