"""Which files a report consists of."""

from collections.abc import Callable

from koregate.judging.results import JobResult
from koregate.reports import ctrf, junit, page, report_json

# In the order in which they are written: if there is no time for all of them, the first ones matter most.
RENDERERS: dict[str, Callable[[JobResult], bytes]] = {
    "junit.xml": junit.render,
    "report.json": report_json.render,
    "ctrf-report.json": ctrf.render,
    "report.html": page.render,
}

# Every file that a job may write into its report directory, beside raw/ and the state for resume. A new job removes
# them first: they must not pass for its own if it is killed.
WRITTEN_FILES = (*RENDERERS, "outputs.env", "koregate-summary.md")
