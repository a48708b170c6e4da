"""Placement of labels beside their points without overlap, on the narrowest screen."""

# The plot's size on a phone 360 pixels wide, the narrowest the labels must leave each other room on.
PHONE = (290, 340)
LETTER, LINE = 6.2, 14  # pixels a letter of a label is wide and high, at 11 pixels of type
MARKER = 6  # pixels from a point to where its label begins

# Where a label may stand beside its point: its middle, in shares of its own width and height, and pixels off the point.
SIDES = {
    "top center": (0, 0.5, 0, MARKER),
    "bottom center": (0, -0.5, 0, -MARKER),
    "middle right": (0.5, 0, MARKER, 0),
    "middle left": (-0.5, 0, -MARKER, 0),
    "bottom right": (0.5, -0.5, MARKER / 2, -MARKER / 2),
    "top left": (-0.5, 0.5, -MARKER / 2, MARKER / 2),
}
AROUND = ("top center", "bottom center", "middle right", "middle left")
BESIDE = ("bottom right", "top left", "middle right", "middle left")  # of a line that rises
OVER = 3  # pixels that a label may reach over the plot's edge


def place_labels(labels: list[str], pixels: list[tuple[float, float]], sides: tuple[str, ...]) -> list[str | None]:
    """Return for each label the first side on which it covers no point and no earlier label; None if there is none."""
    boxes: list[tuple[float, float, float]] = []
    found: list[str | None] = []
    for label, (across, up) in zip(labels, pixels, strict=True):
        wide = LETTER * len(label)
        for side in sides:
            right, above, off_x, off_y = SIDES[side]
            middle, level = across + right * wide + off_x, up + above * LINE + off_y
            half = wide / 2 - OVER
            inside = half <= middle <= PHONE[0] - half and LINE / 2 <= level <= PHONE[1] - LINE / 2
            apart = all(abs(middle - x) >= (wide + other) / 2 or abs(level - y) >= LINE for x, y, other in boxes)
            clear = all(
                abs(middle - x) >= wide / 2 + 4 or abs(level - y) >= LINE / 2 + 4
                for x, y in pixels
                if (x, y) != (across, up)
            )
            if inside and apart and clear:
                boxes.append((middle, level, wide))
                found.append(side)
                break
        else:
            found.append(None)
    return found
