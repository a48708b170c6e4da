"""Width of a text in pixels, for drawings whose labels must not touch: by Helvetica's metrics, which Arial shares."""

# Thousandths of the type size, from Adobe's Helvetica.afm; letters of one width together.
WIDTHS = {
    letter: width
    for width, letters in (
        (222, "ijl"),
        (278, " !,./:;[\\]fIt"),
        (333, "()-`r"),
        (389, "*"),
        (500, "cJksvxyz"),
        (556, "#$0123456789?L_abdeghnopqu"),
        (584, "+<=>~×÷−"),
        (611, "FTZ"),
        (667, "&ABEKPSVXY"),
        (722, "CDHNRUw"),
        (778, "GOQ"),
        (833, "Mm"),
        (889, "%"),
        (944, "W"),
        (1000, "…"),
    )
    for letter in letters
}
WIDEST = 1000  # of letters that Helvetica does not have, such as Chinese ones
BOLD = 1.08  # how much wider bold letters are, at most


def text_width(text: str, size: float) -> float:
    """Return the width of a text of this type size in pixels.

    >>> text_width("56×56×256", 10)
    50.6
    """
    return round(size * sum(WIDTHS.get(letter, WIDEST) for letter in text) / 1000, 1)
