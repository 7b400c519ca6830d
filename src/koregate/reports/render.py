"""Which files a report consists of."""

from collections.abc import Callable

from koregate.judging.results import JobResult
from koregate.reports import ctrf, junit, page, report_json

# In the order of writing: if there is no time for all of them, the first ones matter most.
RENDERERS: dict[str, Callable[[JobResult], bytes]] = {
    "junit.xml": junit.render,
    "report.json": report_json.render,
    "ctrf-report.json": ctrf.render,
    "report.html": page.render,
}

# Those that no program and no gate needs. On a full disk the others come first.
OPTIONAL_REPORTS = frozenset({"ctrf-report.json", "report.html"})

# Every file that a job may write into its report directory, except raw/ and the run ids for resume. A new job removes
# them first, because they must not look like its own if it is killed.
WRITTEN_FILES = (*RENDERERS, "outputs.env", "koregate-summary.md")
