"""Hand-drawn images to filter, small enough to read every number."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from cnnlab.convolution.windows import Numbers

BRIGHT_DARK = np.repeat([10.0, 0.0], 3)[None, :].repeat(6, axis=0)
DRAWN: Mapping[str, Numbers] = MappingProxyType(
    {"bright to dark": BRIGHT_DARK, "dark to bright": BRIGHT_DARK[:, ::-1], "diagonal": np.triu(np.full((6, 6), 10.0))}
)
"""The first image is the course's."""
