"""koregate quarantine: print quarantine file entries for the blocking failures in a report.json, offline."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial

from koregate.commands.context import JobContext
from koregate.commands.interruptible import Interruptible
from koregate.commands.saved_files import read_claimed_report
from koregate.errors import Problem, UnusableCommand
from koregate.policy.quarantine import MAX_DAYS
from koregate.policy.quarantine_entries import Suggestion, Terms
from koregate.reports.case_lines import case_lines
from koregate.reports.report_json_reader import ClaimedReport
from koregate.text import one_line

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAYS = re.compile(r"([0-9]{1,3})d", re.ASCII)
_MAX_QUOTED = 80


def quarantine(path: str, owner: str, until: str, reason: str | None, context: JobContext) -> None:
    """Print the entries in TOML. They excuse exactly the blocking failures of the report.

    Without a reason, each entry says where and when its test case failed. Failures that the report's own policy
    tolerates get no entry. Raises `UnusableCommand` and `Cancelled`.
    """
    problems: list[Problem] = []
    for name, text in (("--owner", owner), ("--reason", reason)):
        if text is not None and not text.strip():
            problems.append(Problem(name, "is empty. Fill it in."))
    last = _last_day(until, context.clock.now().date(), problems)
    if problems:
        raise UnusableCommand(*problems)
    read = partial(read_claimed_report, path, context.workspace, "REPORT")
    report = Interruptible(context.queue).result_of(read)
    if report.contradictions:
        raise UnusableCommand(Problem("REPORT", report.contradictions[0]))
    suggestion = Suggestion.of(report.suites)
    for line in _head(suggestion, has_reason=reason is not None):
        context.ci.say(f"# {line}")
    terms = Terms(owner, reason or _origin(report), last)
    for line in suggestion.lines(terms, lambda case: case_lines(case, case.label)):
        context.ci.say(line)


def _last_day(text: str, today: date, problems: list[Problem]) -> date:
    """The date in a text, or the one in so many days. Problems with it are added to the list."""
    latest = today + timedelta(days=MAX_DAYS)
    quoted = f'"{one_line(text, _MAX_QUOTED)}"'
    if days := _DAYS.fullmatch(text):
        text = (today + timedelta(days=int(days[1]))).isoformat()
    try:
        day = date.fromisoformat(text if _DATE.fullmatch(text) else "")
    except ValueError:
        problems.append(
            Problem(
                "--until", f"{quoted} is not a date. Write it like {latest.isoformat()}, or 30d for 30 days from today."
            )
        )
        return today
    if day < today:
        problems.append(Problem("--until", f"{quoted} is in the past. Give a date up to {latest.isoformat()}."))
    if day > latest:
        text = f"{quoted} is more than {MAX_DAYS} days ahead. Give {latest.isoformat()} or an earlier date."
        problems.append(Problem("--until", text))
    return day


def _head(suggestion: Suggestion, *, has_reason: bool) -> Iterator[str]:
    """What a person should know before committing the entries."""
    number = len(suggestion.failures)
    entries = "1 entry" if number == 1 else f"{number} entries"
    if number:
        yield f"{entries}. Review each one{'' if has_reason else ' and give it a reason'} before you commit it."
    elif not suggestion.left_out:
        yield "Nothing to quarantine: no failure in this report blocks."
    if suggestion.left_out:
        cases = (
            "1 more blocking test case"
            if suggestion.left_out == 1
            else f"{suggestion.left_out} more blocking test cases"
        )
        yield (f"No entry can excuse {cases}, because a step or run as a whole failed, or there is no result.")
    yield from suggestion.without_effect


def _origin(report: ClaimedReport) -> str:
    """Where and when the test cases failed."""
    finished, url = report.facts.finished, report.facts.ci.url
    return f"Failed{f' on {finished:%Y-%m-%d}' if finished else ''}{f' in {url}' if url else ''}."
