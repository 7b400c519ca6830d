"""Makes the README's pictures from the simulator's failing scenario: `make pictures` (needs Debian's chromium)."""

import tempfile
from pathlib import Path

from states import markdown_page
from support.browser import Look, browsing
from support.states import make

PICTURES = Path(__file__).parent / "pictures"


def main() -> None:
    """Take a picture of the job summary, of the HTML report, and of a conversation in it."""
    with tempfile.TemporaryDirectory() as folder, browsing() as browser:
        state = make("failed", Path(folder))
        page = Path(folder) / "page.html"
        for name, text, look, place in (
            ("summary", markdown_page(state.done.summary), Look(920, 572), "html"),
            ("report", state.page.decode(), Look(1000, 740), "html"),
            ("conversation", state.page.decode(), Look(1000, 1000), ".suite"),
        ):
            page.write_text(text)
            browser.open(page, look)
            browser.run(f"document.querySelector({place!r}).scrollIntoView()")
            browser.picture(PICTURES / f"{name}.png")


if __name__ == "__main__":
    main()
