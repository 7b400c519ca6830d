"""The Markdown of a comment on a pull request: verdict, commit, suites, causes, and tolerated failures."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from math import inf
from typing import NamedTuple, TypeAlias

from koregate.judging.cases import TestCase
from koregate.judging.moving_failures import failed_earlier
from koregate.judging.results import BlockingStep, JobResult
from koregate.reports import summary_parts
from koregate.reports.failure_groups import alike_steps, counted_text, grouped, same_answer_text
from koregate.reports.headline import new_first
from koregate.reports.log_line import plural
from koregate.reports.markdown import inert_markdown
from koregate.reports.policy_text import tolerated_cases
from koregate.reports.suite_lines import count_text
from koregate.reports.summary_steps import UTTERANCES_HEAD, compared, same_answer, suite_names, title_of, utterance_rows
from koregate.text import one_line, shorten
from koregate.verdicts import EXIT_INPUTS, Verdict

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_MAX_NAME = 100
_MAX_MESSAGE = 300
_MAX_REASONS = 3
_MAX_SAID = 60
_MAX_CONSEQUENCES = 5
# A reviewer may never have heard of it.
HOME = "https://github.com/koregate/koregate#readme"
_WRITTEN_BY = f'By <a href="{HOME}">koregate, the merge gate for Kore.ai bots</a>.'
# What does not fit is cut by numbers of rows instead.
_ANY_ROOM = 1 << 30
_Group: TypeAlias = tuple[BlockingStep, ...]


class _Room(NamedTuple):
    """How many suites, causes, test cases and reasons of a cause, tolerated test cases and remarks are shown."""

    suites: int
    causes: int
    cases: int
    tolerated: int
    remarks: int


# The first one that fits is used.
_ROOMS = (_Room(100, 20, 5, 10, 20), _Room(50, 10, 3, 5, 10), _Room(20, 5, 2, 2, 4), _Room(5, 1, 1, 1, 1))


def render(job: JobResult, commit: str, largest: int) -> str:
    """The comment in at most `largest` bytes. `commit` is the tested commit and may be empty."""
    for room in _ROOMS:
        text = "\n".join(_parts(job, commit, room))
        if len(text.encode()) <= largest:
            return text
    # Without a comment, that of an earlier run would stay.
    return f"{summary_parts.title(job, inert_markdown)}\nThe result is too long for a comment. Read it in the job."


def _parts(job: JobResult, commit: str, room: _Room) -> Iterator[str]:
    yield summary_parts.title(job, inert_markdown)
    yield summary_parts.result(job)
    if job.exit_code == EXIT_INPUTS:
        yield summary_parts.what_next(job, inert_markdown)
        yield summary_parts.job_errors(job, room.causes, _MAX_MESSAGE, inert_markdown)
    else:
        yield summary_parts.what_next(job, inert_markdown)
        yield summary_parts.notes(job, inert_markdown, remarks=room.remarks)
        yield summary_parts.job_errors(job, room.causes, _MAX_MESSAGE, inert_markdown)
        alike = alike_steps(job)
        yield from _alike(job, alike, room) if alike else _causes(job, room)
        yield from _earlier(job, room)
        yield from _tolerated(job, room.tolerated)
        # Likely consequences are only named.
        yield summary_parts.kinds(job, consequences=False)
        if job.verdict is not Verdict.SKIPPED:
            yield summary_parts.suite_table(job.platform_suites, inert_markdown, most=room.suites, least=2)
    yield summary_parts.attach(job, inert_markdown)
    about = [
        _WRITTEN_BY,
        f"Commit {commit[: summary_parts.SHORT_HASH]}." if _COMMIT.fullmatch(commit) else "",
        summary_parts.bot_facts(job, inert_markdown),
        summary_parts.full_report(job, inert_markdown) or _log(job),
    ]
    yield f"{' '.join(filter(None, about))}\n"


def _log(job: JobResult) -> str:
    """Where the log of the job is, for a job that ran nothing. Empty if its address is not known."""
    return f"Log: {summary_parts.job_link(job, inert_markdown)}." if job.facts.ci.url else ""


def _causes(job: JobResult, room: _Room) -> Iterator[str]:
    """The blocking failures. Likely consequences are only named, each after its cause."""
    has_baseline = job.policy.comparison is not None
    steps = new_first(job.blocking_steps)
    groups = grouped(step for step in steps if not step.is_consequence)
    follow = sorted((step for step in steps if step.is_consequence), key=_number)
    if same := same_answer_text(job):
        yield f"**{counted_text(steps)}{same}:**\n"
    heading: tuple[str, ...] = ()
    for (suites, are_utterances), part in groupby(_in_order(groups[: room.causes]), _part):
        failed = [step for group in part for step in group]
        if suites != heading:
            yield f"### {counted_text(failed) if suites[1:] else _name(suites[0])}\n"
            heading = suites
        if suites[1:]:
            yield from _cause(failed[0], room.cases, has_baseline=has_baseline)
            yield suite_names(failed, inert_markdown, room.suites)
            continue
        if are_utterances:
            yield from _utterances(failed, room.cases, has_baseline=has_baseline)
            continue
        for cause in failed:
            yield from _cause(cause, room.cases, has_baseline=has_baseline)
            named = [step for step in follow if _is_caused_by(step, cause)]
            follow = [step for step in follow if not _is_caused_by(step, cause)]
            yield from _consequences(named)
    if left := [step for group in groups[room.causes :] for step in group]:
        yield f"… and {counted_text(left, 'more')}.\n"
    if follow:
        are = "likely consequence is" if len(follow) == 1 else "likely consequences are"
        yield f"{len(follow)} {are} in the full report.\n"


def _alike(job: JobResult, failed: Sequence[BlockingStep], room: _Room) -> Iterator[str]:
    """The failed steps that all got one answer, as one table."""
    most, has_baseline = room.causes * room.cases, job.policy.comparison is not None
    yield f"**{counted_text(failed)}{same_answer_text(job)}:**\n"
    yield same_answer(failed[:most], _ANY_ROOM, has_baseline=has_baseline, escape=inert_markdown, longest=_MAX_MESSAGE)[
        0
    ]
    if failed[most:]:
        yield f"… and {counted_text(failed[most:], 'more')}.\n"


def _in_order(groups: Sequence[_Group]) -> list[_Group]:
    """The steps of each suite together and by number, new and known ones alike, in the order of the suites."""
    places: dict[str, int] = {}
    for first, *_ in groups:
        places.setdefault(first.suite.name, len(places))
    return sorted(groups, key=lambda group: (places[group[0].suite.name], _number(group[0])))


def _number(blocking: BlockingStep) -> float:
    return blocking.step.number if blocking.step is not None else inf


def _part(group: _Group) -> tuple[tuple[str, ...], bool]:
    """What stands together below one heading: its suites, and whether it is a table of utterances."""
    first, names = group[0], tuple(step.suite.name for step in group)
    return names, first.suite.steps_stand_alone and first.step is not None


def _is_caused_by(blocking: BlockingStep, cause: BlockingStep) -> bool:
    return blocking.suite is cause.suite and cause.step is not None and blocking.caused_by == cause.step.number


def _utterances(failed: Sequence[BlockingStep], most: int, *, has_baseline: bool) -> Iterator[str]:
    """The failed utterances of a batch suite as one table, below its figures and confused intents."""
    if told := summary_parts.recognition(failed[0].suite, inert_markdown):
        yield f"{told}\n"
    yield f"<table>\n{UTTERANCES_HEAD}"
    for blocking in failed:
        yield from utterance_rows(
            blocking, has_baseline=has_baseline, escape=inert_markdown, most=most, longest=_MAX_MESSAGE
        )
    yield "</table>\n"


def _consequences(steps: Sequence[BlockingStep]) -> Iterator[str]:
    """The steps that likely failed because of the cause above, by name."""
    if not steps:
        return
    names = [
        f"step {blocking.step.number} ({inert_markdown(one_line(blocking.step.input, _MAX_SAID))})"
        for blocking in steps[:_MAX_CONSEQUENCES]
        if blocking.step is not None
    ]
    more = f" and {len(steps) - len(names)} more" if len(steps) > len(names) else ""
    are = "Likely consequences" if steps[1:] else "Likely consequence"
    yield f"{are} of step {steps[0].caused_by}: {', '.join(names)}{more}.\n"


def _cause(blocking: BlockingStep, most: int, *, has_baseline: bool) -> Iterator[str]:
    if blocking.step is not None:
        yield f"{title_of(blocking, has_baseline=has_baseline, escape=inert_markdown)}\n"
        yield from compared(blocking.suite, blocking.cases, inert_markdown, most, _MAX_MESSAGE)
        yield ""
        return
    if told := summary_parts.recognition(blocking.suite, inert_markdown):
        yield f"{told}\n"
    for case in blocking.cases[:most]:
        counted = count_text(blocking.suite, case)
        label = "" if case.kind == "run" or counted else inert_markdown(case.label)
        start = f"{label}{_known(case)}".strip()
        yield f"- {start}{': ' if start else ''}{inert_markdown(shorten(counted or case.message, _MAX_MESSAGE))}"
    if len(blocking.cases) > most:
        yield f"- … and {len(blocking.cases) - most} more test cases"
    # All reasons why a suite is not a pass: its test case may have only the first one.
    messages = {case.message for case in blocking.cases}
    yield from (
        f"- {inert_markdown(shorten(reason, _MAX_MESSAGE))}"
        for reason in blocking.suite.reasons[: min(most, _MAX_REASONS)]
        if not any(reason in message for message in messages)
    )
    yield ""


def _earlier(job: JobResult, room: _Room) -> Iterator[str]:
    """The steps that failed in earlier runs alone, of suites that did not pass in the end."""
    steps = [*failed_earlier(job.suites)]
    heading = ""
    for blocking in steps[: room.tolerated]:
        if blocking.suite.name != heading:
            heading = blocking.suite.name
            yield f"### {_name(heading)}: failed only in earlier runs (not counted: the last run decides)\n"
        yield from _cause(blocking, room.cases, has_baseline=False)
    if len(steps) > room.tolerated:
        yield f"… and {plural(len(steps) - room.tolerated, 'more step')} that failed in an earlier run.\n"


def _known(case: TestCase) -> str:
    return f" (known since {case.known_since:%Y-%m-%d})" if case.known_since else ""


def _tolerated(job: JobResult, most: int) -> Iterator[str]:
    """The tolerated failures, and why they are tolerated."""
    total = sum(1 for _ in tolerated_cases(job))
    if not total:
        return
    yield f"### {plural(total, 'tolerated test case')}\n"
    yield from summary_parts.tolerated_blocks(job, most, inert_markdown)
    if total > most:
        yield f"… and {total - most} more"
    yield ""


def _name(text: str) -> str:
    return inert_markdown(shorten(text, _MAX_NAME))
