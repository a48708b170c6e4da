"""How fast the landing page and Inspect are in Chromium, on a started server with a fresh browser profile each time.

    python tests/bench/pages.py

Prints medians in milliseconds.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

import app_server  # noqa: E402  (found through the lines above)
from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from cnnlab.training import Spec, runs  # noqa: E402
from cnnlab.training.dask.cluster import Cluster  # noqa: E402

VISITS, MOVES = 5, 15
NUMBER = ".cnnlab-number .value"


def visit(browser: Browser, address: str, *parts: str) -> list[float]:
    """Milliseconds from asking for the address until each part can be seen."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    # Looked for before each image is drawn: from outside, a script that loads for a second would hide the moment.
    page.add_init_script(
        """window.seen = {};
        const find = (part) => document.querySelector(part)
            ?? [...document.querySelectorAll("div")].find((host) => host.shadowRoot?.querySelector(part));
        const look = () => {
            for (const part of window.parts ?? [])
                if (!(part in seen) && find(part)) seen[part] = performance.now();
            requestAnimationFrame(look);
        };
        requestAnimationFrame(look);"""
        f"window.parts = {json.dumps(parts)};"
    )
    page.goto(address, wait_until="commit")
    for part in parts:
        page.locator(part).first.wait_for(timeout=60_000)
    taken = [page.evaluate("part => seen[part]", part) for part in parts]
    context.close()
    return taken


def move(browser: Browser, address: str) -> list[float]:
    """Milliseconds from a key press on the width slider until the parameters on screen are others."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{address}/inspect?network=mobilenet_v2")
    page.locator(".js-plotly-plot").nth(1).wait_for(timeout=60_000)
    page.wait_for_timeout(1500)
    slider = page.locator('[data-testid="stSlider"] input[type="range"]').first
    slider.focus()
    taken = []
    for _ in range(MOVES):
        # Timed in the page: from the key to the moment the number changes.
        page.evaluate(
            """selector => {
                const watched = () => document.querySelector(selector)?.textContent;
                const before = watched();
                window.measured = new Promise(done => {
                    addEventListener("keydown", () => {
                        const start = performance.now();
                        const look = () => {
                            const now = watched();
                            const taken = performance.now() - start;
                            if ((now && now !== before) || taken > 10000) done(taken);
                            else requestAnimationFrame(look);
                        };
                        look();
                    }, { once: true, capture: true });
                });
            }""",
            NUMBER,
        )
        slider.press("ArrowRight")
        taken.append(page.evaluate("window.measured"))
        page.wait_for_timeout(700)
    context.close()
    return taken


@contextmanager
def training() -> Iterator[None]:
    """A run from scratch trains meanwhile."""
    spec = Spec.from_scratch(per_class=0, tuning_epochs=1000)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "runs"
        cluster = Cluster(home, idle=5)
        run = cluster.submit(spec)
        while not run.history():
            assert run.status().live, run.status().text
            time.sleep(0.2)
        try:
            yield
        finally:
            runs.cancel(run)
            while run.status().live:
                time.sleep(0.2)
            cluster.close()


def main() -> None:
    path = app_server.find_chromium()
    if path is None:
        sys.exit("no Chromium found: install one or name it in CHROMIUM")
    log = Path(tempfile.mkdtemp()) / "log.txt"
    with app_server.server(log) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=app_server.QUIET)
        visit(browser, f"{address}/inspect", NUMBER)
        rows = [
            visit(browser, f"{address}/inspect", NUMBER, ".cnnlab-diagram", ".js-plotly-plot .point")
            for _ in range(VISITS)
        ]
        landing = [visit(browser, address, ".cnnlab-card-link", ".js-plotly-plot .points path") for _ in range(VISITS)]
        cards, dots = (statistics.median(column) for column in zip(*landing, strict=True))
        numbers, image, chart = (statistics.median(column) for column in zip(*rows, strict=True))
        moves = move(browser, address)
        with training():
            beside = move(browser, address)
        browser.close()
    print(f"landing page's cards         {cards:6.0f} ms   (wished: under 2,000)")
    print(f"landing page's dots          {dots:6.0f} ms")
    print(f"headline numbers on screen   {numbers:6.0f} ms   (wished: under 2,000)")
    print(f"diagram on screen            {image:6.0f} ms")
    print(f"first chart on screen        {chart:6.0f} ms   (wished: under 3,500)")
    print(f"a knob's change, median      {statistics.median(moves):6.0f} ms   (wished: under 300)")
    print(f"a knob's change, slowest     {max(moves):6.0f} ms of {MOVES}")
    print(f"while a run trains, median   {statistics.median(beside):6.0f} ms   (wished: under 500)")


if __name__ == "__main__":
    main()
