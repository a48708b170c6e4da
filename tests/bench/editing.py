"""How long an edit of a fifty-row network takes on Build, from the press until the browser has drawn the rows.

    python tests/bench/editing.py

Prints the median in milliseconds for moving, duplicating, choosing a row and setting a field, each beside that of a
two-row network: what the rows themselves cost. Needs Chromium.
"""

import statistics
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

import app_server  # noqa: E402  (found through the line above)
from playwright.sync_api import Page, sync_playwright  # noqa: E402

from cnnlab.network import Network  # noqa: E402
from cnnlab.recipe import Recipe, row  # noqa: E402

LARGE = Recipe(
    input_size=64,
    rows=(
        row("conv", filters=16, stride=2),
        *(row("residual_basic", filters=16 + width) for width in range(16)),
        *(row("inverted_residual", filters=24 + width) for width in range(15)),
        *(row("conv", filters=64 + width, batch_norm=True) for width in range(15)),
        row("global_pool"), row("dropout"), row("dense"),
    ),
)  # fmt: skip
SMALL = Recipe(rows=(row("conv"), row("conv", filters=32)))
ACTS = {"move": ("down:0", "up:1"), "duplicate": ("copy:1", "delete:2"), "choose": ("choose:0", "choose:1")}
TIMES = 10
PRESS = """(what) => new Promise((done) => {
  const host = document.querySelector(".cnnlab-rows").parentElement;
  const start = performance.now();
  const seen = new MutationObserver(() => {
    seen.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - start), 0));
  });
  seen.observe(host, { childList: true });
  document.querySelector(what).click();
})"""


def median(page: Page, presses: tuple[str, ...]) -> float:
    """Milliseconds until the rows are there again, the presses in turn."""
    taken = []
    for number in range(TIMES * len(presses)):
        taken.append(page.evaluate(PRESS, presses[number % len(presses)]))
        page.wait_for_timeout(250)
    return statistics.median(taken)


def measured(page: Page, recipe: Recipe) -> dict[str, float]:
    """The median of each kind of edit."""
    page.goto(f"/build?network={Network.assembled(recipe)}&row=1")
    page.locator(".cnnlab-rows .row").nth(len(recipe.rows)).wait_for()
    page.wait_for_timeout(2000)
    found = {name: median(page, tuple(f'[data-act="{act}"]' for act in acts)) for name, acts in ACTS.items()}
    page.wait_for_timeout(500)
    return found | {"set a field": median(page, (".st-key-build_fields [data-testid=stNumberInputStepUp]",))}


def main() -> None:
    with (
        app_server.server(Path(tempfile.mkdtemp()) / "log.txt") as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=app_server.find_chromium(), args=app_server.QUIET)
        page = browser.new_page(base_url=address, viewport={"width": 1440, "height": 900})
        large, small = measured(page, LARGE), measured(page, SMALL)
        for name, taken in large.items():
            print(f"{name}: {taken:.0f} ms with {len(LARGE.rows)} rows, {taken / small[name]:.1f} times that of 2 rows")
        browser.close()


if __name__ == "__main__":
    main()
