"""A real Chromium, driven through chromedriver (W3C WebDriver, and the DevTools protocol behind `goog/cdp`)."""

import base64
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import requests

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
# `make test` installs it if there is npm.
AXE = Path(__file__).parents[2] / ".venv" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    # A machine without a mouse shows what one with a mouse shows.
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4",
)
# A picture of a longer page ends here.
_MAX_HEIGHT = 4_000
_MAX_TRIES = 10
# What WCAG 2.2 asks for at level AA, and axe's own good practices.
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Look(NamedTuple):
    """How a reader looks at a page."""

    width: int = 1280
    height: int = 800
    dark: bool = False
    script: bool = True
    printed: bool = False
    is_phone: bool = False
    forced_colors: bool = False


LOOKS = {
    "light": Look(),
    "dark": Look(dark=True),
    "phone": Look(390, 844, is_phone=True),
    # What the bars of the browser leave of it.
    "phone-with-bars": Look(390, 664, is_phone=True),
    "phone-dark": Look(390, 844, dark=True, is_phone=True),
    "print": Look(794, 2246, printed=True),
    "no-script": Look(script=False),
    "forced-colors": Look(dark=True, forced_colors=True),
}


class Browser:
    """One window."""

    def __init__(self, session: str) -> None:
        self._session = session

    def _ask(self, path: str, **body: Any) -> Any:
        answer = requests.post(f"{self._session}/{path}", json=body, timeout=120).json()["value"]
        assert not (isinstance(answer, dict) and answer.get("error")), answer
        return answer

    def _devtools(self, command: str, **params: Any) -> Any:
        return self._ask("goog/cdp/execute", cmd=command, params=params)

    def open(self, page: Path, look: Look) -> None:
        """Load the page as that reader sees it, in a tab of its own."""
        tab = self._ask("window/new", type="tab")["handle"]
        requests.delete(f"{self._session}/window", timeout=60)
        self._ask("window", handle=tab)
        size = {"width": look.width, "height": look.height}
        self._devtools("Emulation.setDeviceMetricsOverride", **size, deviceScaleFactor=1, mobile=look.is_phone)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if look.dark else "light"}
        forced = {"name": "forced-colors", "value": "active" if look.forced_colors else "none"}
        self._devtools("Emulation.setEmulatedMedia", media="print" if look.printed else "", features=[scheme, forced])
        if look.is_phone:
            self._devtools("Emulation.setTouchEmulationEnabled", enabled=True)
        self._devtools("Emulation.setScriptExecutionDisabled", value=not look.script)
        self._ask("url", url=page.as_uri())

    def run(self, script: str) -> Any:
        """The value of a script's `return`, also of a promise. It is no script of the page, so no policy stops it."""
        return self._ask("execute/sync", script=script, args=[])

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """Save what the window shows, or the whole page."""
        for left in reversed(range(_MAX_TRIES)):
            try:
                shot = self._devtools("Page.captureScreenshot", format="png", **(self._whole() if whole else {}))
                break
            except AssertionError:
                # A tab that was not drawn yet, on a busy machine: it has no width.
                if not left:
                    raise
                time.sleep(0.3)
        path.write_bytes(base64.b64decode(shot["data"]))

    def _whole(self) -> dict[str, Any]:
        """What makes a picture show the whole page."""
        size = self._devtools("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], _MAX_HEIGHT), "scale": 1}
        return {"captureBeyondViewport": True, "clip": clip}

    def violations(self) -> list[str]:
        """What axe-core finds, one line for each rule: its name, its help and the first places."""
        self.run(AXE.read_text())
        found = self.run(f"return axe.run({{ runOnly: {_RULES} }}).then((result) => result.violations)")
        return [
            f"{rule['id']}: {rule['help']}: "
            + ", ".join(f"{node['html'][:120]} ({node.get('failureSummary', '')[:200]})" for node in rule["nodes"][:3])
            for rule in found
        ]


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser for the length of the block."""
    assert CHROMIUM
    assert DRIVER
    with tempfile.TemporaryDirectory() as profile:
        driver = subprocess.Popen([DRIVER, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            assert driver.stdout
            port = next(found[1] for line in driver.stdout if (found := re.search(r"successfully on port (\d+)", line)))
            arguments = [*OPTIONS, f"--user-data-dir={profile}"]
            wanted = {"alwaysMatch": {"goog:chromeOptions": {"binary": CHROMIUM, "args": arguments}}}
            address = f"http://127.0.0.1:{port}/session"
            answer = requests.post(address, json={"capabilities": wanted}, timeout=120).json()["value"]
            session = f"{address}/{answer['sessionId']}"
            try:
                yield Browser(session)
            finally:
                requests.delete(session, timeout=60)
        finally:
            driver.terminate()
            driver.wait(30)
            if driver.stdout:
                driver.stdout.close()
