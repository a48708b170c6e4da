"""Numbers and words as people read them. PURE."""

import re
from collections.abc import Callable, Sequence

SIMILAR = 1.1  # numbers whose ratio is below this differ by percents, not by a factor


def full(number: int) -> str:
    """Format every digit, in groups of three.

    >>> full(25636712)
    '25,636,712'
    """
    return f"{number:,}"


def short(number: float) -> str:
    """Format three digits and k, M or G, as papers and tools do.

    >>> short(25636712), short(3857973248), short(999999), short(416520), short(840)
    ('25.6 M', '3.86 G', '1.00 M', '417 k', '840')
    """
    value = float(number)
    for unit in ("", " k", " M", " G"):
        # 999,600 must become 1.00 M, not 1000 k.
        if abs(value) < 999.5 or unit == " G":
            break
        value /= 1000
    if not unit:
        return f"{number:g}"
    return f"{value:,.{max(0, 2 - (abs(value) >= 9.995) - (abs(value) >= 99.95))}f}{unit}"


def plain(number: float) -> str:
    """Format every digit of a whole number, three of another.

    >>> plain(1027), plain(1.5), plain(1 / 3)
    ('1027', '1.5', '0.333')
    """
    return str(number) if isinstance(number, int) else f"{number:.3g}"


def at_most(number: int | None, bound: bool, form: Callable[[int], str] = str) -> str:
    """Format a number that may be an upper bound, in a ``form``; a missing one is «none».

    >>> at_most(1027, False), at_most(64, True), at_most(None, False)
    ('1027', 'at most 64', 'none')
    """
    return "none" if number is None else f"{'at most ' if bound else ''}{form(number)}"


def field(height: int | None, width: int | None, bound: bool = False, form: Callable[[int], str] = str) -> str:
    """Format a receptive field: one number if it is square, otherwise height × width; a missing one is «none».

    >>> field(483, 483), field(7, 1), field(64, 32, True), field(None, None)
    ('483', '7×1', 'at most 64×32', 'none')
    """
    if height is None or width is None or height == width:
        return at_most(height, bound, form)
    return f"{at_most(height, bound, form)}×{form(width)}"


def stride(down: float, across: float) -> str:
    """Format a stride: one number if both directions have the same, otherwise down × across.

    >>> stride(32, 32), stride(32, 320 / 7)
    ('32', '32×45.7')
    """
    return plain(down) if down == across else f"{plain(down)}×{plain(across)}"


def at_least(text: str, bound: bool) -> str:
    """Return the text of a number that may be a lower bound.

    >>> at_least("242", True), at_least("242", False)
    ('at least 242', '242')
    """
    return f"at least {text}" if bound else text


def size(number: float) -> str:
    """Format bytes, with 1 MB = 1,000,000 bytes.

    >>> size(102546848), size(512)
    ('103 MB', '512 B')
    """
    return short(number).replace("k", "kB").replace("M", "MB").replace("G", "GB") + (" B" if number < 999.5 else "")


def factor(ratio: float) -> str:
    """Format a factor to two or three digits.

    >>> factor(9.677), factor(27.2), factor(0.148), factor(241.47), factor(1.0), factor(0.99982)
    ('9.7', '27', '0.15', '241', '1.0', '1.0')
    """
    if ratio >= 9.95:
        return f"{ratio:,.0f}"
    return f"{ratio:.1f}" if ratio >= 0.995 else f"{ratio:.2f}" if ratio >= 0.0995 else f"{ratio:.2g}"


def percent(part: float, whole: float) -> str:
    """Format a share without a false 0 % or 100 %.

    >>> percent(89.4, 100), percent(1, 1000), percent(999, 1000), percent(0, 5)
    ('89 %', '0.1 %', '99.9 %', '0 %')
    """
    if not whole or not part:
        return "0 %"
    share = 100 * part / whole
    if share < 1:
        return "under 0.1 %" if share < 0.1 else f"{share:.1f} %"
    if 99 < share < 100:
        return "over 99.9 %" if share > 99.9 else f"{share:.1f} %"
    return f"{share:.0f} %"


def count(number: int, noun: str) -> str:
    """Return the number in full with its noun, which agrees with it.

    >>> count(1, "weight"), count(0, "class"), count(1024, "batch of a copy"), count(2, "copy"), count(2, "epoch")
    ('1 weight', '0 classes', '1,024 batches of a copy', '2 copies', '2 epochs')
    """
    return f"{full(number)} {noun if number == 1 else _plural(noun)}"


def with_article(text: str) -> str:
    """Return a text that begins with a number, with its article as it is spoken.

    >>> [with_article(each) for each in ("3×3", "8×8", "11×11", "18×18", "110×110", "180", "81", "11,000", "1")]
    ['a 3×3', 'an 8×8', 'an 11×11', 'an 18×18', 'a 110×110', 'a 180', 'an 81', 'an 11,000', 'a 1']
    """
    return f"an {text}" if re.match(r"8|1[18](?!\d)", text) else f"a {text}"


def _plural(noun: str) -> str:
    first, of, rest = noun.partition(" of ")
    if first.endswith(("s", "x", "ch", "sh")) and not first.endswith("epoch"):  # its ch is a k
        first += "es"
    elif first.endswith("y") and first[-2:-1] not in tuple("aeiou"):
        first = first[:-1] + "ies"
    else:
        first += "s"
    return f"{first}{of}{rest}"


def compared(number: float, base: float, noun: str = "", than: str = "") -> str:
    """Return in words how many times as much a number is as another; percents where the factor would read 1.0.

    >>> compared(600, 100, "MACs"), compared(100, 970, "MACs"), compared(103, 100), compared(99, 100), compared(1, 1)
    ('6.0 times as many MACs', '9.7 times fewer MACs', '3 % more', '1 % fewer', 'exactly as many')
    >>> compared(0, 5, "MACs"), compared(5, 0, "MACs"), compared(0, 0), compared(6, 2, "", "A"), compared(3, 9, "", "A")
    ('no MACs', 'more MACs', 'exactly as many', '3.0 times as many as A', '3.0 times fewer than A')
    """
    noun = f" {noun}" if noun else ""
    other = f" than {than}" if than else ""
    if number == base:
        return f"exactly as many{noun}{other.replace(' than ', ' as ', 1)}"
    if not number:
        return f"no{noun}" if noun else "none"
    if not base:
        return f"more{noun}{other}"
    if max(number, base) < SIMILAR * min(number, base):
        return f"{percent(abs(number - base), base)} {'more' if number > base else 'fewer'}{noun}{other}"
    if number > base:
        return f"{factor(number / base)} times as many{noun}{other.replace(' than ', ' as ', 1)}"
    return f"{factor(base / number)} times fewer{noun}{other}"


def ratio(number: float, base: float) -> str:
    """Return for a table how a number differs from another: a factor or divisor, percents where it would read 1.0.

    >>> ratio(680, 100), ratio(100, 680), ratio(6.48, 6.54), ratio(6.54, 6.48), ratio(3, 3), ratio(0, 3), ratio(3, 0)
    ('× 6.8', '÷ 6.8', '−0.9 %', '+0.9 %', 'the same', '', '')
    """
    if number == base:
        return "the same"
    if not number or not base:
        return ""
    if max(number, base) < SIMILAR * min(number, base):
        sign, share_of = "+" if number > base else "−", percent(abs(number - base), base)
        return share_of.replace("under ", f"under {sign}") if "under" in share_of else f"{sign}{share_of}"
    return f"× {factor(number / base)}" if number > base else f"÷ {factor(base / number)}"


def told_apart(one: int, other: int, form: Callable[[float], str] = short) -> tuple[str, str]:
    """Format two numbers in short, or in full where they would read the same and are not.

    >>> told_apart(88_200, 85_300), told_apart(100_040, 100_010)
    (('88.2 k', '85.3 k'), ('100,040', '100,010'))
    """
    shown = form(one), form(other)
    return shown if shown[0] != shown[1] or one == other else (full(one), full(other))


def share(value: object) -> str:
    """Format a share of 1 as a percentage with one digit after the point; empty for a value that is no number.

    >>> share(0.7325), share(None)
    ('73.2 %', '')
    """
    return f"{100 * value:.1f} %" if isinstance(value, int | float) else ""


def points(first: float, second: float) -> float:
    """Return how many percentage points the first share of 1 is above the second, rounded as ``share`` prints both.

    >>> share(0.76875), share(0.7325), points(0.76875, 0.7325)
    ('76.9 %', '73.2 %', 3.7)
    """
    return round(float(f"{100 * first:.1f}") - float(f"{100 * second:.1f}"), 1)


def interval(low: float, high: float) -> str:
    """Format an interval of shares of 1.

    >>> interval(0.7325, 0.81)
    '73.2 to 81.0 %'
    """
    return f"{100 * low:.1f} to {share(high)}"


def duration(seconds: float | None) -> str:
    """Format seconds for people; nothing for None.

    >>> duration(12.3), duration(75), duration(7260), duration(0.4), duration(None)
    ('12 s', '1 min 15 s', '2 h 1 min', 'under 1 s', '')
    """
    if seconds is None:
        return ""
    if seconds < 1:
        return "under 1 s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def listed(words: Sequence[str], last: str = "and") -> str:
    """Join words as in a sentence.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"], "or")
    ('a', 'a and b', 'a, b or c')
    """
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def capitalised(text: str) -> str:
    """Return the text with a capital in front, its other letters as they are; a symbol such as φ stays.

    >>> capitalised("a ReLU"), capitalised("φ is 1")
    ('A ReLU', 'φ is 1')
    """
    return text if "α" <= text[:1] <= "ω" else text[:1].upper() + text[1:]
