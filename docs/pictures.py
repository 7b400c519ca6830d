"""Makes the README's pictures from the simulator's failing scenario: `make pictures` (needs Debian's chromium)."""

import subprocess
import sys
import tempfile
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]
BROWSER = [
    "chromium",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]
# About what GitHub's own style makes of a job summary.
STYLE = """
body { font: 14px/1.5 sans-serif; color: #1f2328; max-width: 860px; margin: 16px 24px; }
table { border-collapse: collapse; margin: 8px 0; }
th, td { border: 1px solid #d1d9e0; padding: 6px 13px; text-align: left; }
h2, h3 { border-bottom: 1px solid #d1d9e0; padding-bottom: 4px; }
"""


def main() -> None:
    """Run the demo, and take a picture of the HTML report and of the job summary."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        summary = place / "summary.md"
        environ = {
            "PYTHONPATH": str(ROOT / "src"),
            "PATH": "/usr/bin:/bin",
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_WORKSPACE": folder,
        }
        command = [sys.executable, "-m", "koregate", "demo", "--scenario", "failing"]
        subprocess.run(command, cwd=folder, env=environ, check=False, stdout=subprocess.DEVNULL)
        page = place / "summary.html"
        html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(summary.read_text())
        page.write_text(f"<!DOCTYPE html><meta charset=utf-8><style>{STYLE}</style>{html}")
        shoot(page, "summary", 920, 1000)
        shoot(place / "koregate-report" / "report.html", "report", 1000, 1440)


def shoot(page: Path, name: str, width: int, height: int) -> None:
    """Save what a browser window of that size shows of the page."""
    picture = ROOT / "docs" / "pictures" / f"{name}.png"
    picture.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        size = f"--window-size={width},{height}"
        shot = f"--screenshot={picture}"
        command = [*BROWSER, f"--user-data-dir={profile}", size, shot, page.as_uri()]
        subprocess.run(command, check=True, capture_output=True)


if __name__ == "__main__":
    main()
