"""Sweeps: a family's networks on a grid of its knobs, their costs, and those that fit a budget.

>>> from cnnlab.scaling import SWEEPS, Budget, grid
>>> sweep = SWEEPS["mobilenet_v1"]
>>> Budget(macs=330_000_000).sentence(sweep, grid(sweep, "coarse"))
'33 of 54 networks fit; the largest of them: α 0.75 at 224 pixels with 325 M MACs.'
"""

from cnnlab.scaling.budget import LIMITS, Budget
from cnnlab.scaling.families import SWEEPS, law
from cnnlab.scaling.networks import Cell, cells, grid, points_table, table
from cnnlab.scaling.sweep import FINENESS, Axis, Fineness, Listed, Point, Sweep, spread

__all__ = [
    "FINENESS",
    "LIMITS",
    "SWEEPS",
    "Axis",
    "Budget",
    "Cell",
    "Fineness",
    "Listed",
    "Point",
    "Sweep",
    "cells",
    "grid",
    "law",
    "points_table",
    "spread",
    "table",
]
