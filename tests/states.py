"""Pictures of every state of the page, the summary and the comment: `make states ARGS="failed timeout"`."""

import sys
import tempfile
from pathlib import Path

from markdown_it import MarkdownIt
from support.browser import AXE, LOOKS, Look, browsing
from support.states import STATES, make

OUT = Path(".venv/states")
# About what GitHub's own style makes of a job summary.
STYLE = """
body { font: 16px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; color: #1f2328;
  max-width: 900px; margin: 24px; overflow-wrap: break-word; }
table { border-collapse: collapse; display: block; width: max-content; max-width: 100%; overflow: auto;
  margin: 0 0 16px; }
th, td { border: 1px solid #d1d9e0; padding: 6px 13px; text-align: left; }
tr:nth-child(2n) { background: #f6f8fa; }
h2 { font-size: 1.5em; } h3 { font-size: 1.25em; } h2 { border-bottom: 1px solid #d1d9e0b3; padding-bottom: .3em; }
h2, h3 { margin: 24px 0 16px; line-height: 1.25; font-weight: 600; }
p, ul, pre, details { margin: 0 0 16px; } ul { padding-left: 2em; } li + li { margin-top: .25em; }
pre { background: #f6f8fa; padding: 16px; border-radius: 6px; font-size: 85%; line-height: 1.45; overflow: auto; }
code { background: #818b981f; padding: .2em .4em; border-radius: 6px; font-size: 85%; } a { color: #0969da; }
"""


def markdown_page(text: str) -> str:
    """The Markdown as a page that looks about as on GitHub."""
    html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text)
    return f"<!DOCTYPE html><meta charset=utf-8><style>{STYLE}</style>{html}"


def main(names: list[str]) -> int:
    """Make the states, take the pictures, and print what axe-core finds."""
    OUT.mkdir(parents=True, exist_ok=True)
    found = 0
    with browsing() as browser:
        for name in names or STATES:
            with tempfile.TemporaryDirectory() as folder:
                state = make(name, Path(folder))
            page = OUT / f"{name}.html"
            page.write_bytes(state.page)
            for kind, look in LOOKS.items():
                browser.open(page.resolve(), look)
                browser.picture(OUT / f"{name}.{kind}.png")
                if kind in ("light", "phone"):
                    browser.picture(OUT / f"{name}.{kind}.whole.png", whole=True)
                if AXE.exists() and look.script and not look.printed:
                    for violation in browser.violations():
                        found += 1
                        print(f"{name}, {kind}: {violation}")
            for kind, text in (("summary", state.done.summary), ("comment", state.comment)):
                (OUT / f"{name}.{kind}.md").write_text(text)
                if not text:
                    continue
                page = OUT / f"{name}.{kind}.html"
                page.write_text(markdown_page(text))
                browser.open(page.resolve(), Look())
                browser.picture(OUT / f"{name}.{kind}.png", whole=True)
            (OUT / f"{name}.log").write_text(state.done.log)
    print(f"{len(names or STATES)} states, {found} findings of axe-core: {OUT}/")
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
