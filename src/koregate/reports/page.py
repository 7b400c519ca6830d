"""report.html: one self-contained page that shows each conversation as a chat with its failures."""

import base64
import hashlib
from functools import cache
from importlib import resources

from koregate.judging.results import JobResult
from koregate.reports.headline import did_not_pass, ran_nothing, tells_more_than_names, worst_first
from koregate.reports.page_failures import failures
from koregate.reports.page_filters import tools
from koregate.reports.page_header import VERDICT_SIGNS, attach, header
from koregate.reports.page_message import escaped
from koregate.reports.page_steps import step_lists
from koregate.reports.page_suites import beginning, job_errors, problems, steps, table
from koregate.text import one_line
from koregate.verdicts import EXIT_INPUTS

# A browser opens a page of this size within seconds.
MAX_BYTES = 20 * 1000 * 1000
# The bytes of the tags around the steps of a suite.
_SECTION_BYTES = 500
# The list of failures at the top takes at most this share of the page.
_LINKS_SHARE = 4
_MAX_TITLE = 60


def render(job: JobResult, largest: int = MAX_BYTES) -> bytes:
    """The page, in about `largest` bytes at most. The same report gives the same bytes."""
    style, script = _asset("page.css"), _asset("page.js")
    suites = worst_first(job.platform_suites)
    is_invalid = all(suite.exit_code == EXIT_INPUTS for suite in job.suites)
    found = failures(job, suites, largest // _LINKS_SHARE)
    start = [
        _head(job, style, script),
        header(job),
        "" if is_invalid or ran_nothing(job) else job_errors(job),
        found.html,
        '<main id="main">\n',
        attach(job),
        table(suites) if tells_more_than_names(job.platform_suites) and not is_invalid else "",
        tools(job, found.alone),
    ]
    if is_invalid:
        start.append(problems(job))
    suites = [] if ran_nothing(job) else [numbered for numbered in suites if numbered[0] not in found.alone]
    is_only = len(job.platform_suites) == 1
    beginnings = [beginning(number, suite, is_told=number in found.told, is_only=is_only) for number, suite in suites]
    end = f"</main>\n<script>{script}</script>\n</body>\n</html>\n"
    taken = sum(len(part.encode()) for part in [*start, *beginnings, end]) + _SECTION_BYTES * len(suites)
    has_baseline = job.policy.comparison is not None
    lists = step_lists(suites, max(largest - taken, 0), has_baseline=has_baseline)
    sections = [
        f"{before}{steps(number, suite, items)}</section>\n"
        for (number, suite), before, items in zip(suites, beginnings, lists, strict=True)
    ]
    return "".join([*start, *sections, end]).encode()


@cache
def _asset(name: str) -> str:
    # Universal newlines, because the hash must match the text that a browser reads.
    return (resources.files("koregate.reports") / name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _head(job: JobResult, style: str, script: str) -> str:
    # Content Security Policy Level 3: only koregate's own style and script may run, and nothing is ever loaded.
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    name = one_line(_not_passed(job), _MAX_TITLE)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="koregate">
<title>{VERDICT_SIGNS[job.verdict]} {job.verdict}: {escaped(name)} - koregate</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the conversations</a>
"""


def _not_passed(job: JobResult) -> str:
    """What did not pass, or all suites if all of them did: the name of a single suite, or how many there are."""
    bad, suites = did_not_pass(job), job.platform_suites
    parts = []
    if bad or not job.gates:
        total, number = len(suites), len(bad) or len(suites)
        parts.append(suites[0].name if total == 1 else f"{'' if number == total else f'{number} of '}{total} suites")
    return " and ".join([*parts, *["this job"] * bool(job.gates)])
