"""Colors for verdicts in logs that show them. Escape codes surround koregate's own words only."""

from collections.abc import Mapping

# ECMA-48, "Select graphic rendition": bold with a color, and back to normal.
_COLORS = {"passed": 32, "failed": 31, "error": 33, "timeout": 33, "cancelled": 33, "tolerated": 36, "skipped": 36}
_NORMAL = "\x1b[0m"


def allows_colors(environ: Mapping[str, str]) -> bool:
    """Whether the environment allows colors. NO_COLOR: see no-color.org. TERM=dumb: see terminfo(5)."""
    return not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def colored(words: str, verdict: str) -> str:
    """The words in the color of the verdict, which may be written in upper case. Any other verdict has no color."""
    color = _COLORS.get(verdict.lower())
    return f"\x1b[1;{color}m{words}{_NORMAL}" if color else words
