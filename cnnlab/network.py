"""The reference to a network that URLs, caches, session state and the command line pass around. PURE.

>>> network = Network.parse("resnet50?input_size=160")
>>> network.graph().shape
(1000,)
>>> str(network.replace(input_size=224))
'resnet50'
>>> Network.parse("mobilenet_v1?width=0.5+standard_conv").label
'MobileNet v1 + standard convolutions (width 0.5)'
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote_plus, urlencode

from cnnlab.graph import MOST_MACS, Node, blocks, walk
from cnnlab.knobs import DEFAULT_SHOWN, Value
from cnnlab.knobs.image_size import FixedSideError, ImageSize, naming_smallest, smallest
from cnnlab.rewrites import apply, rewrite
from cnnlab.sources import RECIPE, Assembled, FromFile, Source, source
from cnnlab.units import capitalised
from cnnlab.zoo import CaseStudy
from cnnlab.zoo.published import Published, top1

if TYPE_CHECKING:
    from cnnlab.recipe import Recipe

LONGEST = 6500  # characters of a reference; a recipe of 120 rows of many knobs comes near
MOST_REWRITES = 6
MOST_SETTINGS = 50  # knobs in a reference
LEFT_OUT = "; this part is ignored"


class Applied(NamedTuple):
    """A rewrite by name, with its setting if it has one."""

    name: str
    value: float | None = None

    @classmethod
    def of(cls, name: str, value: Value | None = None) -> "Applied":
        """Return a checked rewrite. Raises ``ValueError`` for an unknown name or a value out of range."""
        found = rewrite(name)
        if found.knob is None and value is not None:
            raise ValueError(f"“{found.does}” has no value to set; remove {str(value)[:40]!r}")
        return cls(name, found.value(value) if found.knob else None)

    @classmethod
    def parse(cls, text: str) -> "Applied":
        """Read ``name`` or ``name:value``. Raises ``ValueError`` for anything else."""
        name, colon, value = text.partition(":")
        knob = rewrite(name).knob
        return cls.of(name, (knob.parse(value) if knob else value) if colon else None)

    @property
    def label(self) -> str:
        """The rewritten network's feature: «no skips», «width × 0.5»."""
        return rewrite(self.name).label(self.value)

    def __str__(self) -> str:
        if self.value is None:
            return self.name
        # Short if no digit is lost.
        return (
            f"{self.name}:{self.value:g}" if float(f"{self.value:g}") == self.value else f"{self.name}:{self.value!r}"
        )


@dataclass(frozen=True, slots=True)
class Network:
    """A case study, recipe or import, the knobs that differ from its defaults, and the rewrites applied to it in order.

    Make one with ``of``, ``parse`` or ``read``, which check the values. Small, hashable, equal if it means the same.
    """

    name: str
    changed: tuple[tuple[str, Value], ...] = ()
    rewrites: tuple[Applied, ...] = ()

    @classmethod
    def of(cls, name: str, **knobs: Value) -> "Network":
        """Return a reference by name and knobs.

        Raises ``ValueError`` for an unknown name or knob or a value out of range.
        """
        case = source(name)
        return cls(name, _changed(case, {knob: case.knob(knob).check(value) for knob, value in knobs.items()}))

    @classmethod
    def parse(cls, text: str) -> "Network":
        """Read ``name?knob=value&knob=value+rewrite+rewrite:value``, the text of ``str``.

        A space does as well as a plus, which addresses use for a space. Raises ``ValueError`` for anything else.
        """
        network, problems = _read(text)
        if problems:
            raise ValueError(problems[0].error)
        return network

    @classmethod
    def read(cls, text: str) -> tuple["Network", list[str]]:
        """Return the network of a URL's reference, and a sentence for each part that was ignored.

        Raises ``ValueError`` for an unknown name, or for text that is no reference at all.
        """
        network, problems = _read(text)
        return network, [f"{problem.error}{problem.remedy}" for problem in problems]

    def replace(self, **knobs: Value) -> "Network":
        """Return the same case study with some knobs set again, rewritten as before."""
        return Network.of(self.name, **(dict(self.changed) | knobs)).rewritten(*self.rewrites)

    def rewritten(self, *more: Applied) -> "Network":
        """Return the network with further rewrites. Raises ``ValueError`` for too many, or for one asked for twice."""
        names = [each.name for each in (*self.rewrites, *more)]
        twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
        if twice:
            raise ValueError(f"“{rewrite(twice).does}” is given twice; give it once")
        if len(self.rewrites) + len(more) > MOST_REWRITES:
            raise ValueError(f"a network has at most {MOST_REWRITES} rewrites")
        return replace(self, rewrites=(*self.rewrites, *more))

    @property
    def original(self) -> "Network":
        """The network before all rewrites."""
        return replace(self, rewrites=())

    @classmethod
    def assembled(cls, recipe: "Recipe") -> "Network":
        """Return the reference to a recipe."""
        return cls(f"{RECIPE}{recipe.to_text()}")

    @property
    def case(self) -> Source:
        """The case study, recipe or import."""
        return source(self.name)

    @property
    def recipe(self) -> "Recipe | None":
        """The recipe of a network that the user assembled; None for others."""
        case = self.case
        return case.recipe if isinstance(case, Assembled) else None

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on the differences between an imported network and its file."""
        case = self.case
        if not isinstance(case, FromFile):
            return ()
        size = dict(self.changed).get("input_size")
        return (case.imported.resized(size) if isinstance(size, ImageSize) else case.imported).notes

    @property
    def own(self) -> bool:
        """True for a network of the user's, not of the catalogue."""
        return not isinstance(self.case, CaseStudy)

    @property
    def subject(self) -> str:
        """The network's name in a sentence: its title only as long as nothing is changed."""
        return "this network" if self.changed or self.rewrites or self.own else self.case.title

    @property
    def title(self) -> str:
        """The case study's title and its rewrites: «MobileNet v1 + standard convolutions»."""
        return " + ".join([self.case.title, *(each.label for each in self.rewrites)])

    @property
    def label(self) -> str:
        """The title, and the changed knobs behind it: «ResNet-50 + no skips (input size 160)»."""
        words = {True: "on", False: "off"}
        settings = (
            f"{self.case.knobs[name].label} "
            f"{words[value] if isinstance(value, bool) else f'{value:g}' if isinstance(value, float) else value}"
            for name, value in self.changed
        )
        return f"{self.title} ({', '.join(settings)})" if self.changed else self.title

    @property
    def values(self) -> dict[str, Value]:
        """Every knob with its value here."""
        return {knob.name: knob.default for knob in self.case.knobs.values()} | dict(self.changed)

    @property
    def input_size(self) -> ImageSize | None:
        """The size of its images, if it has such a knob; None for a recipe, and for a file that fixes the size."""
        size = self.values.get("input_size")
        return size if isinstance(size, ImageSize) else None

    @property
    def top1(self) -> Published | None:
        """The published accuracy of exactly this network: at its defaults, and rewritten only if a table has it."""
        case = self.case
        return top1(str(self), case.default_size) if isinstance(case, CaseStudy) and not self.changed else None

    @property
    def published(self) -> str:
        """The published accuracy in words."""
        none = f"none published{' for these settings' if self.changed or self.rewrites else ''}"
        return self.top1.as_accuracy if self.top1 else none

    @property
    def params(self) -> dict[str, str]:
        """The changed knobs as text, for a URL."""
        return {name: self.case.knobs[name].text(value) for name, value in self.changed}

    @property
    def url_text(self) -> str:
        """The reference with spaces for pluses, which a URL would have to write as %2B."""
        return str(self).replace("+", " ")

    def __str__(self) -> str:
        first = f"{self.name}?{urlencode(self.params)}" if self.changed else self.name
        return "+".join([first, *map(str, self.rewrites)])

    def _repr_html_(self) -> str:
        """Return what a notebook shows of the network: its notice, its totals and its diagram, without scripts."""
        from cnnlab.costs import costs_line, notice, totals
        from cnnlab.diagrams.architecture import Drawn, file

        try:
            root = self.graph()
        except ValueError as error:
            return f"<p>{escape(f'{self.label} cannot be built. {error}.')}</p>"
        shown = Drawn(self.title, tuple(blocks(root)), costs_line(root, totals(root)))
        # The diagram has a ground of its own, the text the notebook's colours: both are read on light and on dark.
        return (
            f"<p><b>{escape(self.label)}</b>: {escape(notice(root, self.subject))}</p>"
            f"<p>{escape(capitalised(shown.costs_line))}.</p>"
            f'<div style="overflow-x:auto">{file(shown, self.label)}</div>'
        )

    def graph(self) -> Node:
        """Return the graph, built once for each reference in use.

        Raises ``ValueError`` for shapes that do not fit, or a rewrite that does not apply.
        """
        return _graph(self)


class Problem(NamedTuple):
    """A wrong part of a reference: its error, and the end of a sentence on what is shown instead."""

    error: str
    remedy: str


def _read(text: str) -> tuple[Network, list[Problem]]:
    """Return the network of a reference without its wrong parts, and a problem for each of these.

    Raises ``ValueError`` for an unknown name, or for text that is no reference at all.
    """
    if len(text) > LONGEST:
        raise ValueError(f"a network reference has at most {LONGEST} characters, this one has {len(text)}")
    first, *rewrites = re.split("[+ ]", text.strip())
    name, _, query = first.partition("?")
    settings = query.split("&") if query else []
    if len(settings) > MOST_SETTINGS:
        raise ValueError(f"a network reference sets at most {MOST_SETTINGS} knobs, this one {len(settings)}")
    case = source(name)
    given: dict[str, str] = {}
    values: dict[str, Value] = {}
    applied: list[Applied] = []
    problems: list[Problem] = []

    @contextmanager
    def passing_over(remedy: str) -> Iterator[None]:
        try:
            yield
        except ValueError as error:
            problems.append(Problem(str(error), remedy))

    for setting in settings:
        with passing_over(LEFT_OUT):
            knob, equals, value = (unquote_plus(part) for part in setting.partition("="))
            if not equals:
                raise ValueError(f"{setting[:40]!r} is not of the form knob=value")
            if knob in given:
                raise ValueError(f"{setting[:40]!r} sets the same knob again")
            given[case.knob(knob).name] = value
    for knob, value in given.items():
        with passing_over(DEFAULT_SHOWN):
            values[knob] = case.knob(knob).parse(value)
    for each in rewrites:
        with passing_over(LEFT_OUT):
            applied.append(Applied.parse(each))
    network = Network(name, _changed(case, values))
    with passing_over("; the rewrites are ignored"):
        network = network.rewritten(*applied)
    return network, problems


def _changed(case: Source, values: Mapping[str, Value]) -> tuple[tuple[str, Value], ...]:
    """Return the checked values that differ from the knobs' defaults, in the order of the knobs."""
    return tuple(
        (name, values[name]) for name, knob in case.knobs.items() if values.get(name, knob.default) != knob.default
    )


def smallest_input(network: Network) -> ImageSize | None:
    """Return an input size at which this network can be built with its other knobs; None if none is found.

    Of images that are not square, only the side that is too small changes, or both.
    """
    size = network.input_size
    if size is None:
        return None
    with suppress(ValueError):  # larger images may do
        try:
            _build(network)
        except FixedSideError:
            return None
    return smallest(size, *_ends(network), lambda other: _at(network, other))


def _ends(network: Network) -> tuple[int, int]:
    """Return the smallest and the largest side that the knob of the input size takes."""
    limits = network.case.knobs["input_size"].limits
    assert limits is not None
    return int(limits.low), int(limits.high)


def _at(network: Network, size: ImageSize) -> Node:
    return _build(network.replace(input_size=size))


# Graphs are immutable, so sessions share them. Results computed from a network keep its graph as well.
@lru_cache(maxsize=64)
def _graph(network: Network) -> Node:
    try:
        return _build(network)
    except ValueError as error:
        if network.input_size is None:
            raise
        raise naming_smallest(error, network.input_size, *_ends(network), lambda size: _at(network, size)) from None


def _build(network: Network) -> Node:
    root = network.case.build(**dict(network.changed))
    for each in network.rewrites:
        root = apply(root, each.name, each.value)
    nodes = walk(root)
    if max(sum(node.macs for node in nodes), sum(sum(node.params) for node in nodes)) > MOST_MACS:
        raise ValueError("no machine can run a network of over 10¹⁷ MACs; choose a smaller width or input size")
    return root
