"""The state of Compare's scaling view: a family, its colours, the knobs held beside its axes, and a budget."""

from collections.abc import Iterable, Mapping
from functools import partial

import streamlit as st

from cnnlab.knobs import number
from cnnlab.scaling import FINENESS, LIMITS, SWEEPS, Sweep
from cnnlab.ui.url_state import Codec, Field, ReplacedError, Values, choice, text

KEPT = "compare.kept"
WIDGETS = "compare.sweep."
COLOURS = {"macs": "MACs, 1 image", "params": "parameters", "peak_bytes": "peak memory, bytes, fp32"}
CHOICES: Mapping[str, Iterable[str]] = {"sweep": SWEEPS, "colour": COLOURS, "fineness": FINENESS}
FIELDS: tuple[Field, ...] = (
    *(choice(name, options) for name, options in CHOICES.items()),
    *(text(name, longest=40) for name in LIMITS),
)


def held_field(values: Values) -> Codec:
    """Return the field of the knobs that are held: ``at=depth:1.1,input_size:240``."""
    sweep = SWEEPS[values.get("sweep", next(iter(SWEEPS)))]
    return Codec("at", {}, partial(_held, sweep), lambda held: ",".join(f"{name}:{held[name]:g}" for name in held))


def offered(sweep: Sweep) -> dict[str, tuple[list[float], float]]:
    """Return the values of each knob beside a family's axes, and the usual one."""
    usual = sweep.network(sweep.x.values[0][0], sweep.y.values[0][0] if sweep.y else None).values
    defaults = {axis: float(number(usual[axis.knob])) for axis in sweep.free}
    return {axis.knob: (sorted({*axis.at(FINENESS[0]), default}), default) for axis, default in defaults.items()}


def _held(sweep: Sweep, text: str) -> dict[str, float]:
    wished = dict(part.partition(":")[::2] for part in text.split(",") if part)
    held, problems = {}, []
    for knob, (values, default) in offered(sweep).items():
        if knob in wished:
            number = next((value for value in values if f"{value:g}" == wished[knob]), None)
            if number is None:
                title = next(axis.title for axis in sweep.free if axis.knob == knob)
                problems.append(f"{title} cannot be {wished[knob][:20]!r}; {default:g} is shown")
            elif number != default:
                held[knob] = number
    strange = [name for name in wished if name not in offered(sweep)]
    if strange:
        problems.append(f"{strange[0][:20]!r} is not a knob of this family, so it is ignored")
    if problems:
        raise ReplacedError(held, *problems)
    return held


def take_url(values: Values) -> None:
    """Read the state from a URL; the widgets are made again."""
    for key in [key for key in st.session_state if str(key).startswith(WIDGETS)]:
        del st.session_state[key]
    keep({name: values[name] for name in (*CHOICES, "at", *LIMITS) if name in values})


def keep(values: Values) -> None:
    """Keep the view's state, in the URL and for its widgets, while another view is shown."""
    st.session_state[KEPT] = values


def kept() -> Values:
    """Return the kept state; a missing name has its default."""
    found: Values = st.session_state.get(KEPT, {})
    return found
