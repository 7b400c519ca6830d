"""Report → bytes, nothing else: the table of files that a report becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from koregate.reports import ctrf, junit, page, raw, report_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from koregate.judging.results import Report


RENDERERS: dict[str, Callable[[Report], bytes]] = {
    "junit.xml": junit.render,
    "report.json": report_json.render,
    "ctrf-report.json": ctrf.render,
    "report.html": page.render,
}


def render(report: Report) -> dict[str, bytes]:
    """Every file of the report directory by its relative path."""
    rendered = {name: renderer(report) for name, renderer in RENDERERS.items()}
    return {**rendered, **raw.render(report)} if report.saves_answers else rendered
