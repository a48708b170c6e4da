"""Help on knobs: the text of each comes from the signature of the case studies."""

from textwrap import wrap

from cnnlab import zoo
from cnnlab.command_line import chosen
from cnnlab.command_line.options import PROGRAM, WIDTH, Options
from cnnlab.knobs import Knob
from cnnlab.units import capitalised, listed

INDENT = 26


def option(name: str) -> str:
    """Return the option of a knob.

    >>> option("input_size")
    '--input-size'
    """
    return "--" + name.replace("_", "-")


def add_knobs(options: Options) -> None:
    """Add an option for each knob that a network of the catalogue has, with what it does."""
    for name in sorted({name for case in zoo.CASES.values() for name in case.knobs}):
        text = explained(name).replace("%", "%%")
        options.add_argument(option(name), dest=f"knob {name}", metavar="VALUE", help=text)


def explained(name: str) -> str:
    """Return what a knob does; of knobs that have only their name in common, each with the networks that have it."""
    owners: dict[str, list[zoo.CaseStudy]] = {}
    for case in zoo.CASES.values():
        if name in case.knobs:
            owners.setdefault(case.knobs[name].help, []).append(case)
    if len(owners) == 1:
        return next(iter(owners))
    return " ".join(f"{_names(cases)}: {text}" for text, cases in owners.items())


def _names(cases: list[zoo.CaseStudy]) -> str:
    titles = [case.title for case in cases]
    return listed(titles) if len(titles) < 3 else f"{titles[0]} … {titles[-1]}"


def of_network(text: str) -> str:
    """Return the help on one network: its knobs with their texts, limits and defaults. Raises as ``chosen``."""
    knobs = chosen.knobs_of(text)
    lines = [f"usage: {PROGRAM} cost {text} [options]", ""]
    if not knobs:
        lines.append("This network has no knobs.")
    else:
        lines += [f"{'knob' if len(knobs) == 1 else 'knobs'} of this network:", *map(_lines, knobs.values())]
    return "\n".join([*lines, "", f"`{PROGRAM} cost --help` lists the other options."])


def _lines(knob: Knob) -> str:
    words = f"{knob.help} {capitalised(knob.allowed)}; the default is {knob.text(knob.default)}."
    first, *more = wrap(words, WIDTH - INDENT)
    head = f"  {option(knob.name)} VALUE"
    return "\n".join([f"{head:<{INDENT}}{first}", *(" " * INDENT + line for line in more)])
