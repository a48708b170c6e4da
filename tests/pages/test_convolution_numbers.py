"""Benches "Slide the window", "Pooling" and "Why convolutions" without a browser, and links with invalid values."""

import json
import re
from html import unescape
from typing import Any

import apptest
import pytest
from apptest import html, said, text
from profiles import first_with_each_push
from streamlit.testing.v1 import AppTest

from cnnlab.data.photographs import BOLD, tiny
from cnnlab.knobs import Knob
from cnnlab.ui.convolution import bench_state, pooling, presets, slide, why
from cnnlab.ui.convolution.bench import Bench

PAGE = "convolution"
BENCHES = {bench.name: bench for bench in (slide.BENCH, pooling.BENCH, why.BENCH)}


def opened(bench: str, **params: str) -> AppTest:
    """Return a bench as a link opens it."""
    return apptest.opened(PAGE, bench=bench, **params)


def player_data(at: AppTest) -> dict[str, Any]:
    """Return what the player received: the SVG, the texts, the first step."""
    for element in at.get("bidi_component"):
        if element.proto.component_name == "cnnlab_player":
            data: dict[str, Any] = json.loads(element.proto.json)
            return data
    raise AssertionError("there is no player")


def sums(at: AppTest) -> list[str]:
    """Return the number at the end of each step's text."""
    return [re.findall(r"<b>(.*?)</b>", each)[-1] for each in player_data(at)["texts"]]


def panels(at: AppTest) -> list[list[str]]:
    """Return the numbers of each panel."""
    svgs = re.findall(r"<svg.*?</svg>", player_data(at)["svg"], re.DOTALL)
    return [[unescape(cell) for cell in re.findall(r'text-anchor="middle"[^>]*>(.*?)<', svg)] for svg in svgs]


def test_sliding_opens_on_the_courses_numbers() -> None:
    at = opened("slide")
    assert not at.exception
    assert said(at) == []
    assert sums(at) == ["0", "30", "30", "0"] * 4
    image, kernel, output = panels(at)
    assert image == ["10", "10", "10", "0", "0", "0"] * 6
    assert kernel == ["1", "0", "−1"] * 3
    assert output == ["0", "30", "30", "0"] * 4
    first = re.sub("<.*?>", " ", player_data(at)["texts"][1])
    assert "10 × 1 + 10 × 0 + 0 × (−1) +" in first
    assert "= 10 + 0 + 0 + 10 + 0 + 0 + 10 + 0 + 0 = 30" in " ".join(first.split())
    assert "⌊(n + 2p − f) / s⌋ + 1 = ⌊(6 + 2 × 0 − 3) / 1⌋ + 1 = 4" in text(at)
    assert "8 of 16 outputs are 0, the others are all 30." in text(at)
    assert dict(at.query_params) == {"bench": "slide"}


@pytest.mark.parametrize(
    ("params", "sentence", "side"),
    [
        ({"padding": "1"}, "⌊(6 + 2 × 1 − 3) / 1⌋ + 1 = 6", 6),
        ({"padding": "same"}, "⌈6 / 1⌉ = 6 numbers, so 2 zeros are needed across and 2 down: 1 before", 6),
        ({"padding": "same", "stride": "2"}, "1 zero is needed across and 1 down: 0 before and 1 after. If the", 3),
        ({"dilation": "2"}, "3 numbers, 2 apart, cover 2 × (3 − 1) + 1 = 5", 2),
        ({"dilation": "2"}, "⌊(6 + 2 × 0 − (2 × (3 − 1) + 1)) / 1⌋ + 1 = 2", 2),
        ({"stride": "2"}, "The last row and column of 6 are not used", 2),
        ({"padding": "3", "stride": "5"}, "⌊(6 + 2 × 3 − 3) / 5⌋ + 1 = 2", 2),
    ],
)  # fmt: skip
def test_padding_stride_and_dilation(params: dict[str, str], sentence: str, side: int) -> None:
    at = opened("slide", **params)
    assert not at.exception
    assert sentence in text(at)
    assert len(sums(at)) == side**2


@pytest.mark.parametrize("params", [{"dilation": "3"}, {"kernel": "1_1.1_1", "image": "1_2.3_4", "dilation": "2"}])
def test_a_kernel_that_does_not_fit_gets_a_warning(params: dict[str, str]) -> None:
    at = opened("slide", **params)
    assert not at.exception
    assert any("apart, which covers" in one and "choose a smaller kernel or dilation" in one for one in said(at))
    at.slider(key=bench_state.key("slide", "dilation")).set_value(1).run()
    assert said(at) == []
    assert sums(at)


def test_own_numbers_from_a_link() -> None:
    at = opened("slide", image="1_2_3.4_5_6.7_8_9", kernel="0p5_0.0_-1", step="2")
    assert not at.exception
    assert sums(at) == ["−4.5", "−5", "−6", "−6.5"]
    assert player_data(at)["step"] == 2
    assert at.selectbox(key="convolution.slide.image.from").value == presets.OWN
    assert dict(at.query_params) == {
        "bench": "slide",
        "image": "1_2_3.4_5_6.7_8_9",
        "kernel": "0p5_0.0_-1",
        "step": "2",
    }


def test_a_step_beyond_the_last_is_the_last() -> None:
    at = opened("slide", step="399")
    assert not at.exception
    assert dict(at.query_params) == {"bench": "slide", "step": "15"}


@pytest.mark.parametrize("name", first_with_each_push(*slide.KERNELS))
def test_every_kernel_fills_the_grid(name: str) -> None:
    at = opened("slide")
    at.selectbox(key="convolution.slide.kernel.from").select(name).run()
    assert not at.exception
    assert said(at) == []
    grid = slide.KERNELS[name]
    assert [float(cell.replace("−", "-")) for cell in panels(at)[1]] == [cell for row in grid for cell in row]
    assert at.selectbox(key="convolution.slide.kernel.from").value == name


@pytest.mark.parametrize("name", first_with_each_push(*reversed(slide._images(6).grids)))
def test_every_image_fills_the_grid(name: str) -> None:
    at = opened("slide", image="1_2.3_4", kernel="1")
    at.selectbox(key="convolution.slide.image.from").select(name).run()
    assert not at.exception
    assert len(sums(at)) == 4
    again = opened(**at.query_params)
    assert sums(again) == sums(at)


def test_sizes_keep_the_numbers() -> None:
    at = opened("slide", image=".".join(["1_2_3_4_5", "6_7_8_9_9", *["0_0_0_0_0"] * 3]))
    at.session_state["slide.numbers"] = True
    at.run()

    def resize(grid: str, side: int) -> list[str]:
        at.slider(key=f"convolution.slide.{grid}.size").set_value(side).run()
        assert not at.exception
        return panels(at)[grid == "kernel"]

    assert resize("kernel", 5) == ["0"] * 5 + ["0", "1", "0", "−1", "0"] * 3 + ["0"] * 5
    assert resize("kernel", 2) == ["1", "0"] * 2
    assert resize("kernel", 3) == ["1", "0", "−1"] * 3
    assert resize("kernel", 2)
    assert resize("image", 2) == ["1", "2", "6", "7"]
    assert sums(at) == ["7"]
    assert "There is one position, and its output is 7." in text(at)
    assert resize("image", 6)[:12] == ["1", "2", "3", "4", "5", "0", "6", "7", "8", "9", "9", "0"]
    # A preset is replaced by the one of the new size.
    at.selectbox(key="convolution.slide.image.from").select("dark, then bright").run()
    assert resize("image", 8) == (["0"] * 4 + ["10"] * 4) * 8
    assert resize("image", 3) == ["0", "0", "10"] * 3
    assert resize("image", 4) == ["0", "0", "10", "10"] * 4


def test_a_photograph_grows_as_a_photograph() -> None:
    at = opened("slide")
    at.session_state["slide.numbers"] = True
    at.run()
    at.selectbox(key="convolution.slide.image.from").select("photo: horse").run()
    at.slider(key="convolution.slide.image.size").set_value(12).run()
    assert not at.exception
    assert at.selectbox(key="convolution.slide.image.from").value == "photo: horse"
    assert panels(at)[0] == [f"{cell:g}" for row in tiny("horse", 12).tolist() for cell in row]


def test_choosing_own_numbers_from_an_outdated_list_changes_nothing() -> None:
    at = opened("slide", image="1_2_3.4_5_6.7_8_9")
    key = "convolution.slide.image.from"
    at.selectbox(key=key).select("dark, then bright").run()
    old = at.selectbox(key=key)  # as the browser still shows it
    old.options.append(presets.OWN)
    old.set_value(presets.OWN).run()
    assert not at.exception
    assert at.selectbox(key=key).value == "dark, then bright"


def test_photographs_are_scaled_once_for_each_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when many readers edit grids of every size."""
    scaled: list[tuple[str, int]] = []
    monkeypatch.setattr(presets, "tiny", lambda name, side: scaled.append((name, side)) or tiny(name, side))
    presets.photographs.cache_clear()
    slide._images.cache_clear()
    for _ in range(3):
        for side in range(2, slide.IMAGE.most + 1):
            assert slide._images(side).names.get(((5.0,) * side,) * side) is None
    assert len(scaled) == len(set(scaled)) == len(BOLD) * (slide.IMAGE.most - 1)


def test_only_a_photograph_is_painted_grey() -> None:
    cat = slide.IMAGE.text(presets.photographs(6).grids["photo: cat"])
    for image, grey in ((cat, True), ("100_10_10.10_10_10.10_10_10", False)):
        svg = player_data(opened("slide", image=image, padding="1"))["svg"]
        assert ("rgb(" in svg) == ("rgb(0,0,0)" in svg) == ('class="border"' in svg) == grey
        assert ('opacity="0.45"' not in svg) == grey  # a pale black zero would be grey


def test_pooling_opens_on_the_courses_numbers() -> None:
    at = opened("pooling")
    assert not at.exception
    assert said(at) == []
    assert sums(at) == ["9", "2", "6", "3"]
    assert "max(1, 3, 2, 9) = " in player_data(at)["texts"][0]
    assert "16 numbers become 4: 75 % fewer" in text(at)
    assert "0 parameters" in text(at)
    assert "⌊(4 − 2) / 2⌋ + 1 = 2" in text(at)
    # The ring lies on the 9, in the second row and column.
    one = pooling.sliding.place(1, 1)
    assert player_data(at)["moves"]["winner"][0] == list(one)
    assert html(at).count("data:image/png") == 2
    assert "60 × 60 = 3,600 numbers, 25 % of them" in text(at)


def test_averages_are_written_as_sums() -> None:
    at = opened("pooling", kind="average")
    assert sums(at) == ["3.75", "1.25", "3.75", "2"]
    assert "(1 + 3 + 2 + 9) / 4 = 15 / 4 = <b>3.75</b>" in player_data(at)["texts"][0]
    same = opened("pooling", kind="average", size="3", padding="same")
    assert "(2 + 1 + 1 + 1 + 2 + 3) / 6 = 10 / 6 ≈ <b>1.666667</b>" in player_data(same)["texts"][1]
    assert "3 of 9 cells are outside the map and do not count" in player_data(same)["texts"][1]


def test_the_courses_second_pooling_example() -> None:
    at = opened("pooling", size="3", stride="1")
    at.selectbox(key="convolution.pooling.image.from").select("the course's 5×5").run()
    assert sums(at) == ["9", "9", "5", "9", "9", "5", "8", "6", "9"]


def test_a_pool_too_large_keeps_the_photograph() -> None:
    at = opened("pooling", size="6")
    assert not at.exception
    assert said(at) == [
        "That cannot be: a window of 6 numbers does not fit on 4; choose a smaller size, more numbers, or “same” "
        "padding."
    ]
    assert html(at).count("data:image/png") == 2


def test_why_opens_on_the_courses_numbers() -> None:
    at = opened("why")
    assert not at.exception
    assert said(at) == []
    assert "From 32×32×3 to 28×28×6 a convolution takes 456 parameters, a dense layer 14,455,392" in text(at)
    assert "(5 × 5 × 3 + 1) × 6 = 76 × 6 = 456" in text(at)
    assert "(32 × 32 × 3 + 1) × (28 × 28 × 6) = 3,073 × 4,704 = 14,455,392" in text(at)
    assert "0 % of the convolution's outputs changed" in text(at)
    assert html(at).count("data:image/png") == 6
    assert html(at).count('alt="') >= 6


def test_why_follows_its_sliders() -> None:
    at = opened("why", right="0")
    assert "Not shifted yet" in text(at)
    at.slider(key=bench_state.key("why", "right")).set_value(-4).run()
    at.slider(key=bench_state.key("why", "size")).set_value(8).run()
    assert not at.exception
    assert "4 left" in text(at)
    assert "(5 × 5 × 3 + 1) × 6 = 76 × 6 = 456" in text(at)
    assert "(8 × 8 × 3 + 1) × (4 × 4 × 6) = 193 × 96 = 18,528" in text(at)


def limits() -> list[Any]:
    """Return each knob of each bench at its limits, and each of its choices; the last of each knob with every push."""
    cases = []
    for bench in BENCHES.values():
        for field in bench.fields.values():
            if not isinstance(field, Knob):
                continue
            limits = (field.limits.low, field.limits.high) if field.limits else ()
            values = field.choices or ("true",) * (field.type is bool) or tuple(f"{limit:g}" for limit in limits)
            cases += first_with_each_push(*((bench.name, {field.name: value}) for value in reversed(values)))
    return cases


@pytest.mark.parametrize(("bench", "params"), limits(), ids=str)
def test_every_value_of_every_field(bench: str, params: dict[str, str]) -> None:
    at = opened(bench, **params)
    assert not at.exception
    assert not any("usual" in one for one in said(at)), said(at)


@pytest.mark.parametrize(
    ("bench", "params", "sentence"),
    [
        ("slide", {"image": "1_2_3"}, "Image must"),
        ("slide", {"image": "1_2_3.4_5_6"}, "Image must be square"),
        ("slide", {"kernel": "a_b.c_d"}, "Kernel 'a_b.c_d' is not a grid of numbers"),
        ("slide", {"kernel": "nan"}, "The numbers of kernel must be between -999 and 999"),
        ("slide", {"kernel": "1_1e9.1_1"}, "The numbers of kernel must be between -999 and 999"),
        ("slide", {"image": ".".join(["_".join(["1"] * 13)] * 13)}, "Image must have 2 to 12 rows"),
        ("slide", {"padding": "4"}, "Padding must be one of valid, same, 1, 2, 3, not '4'"),
        ("slide", {"stride": "0"}, "Stride must be a whole number from 1 to 5"),
        ("slide", {"step": "-1"}, "Step must be a whole number from 0 to 400"),
        ("slide", {"sizes": "3"}, "This page has no setting 'sizes', so it is ignored."),
        ("pooling", {"kind": "min"}, "Kind must be one of max, average"),
        ("pooling", {"photograph": "../x"}, "Photograph must be one of " + ", ".join(BOLD)),
        ("why", {"right": "9"}, "Right must be a whole number from -8 to 8"),
        ("why", {"size": "1e3"}, "Size must be a whole number from 8 to 64"),
        (
            "[x](http://y)",
            {},
            "Bench must be one of slide, edges, volumes, pooling, pointwise, depthwise, skip, why, chains, not '[x](",
        ),
    ],
)
def test_invalid_values_in_the_url(bench: str, params: dict[str, str], sentence: str) -> None:
    at = opened(bench, **params)
    assert not at.exception
    assert any(one.startswith(sentence) for one in said(at)), said(at)
    usual: Bench = BENCHES.get(bench, slide.BENCH)
    assert dict(at.query_params) == {"bench": usual.name}
