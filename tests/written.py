"""Arithmetic as pages write it, evaluated exactly."""

import re
from fractions import Fraction


def value(text: str) -> Fraction:
    """Return the value of written arithmetic such as «10 × 1 + 3 × (−0.5)» or «max(1, 9)»."""
    code = re.sub(r"\d+(?:\.\d+)?", r"Fraction('\g<0>')", text.replace("×", "*").replace("−", "-"))
    return eval(code, {"Fraction": Fraction, "max": lambda *every: max(every)})  # type: ignore[no-any-return]
