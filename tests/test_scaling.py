"""Sweeps against the papers' own tables; budgets and the shared grid by their properties."""

import threading
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab import costs
from cnnlab.network import Network
from cnnlab.scaling import FINENESS, SWEEPS, Budget, Cell, Sweep, cells, grid, law, points_table, spread, table
from cnnlab.scaling import networks as shared
from cnnlab.scaling import sweep as sweeps

# Howard 2017: million mult-adds of Table 7 (α 1), and mult-adds and million parameters of Table 6 (224 pixels). Where
# the same table prints 290 the full number is 290,675,200: the paper cuts.
HOWARD = [
    (1.0, 224, 569, 4.2),
    (1.0, 192, 418, 4.2),
    (1.0, 160, 290, 4.2),
    (1.0, 128, 186, 4.2),
    (0.75, 224, 325, 2.6),
    (0.5, 224, 149, 1.3),
    (0.25, 224, 41, 0.5),
]
# Million MACs of the released checkpoints, cut: tensorflow/models, research/slim/nets/mobilenet/README.md.
SANDLER = {
    1.4: (582,),
    1.3: (509,),
    1.0: (300, 221, 154, 99, 56),
    0.75: (209, 153, 107, 69, 39),
    0.5: (97, 71, 50, 32, 18),
    0.35: (59, 43, 30, 20, 11),
}
# He 2015, Table 6: million parameters.
HE = {20: 0.27, 32: 0.46, 44: 0.66, 56: 0.85, 110: 1.7, 1202: 19.4}
# Tan & Le 2019, Table 2: billion FLOPs (multiply-adds) and million parameters of B0 … B7.
TAN = ((0.39, 5.3), (0.70, 7.8), (1.0, 9.2), (1.8, 12), (4.2, 19), (9.9, 30), (19, 43), (37, 66))


def coarse(name: str) -> tuple[Cell, ...]:
    """Return the fewest cells of a sweep, which all that its paper lists are among; the grid remembers them."""
    return grid(SWEEPS[name], "coarse")


def found(name: str) -> dict[tuple[float, float | None], costs.Summary]:
    return {(cell.x, cell.y): cell.summary for cell in coarse(name) if cell.summary}


@pytest.mark.parametrize(("width", "side", "macs", "params"), HOWARD)
def test_mobilenet_v1_is_the_papers(width: float, side: int, macs: int, params: float) -> None:
    costs = found("mobilenet_v1")[width, side]
    assert abs(costs.macs / 1e6 - macs) < 1
    assert round(costs.trainable_params / 1e6, 1) == params


def test_mobilenet_v2_is_the_released() -> None:
    here = found("mobilenet_v2")
    for width, row in SANDLER.items():
        for side, macs in zip((224, 192, 160, 128, 96), row, strict=False):
            assert int(here[width, side].macs / 1e6) == macs
    marked = {(point.x, point.y) for point in SWEEPS["mobilenet_v2"].points}
    sides = (224, 192, 160, 128, 96)
    assert marked == {(width, side) for width, row in SANDLER.items() for side in sides[: len(row)]}


@pytest.mark.parametrize("depth", HE)
def test_resnet_for_small_images_is_the_papers(depth: int) -> None:
    digits = 2 if depth < 100 else 1
    assert round(found("resnet_cifar")[depth, 16].trainable_params / 1e6, digits) == HE[depth]


def test_efficientnet_released_is_the_papers() -> None:
    rows = points_table(SWEEPS["efficientnet_phi"])
    assert rows["label"].tolist() == [f"B{number}" for number in range(8)]
    assert rows["x"].tolist() == [0, 0.5, 1, 2, 4, 5, 6, 7]
    for macs, params, (billion, million) in zip(rows["macs"], rows["trainable_params"], TAN, strict=True):
        assert macs / 1e9 == pytest.approx(billion, rel=0.05)
        assert params / 1e6 == pytest.approx(million, rel=0.02)


def test_phi_about_doubles_the_macs() -> None:
    steps = found("efficientnet_phi")
    sevenfold = steps[7, None].macs / steps[0, None].macs
    assert 1.9 < sevenfold ** (1 / 7) < 2
    said = law(coarse("efficientnet_phi"))
    assert said.startswith("From φ 0 to φ 7 MACs grow from 386 M to 39.7 G: each step multiplies them by about 1.94.")
    assert "is 1.92, meant to be about 2" in said
    with pytest.raises(ValueError, match="two whole values"):
        law(coarse("efficientnet_phi")[:2])


@pytest.mark.parametrize("name", SWEEPS)
def test_cells_are_their_networks(name: str) -> None:
    every = coarse(name)
    assert len({cell.network for cell in every}) == len(every)
    for cell in every[:: max(1, len(every) // 6)]:
        totals = costs.totals(Network.parse(str(cell.network)).graph())
        assert cell.summary is not None
        assert (cell.summary.macs, cell.summary.params) == (totals.macs, totals.params)
        assert cell.summary.peak_activations == totals.peak_activations


@pytest.mark.parametrize(("name", "fineness"), [*product(SWEEPS, FINENESS)])
def test_listed_networks_stand_on_cells(name: str, fineness: sweeps.Fineness) -> None:
    sweep = SWEEPS[name]
    places = sweep.places(fineness)
    assert list(places) == sorted(places, key=lambda place: (place[1] or 0, place[0]))
    assert len(set(places)) == len(places) <= 1300
    for point in sweep.points:
        assert (point.x, point.y) in places
        same = costs.summary(sweep.network(point.x, point.y).graph()) == costs.summary(point.network.graph())
        assert same == (not point.off), point


def test_released_networks_lie_in_the_plane_of_their_third_direction() -> None:
    plane = SWEEPS["efficientnet_width_depth"]
    assert [point.label for point in plane.points if not point.off] == ["B0"]
    assert plane.points[7].off == "at 600 pixels"
    higher = plane.at(input_size=260)
    assert [point.label for point in higher.points if not point.off] == ["B2"]
    assert higher.at(input_size=224) == plane
    assert all(point.off for point in plane.at(phi=1).points)
    with pytest.raises(ValueError, match="is an axis"):
        plane.at(width=2)
    with pytest.raises(ValueError, match="input size must be"):
        plane.at(input_size=5)


def test_the_error_of_a_network_that_cannot_be_built() -> None:
    sweep = SWEEPS["efficientnet_depth_resolution"]
    tiny = Sweep("vgg", "VGG", "", "vgg16", sweeps.Axis("input_size", "", "{}", ((16, 32),) * 3), None, ())
    first, second = cells(tiny, "coarse")
    assert first.summary is None
    assert "larger input image" in first.reason
    assert (second.reason, second.summary is None) == ("", False)
    assert table(tiny, (first, second))["x"].tolist() == [32]
    assert Budget(macs=1).sentence(tiny, [first]).startswith("No network")
    with pytest.raises(ValueError, match="fineness must be one of coarse"):
        sweep.x.at("finest")  # type: ignore[arg-type]


limits = st.one_of(st.none(), st.integers(1, 10**10))


@given(st.sampled_from(sorted(SWEEPS)), limits, limits, limits, st.integers(0, 10**9))
def test_a_larger_budget_fits_every_network_of_a_smaller_one(
    name: str, macs: int | None, params: int | None, peak: int | None, more: int
) -> None:
    budget = Budget(macs, params, peak)
    larger = Budget(macs and macs + more, params, None)
    fitting = 0
    for cell in coarse(name):
        assert cell.summary is not None
        fits = budget.fits(cell.summary)
        within = (macs is None or cell.summary.macs <= macs) and (params is None or cell.summary.params <= params)
        assert fits == (within and (peak is None or cell.summary.peak_bytes() <= peak))
        assert larger.fits(cell.summary) or not fits
        fitting += fits
    said = budget.sentence(SWEEPS[name], coarse(name))
    every = len(coarse(name))
    if macs is params is peak is None:
        assert said.startswith("No budget")
    else:
        count = {0: f"None of {every}", every: f"All {every}"}.get(fitting, f"{fitting} of {every}")
        assert said.startswith(count), said


def test_the_sentence_of_a_budget() -> None:
    sweep, every = SWEEPS["mobilenet_v1"], grid(SWEEPS["mobilenet_v1"], "medium")
    assert Budget(macs=330_000_000).sentence(sweep, every) == (
        "192 of 306 networks fit; the largest of them: α 0.75 at 224 pixels with 325 M MACs."
    )
    assert Budget(macs=1000).sentence(sweep, every) == (
        "None of 306 networks fits; α 0.1 at 64 pixels is nearest, with 745 k MACs: about 745 times the budget."
    )
    assert Budget(macs=744_000).sentence(sweep, every).endswith("with 745 k MACs: just over the budget.")
    assert Budget(macs=800_000).sentence(sweep, every) == "1 of 306 networks fits: α 0.1 at 64 pixels with 745 k MACs."
    assert Budget(peak_bytes=1_000_000, precision="int8").fits(every[0].summary)  # type: ignore[arg-type]
    assert SWEEPS["efficientnet_width_depth"].in_words(1.2, 1.4) == "width 1.2, depth 1.4"
    with pytest.raises(ValueError, match="at least 1"):
        Budget(macs=0)
    with pytest.raises(ValueError, match="precision must be one of fp32"):
        Budget(precision="fp8")


def test_tables_for_figures() -> None:
    sweep = SWEEPS["mobilenet_v1"]
    rows = table(sweep, coarse("mobilenet_v1"), "int8")
    assert len(rows) == len(coarse("mobilenet_v1"))
    row = rows[(rows["x"] == 0.75) & (rows["y"] == 192)].iloc[0]
    assert row["network"] == "mobilenet_v1?input_size=192&width=0.75"
    assert row["hover"].startswith("<b>α 0.75 at 192 pixels</b><br>2,601,976 parameters<br>239,273,472 MACs<br>")
    assert row["weight_bytes"] == row["params"]
    points = points_table(sweep)
    assert points["exact"].all()
    assert set(points["network"]) <= set(rows["network"])


def test_spread_keeps_marks_and_its_ends() -> None:
    coarse, medium, fine = spread(0.1, 1.6, (0.25, 0.1, 0.05), (0.35,))
    assert coarse == (0.35, 0.5, 0.75, 1.0, 1.25, 1.5)
    assert medium[:4] == (0.1, 0.2, 0.3, 0.35)
    assert (fine[0], fine[-1], len(fine)) == (0.1, 1.6, 31)


def fresh() -> Sweep:
    """A sweep that no test has set yet."""
    return SWEEPS["mobilenet_v2"].at(classes=next(_classes))


_classes = iter(range(2, 100))


def test_forty_sessions_ask_at_once_and_one_works(monkeypatch: pytest.MonkeyPatch) -> None:
    sweep, built, results, reports = fresh(), [], [], []
    real = shared._cell

    total, many = len(sweep.places("coarse")), 40
    reported: set[int] = set()
    all_reported = threading.Event()

    def counted(*place: object) -> Cell:
        built.append(place)
        if len(built) == total:
            assert all_reported.wait(60)  # those who wait see the progress, too
        return real(*place)

    monkeypatch.setattr(shared, "_cell", counted)

    def ask() -> None:
        mine: list[tuple[int, int]] = []

        def progress(*at: int) -> None:
            mine.append(at)
            reported.add(threading.get_ident())
            if len(reported) >= many - 1:  # the one who works may be done before it is time to report
                all_reported.set()

        results.append(grid(sweep, "coarse", progress))
        reports.append(mine)

    threads = [threading.Thread(target=ask) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == total
    assert all(result is results[0] for result in results)
    assert all(done <= of == total for mine in reports for done, of in mine)
    assert all(mine == sorted(mine) for mine in reports)


def test_a_stopped_sweep_is_continued_by_the_next_session(monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = fresh()
    monkeypatch.setattr(shared, "OFTEN", 0.0)

    class StoppedError(BaseException):
        pass

    def stop(done: int, of: int) -> None:
        if done == 10:
            raise StoppedError

    with pytest.raises(StoppedError):
        grid(sweep, "coarse", stop)
    seen: list[int] = []
    assert grid(sweep, "coarse", lambda done, of: seen.append(done)) == tuple(cells(sweep, "coarse"))
    assert seen[0] == 11
