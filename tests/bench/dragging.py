"""How long a slider of Augment takes, from the key until the new grid is on screen, for two presets.

    python tests/bench/dragging.py

Prints the median in milliseconds, each place of the slider for the first time, beside that of an input size of 32
pixels: what the images' size costs. Needs Chromium.
"""

import statistics
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

import app_server  # noqa: E402  (found through the line above)
from playwright.sync_api import Page, sync_playwright  # noqa: E402

PRESETS = {
    "five usual steps": "mirror;rotation;zoom;brightness;contrast",
    "the course's set": "mirror;resized_crop;rotation:degrees=0.0;shear;colour_shift",
}
TIMES = 15
# Resolves when the last image is another one and decoded.
NEXT = """() => new Promise((done) => {
  const last = () => [...document.querySelectorAll(".cnnlab-draws img")].pop();
  const before = last().src, start = performance.now();
  const look = () => {
    if (last()?.src !== before && last()?.complete) done(performance.now() - start);
    else requestAnimationFrame(look);
  };
  look();
})"""


def median(page: Page, steps: str, size: int) -> float:
    """Milliseconds until the grid is there again."""
    page.goto(f"/augment?steps={steps}&size={size}")
    page.locator(".cnnlab-draws img").nth(12).wait_for(timeout=60_000)
    page.wait_for_timeout(2000)
    slider, taken = page.get_by_role("slider", name="degrees"), []
    for _ in range(TIMES):
        slider.focus()
        found = page.evaluate_handle(f"() => ({{ next: ({NEXT})() }})")
        slider.press("ArrowRight")
        taken.append(found.evaluate("(found) => found.next"))
        page.wait_for_timeout(400)
    return statistics.median(taken)


def main() -> None:
    with (
        app_server.server(Path(tempfile.mkdtemp()) / "log.txt") as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=app_server.find_chromium(), args=app_server.QUIET)
        page = browser.new_context(base_url=address, viewport={"width": 1440, "height": 900}).new_page()
        for title, steps in PRESETS.items():
            large, small = median(page, steps, 224), median(page, steps, 32)
            print(f"{title}: {large:.0f} ms at 224×224, {small:.0f} ms at 32×32, {large / small:.1f} times")
        browser.close()


if __name__ == "__main__":
    main()
