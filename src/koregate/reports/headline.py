"""The headline of every report for people: which suites did not pass, and how many test cases."""

import re
import signal
from collections.abc import Sequence

from koregate.errors import MAY_HAVE_STARTED, NOT_SENT
from koregate.judging.cases import Outcome
from koregate.judging.results import BlockingStep, JobResult, SuiteResult
from koregate.judging.shown_counts import ShownCounts, without_result
from koregate.reports.counts_text import others_text, where_passed
from koregate.reports.failure_groups import alike_steps
from koregate.reports.figures_text import steps_noun
from koregate.reports.job_errors import first_problem, problem_text, problems_of
from koregate.reports.log_line import plural
from koregate.reports.policy_text import compared_text
from koregate.reports.suite_lines import cause
from koregate.runs.record import CHANGED
from koregate.text import one_line
from koregate.verdicts import EXIT_CREDENTIALS, EXIT_INPUTS, NO_RESULT, Verdict

_MAX_NAMES = 4
# A job that a signal ended has the exit code 128 and the signal's number.
_SIGNAL_BASE = 128
_MAX_NAME = 80
# How `kore_api.replies` says it: what the platform rejected, and the code of the reply.
_REFUSED = re.compile(r"The platform rejected the (credentials|scope of the token) \(([45][0-9]{2})\b")
# How the advice of `kore_api` names the scope, and the word by which a message of the platform says that it is missing.
_SCOPE = re.compile(r'[Gg]rant the scope "([^"]+)" to the JWT app')
_ABOUT_SCOPE = re.compile(r"\bscopes?\b", re.IGNORECASE)
# How `runs` and `kore_api` say it.
NOT_STARTED = ", so no test run was started"
_SKIPPED = (
    "This job passes (exit code 0), but the bot was not tested. It got no credentials, as is usual for pull "
    "requests from forks and from Dependabot, and on-missing-credentials is skip."
)
_FINE = frozenset({Verdict.PASSED, Verdict.TOLERATED, Verdict.SKIPPED})
_ENDINGS = {
    Verdict.FAILED: ("failed", "failed"),
    Verdict.ERROR: ("has no result", "have no result"),
    Verdict.TIMEOUT: ("timed out", "timed out"),
    Verdict.CANCELLED: ("was canceled", "were canceled"),
    Verdict.TOLERATED: ("has tolerated failures", "have tolerated failures"),
}
# The same for suites that passed when they ran again.
_FLAKY_ENDINGS = {
    Verdict.FAILED: ("failed, then passed when it ran again", "failed, then passed when they ran again"),
    Verdict.TOLERATED: ("has tolerated flaky failures", "have tolerated flaky failures"),
}
# What a reader should see first.
_WORST_FIRST = (
    Verdict.FAILED,
    Verdict.ERROR,
    Verdict.TIMEOUT,
    Verdict.CANCELLED,
    Verdict.TOLERATED,
    Verdict.SKIPPED,
    Verdict.PASSED,
)


def worst_first(suites: Sequence[SuiteResult]) -> list[tuple[int, SuiteResult]]:
    """The suites with their numbers from 1: failed ones first, passed ones last, otherwise in order."""
    return sorted(enumerate(suites, 1), key=lambda numbered: _WORST_FIRST.index(numbered[1].verdict))


def new_first(steps: Sequence[BlockingStep]) -> list[BlockingStep]:
    """Steps with new failures before steps with only known ones, failed suites before others, otherwise in order."""
    return sorted(steps, key=lambda step: (step.is_known, _WORST_FIRST.index(step.suite.verdict)))


def causes_first(steps: Sequence[BlockingStep]) -> list[BlockingStep]:
    """New failures before known ones, and of both the causes before their likely consequences."""
    return sorted(new_first(steps), key=lambda step: (step.is_known, step.is_consequence))


def headline(job: JobResult) -> str:
    """One line that names the suites that did not pass, the worst first: `1 of 2 suites failed: Order a pizza`.

    With a baseline, it says how many failures are new. An error of the job itself comes last.
    """
    if job.exit_code == EXIT_INPUTS:
        return f"Error: the inputs are invalid{', so no suite ran' if job.starts_runs else ''}"
    if job.verdict is Verdict.SKIPPED:
        return "No suite ran"
    bad, problem = did_not_pass(job), problem_text(job)
    if problem and not bad:
        return problem
    same = f"all {len(alike)} failed steps got the same answer" if (alike := alike_steps(job)) else ""
    parts = [_on_suites(bad, job.platform_suites), same, compared_text(job).removesuffix("."), _uncapitalized(problem)]
    return "; ".join(filter(None, parts))


def says_all_problems(job: JobResult) -> bool:
    """Whether the headline says all there is to say about an error of the job itself."""
    problems = problems_of(job.gates)
    return not problems[1:] and not ran_nothing(job) and [f"{first_problem(job)}."] == problems


def is_told_by_signal(suite: SuiteResult) -> bool:
    """Whether that a signal ended the job says all there is to say about the suite."""
    said = [reason.lower() for reason in suite.reasons]
    return suite.verdict is Verdict.CANCELLED and said == [f"{cause(suite)}.".lower()]


def _uncapitalized(text: str) -> str:
    """The text as the end of a longer one. Words like HTTPS_PROXY stay as they are."""
    return f"{text[:1].lower()}{text[1:]}" if text[1:2].islower() or text[1:2] == " " else text


def _on_suites(bad: Sequence[SuiteResult], suites: Sequence[SuiteResult]) -> str:
    """Which of the suites did not pass, or that all of them passed."""
    if not bad:
        every = "Both" if len(suites) == 2 else f"All {len(suites)}"  # noqa: PLR2004
        return "The suite passed" if len(suites) == 1 else f"{every} suites passed"
    if all(suite.reasons and CHANGED in suite.reasons[0] for suite in bad):
        changed = _named([one_line(suite.name, _MAX_NAME) for suite in bad], _MAX_NAMES)
        were, they = ("were", "they") if bad[1:] else ("was", "it")
        return f"{changed} {were} changed by another import while {they} ran"
    if common := _refusal(suites) or _common_cause(bad, suites):
        return common
    ends: dict[tuple[str, str], list[str]] = {}
    for suite in sorted(bad, key=lambda suite: (_WORST_FIRST.index(suite.verdict), suite.is_flaky)):
        endings = (_FLAKY_ENDINGS if suite.is_flaky else _ENDINGS)[suite.verdict]
        ends.setdefault(endings, []).append(one_line(suite.name, _MAX_NAME))
    parts: list[str] = []
    room = _MAX_NAMES
    for endings, names in ends.items():
        first = f"{len(names)} of {len(suites)} suites" if suites[1:] else "The suite"
        told = f": {_named(names, room)}" if room else ""
        parts.append(f"{str(len(names)) if parts else first} {endings[bool(names[1:])]}{told}")
        room = max(room - len(names), 0)
    return "; ".join(parts)


def _refusal(suites: Sequence[SuiteResult]) -> str:
    """Why no suite has a result, if the platform rejected the credentials each time. Otherwise empty."""
    if not _all_refused(suites):
        return ""
    found = [_REFUSED.match(suite.reasons[0]) if suite.reasons else None for suite in suites]
    rejected = {match[1] if match else "" for match in found}
    what = "scope of the token" if rejected == {"scope of the token"} else "credentials"
    code = f" (HTTP {found[0][2]})" if found[0] else ""
    return f"The platform rejected the {what}{code}{missing_scope(suites)}"


def _all_refused(suites: Sequence[SuiteResult]) -> bool:
    return bool(suites) and all(suite.exit_code == EXIT_CREDENTIALS for suite in suites)


def missing_scope(suites: Sequence[SuiteResult]) -> str:
    """The scope that all these suites lack, or may lack if the platform does not speak of a scope. Otherwise empty."""
    found = [_SCOPE.search(" ".join(suite.advice)) for suite in suites]
    scopes = {match[1] if match else "" for match in found}
    if len(scopes) > 1 or "" in scopes:
        return ""
    is_named = all(_ABOUT_SCOPE.search(" ".join(suite.reasons)) for suite in suites)
    return f': the scope "{scopes.pop()}" {"is" if is_named else "may be"} missing'


def _common_cause(bad: Sequence[SuiteResult], suites: Sequence[SuiteResult]) -> str:
    """Why the suites that did not pass have no result, if it is the same for all. Otherwise empty.

    What kept every suite from starting is no matter of one of them, so none is named.
    """
    causes = {cause(suite) for suite in bad}
    if any(suite.verdict is not Verdict.ERROR or not suite.reasons for suite in bad) or len(causes) > 1:
        return ""
    told = f"{(why := causes.pop())[:1].upper()}{why[1:]}"
    if len(bad) == len(suites) and all(suite.reasons[0].startswith(f"{told}{NOT_STARTED}") for suite in bad):
        return f"{told}{NOT_STARTED}"
    if len(bad) == len(suites) and all(NOT_SENT in suite.reasons[0] for suite in bad):
        return told
    names = _named([one_line(suite.name, _MAX_NAME) for suite in bad], _MAX_NAMES)
    if len(bad) == len(suites):
        return f"{names} {'have' if bad[1:] else 'has'} no result: {why}"
    return f"{len(bad)} of {len(suites)} suites {'have' if bad[1:] else 'has'} no result: {names} ({why})"


def signed_as(job: JobResult) -> Verdict:
    """The verdict whose sign stands before the headline. A suite that failed is what a reader should see first.

    The verdict itself may be another one: a suite without a result outranks a failed one.
    """
    return Verdict.FAILED if any(suite.verdict is Verdict.FAILED for suite in job.suites) else job.verdict


def did_not_pass(job: JobResult) -> list[SuiteResult]:
    """The suites that did not pass, the worst first. Those with tolerated failures only if nothing else is bad."""
    bad = [suite for _, suite in worst_first(job.platform_suites) if suite.verdict not in _FINE]
    if bad or job.gates:
        return bad
    return [suite for suite in job.suites if suite.verdict is Verdict.TOLERATED]


def effect_of(job: JobResult) -> str:
    """Whether the job fails, and what that means for a merge, in a sentence. Empty for a pass."""
    if job.exit_code:
        outranks = f" {told}." if (told := outranks_text(job)) else ""
        blocks = ", which blocks the merge if the check is required" if job.facts.ci.is_pull_request else ""
        untested = f" {_untested(job)}" if blocks and not any(map(has_result, job.platform_suites)) else ""
        what = f"{_canceled(job)} It" if job.verdict is Verdict.CANCELLED else "This job"
        return f"{what} fails (exit code {job.exit_code}){blocks}.{untested}{outranks}"
    if job.verdict is Verdict.PASSED:
        return ""
    if job.verdict is Verdict.SKIPPED:
        return _SKIPPED
    if job.verdict is Verdict.TOLERATED:
        cases = [case for suite in job.suites for case in suite.cases if case.tolerance is not None]
        return f"This job passes: the tolerated {'failures do' if cases[1:] else 'failure does'} not block the merge."
    what = "Not every suite has a result" if without_result(job.suites) else "The job ended in an error"
    what = "Tests failed" if signed_as(job) is Verdict.FAILED else what
    blocking = "only suites without a result block" if job.fail_on == "error" else "no result blocks"
    return f"{what}, but this job passes: fail-on is {job.fail_on}, so {blocking} the merge."


def _untested(job: JobResult) -> str:
    """What it means for a change that no test run was judged."""
    nothing = "this says nothing about the change."
    if job.exit_code == EXIT_INPUTS:
        # The headline already says that no suite ran.
        return f"{nothing[0].upper()}{nothing[1:]}"
    suites = job.platform_suites
    ran = [suite for suite in suites if suite.run_id or MAY_HAVE_STARTED in " ".join(suite.reasons)]
    return f"{'No suite ran' if suites and not ran else 'No suite has a result'}, so {nothing}"


def outranks_text(job: JobResult) -> str:
    """Why the verdict is not that of the suites that failed. Empty if it is."""
    if job.verdict not in NO_RESULT or signed_as(job) is not Verdict.FAILED:
        return ""
    number = without_result(job.platform_suites)
    outranks = "an error of the job outranks a failed suite"
    why = f"{number} {'suites have' if number > 1 else 'suite has'} no result" if number else outranks
    return f"The verdict is {job.verdict} because {why}"


def _canceled(job: JobResult) -> str:
    """That a signal ended the job, and what sends one in a CI system."""
    number = job.exit_code - _SIGNAL_BASE
    name = f" ({signal.Signals(number).name})" if number in {*signal.Signals} else ""
    who = ": by a person, by a newer push, or at the time limit of the job" if job.facts.ci.system else ""
    return f"The job was canceled{name}{who}."


def _named(names: Sequence[str], most: int) -> str:
    # One more name takes no more room than to say that there is one.
    most = len(names) if len(names) == most + 1 else most
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def ran_nothing(job: JobResult) -> bool:
    """Whether no suite ran: the inputs are invalid, or the job was skipped. There is nothing to count then."""
    return job.verdict is Verdict.SKIPPED or job.exit_code == EXIT_INPUTS


def counted(job: JobResult) -> str:
    """How many steps and test cases passed, how the others ended, and how many suites have no result.

    Zeros are left out. Empty if no suite has anything to count.
    """
    suites = job.platform_suites
    counts, steps = ShownCounts.of(suites), job.verdict_steps
    runs, rest = where_passed(suites), others_text(suites)
    if void := void_text(job):
        return void
    # Readers who see two numbers ask what the second one counts.
    per_assertion = " (one per assertion)" if all(suite.kind == "conversation" for suite in suites) else ""
    told = []
    if any(map(has_result, suites)):
        told += [f"{steps.passed} of {steps.total} {steps_noun(suites)} passed{runs}."] if steps.total else []
    if any(map(has_cases, suites)):
        told += [f"{counts.passed} of {counts.total} test cases{per_assertion} passed{runs}{rest}."]
    # Why the verdict is not that of the failed suites says it, too.
    if any(map(has_result, suites)) and not outranks_text(job):
        told += [_without_result(suites)]
    return " ".join(filter(None, told))


def void_text(job: JobResult) -> str:
    """That no suite has a result, although steps passed. Empty if that is not so."""
    shown, steps = [suite for suite in job.suites if has_cases(suite)], job.verdict_steps
    if not ShownCounts.of(shown).passed or any(suite.verdict not in NO_RESULT for suite in shown):
        return ""
    passed = f"{steps.passed} of {plural(steps.total, steps_noun(job.platform_suites).removesuffix('s'))} passed"
    why = "is incomplete" if steps.passed < steps.total else "cannot be counted as a pass"
    return f"{_without_result(job.platform_suites).removesuffix('.')}: {passed}, which {why}."


def _without_result(suites: Sequence[SuiteResult]) -> str:
    """How many suites have no result, in a sentence. Empty if all have one."""
    number = without_result(suites)
    if not number:
        return ""
    if len(suites) == 1:
        return "The suite has no result."
    return "1 suite has no result." if number == 1 else f"{number} suites have no result."


def has_cases(suite: SuiteResult) -> bool:
    """Whether the suite has test cases of steps. If not, its one test case stands for the run, and is no count."""
    return any(case.step for case in suite.cases)


def tells_more_than_names(suites: Sequence[SuiteResult]) -> bool:
    """Whether a table of the suites has anything to tell but their names and one verdict without a result."""
    return len({suite.verdict for suite in suites}) > 1 or any(
        suite.verdict not in NO_RESULT or has_cases(suite) or has_result(suite) or suite.seconds for suite in suites
    )


def has_result(suite: SuiteResult) -> bool:
    """Whether anything is known of what the bot did."""
    return any(case.step or case.outcome is not Outcome.ERROR for case in suite.cases)
