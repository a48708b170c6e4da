"""Chooses variables for tensors, so that a file reads ``x = …`` for one layer after another."""

import builtins
import keyword
import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from cnnlab.backends.source.steps import RESERVED

Place = TypeVar("Place", bound=Hashable)


class Variables(Generic[Place]):
    """The variable of each tensor: that of its first input if no later step needs it, otherwise a new one."""

    def __init__(
        self,
        flow: Sequence[tuple[Place, Sequence[Place], bool]],
        given: Mapping[Place, str],
        pinned: Iterable[Place],
        taken: Iterable[str],
        word: Callable[[Place], str],
        main: str | None = None,
    ) -> None:
        """``flow`` has each tensor, its inputs, and whether it must take its first input's variable."""
        last: dict[Place, int] = {}
        for place, (_, used, _) in enumerate(flow):
            last.update(dict.fromkeys(used, place))
        pinned = list(pinned)
        last.update(dict.fromkeys(pinned, len(flow)))
        groups: dict[Place, int] = {place: number for number, place in enumerate(given)}
        members: list[list[Place]] = [[place] for place in given]
        for place, (made, used, first_only) in enumerate(flow):
            free = [each for each in dict.fromkeys(used[:1] if first_only else used) if last[each] <= place]
            if free:
                groups[made] = min(groups[each] for each in free)
            else:
                groups[made] = len(members)
                members.append([])
            members[groups[made]].append(made)
        self.copied = {
            made for made, used, first_only in flow if first_only and used and groups[made] != groups[used[0]]
        }
        names = list(given.values())
        used_names = {*taken, *names}
        fresh = range(len(names), len(members))
        longest = max(fresh, key=lambda group: len(members[group]), default=-1) if main else -1
        for group in fresh:
            if group == longest:
                name = str(main)
            elif not main and (len(fresh) == 1 or group == groups[pinned[0]]) and "y" not in used_names:
                name = "y"
            else:
                name = identifier(word(members[group][-1]))
            while name in used_names or (main == name and group != longest):
                name += "_"
            used_names.add(name)
            names.append(name)
        self._names = {place: names[group] for place, group in groups.items()}

    def __getitem__(self, place: Place) -> str:
        return self._names[place]


def identifier(text: str, hides: bool = True) -> str:
    """Return a valid Python name like the text; ``hides`` if it must not hide a name of the file or of Python."""
    name = re.sub(r"\W", "_", text, flags=re.ASCII).strip("_") or "y"
    if name[0].isdigit():
        return f"_{name}"
    # Linters complain about a name that hides a built-in function.
    avoided = {*RESERVED, *keyword.softkwlist, *dir(builtins)} if hides else set[str]()
    return f"{name}_" if name in {*keyword.kwlist, *avoided} else name
