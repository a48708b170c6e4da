"""What a page shows, in the URL: read and checked when the page is opened, written after each rerun.

A page declares its fields in a ``UrlState``: knobs, and a ``Codec`` for what is its own. The words for whatever a link
asks for and cannot have are here, the same for every page.

Streamlit's ``bind="query-params"`` is used nowhere: it drops invalid values without a word, where a reader should
learn what is wrong with a link; a page that binds one parameter may not write its others; and most fields are not one
widget's but a list of networks, a recipe, a layer chosen in a picture. Nor is ``persist_state``: the values must be
had before their widgets are drawn, and also while these are folded away.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import streamlit as st

from cnnlab.knobs import Knob, Length
from cnnlab.ui.html import plain, sentence

OPENED = "url.page"  # the page that was opened last
LONGEST = 40  # letters of what a sentence repeats
MOST = 5  # unknown names that a sentence repeats

Params = Mapping[str, tuple[str, ...]]
"""The values of each parameter, since one may be given several times."""
Values = dict[str, Any]


class Field(Protocol):
    """One part of a page's state: ``knobs.Knob`` is one, and so is whatever has these four."""

    @property
    def name(self) -> str: ...

    @property
    def default(self) -> Any: ...

    def parse(self, text: str, /) -> Any:
        """Return the value that a URL writes so. Raises ``ValueError`` with a sentence for anything else."""

    def text(self, value: Any, /) -> str:
        """Return the value as ``parse`` reads it."""


class ReplacedError(ValueError):
    """Raised by a field's ``parse`` that has something better than the default to show, or a part of what was asked."""

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
        """Return the value of each field that is given, and a sentence on whatever could not be taken over.

        What is invalid is replaced by the field's default.
        """
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
            names = ", ".join(repr(name[:LONGEST]) for name in unknown[:MOST])
            problems.append(f"the address says {names}, which means nothing here")
        return values, [sentence(problem) for problem in problems]

    def params(self, values: Values) -> Params:
        """Return what the URL says of these values: those that are not the default."""
        found: dict[str, tuple[str, ...]] = {}
        for field in (*self.fields, *self.more(values)):
            value = values.get(field.name, field.default)
            if value != field.default or field.name in self.always:
                found[field.name] = tuple(field.text(value)) if isinstance(field, Repeated) else (field.text(value),)
        return {name: texts for name, texts in found.items() if any(texts)}

    # The session and the address bar.

    def arrive(self) -> Values | None:
        """Return what the URL asks for and the session does not show yet, None where that is nothing.

        Called once, at the top of a page. A slow browser's older URL cannot overwrite a newer state, since only what
        this session did not write itself counts. A page that is entered anew gets what its URL says, or said last:
        Streamlit forgets what widgets held when their page is left.
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

    def leave(self, values: Values) -> None:
        """Write the page's whole URL."""
        params = self.params(values)
        shown = {name: tuple(st.query_params.get_all(name)) for name in st.query_params}
        # What the browser told may be older than what was written to it last: two presses in one moment.
        if params != shown or params != st.session_state.get(self._written, params):
            st.query_params.from_dict({name: list(texts) for name, texts in params.items()})
        st.session_state[self._written] = params

    # Sentences on what was asked for and could not be had. They stay until a page sets others: a rerun by a timer does
    # not lose them.

    @property
    def problems(self) -> list[str]:
        """The sentences that are shown."""
        return list(st.session_state.get(self._problems, ()))

    def set_problems(self, *problems: str) -> None:
        """Show these in place of whatever was shown before."""
        st.session_state[self._problems] = [sentence(problem) for problem in problems]

    def add_problem(self, problem: str) -> None:
        """Show this one as well."""
        self.set_problems(*self.problems, problem)

    def show_problems(self, once: bool = False) -> None:
        """Draw a warning for each problem; ``once``, and forget it."""
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
    """Return a field's value; whatever is wrong with it is added to ``problems``."""
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
        usual = "" if isinstance(field, Repeated) else field.text(field.default) or "empty"
        named = f"; the usual value is {usual}"  # as a knob says it, too
        ending = f"{named}, which is shown instead" if 0 < len(usual) < LONGEST else "; the usual is shown"
        problems.append(str(error).removesuffix(named) + ending)
        return field.default
