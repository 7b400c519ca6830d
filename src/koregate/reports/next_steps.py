"""What a reader can do about a job that did not pass, in plain text for every report."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple, Self

from koregate.errors import CHECK_HOST, OWN_PREFIX, RE_RUN
from koregate.inputs import Inputs, MergeInputs, input_specs
from koregate.judging.cases import Outcome, TestCase, ToleranceKind
from koregate.judging.earlier_runs import failures_not_shown_again
from koregate.judging.moving_failures import failed_steps_by_run
from koregate.judging.results import JobResult, SuiteResult
from koregate.redaction.personal_data import is_redacted
from koregate.reports.ci_words import CIWords, words_of
from koregate.reports.figures_text import step_noun
from koregate.reports.job_errors import run_again
from koregate.reports.log_line import name_list
from koregate.text import number_list, one_line
from koregate.verdicts import EXIT_CREDENTIALS, EXIT_INPUTS, EXIT_NO_VERDICT, NO_RESULT, Verdict

_MAX_ADVICE = 5
_MAX_ENTRIES = 3
_MAX_NAMES = 4
_MAX_PATH = 100
_LIMITS = ("stall-timeout", "timeout")
# Advice for the case that a further run does not help.
_LATER = "If a suite gives no usable verdict again"
_LEAST_ALIKE = 5
_MAX_ANSWER = 120
_MAX_RUNS = 3
_MAX_RUN_ID = 60
_IS_IT_WRONG = "Is the bot's answer wrong?"
_CORRECT = (
    f"Compare expected and actual. {_IS_IT_WRONG} Correct the bot. Is it right? Correct the suite in the App Builder."
)
_IS_INTENT_WRONG = "Did the bot recognize the wrong intent or entity?"
_CORRECT_UTTERANCES = (
    f"Compare expected and actual. {_IS_INTENT_WRONG} Train the bot. Did it recognize the right one? Correct the suite "
    "in the App Builder."
)
_MAY_BE_BROKEN = "the change may have broken the bot"
# After this advice, the change is one of the repository or one of the bot.
_IS_CHANGED_THERE = (_IS_IT_WRONG, _IS_INTENT_WRONG, _MAY_BE_BROKEN, "min-tests")
# A job runs again for a change on the platform. A change of a file needs this.
_PUSH = "push, which starts a new job"
# Inputs and variables that advice names. They may stand in a file of the repository.
_SETTING = re.compile(
    r"\b(?:host(?! name)|stream-id|bot-language|require-trained|Correct the inputs|[A-Z]+(?:_[A-Z]+)+)\b"
)
# Names in advice. What is in quotes or already in backticks stays.
_INPUTS = {spec.name for spec in (*input_specs(Inputs), *input_specs(MergeInputs)) if "-" in spec.name} | {"jwt"}
_INPUT = "|".join(sorted(_INPUTS, key=len, reverse=True))
_HOST = "(?<=Check )host|(?<=Set )host|(?<=spelling of )host"
_OTHER = "koregate (?:doctor|simulate|shape)|[A-Z]+(?:_[A-Z]+)+"
_NAMES = re.compile(rf'"[^"]*"|`[^`]*`|(?<![\w./-])(?:(?P<input>{_INPUT}|{_HOST})|(?P<other>{_OTHER}))(?![\w/-])')
_CODE = re.compile(r"`((?:--)?[A-Za-z][A-Za-z0-9_-]*(?: [a-z][a-z-]*)*:?|c?tr-[A-Za-z0-9-]+)`")


def next_steps(job: JobResult, attach_inputs_are: str = "below") -> tuple[str, ...]:
    """Sentences about what to do next, in order, with names in backticks. Empty for a job that needs nothing.

    `attach_inputs_are` says where readers find the inputs that attach to test runs.
    """
    if job.verdict is Verdict.TOLERATED:
        return tuple(_on_tolerated(job))
    if job.verdict is Verdict.SKIPPED:
        return ("Run the tests from a branch of this repository before you merge.",)
    if job.verdict is Verdict.PASSED:
        return ()
    words = words_of(job.facts.ci.system)
    if job.exit_code == EXIT_INPUTS:
        if words.keeps_commit:
            return ("Correct the inputs.", _push_or_again(job, words))
        return (f"Correct the inputs, then {words.again_passed if words.file else 'run the same command again'}.",)
    return tuple(_advice(job, words, attach_inputs_are))


def _on_tolerated(job: JobResult) -> Iterator[str]:
    """What to do about tolerated failures, so that nobody forgets them."""
    tolerated = [(suite, case) for suite in job.suites for case in suite.cases if case.tolerance is not None]
    reviewed = [*_on_quarantine(job)]
    if not reviewed:
        yield "Nothing needs to be done before the merge."
    if job.policy.added:
        yield from reviewed
        reviewed = []
    flaky = [suite.name for suite, case in tolerated if case.is_flaky]
    if lasting := [case for _, case in tolerated if not case.is_flaky]:
        yield _until_corrected(lasting)
    if flaky:
        names = name_list([*dict.fromkeys(flaky)], _MAX_NAMES, last=" and ")
        yield f"Find out why the bot's answers vary in {names}. Add those that are right to the accepted texts."
    yield from reviewed


def _until_corrected(cases: Sequence[TestCase]) -> str:
    """How long tolerated failures stay."""
    it, stays, who = ("them", "failures stay", "their owner") if cases[1:] else ("it", "failure stays", "its owner")
    owners = list(dict.fromkeys(case.tolerance.owner for case in cases if case.tolerance is not None))
    until = f"somebody corrects {it}"
    if all(owners):
        more = bool(owners[1:])
        shown = [owner for owner in owners if not is_redacted(owner)]
        names = f" ({name_list(shown, _MAX_NAMES)})" if shown else ""
        until = f"{who}{'s' * more}{names} correct{'s' * (not more)} {it}"
    return f"The tolerated {stays} in the reports until {until}."


def _on_quarantine(job: JobResult) -> Iterator[str]:
    """What to do about failures that entries of the quarantine file tolerate, so that nobody forgets them."""
    used = [case.tolerance for suite in job.suites for case in suite.cases if case.tolerance is not None]
    ends = [told.until for told in used if told.kind is ToleranceKind.QUARANTINE and told.until is not None]
    if not ends:
        return
    file, added = one_line(job.policy.quarantine, _MAX_PATH), job.policy.added
    if added:
        more = f" and {len(added) - _MAX_ENTRIES} more" if added[_MAX_ENTRIES:] else ""
        entries = f"{'; '.join(added[:_MAX_ENTRIES])}{more} in {file}, which this change adds"
    else:
        entries = f"the {'entry' if len(ends) == 1 else 'entries'} in {file}"
    yield f"Review {entries}."
    until = f"Correct the bot or the suite by {min(ends):%Y-%m-%d}"
    if len({*ends}) > 1:
        yield f"{until}, when the first entry ends. Each failure blocks again when its entry has ended."
    else:
        yield f"{until}. After that day the {'failure blocks' if len(ends) == 1 else 'failures block'} again."


def without_code(sentence: str) -> str:
    """A sentence for a log, which shows no code: without the backticks of names."""
    return _CODE.sub(r"\1", sentence)


def with_code(sentence: str, escape: Callable[[str], str]) -> str:
    """A sentence as HTML or Markdown: names in backticks as code, the rest as `escape` returns it."""
    parts = enumerate(_CODE.split(sentence))
    return "".join(f"<code>{part}</code>" if number % 2 else escape(part) for number, part in parts)


def _is_changed_there(text: str) -> bool:
    return any(words in text for words in _IS_CHANGED_THERE)


def _push_or_again(job: JobResult, words: CIWords) -> str:
    """What to do after a change that may be one of the repository or of something else."""
    return (
        "If you changed a file of the repository, push it. If you changed a secret or something on the platform, "
        f"{_again(job, words)}."
    )


def _advice(job: JobResult, words: CIWords, attach_inputs_are: str) -> Iterator[str]:
    first = [*_before_a_further_run(job, words)]
    bad = {suite.name for suite in job.platform_suites if suite.verdict in (Verdict.FAILED, *NO_RESULT)}
    if job.verdict is Verdict.CANCELLED and words.file:
        yield "If a newer push canceled this job, there is nothing to do."
    if running_on := still_running_text(job):
        # A new job starts a second test run beside it.
        yield running_on
    yield from (step.in_ci(words).sentence(bad) for step in first)
    if any(suite.exit_code == EXIT_CREDENTIALS for suite in job.suites):
        yield "Check with `koregate doctor`, which starts no test run."
    again = _again(job, words)
    is_pushed = any(_PUSH in step.text for step in first)
    start = f"Otherwise {again}" if is_pushed else f"{again[0].upper()}{again[1:]}"
    if running := _running(job):
        results, new = (
            ("results of these test runs", "new test runs") if running[1:] else ("result of this test run", "a new one")
        )
        yield f"To get the {results}, {_attaching(words, attach_inputs_are)}."
        yield f"To start {new} instead, {again}{'' if words.file else ' without `--test-run-ids`'}."
    elif not first:
        yield f"{start}."
    elif not all(_has_a_further_run(step.text, job, words) for step in first):
        may_be_pushed = words.keeps_commit and any(_SETTING.search(step.text) for step in first)
        if may_be_pushed:
            yield _push_or_again(job, words)
        elif words.keeps_commit and not is_pushed and any(_is_changed_there(step.text) for step in first):
            yield f"Then push, or {again} if you corrected it on the platform."
        else:
            yield f"{'Otherwise' if is_pushed else 'Then'} {again}."
    yield from (_if_again(step.in_ci(words), bad) for step in _if_it_ends_so_again(job))
    yield from (step.sentence(bad) for step in _if_it_times_out_again(job, words))


def _again(job: JobResult, words: CIWords) -> str:
    if not words.file and not job.starts_runs:
        return "run the tests and `koregate merge` again"
    return words.again if job.exit_code else words.again_passed


def _attaching(words: CIWords, attach_inputs_are: str) -> str:
    """How to attach to the test runs that may still be running."""
    if not words.file:
        return f"run the {words.form.noun} {attach_inputs_are}"
    return (
        f"replace `{words.form.named('test-suites')}` in {words.place} in {words.file} with the two {words.form.noun} "
        f"{attach_inputs_are}, push, and revert that afterwards"
    )


def _has_a_further_run(text: str, job: JobResult, words: CIWords) -> bool:
    """Whether who follows this advice has already made the job run again."""
    return words.keeps_commit and (_again(job, words) in text or _PUSH in text or text.startswith(OWN_PREFIX))


def _code(found: re.Match[str], words: CIWords) -> str:
    if found["input"]:
        return f"`{words.form.named(found['input'])}`"
    return f"`{found['other']}`" if found["other"] else found[0]


class _Step(NamedTuple):
    """What to do about some suites, or about an error of the job itself if there are none."""

    text: str
    suites: tuple[str, ...]

    def in_ci(self, words: CIWords) -> Self:
        """The same, with the names of inputs as users of the CI system write them, and names in backticks."""
        text = self.text
        if words.place:
            text = text.replace(CHECK_HOST, CHECK_HOST.replace(".", f" in {words.place}.", 1))
        return self._replace(text=_NAMES.sub(lambda found: _code(found, words), text))

    def sentence(self, bad: AbstractSet[str]) -> str:
        """The text, after the names of its suites if it is not for all that did not pass."""
        return (
            self.text
            if not self.suites or bad <= {*self.suites}
            else f"{name_list(self.suites, _MAX_NAMES)}: {self.text}"
        )


def _if_again(step: _Step, bad: AbstractSet[str]) -> str:
    """Advice for the case that a further run does not help, with the suites that it is for."""
    who = "the suite has" if bad <= {*step.suites} and not step.suites[1:] else ""
    who = who or f"{name_list(step.suites, _MAX_NAMES, last=' and ')} {'have' if step.suites[1:] else 'has'}"
    text = step.text.replace(" it ", " them ") if step.suites[1:] else step.text
    return text.replace(_LATER, f"If {who} no result again", 1)


def _together(steps: Iterable[tuple[str, SuiteResult]]) -> list[_Step]:
    """Each text once, with all suites that it is for."""
    found: dict[str, list[str]] = {}
    for text, suite in steps:
        found.setdefault(text, []).append(suite.name)
    return [_Step(text, tuple(names)) for text, names in found.items()]


def _before_a_further_run(job: JobResult, words: CIWords) -> Iterator[_Step]:
    # Without proof of what was tested, nothing that the suites say counts.
    yield from [_Step(text, ()) for text in dict.fromkeys(_on_gates(job.gates))][:_MAX_ADVICE]
    failed = [suite for suite in job.suites if suite.verdict is Verdict.FAILED]
    yield from _on_all_failures(failed, job, words)
    own = [step for step in _own_advice(job) if step.text != RE_RUN and not step.text.startswith(_LATER)]
    if words.keeps_commit:
        pushed = f"{OWN_PREFIX} Push that change of {words.file}, which starts a new job."
        own = [step._replace(text=pushed) if step.text == OWN_PREFIX else step for step in own]
    yield from own[:_MAX_ADVICE]
    if own[_MAX_ADVICE:]:
        others = tuple(suite.name for suite in job.platform_suites)
        yield _Step("The full report has more advice on the other suites.", others)
    yield from _together(_unexplained(job))


def _on_gates(gates: Iterable[SuiteResult]) -> Iterator[str]:
    """What errors of the job advise. One that a merge read from a report is gone only when its job has run again."""
    for gate in gates:
        again = (run_again(gate.report, gate.reasons), run_again(gate.report)) if gate.report else ()
        yield from (advice for advice in gate.advice if advice not in again)
        yield from again[:1]


def _if_it_times_out_again(job: JobResult, words: CIWords) -> Iterator[_Step]:
    """Which limit to increase, if a further run does not help."""
    timed_out = [suite for suite in job.suites if suite.verdict is Verdict.TIMEOUT]
    if not timed_out:
        return
    reasons = " ".join(reason for suite in timed_out for reason in suite.reasons)
    limits = [limit for limit in _LIMITS if f"({limit})" in reasons]
    if not limits and not any(suite.run_id for suite in timed_out):
        # Something else kept every test run from starting, and more time is no cure for that.
        return
    limits = limits or [*_LIMITS]
    named = " and ".join(f"`{words.form.named(limit)}`" for limit in limits)
    pushed = f" in {words.place} and {_PUSH}" if words.keeps_commit else ""
    again = "If a suite times out again" if timed_out[1:] else "If it times out again"
    yield _Step(f"{again}, increase {named}{pushed}.", tuple(suite.name for suite in timed_out))


def _unexplained(job: JobResult) -> Iterator[tuple[str, SuiteResult]]:
    """What to do about errors without advice of their own."""
    for suite in job.platform_suites:
        if suite.verdict is not Verdict.ERROR or suite.advice:
            continue
        if suite.exit_code == EXIT_CREDENTIALS:
            yield "Check the credentials and the scopes of the JWT app.", suite
        if suite.run_id and suite.exit_code == EXIT_NO_VERDICT:
            text = "Look at the run on the platform, which gave no usable verdict. Its reply is in the folder raw."
            yield text, suite


def _if_it_ends_so_again(job: JobResult) -> Iterator[_Step]:
    return (step for step in _own_advice(job) if step.text.startswith(_LATER))


def _own_advice(job: JobResult) -> list[_Step]:
    """What the errors of the suites advise, each advice once."""
    errors = [suite for suite in job.platform_suites if suite.verdict in (Verdict.ERROR, Verdict.TIMEOUT)]
    return _together((advice, suite) for suite in errors for advice in suite.advice)


def _on_all_failures(failed: Sequence[SuiteResult], job: JobResult, words: CIWords) -> Iterator[_Step]:
    """What to do about the suites that failed. A file or a test run is named if it is one of few."""
    paths = {suite.source.path for suite in failed if suite.source is not None}
    file = one_line(paths.pop(), _MAX_PATH) if len(paths) == 1 else "the suite file"
    train, push = (f" and {_again(job, words)}", f" and {_PUSH}") if words.keeps_commit else ("", "")
    correct = (
        f"Compare expected and actual. {_IS_INTENT_WRONG} Train the bot{train}. "
        f"Did it recognize the right one? Correct {file}{push}."
    )
    are_few = sum(_is_unexplained(suite) for suite in failed) <= _MAX_RUNS
    yield from _together(
        (text, suite)
        for suite in failed
        for text in _on_failures(
            suite, words, _again(job, words), correct if suite.source else _correct(suite), names_run=are_few
        )
    )


def _correct(suite: SuiteResult) -> str:
    return _CORRECT_UTTERANCES if suite.steps_stand_alone else _CORRECT


def _blocking(suite: SuiteResult) -> list[TestCase]:
    return [case for case in suite.cases if case.is_blocking]


def _is_compared(suite: SuiteResult) -> bool:
    """Whether a failure of the last run has texts to compare."""
    return any(
        case.outcome is Outcome.FAILED and not case.is_flaky and (case.expected or case.actual)
        for case in _blocking(suite)
    )


def _is_unexplained(suite: SuiteResult) -> bool:
    """Whether only the platform may know why the suite failed."""
    return not _is_compared(suite) and not any(case.is_flaky for case in _blocking(suite))


def same_answer(suite: SuiteResult) -> str:
    """That every failed step of a conversation got the same answer, and why. Otherwise empty."""
    told = _same_answer(suite)
    return f"{told} The bot or a service behind it may be down, or {_MAY_BE_BROKEN}." if told else ""


def _same_answer(suite: SuiteResult) -> str:
    """That every failed step of a conversation got the same answer, if there are several. Otherwise empty."""
    cases = [case for case in _blocking(suite) if case.step]
    answers, steps = {case.actual for case in cases}, {case.step for case in cases}
    if suite.steps_stand_alone or len(steps) < _LEAST_ALIKE or len(answers) > 1 or not any(answers):
        return ""
    answer = one_line(answers.pop(), _MAX_ANSWER)
    return f'All {len(steps)} failed steps got the same answer: "{answer}"'


def _varying_text(suite: SuiteResult) -> str:
    """What to do if each run of the suite failed at another step. Otherwise empty."""
    steps = sorted({number for numbers in failed_steps_by_run(suite) for number in numbers})
    if not steps:
        return ""
    noun = step_noun(suite)
    failed = f"{noun.capitalize()}{'s' if steps[1:] else ''} {number_list(steps)} failed in one run each."
    accept = f"Is it right? Add it to the accepted texts of the {noun}."
    return f"{failed} {_IS_IT_WRONG} Correct the bot. {accept}"


def _on_failures(suite: SuiteResult, words: CIWords, again: str, correct: str, *, names_run: bool) -> Iterator[str]:
    if varying := _varying_text(suite):
        yield varying
        return
    if same := _same_answer(suite):
        up = "Check that the bot and the services behind it are up."
        yield f"{up} {same} If all are up, {_MAY_BE_BROKEN}: correct it."
    elif _is_compared(suite):
        yield correct
    elif _is_unexplained(suite):
        run = f"test run `{one_line(suite.run_id, _MAX_RUN_ID)}`" if suite.run_id and names_run else "the test run"
        yield f"Open {run} in the App Builder to find the cause. Correct the bot or the suite there."
    if any(case.is_flaky for case in _blocking(suite)):
        flaky = f"`{words.form.named('flaky')}`"
        # If the last run does not show what failed before, it blocks whatever the input says.
        is_shown = not failures_not_shown_again(suite)
        why = f", which counts as failed because {flaky} is fail" if is_shown else ""
        accept = f", or set {flaky} to pass" if is_shown else ""
        further = f" Then {again}." if words.keeps_commit else ""
        pushed = f", and {_PUSH}" if words.keeps_commit else ""
        yield (
            f"A suite failed, then passed in a further run{why}. "
            "Find out why the answers vary: correct the bot, or add those that are right to the accepted texts."
            f"{further}"
        )
        yield f"Until then, you can quarantine these test cases{accept}{pushed}."


def attach_inputs(job: JobResult, most: int | None = None) -> tuple[str, ...]:
    """The lines that attach to the runs that may still be running, to `most` of them, in the form of the CI system."""
    running = _running(job)[:most]
    if not running:
        return ()
    return tuple(words_of(job.facts.ci.system).form.attach([(suite.suite, suite.run_id or "") for suite in running]))


def attach_title(job: JobResult) -> str:
    """The heading of these lines."""
    what = "Inputs" if words_of(job.facts.ci.system).file else "Command"
    return f"{what} to attach to {'these test runs' if _running(job)[1:] else 'this test run'}"


def still_running_text(job: JobResult) -> str:
    """That test runs may still be running, in a sentence. Empty if none is known to."""
    running = _running(job)
    names = name_list([suite.name for suite in running], _MAX_NAMES, last=" and ")
    return (
        f"The test run{'s' if running[1:] else ''} of {names} may still be running on the platform." if running else ""
    )


def _running(job: JobResult) -> list[SuiteResult]:
    return [suite for suite in job.suites if suite.run_id and suite.still_running]
