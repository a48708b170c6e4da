"""Augmented images as HTML: nothing from outside unescaped, labels as people say them."""

import re

from hypothesis import given
from hypothesis import strategies as st

from cnnlab.figures import augmented

CLASSES = ("cat", "3", "<b>")


def test_label_texts_begin_with_the_largest_share() -> None:
    rows = [(1.0, 0.0, 0.0), (0.3, 0.7, 0.0), (0.004, 0.0, 0.996), (0.25, 0.5, 0.25), (0.0, 1.0, 0.0)]
    assert list(augmented.label_texts(rows, CLASSES)) == [
        "cat", "70 % “3” + 30 % cat", "<b>", "50 % “3” + 25 % cat + 25 % <b>", "“3”",
    ]  # fmt: skip


@given(st.lists(st.floats(0.001, 1), min_size=2, max_size=6))
def test_label_percents_add_up_to_100(weights: list[float]) -> None:
    row = [weight / sum(weights) for weight in weights]
    (told,) = augmented.label_texts([row], [f"class {place}" for place in range(len(row))])
    percents = [int(each) for each in re.findall(r"(\d+) %", told)] or [100]
    assert sum(percents) == 100
    assert percents == sorted(percents, reverse=True)


def test_a_step_without_effect_is_captioned() -> None:
    html = augmented.stages(["data:a", "data:a", "data:b"], ["the original", "Mirroring", "Noise"], True)
    assert re.findall("<figcaption>(.*?)</figcaption>", html) == [
        "the original",
        "Mirroring: no change in this draw",
        "Noise",
    ]


def test_titles_are_escaped() -> None:
    assert "<b>" not in augmented.batch(["data:x"], [(0.0, 0.0, 1.0)], CLASSES, True)
    assert "<i>" not in augmented.grid("data:x", ["data:y"], "<i>", True)


def test_every_image_has_its_alt_text() -> None:
    rows = [(0.25, 0.75, 0.0), (1.0, 0.0, 0.0)]
    shown = {
        augmented.grid("a", ["b", "c"], "cat", False): ["cat, the original", "cat, draw 1", "cat, draw 2"],
        augmented.beside("a", ["b", "c"], "a 6", "Rotation"): [
            "a 6, the original", "a 6 after Rotation, draw 1", "a 6 after Rotation, draw 2",
        ],
        augmented.stages(["a", "a"], ["the original", "Noise"], False): [
            "the image before all steps", "the image after step 1, Noise",
        ],
        augmented.batch(["a", "b"], rows, CLASSES, False): [
            "image 1 of the batch: 75 % “3” + 25 % cat", "image 2 of the batch: cat",
        ],
    }  # fmt: skip
    for html, told in shown.items():
        assert re.findall('alt="(.*?)"', html) == told
    empty = augmented.skeleton(2)
    assert empty.startswith('<div class="cnnlab-draws" role="status" aria-label="drawing">')
    assert empty.count('aria-hidden="true"></figure>') == empty.count("<figure") == 3


@given(st.integers(0, 20), st.booleans())
def test_each_image_once(count: int, exact: bool) -> None:
    images = [f"data:{number}" for number in range(count)]
    html = augmented.grid("data:original", images, "cat", exact)
    assert [html.count(f'src="{each}"') for each in ("data:original", *images)] == [1] * (count + 1)
    assert ("exact" in html) == exact
    assert augmented.skeleton(count).count("<figure") == count + 1
