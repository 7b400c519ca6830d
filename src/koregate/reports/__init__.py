"""Report → bytes, nothing else: the table of files that a report becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from koregate.reports import junit, raw

if TYPE_CHECKING:
    from koregate.results import Report


def render(report: Report) -> dict[str, bytes]:
    """Every file of the report directory by its relative path."""
    return {"junit.xml": junit.render(report), **raw.render(report)}
