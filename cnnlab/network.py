"""The reference to a network that URLs, caches, session state and the command line pass around. PURE.

>>> network = Network.parse("resnet50?input_size=160")
>>> network.graph().shape
(1000,)
>>> str(network.replace(input_size=224))
'resnet50'
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from cnnlab import zoo
from cnnlab.graph import Node
from cnnlab.knobs import Value
from cnnlab.zoo import CaseStudy

LONGEST = 2000  # characters of a reference; browsers and servers cut longer addresses


@dataclass(frozen=True, slots=True)
class Network:
    """A case study and those of its knobs that differ from its defaults, in the order of its signature.

    Make one with ``of``, ``parse`` or ``read``: they check the values. Small, hashable, equal where it means the same.
    """

    name: str
    changed: tuple[tuple[str, Value], ...] = ()

    @classmethod
    def of(cls, name: str, **knobs: Value) -> "Network":
        """A reference by name and knobs. Raises ``ValueError`` for an unknown name or knob or a value out of range."""
        case = zoo.case(name)
        checked = {knob: case.knob(knob).check(value) for knob, value in knobs.items()}
        return cls(
            name,
            tuple(
                (knob, checked[knob])
                for knob in case.knobs
                if checked.get(knob, case.knobs[knob].default) != case.knobs[knob].default
            ),
        )

    @classmethod
    def parse(cls, text: str) -> "Network":
        """Read ``name?knob=value&knob=value``, what ``str`` writes. Raises ``ValueError`` for anything else."""
        if len(text) > LONGEST:
            raise ValueError(f"a network reference has at most {LONGEST} characters, this one has {len(text)}")
        name, _, query = text.strip().partition("?")
        case = zoo.case(name)
        try:
            pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=50)
        except ValueError:
            raise ValueError(f"{query[:40]!r} is not of the form knob=value&knob=value") from None
        if len({knob for knob, _ in pairs}) < len(pairs):
            raise ValueError(f"{query[:40]!r} gives a knob two values; give it one")
        return cls.of(name, **{knob: case.knob(knob).parse(value) for knob, value in pairs})

    @classmethod
    def read(cls, name: str, values: Mapping[str, str]) -> tuple["Network", list[str]]:
        """The network that the parts of a URL ask for, and a sentence for each part that was passed over.

        Values that are no knob of this network are ignored: they may belong to the page. Raises ``ValueError`` only
        for an unknown name.
        """
        case, good, problems = zoo.case(name), {}, []
        for knob in case.knobs.values():
            if knob.name in values:
                try:
                    good[knob.name] = knob.parse(values[knob.name])
                except ValueError as error:
                    problems.append(f"{error}, which is shown instead")
        return cls.of(name, **good), problems

    def replace(self, **knobs: Value) -> "Network":
        """The same case study with some knobs set anew."""
        return Network.of(self.name, **(dict(self.changed) | knobs))

    @property
    def case(self) -> CaseStudy:
        return zoo.case(self.name)

    @property
    def subject(self) -> str:
        """What a sentence calls it: its title says what it is only while no knob is changed."""
        return "this network" if self.changed else self.case.title

    @property
    def values(self) -> dict[str, Value]:
        """Every knob with its value here."""
        return {knob.name: knob.default for knob in self.case.knobs.values()} | dict(self.changed)

    @property
    def params(self) -> dict[str, str]:
        """The changed knobs as text, for a URL."""
        return {name: self.case.knobs[name].text(value) for name, value in self.changed}

    def __str__(self) -> str:
        return f"{self.name}?{urlencode(self.params)}" if self.changed else self.name

    def graph(self) -> Node:
        """The graph, built once for each reference in use. Raises ``ValueError`` where shapes do not fit."""
        return _graph(self)


def smallest_input(network: Network) -> int | None:
    """The smallest input size at which this network can be built with its other knobs; None where none works."""
    limits = network.case.knobs["input_size"].limits
    sizes = range(int(limits.low), int(limits.high) + 1) if limits else range(0)

    def fits(side: int) -> bool:
        try:
            network.case.build(**{**dict(network.changed), "input_size": side})
        except ValueError:
            return False
        return True

    found = bisect_left(sizes, True, key=fits)  # what fits one size fits all larger ones
    return sizes[found] if found < len(sizes) else None


# Graphs are immutable, so sessions share them. 64 of the largest (ResNet-1202) stay under 200 MB.
@lru_cache(maxsize=64)
def _graph(network: Network) -> Node:
    return network.case.build(**dict(network.changed))
