"""The end of the log: the verdict, and the suites that made it."""

from collections.abc import Iterator, Sequence

from koregate.judging.results import JobResult, SuiteResult
from koregate.judging.shown_counts import ShownCounts, without_result
from koregate.reports.counts_text import others_text, where_passed
from koregate.reports.headline import effect_of, missing_scope, outranks_text, void_text
from koregate.reports.job_errors import more_problems, problems_of
from koregate.reports.log_line import Line, LogLine, name_list, plural, short_name
from koregate.reports.policy_text import compared_text, files_text, tolerance_text
from koregate.reports.retry_lines import retry_text
from koregate.reports.suite_lines import cause, result_text
from koregate.text import one_line
from koregate.verdicts import EXIT_CREDENTIALS, EXIT_INPUTS, NO_RESULT, Verdict

_MAX_VERDICT_LINE = 800
_MAX_NAMES = 20
_MAX_CAUSES = 5
_WITHOUT_RESULT = "without a result"


def verdict_line(job: JobResult) -> str:
    """The verdict on one line that is clear on its own."""
    return str(_first_line(job))


def verdict_lines(job: JobResult) -> Iterator[LogLine]:
    """The verdict, the suites that did not pass, the counts of test cases, and what it means for a merge."""
    yield _first_line(job)
    suites = job.platform_suites
    outranks = outranks_text(job)
    if len(suites) > 1:
        yield from _names(suites)
        # Of a problem of the job itself, the first line says it.
        if outranks and without_result(suites):
            yield f"  {outranks}."
    if void := void_text(job):
        yield f"  {void}"
    elif suites and not _is_told_by_first_line(suites):
        counts = ShownCounts.of(suites)
        passed = f", {counts.passed:,} passed{where_passed(suites)}" if counts.passed else ""
        yield f"  {plural(counts.total, 'test case')}: {f'{passed}{others_text(suites)}'.removeprefix(', ')}"
    if _has_more_to_say(job):
        # The first line already has the exit code, and the names of the suites end with what outranks.
        yield f"  {effect_of(job).removesuffix(f' {outranks}.').replace(f' (exit code {job.exit_code})', '', 1)}"


def _has_more_to_say(job: JobResult) -> bool:
    """Whether the effect of the verdict is more than the exit code, which the first line has."""
    if job.verdict in (Verdict.PASSED, Verdict.SKIPPED):
        return False
    is_canceled_in_ci = job.verdict is Verdict.CANCELLED and bool(job.facts.ci.system)
    return not job.exit_code or bool(job.facts.ci.is_pull_request) or is_canceled_in_ci


def _first_line(job: JobResult) -> Line:
    words = f"Verdict: {job.verdict} (exit code {job.exit_code}){_as_of(job)}"
    if job.verdict is Verdict.SKIPPED:
        return Line("", words, ": the bot was not tested.", job.verdict)
    if job.exit_code == EXIT_INPUTS:
        return Line("", words, f": invalid inputs{', no suite was run' if job.starts_runs else ''}.", job.verdict)
    suites = job.platform_suites
    problems = [one_line(reason, _MAX_VERDICT_LINE // 2) for reason in problems_of(job.gates)[:1]]
    problems.append(more_problems(job))
    refused = suites and all(suite.exit_code == EXIT_CREDENTIALS for suite in suites)
    counts = [f"{_suite_counts(suites)}{missing_scope(suites) if refused else ''}."] if suites else []
    parts = [*problems, *counts, compared_text(job), tolerance_text(job), retry_text(job), files_text(job)]
    return Line("", words, one_line(f". {' '.join(filter(None, parts))}", _MAX_VERDICT_LINE - len(words)), job.verdict)


def _as_of(job: JobResult) -> str:
    """The date of a verdict from saved replies."""
    if not job.facts.is_replay:
        return ""
    finished = job.facts.finished
    return f" as of {finished:%Y-%m-%d %H:%M:%S} UTC" if finished else " as of an unknown date"


def _suite_counts(suites: Sequence[SuiteResult]) -> str:
    """How many suites ended in which way, or the result of a single suite."""
    if len(suites) == 1:
        return f"{short_name(suites[0].name)}: {_single_result(suites[0])}"
    words = [_word(suite) for suite in suites]
    if len(set(words)) == 1:
        return f"{plural(len(suites), 'suite')}: all {words[0]}"
    # Each word once: the verdicts from best to worst, then the suites without a result.
    known = [word for word in (*Verdict, _WITHOUT_RESULT) if word in words]
    return f"{plural(len(suites), 'suite')}: {', '.join(f'{words.count(word):,} {word}' for word in known)}"


def _single_result(suite: SuiteResult) -> str:
    if suite.verdict is Verdict.FAILED or suite.verdict in NO_RESULT:
        return result_text(suite)
    counts = ShownCounts.of([suite])
    if not suite.steps:
        return f"{result_text(suite)} passed"
    told = f"{counts.passed:,} of {plural(counts.total, 'test case')} passed{where_passed([suite])}"
    return f"{told}{others_text([suite])}"


def _word(suite: SuiteResult) -> str:
    return _WITHOUT_RESULT if suite.verdict in NO_RESULT else str(suite.verdict)


def _names(suites: Sequence[SuiteResult]) -> Iterator[str]:
    """The suites that failed, and those without a result, by cause."""
    failed = [suite.name for suite in suites if suite.verdict is Verdict.FAILED]
    if failed:
        yield f"  Failed: {name_list(failed, _MAX_NAMES)}"
    causes: dict[str, list[str]] = {}
    for suite in suites:
        if suite.verdict in NO_RESULT:
            causes.setdefault(cause(suite), []).append(suite.name)
    shared = {text: names for text, names in causes.items() if len(names) > 1}
    single = [f"{short_name(names[0])} ({text})" for text, names in causes.items() if len(names) == 1]
    for text, names in list(shared.items())[:_MAX_CAUSES]:
        yield f"  No result ({text}): {name_list(names, _MAX_NAMES)}"
    if left_out := sum(map(len, list(shared.values())[_MAX_CAUSES:])):
        yield f"  No result for other reasons: {plural(left_out, 'suite')}"
    if single:
        more = f" and {len(single) - _MAX_NAMES:,} more" if len(single) > _MAX_NAMES else ""
        yield f"  No result: {', '.join(single[:_MAX_NAMES])}{more}"


def _is_told_by_first_line(suites: Sequence[SuiteResult]) -> bool:
    """Whether the first line says all that is to count: there is nothing, or it has the counts of a single suite."""
    counts = ShownCounts.of(suites)
    if not counts.total or len(suites) > 1:
        return not counts.total
    return suites[0].verdict not in NO_RESULT and not counts.errors and not counts.skipped
