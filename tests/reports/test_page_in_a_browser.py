"""report.html: its colors, and what a real Chromium makes of it, if there is one."""

import colorsys
import json
import re
import subprocess
from pathlib import Path

import pytest
from support.answers import TARGET, answer, failed_step, report_of, step
from support.browser import CHROMIUM, OPTIONS
from support.page import HOSTILE, JOBS, REPLIES, full_of, page_of

from koregate.judging.results import JobResult
from koregate.reports import page

ON_PAGE = ("text", "quiet", "link", "passed", "failed", "error", "skipped", "tolerated")
PAIRS = [
    *((name, back) for name in ON_PAGE for back in ("page", "card")),
    *((name, back) for name in ("text", "quiet") for back in ("user", "bot", "failed-back", "error-back")),
    ("failed", "failed-back"),
    ("error", "error-back"),
    ("text", "gone"),
    ("text", "new"),
]


def themes() -> list[dict[str, str]]:
    style = page_of(JOBS["passed"]()).only("style").text
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#\w{6});", block))
        for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)[:2]
    )
    return [light, dark]


def luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back"), PAIRS)
def test_text_has_the_contrast_that_wcag_asks_for(front: str, back: str, theme: int) -> None:
    colors = themes()[theme]
    darker, lighter = sorted([luminance(colors[front]), luminance(colors[back])])
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def hue(color: str) -> float:
    red, green, blue = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return 360 * colorsys.rgb_to_hsv(red, green, blue)[0]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("other", ["tolerated", "passed", "failed"])
def test_an_error_looks_like_no_other_outcome(other: str, theme: int) -> None:
    colors = themes()[theme]
    apart = abs(hue(colors["error"]) - hue(colors[other]))
    assert min(apart, 360 - apart) >= 60


needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


def browse(path: Path, *options: str) -> str:
    """What Chromium makes of a page: its document once all is loaded and done."""
    command = [
        str(CHROMIUM),
        *OPTIONS,
        f"--user-data-dir={path.parent / 'profile'}",
        # Timers run in virtual time, so nothing is waited for.
        "--virtual-time-budget=10000",
        *options,
        path.as_uri(),
    ]
    return subprocess.run(command, capture_output=True, timeout=120, check=True).stdout.decode()


@needs_chromium
def test_a_browser_runs_the_own_script_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    suites = [suite for text in HOSTILE for suite in full_of(text).suites]
    path.write_bytes(page.render(JobResult.of(TARGET, suites)))
    browsed = browse(path, "--dump-dom")
    assert "<title>! error: 40 suites - koregate</title>" in browsed
    assert '<div id="tools" role="search" data-noun="steps">' in browsed
    assert 1 == browsed.count("<script")
    for tag in ("<img", "<iframe", "<form", "<base"):
        assert tag not in browsed
    buttons = browsed.count("<button")
    assert 0 < buttons == browsed.count('<button type="button" class="copy" aria-label="Copy ')


@needs_chromium
def test_the_policy_stops_even_a_script_that_got_in(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    evil = b"<script>document.title='HACKED'</script><img src=x onerror=\"document.title='HACKED'\"></main>"
    path.write_bytes(page.render(JOBS["failed"]()).replace(b"</main>", evil))
    browsed = browse(path, "--dump-dom")
    assert "<title>✗ failed: One - koregate</title>" in browsed
    assert 2 == browsed.count("<script")


@needs_chromium
def test_a_browser_paints_the_page(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(page.render(JOBS["failed"]()))
    browse(path, f"--screenshot={tmp_path / 'page.png'}")
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")


DRIVER = """<!DOCTYPE html><pre id="seen"></pre><iframe id="frame" src="report.html" width="320" height="600"></iframe>
<script>
const frame = document.getElementById("frame");
const pause = () => new Promise((done) => setTimeout(done, 500));
frame.onload = async () => {
  const page = frame.contentDocument, view = frame.contentWindow, get = (id) => page.getElementById(id);
  const steps = [...page.querySelectorAll("ol.steps > li")];
  const seen = () => steps.filter((step) => step.checkVisibility()).map((step) => step.id);
  const type = async (text) => {
    get("search").value = text;
    get("search").dispatchEvent(new view.Event("input"));
    await pause();
  };
  const observed = { all: seen(), width: page.documentElement.scrollWidth };
  await type("PIZZA");
  observed.search = seen();
  observed.found = get("found").textContent;
  await type("");
  await type("zzzz");
  observed.nothing = [seen().length, get("found").textContent];
  get("found").querySelector("button").click();
  observed.cleared = [seen().length, get("search").value, view.CSS.highlights.has("found")];
  page.querySelector("input[name=show][value=failed]").click();
  observed.red = seen();
  observed.address = view.location.hash;
  view.location.hash = "#s1-step-1";
  await pause();
  const chosen = page.querySelector("input[name=show]:checked").value;
  observed.linked = [seen().length, get("s1-step-1").querySelector("details").open, chosen];
  get("open").click();
  observed.unfolded = page.querySelectorAll("ol.steps > li > details[open]").length;
  const slash = new view.KeyboardEvent("keydown", { key: "/", bubbles: true, cancelable: true });
  page.body.dispatchEvent(slash);
  observed.focus = page.activeElement.id;
  page.activeElement.blur();
  const press = async (key) => {
    page.body.dispatchEvent(new view.KeyboardEvent("keydown", { key, bubbles: true }));
    await pause();
    return view.location.hash;
  };
  observed.keys = [await press("n"), await press("n"), await press("p")];
  observed.copies = [...page.querySelectorAll("button")].map((button) => button.getAttribute("aria-label"));
  document.getElementById("seen").textContent = JSON.stringify(observed);
};
</script>"""


@needs_chromium
def test_the_script_searches_filters_and_opens_links_on_a_narrow_screen(tmp_path: Path) -> None:
    long = "w" * 400
    steps = [step("hi"), failed_step(f"pizza {long}", f"Which {long}?", f"Sorry {long}"), step(json.dumps(REPLIES))]
    (tmp_path / "report.html").write_bytes(page.render(report_of(**{f"Suite {long}": answer(*steps, status="failed")})))
    (tmp_path / "driver.html").write_text(DRIVER)
    browsed = browse(tmp_path / "driver.html", "--allow-file-access-from-files", "--hide-scrollbars", "--dump-dom")
    observed = json.loads(re.findall(r'<pre id="seen">(.*?)</pre>', browsed)[0])
    assert {
        "all": ["s1-step-1", "s1-step-2", "s1-step-3"],
        "width": 320,
        "search": ["s1-step-2"],
        "found": "1 of 3 steps ",
        "nothing": [0, 'No step matches "zzzz". Clear search'],
        "cleared": [3, "", False],
        "address": "#failed",
        "keys": ["#s1-step-2"] * 3,
        "copies": ["Copy link to step 2", "Copy the text: expected", "Copy the text: actual"],
        "red": ["s1-step-2"],
        "linked": [3, True, "all"],
        "unfolded": 2,
        "focus": "search",
    } == observed
