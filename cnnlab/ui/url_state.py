"""A page's state in the URL: read and checked when the page is opened, written after each rerun.

A page declares its fields in a ``UrlState``: knobs, and a ``Codec`` for a value of its own. The sentences on unknown
names and wrong values are written here, in the same words for every page.

Streamlit's ``bind="query-params"`` is not used: it drops invalid values silently, but a reader should learn what is
wrong with a link; ``from_dict`` would drop a bound parameter, so a page that binds one must bind all; and most fields
are not one widget's but a list of networks, a recipe, or a layer chosen in a drawing. ``persist_state`` keeps the
switch of ``widgets.predict_first`` from page to page; other values are needed before their widgets are drawn.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import streamlit as st

from cnnlab.knobs import DEFAULT_SHOWN, Knob, Length
from cnnlab.ui.html import plain, sentence
from cnnlab.units import listed

OPENED = "url.page"  # name of the page that was opened last
LONGEST = 40  # characters of a wrong value that a sentence repeats
MOST = 5  # unknown names that a sentence repeats

Params = Mapping[str, tuple[str, ...]]
"""The values of each parameter, since one may be given several times."""
Values = dict[str, Any]


class Field(Protocol):
    """One part of a page's state. ``knobs.Knob`` is one; any object with these four members will do."""

    @property
    def name(self) -> str: ...

    @property
    def default(self) -> Any: ...

    def parse(self, text: str, /) -> Any:
        """Return the value of a URL's text. Raises ``ValueError`` with a sentence for anything else."""

    def text(self, value: Any, /) -> str:
        """Return the value as ``parse`` reads it."""


class ReplacedError(ValueError):
    """Raised by a field's ``parse`` with the value to show instead, such as the valid part of a list."""

    def __init__(self, value: object, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.value, self.problems = value, problems


@dataclass(frozen=True, slots=True)
class Codec:
    """A field with a ``parse`` and a ``text`` of its own."""

    name: str
    default: Any
    parse: Callable[[str], Any]
    text: Callable[[Any], str] = str


@dataclass(frozen=True, slots=True)
class Repeated:
    """A parameter that may be given several times; ``parse`` takes all its values."""

    name: str
    default: Any
    parse: Callable[[tuple[str, ...]], Any]
    text: Callable[[Any], Sequence[str]] = tuple


def text(name: str, longest: int, default: str = "") -> Knob:
    """Return a field of free text."""
    return Knob(name, str, default, "", length=Length(longest))


def choice(name: str, options: Iterable[str]) -> Knob:
    """Return a field that takes one of these; the first is the default."""
    choices = tuple(options)
    return Knob(name, str, choices[0], "", choices=choices)


def _no_more(_: Values) -> Iterable[Field]:
    return ()


@dataclass(frozen=True)
class UrlState:
    """The declared fields of a page.

    ``more`` gives the fields that depend on the values of the first, such as the knobs of a chosen network. Defaults
    are left out of the URL, but for the names in ``always``.
    """

    page: str
    fields: Sequence[Field | Repeated]
    more: Callable[[Values], Iterable[Field]] = _no_more
    always: Collection[str] = ()

    # Reading and writing, without Streamlit.

    def read(self, params: Params) -> tuple[Values, list[str]]:
        """Return the value of each given field, the default for an invalid one, and a sentence on each problem."""
        values: Values = {}
        problems: list[str] = []
        known: set[str] = set()

        def take(fields: Iterable[Field | Repeated]) -> None:
            for field in fields:
                known.add(field.name)
                if field.name in params:
                    values[field.name] = _value(field, params[field.name], problems)

        take(self.fields)
        take(self.more(values))
        unknown = sorted(set(params) - known)
        if unknown:
            names = listed([repr(name[:LONGEST]) for name in unknown[:MOST]])
            several = len(unknown) > 1
            problems.append(
                f"this page has no settings {names}; they are ignored"
                if several
                else f"this page has no setting {names}, so it is ignored"
            )
        return values, [sentence(problem) for problem in problems]

    def params(self, values: Values) -> Params:
        """Return the URL's parameters for these values, defaults left out."""
        found: dict[str, tuple[str, ...]] = {}
        for field in (*self.fields, *self.more(values)):
            value = values.get(field.name, field.default)
            if value != field.default or field.name in self.always:
                found[field.name] = tuple(field.text(value)) if isinstance(field, Repeated) else (field.text(value),)
        return {name: texts for name, texts in found.items() if any(texts)}

    # The session and the address bar.

    def take_url(self) -> Values | None:
        """Return the given values of a URL that this session did not write itself, otherwise None.

        Call it once, at the top of a page. A slow browser's older URL cannot overwrite a newer state, since the session
        wrote it. A page that is entered again gets the values of its URL, or of its last one: Streamlit forgets the
        values of widgets when their page is left.
        """
        params = {name: tuple(st.query_params.get_all(name)) for name in st.query_params}
        written = st.session_state.get(self._written)
        if st.session_state.get(OPENED) != self.page:
            st.session_state[OPENED] = self.page
            params = params or written or {}
        elif written is not None and (not params or params == written):
            return None
        values, st.session_state[self._problems] = self.read(params)
        return values

    def write_url(self, values: Values) -> None:
        """Write the page's whole URL."""
        params = self.params(values)
        shown = {name: tuple(st.query_params.get_all(name)) for name in st.query_params}
        # The browser's URL may be older than the one written last, when two presses come in one moment.
        if params != shown or params != st.session_state.get(self._written, params):
            st.query_params.from_dict({name: list(texts) for name, texts in params.items()})
        st.session_state[self._written] = params

    # Problems stay until the page sets others, so that a rerun by a timer does not lose them.

    @property
    def problems(self) -> list[str]:
        """The sentences that are shown at the moment."""
        return list(st.session_state.get(self._problems, ()))

    def set_problems(self, *problems: str) -> None:
        """Show these problems in place of those before."""
        st.session_state[self._problems] = [sentence(problem) for problem in problems]

    def add_problem(self, problem: str) -> None:
        """Show a further problem."""
        self.set_problems(*self.problems, problem)

    def show_problems(self, once: bool = False) -> None:
        """Draw a warning for each problem; with ``once`` the next run shows none."""
        for problem in self.problems:
            st.warning(plain(problem), icon=":material/info:")
        if once:
            self.set_problems()

    @property
    def _written(self) -> str:
        return f"{self.page}.written"

    @property
    def _problems(self) -> str:
        return f"{self.page}.problems"


def _value(field: Field | Repeated, texts: tuple[str, ...], problems: list[str]) -> Any:
    """Return a field's value, and append to ``problems`` if it is invalid."""
    try:
        if isinstance(field, Repeated):
            return field.parse(texts)
        if len(texts) > 1:
            problems.append(f"{field.name!r} is given twice in the address; the last one counts")
        return field.parse(texts[-1])
    except ReplacedError as replaced:
        problems += replaced.problems
        return replaced.value
    except ValueError as error:
        problems.append(f"{error}{_shown_instead(field)}")
        return field.default


def _shown_instead(field: Field | Repeated) -> str:
    """Return the end of a sentence about a wrong value: the default, if it is short, is shown."""
    if isinstance(field, Knob):
        return DEFAULT_SHOWN
    usual = "" if isinstance(field, Repeated) else field.text(field.default) or "empty"
    return f"; the default is {usual}{DEFAULT_SHOWN}" if 0 < len(usual) < LONGEST else "; the default is shown"
