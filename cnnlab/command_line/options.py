"""Options of the commands: how they are read, and the sentences about wrong ones."""

import argparse
import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from typing import NoReturn

from cnnlab.units import listed

PROGRAM = "python -m cnnlab"
WIDTH = 100  # characters of a line of help, on every terminal


class Options(argparse.ArgumentParser):
    """The options of one command. Whatever is wrong with them raises ``ValueError`` with one sentence."""

    def __init__(self, command: str, takes: str, description: str) -> None:
        super().__init__(
            prog=f"{PROGRAM} {command}",
            usage=f"{PROGRAM} {command} {takes}".rstrip(),
            description=description,
            allow_abbrev=False,
            add_help=False,
            formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=30, width=WIDTH),
        )
        self.command = command
        self.add_argument("-h", "--help", action="store_true", help="this text")

    def forms(self, *names: str) -> None:
        """Add the forms of output, of which one can be chosen."""
        words = {
            "csv": "comma-separated values, raw numbers",
            "json": "one JSON document, raw numbers",
            "markdown": "a table for documents in Markdown",
        }
        group = self.add_mutually_exclusive_group()
        for name in names:
            group.add_argument(f"--{name}", action="store_true", help=words[name])

    def read(self, arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
        """Return the options, and the arguments that are none, in order."""
        options, rest = self.parse_known_args(arguments)
        unknown = next((text for text in rest if text.startswith("-") and len(text) > 1), None)
        if unknown is not None:
            known = [name for action in self._actions for name in action.option_strings]
            raise misspelt("option", unknown.partition("=")[0], known, f"{self.prog} --help")
        return options, rest

    def error(self, message: str) -> NoReturn:
        """Raise ``ValueError`` with what is wrong, in words of one's own where there are any."""
        if found := re.fullmatch(r"argument (?:-h/)?(--[\w-]+): not allowed with argument (--[\w-]+)", message):
            raise ValueError(f"{found[2]} and {found[1]} cannot be given together; choose one of them")
        if found := re.fullmatch(r"argument (--[\w-]+): expected one argument", message):
            raise ValueError(f"{found[1]} needs a value after it; `{self.prog} --help` describes it")
        if found := re.fullmatch(r"argument (?:-h/)?(--[\w-]+): ignored explicit argument .*", message, re.DOTALL):
            raise ValueError(f"{found[1]} takes no value; remove what follows the “=”")
        raise ValueError(f"{message}; `{self.prog} --help` lists the options")


def misspelt(what: str, name: str, known: Collection[str], help_command: str) -> ValueError:
    """Return the error for an option or command that there is not: with the nearest, or where to find a list."""
    bare = {each.lstrip("-"): each for each in known if each != "-h"}
    asked = name[:40].lower().lstrip("-").replace("_", "-")
    # Options end alike: of one or two wrong letters the others are no candidates.
    near = get_close_matches(asked, bare, n=1, cutoff=0.85) or get_close_matches(asked, bare, n=3)
    if near:
        hint = f"the nearest {'is' if len(near) == 1 else 'are'} {listed([bare[each] for each in near])}"
    else:
        hint = f"`{help_command}` lists the {what}s"
    return ValueError(f"there is no {what} {name[:40]!r}; {hint}")


def none_of(rest: Sequence[str], command: str) -> None:
    """Raise ``ValueError`` if a command that takes no further arguments was given some."""
    if rest:
        raise ValueError(f"{command} takes no argument {rest[0][:40]!r}; `{PROGRAM} {command} --help` shows its form")
