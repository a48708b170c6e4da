"""Colours of kinds of layers and of measures, the same on every page.

Okabe & Ito's set, which people with any of the usual forms of colour blindness can tell apart ("Color universal
design", 2008), in tones that stand out on white and on dark grey alike.
"""

LAYERS = {
    "convolution": "#0072B2",
    "depthwise convolution": "#56B4E9",
    "dense": "#D55E00",
    "pooling": "#009E73",
    "normalisation": "#CC79A7",
    "joining": "#E69F00",
    "other": "#8A8F98",
}
"""The entries of a legend, in its order; "other" are layers that neither learn nor summarise."""

OTHER = LAYERS["other"]
"""The colour of everything else."""

SKIP = LAYERS["joining"]
"""The arcs of skip connections, which end in a sum."""

PARAMS, MACS = "#D55E00", "#0072B2"
"""The two measures of paired bars."""

NEGATIVE, POSITIVE = PARAMS, MACS
"""Numbers below zero and above it."""

MARK = "#D55E00"
"""Frames around the chosen or present part."""

SERIES = ("#D55E00", "#0072B2", "#009E73", "#56B4E9", "#CC79A7", "#E69F00")
"""Families or networks side by side, in their order."""

SYMBOLS = (
    ("circle", "●"), ("square", "■"), ("triangle-up", "▲"), ("x", "✕"), ("triangle-down", "▼"), ("star", "★"),
)  # fmt: skip
"""Marks of the same, as plotly calls them and as letters: not everybody can tell colours apart."""


def series_colour(place: int) -> str:
    """Return the colour of the family or network at a place in its list."""
    return SERIES[place % len(SERIES)]


def series_symbol(place: int) -> str:
    """Return plotly's name of the mark of the family or network at a place in its list."""
    return SYMBOLS[place % len(SYMBOLS)][0]


def rgba(colour: str, opacity: float) -> str:
    """Return a colour with an opacity from 0 to 1.

    >>> rgba("#D55E00", 0.5)
    'rgba(213,94,0,0.5)'
    """
    red, green, blue = bytes.fromhex(colour[1:])
    return f"rgba({red},{green},{blue},{opacity})"
