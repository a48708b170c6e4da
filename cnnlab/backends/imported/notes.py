"""Notes on the differences between an imported network and its file, layers of one kind in one sentence."""

from dataclasses import dataclass, field

NAMED = 3  # layers that a sentence names
SENTENCES = 12  # at most, in a file of nothing but unknown layers

GUESSED = (
    "The file does not have the shape of its output; here it is that of its first input, and activations and memory "
    "are counted with it."
)


@dataclass(slots=True)
class Notes:
    """Sentences, each with the names of its layers, in the order in which the sentences first occurred."""

    about: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    general: list[str] = field(default_factory=list)

    def add(self, cls: str, name: str, text: str, guessed: bool = False) -> None:
        """Add a note on one layer: its Keras class, its name, the text after the colon, and if its shape is a guess."""
        text = f"{text} {GUESSED}" if guessed else text
        self.about.setdefault((cls, text), []).append(name)

    def sentences(self) -> tuple[str, ...]:
        """Return the general sentences, then one for each kind of note.

        >>> notes = Notes()
        >>> for name in ("a", "b", "c", "d"):
        ...     notes.add("Lambda", name, "Python code, which is never executed here.")
        >>> notes.sentences()
        ('Lambda layers ‘a’, ‘b’, ‘c’ and 1 more: Python code, which is never executed here.',)
        """
        about = [_sentence(cls, names, text) for (cls, text), names in self.about.items()]
        more = [f"And {len(about) - SENTENCES:,} more kinds of layers like these."] if len(about) > SENTENCES else []
        return (*self.general, *about[:SENTENCES], *more)


def _sentence(cls: str, names: list[str], text: str) -> str:
    listed = ", ".join(f"‘{name}’" for name in names[:NAMED])
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return f"{cls} layer{'s' if len(names) > 1 else ''} {listed}{more}: {text}"
