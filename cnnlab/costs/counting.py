"""Ways of counting: every tool has its own rule, and so its own total for one network.

A rule is a sum of ``Quantities`` with whole factors, so that a total can be taken apart on screen. Checked against the
tools themselves: torch 2.15 ``FlopCounterMode``, torchinfo 1.8.0, fvcore 0.1.5 and ptflops 0.7.5 with its "aten"
backend on torchvision 0.29 (``tests/costs/torch_tools.csv``), ``tf.compat.v1.profiler`` of TensorFlow 2.21 on the Keras
models (``tests/backends/test_keras_parity.py``).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

from cnnlab.costs.quantities import WORDS, Quantities, quantities_of
from cnnlab.graph import Node, named
from cnnlab.units import full


@dataclass(frozen=True, slots=True)
class CountingConvention:
    """A counting convention: its name in addresses, the tool's name, the name of its numbers, and its rule.

    ``rule`` is for people; ``factors`` says how often each quantity counts.
    """

    name: str
    title: str
    noun: str
    rule: str
    factors: Quantities


class Term(NamedTuple):
    """One part of a total: a quantity that occurs, and how often it counts."""

    factor: int
    quantity: str
    number: int


def words(term: Term) -> str:
    """Return what a term counts, in words that agree with its number: «additions of a bias».

    >>> words(Term(1, "biases", 1)), words(Term(1, "biases", 2)), words(Term(2, "macs", 1))
    ('addition of a bias', 'additions of a bias', 'MACs')
    """
    text = WORDS[term.quantity]
    if term.factor * term.number != 1:
        return text
    return re.sub(r"\b(MAC|addition|parameter|number|operation)s\b", r"\1", text, count=1)


CONVENTIONS: Mapping[str, CountingConvention] = MappingProxyType(
    {
        convention.name: convention
        for convention in (
            CountingConvention(
                "macs",
                "MACs",
                "MACs",
                "Multiply-accumulates of convolutions and dense layers, biases not counted: what most papers call "
                "“FLOPs” or “mult-adds”. calflops prints the same.",
                Quantities(macs=1),
            ),
            CountingConvention(
                "flops",
                "FLOPs = 2 × MACs",
                "FLOPs",
                "Multiplications and additions apart, of the same layers. PyTorch's FlopCounterMode does this.",
                Quantities(macs=2),
            ),
            CountingConvention(
                "torchinfo",
                "torchinfo",
                "torchinfo mult-adds",
                "MACs, one more for each number that gets a bias, and a batch norm's parameters once, however large "
                "its map is.",
                Quantities(macs=1, biases=1, norm_params=1),
            ),
            CountingConvention(
                "fvcore",
                "fvcore",
                "fvcore flops",
                "MACs, which it calls flops, 2 for each number a batch norm writes, and 1 for each number that global "
                "or adaptive average pooling reads. No biases, no ReLU or the like. timm's tables follow it.",
                Quantities(macs=1, normed=1, averaged=1),
            ),
            CountingConvention(
                "ptflops",
                "ptflops (aten)",
                "ptflops MACs",
                "MACs, and one more for each number that gets a bias.",
                Quantities(macs=1, biases=1),
            ),
            CountingConvention(
                "tf_profiler",
                "TF profiler",
                "TF float ops",
                "2 × MACs, biases, and element-wise operations of Keras: batch norms, pooling, means, sums, swish, "
                "softmax. It does not count ReLU, tanh, sigmoid and grouped convolutions.",
                Quantities(
                    macs=2,
                    biases=1,
                    hidden=-2,
                    dilated=2,
                    norm_ops=1,
                    pool_ops=1,
                    means=1,
                    softmax_ops=1,
                    other_ops=1,
                ),
            ),
        )
    }
)
"""The counting conventions by name, the papers' first."""

NOT_A_RULE = (
    "Two tools follow no short rule and are not listed: thop counts 4 for each number of a batch norm and silently "
    "skips modules it does not know; ptflops' default backend adds ReLU and the like and pooling, some of them twice."
)


def convention(name: str) -> CountingConvention:
    """Return the convention of that name. Raises ``ValueError`` that lists the names there are."""
    try:
        return CONVENTIONS[name]
    except KeyError:
        raise ValueError(
            f"there is no counting convention {name[:40]!r}; choose one of {', '.join(CONVENTIONS)}"
        ) from None


def quantity_table(root: Node) -> pd.DataFrame:
    """Return one row a layer in the order of the layer table, one column a quantity, for one image."""
    rows = [_quantities(node) for node in named(root).values()]
    return pd.DataFrame(np.array(rows, dtype=np.int64), columns=list(Quantities._fields))


def _quantities(node: Node) -> Quantities:
    found = quantities_of(node.layer, node.input_shapes, node.shape)
    return found if node.weights_of is None else found._replace(norm_params=0)  # torchinfo counts each parameter once


def count(table: pd.DataFrame, by: CountingConvention) -> "pd.Series[int]":
    """Return the count of each row of ``quantity_table`` by one convention.

    Their sum is what the tool prints for the network.
    """
    return pd.Series(table.to_numpy() @ np.array(by.factors, dtype=np.int64), name=by.name)


def totals_by_convention(table: pd.DataFrame) -> dict[str, int]:
    """Return the totals by all conventions over these rows of ``quantity_table``, by their names."""
    sums = table.sum().to_numpy()
    return {name: int(sums @ np.array(by.factors, dtype=np.int64)) for name, by in CONVENTIONS.items()}


def terms(table: pd.DataFrame, by: CountingConvention) -> tuple[Term, ...]:
    """Return the terms whose sum is the convention's total over these rows of ``quantity_table``: factor × number."""
    parts = zip(by.factors, Quantities._fields, table.sum().tolist(), strict=True)
    return tuple(Term(*part) for part in parts if part[0] and part[2])


def sum_of(parts: Iterable[Term]) -> str:
    """Return the terms as a line of arithmetic.

    >>> sum_of((Term(2, "macs", 1200), Term(1, "biases", 10), Term(-2, "hidden", 100)))
    '2 × 1,200 + 10 − 2 × 100'
    """
    text = ""
    for factor, _, number in parts:
        times = f"{abs(factor)} × " if abs(factor) > 1 else ""
        sign = " − " if factor < 0 else " + "
        text += f"{sign if text or factor < 0 else ''}{times}{full(number)}"
    return text
