"""What the Convolution page shows, kept in the session and written into the address bar.

The address holds ``bench`` and the changed fields of that bench under their own names.
"""

from collections.abc import Mapping
from typing import Any, cast

import streamlit as st

from cnnlab.ui import bar
from cnnlab.ui.convolution.bench import Bench, Values

BENCH, PROBLEMS, VALUES = "convolution.bench", "convolution.problems", "convolution.values"


def arrive(benches: Mapping[str, Bench]) -> None:
    """Take over the address, when it is not the one this session wrote last."""
    asked = bar.asked("convolution")
    if asked is None:
        return
    params = {name: values[-1] for name, values in asked.items()}
    first, problems = next(iter(benches)), []
    name = params.pop("bench", first)
    if name not in benches:
        problems.append(f"There is no bench {name[:40]!r}; there are {', '.join(benches)}")
        name = first
    values: Values = {}
    for field in benches[name].fields.values():
        if field.name in params:
            try:
                values[field.name] = field.parse(params[field.name])
            except ValueError as error:
                problems.append(_shown(str(error)))
    unknown = sorted(set(params) - set(benches[name].fields))
    if unknown:
        problems.append(f"{benches[name].title} knows nothing of {', '.join(repr(each[:40]) for each in unknown[:5])}")
    st.session_state[PROBLEMS] = [bar.sentence(problem) for problem in problems]
    st.session_state[BENCH] = name
    put(benches[name], values)


def _shown(problem: str) -> str:
    """A problem with a field, and that its usual value is shown instead: told once, also where the problem names it."""
    told, named, usual = problem.partition("; the usual value is ")
    return f"{told}; the usual value, {usual}, is shown" if named else f"{problem}; the usual is shown"


def put(bench: Bench, values: Mapping[str, Any]) -> None:
    """Set a bench's fields, the others to their usual values, and its widgets with them."""
    whole = {field.name: values.get(field.name, field.default) for field in bench.fields.values()}
    st.session_state[VALUES] = st.session_state.get(VALUES, {}) | {bench.name: whole}
    for name, value in whole.items():
        st.session_state[key(bench.name, name)] = value
        st.session_state.pop(f"{key(bench.name, name)}.base", None)  # an editor of numbers begins anew


def change(bench: Bench, **new: Any) -> None:
    """Set some fields of a bench from a widget's callback; the others stay."""
    st.session_state[VALUES] = st.session_state.get(VALUES, {}) | {bench.name: values(bench) | new}
    for name, value in new.items():
        st.session_state[key(bench.name, name)] = value
        st.session_state.pop(f"{key(bench.name, name)}.base", None)


def key(bench: str, field: str) -> str:
    """Session key of a field's widget."""
    return f"convolution.{bench}.{field}"


def values(bench: Bench) -> Values:
    """The values of a bench as they were last."""
    known = st.session_state.get(VALUES, {}).get(bench.name)
    return dict(known) if known else {field.name: field.default for field in bench.fields.values()}


def leave(bench: Bench, new: Values) -> None:
    """Keep a bench's values, and write the address."""
    st.session_state[VALUES] = st.session_state.get(VALUES, {}) | {bench.name: new}
    changed = {
        name: field.text(new[name])
        for name, field in bench.fields.items()
        if new.get(name, field.default) != field.default
    }
    bar.write("convolution", {"bench": bench.name} | changed)


def problems() -> list[str]:
    """Sentences on what the address asked for and did not get; told once."""
    return cast(list[str], st.session_state.pop(PROBLEMS, []))
