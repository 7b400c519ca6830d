"""The parts of a job summary and of a comment: result, suites, tolerated failures, the full report, what to do next.

`escape` makes Markdown of untrusted text. A comment needs more of it than a summary.
"""

import html
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from koregate.judging.results import BlockingStep, JobResult, SuiteResult
from koregate.judging.shown_counts import ShownCounts
from koregate.reports.ci_words import owner_of_artifacts
from koregate.reports.counts_text import where_passed
from koregate.reports.figures_text import bot_time, confusions_of, figures_of, steps_noun, title_of
from koregate.reports.headline import (
    counted,
    effect_of,
    has_cases,
    has_result,
    headline,
    ran_nothing,
    says_all_problems,
    signed_as,
    tells_more_than_names,
    worst_first,
)
from koregate.reports.job_errors import problems_of
from koregate.reports.kind_words import kind_words, label_words, training_text, version_text
from koregate.reports.log_line import plural
from koregate.reports.markdown import in_code, markdown
from koregate.reports.next_steps import attach_inputs, attach_title, next_steps, with_code
from koregate.reports.policy_text import (
    Tolerated,
    added_text,
    count_lines,
    remark_lines,
    tolerated_cases,
    tolerated_with_reasons,
)
from koregate.reports.problem_names import problem_with_code
from koregate.reports.summary_steps import Escape, compared, conversation_of
from koregate.reports.verdict_signs import SIGNS
from koregate.text import clipped, human_duration, one_line, shorten
from koregate.verdicts import EXIT_INPUTS, Verdict

_MAX_NAME = 100
_MAX_FACT = 300
_MAX_REMARKS = 10
_MAX_REMARK = 1000
_MAX_TOLERATED = 30
_MAX_TITLE = 250
_MAX_MESSAGE = 500
_MAX_NOTES = 20
_MAX_STEPS = 3
SHORT_HASH = 10


def head(job: JobResult) -> str:
    """Which suites did not pass, whether the job fails, what passed, what to do next, and what changed the verdict."""
    return "\n".join(filter(None, (f"{title(job)}{result(job)}", what_next(job), notes(job))))


def title(job: JobResult, escape: Escape = markdown) -> str:
    """The first line: the suites that did not pass."""
    calm = job.verdict in (Verdict.PASSED, Verdict.SKIPPED)
    told = str(job.verdict) if calm else headline(job)
    told += ": the bot was not tested" if job.verdict is Verdict.SKIPPED else ""
    # The name of a suite stays as it is.
    if not told[:2].isupper() and not any(told.startswith(one_line(suite.name, _MAX_NAME)) for suite in job.suites):
        told = f"{told[:1].lower()}{told[1:]}"
    told = headline(job).removeprefix("Error: ") if job.exit_code == EXIT_INPUTS else told
    about = "koregate" if job.exit_code == EXIT_INPUTS else title_of(job.platform_suites)
    words = f"{about}: {escape(told)}"
    blocks = "" if calm or job.exit_code else " (does not block)"
    return f"## {SIGNS[signed_as(job)]} {words}{blocks}\n"


def result(job: JobResult) -> str:
    """Whether the job fails, and what passed."""
    passed = "" if ran_nothing(job) else counted(job)
    told = " ".join(filter(None, (f"**{effect}**" if (effect := effect_of(job)) else "", passed)))
    return f"\n{told}\n" if told else ""


def notes(job: JobResult, escape: Escape = markdown, *, remarks: int | None = None) -> str:
    """What policy tolerated and from where, and how the baseline compares. A job that was skipped has none.

    `remarks` limits the remarks on the policy. What changes the meaning of the verdict is there in any case.
    """
    if job.verdict is Verdict.SKIPPED:
        return ""
    noted = remark_lines(job)
    lines = [*count_lines(job), *noted[:remarks]]
    if remarks is not None and noted[remarks:]:
        lines.append(f"… and {plural(len(noted) - remarks, 'more remark')}.")
    told = "".join(f"\n{escape(line)}\n" for line in lines)
    if added := added_text(job):
        # With such an entry a change tolerates its own failures.
        told = told.replace(escape(added), f"**{escape(added)}**", 1)
    return told


def bot_facts(job: JobResult, escape: Escape = markdown) -> str:
    """Which bot was tested, or was to be, and with which training, as far as known. Empty if no suite was started."""
    if not any(suite.run_id or suite.steps for suite in job.suites):
        return ""
    target = job.target
    told = _facts(
        {
            "bot version": version_text(target.bot_version),
            "language": target.bot_language,
            "": training_text(target.training),
        },
        escape,
    )
    if not any(map(has_result, job.platform_suites)):
        return f"{told[:1].upper()}{told[1:]}." if told else ""
    return f"Tested: {told}." if told else ""


def full_report(job: JobResult, escape: Escape = markdown) -> str:
    """Where the full report is. Empty for a job that ran nothing."""
    return "" if ran_nothing(job) else f"Full report: report.html, among the artifacts of {job_link(job, escape)}."


def job_link(job: JobResult, escape: Escape = markdown) -> str:
    """The job, or the run that it belongs to, as a link if its address is known."""
    ci = job.facts.ci
    words = escape(owner_of_artifacts(ci))
    # The address was checked when it was read: http or https, without anything that can end an attribute.
    return f'<a href="{html.escape(ci.url)}">{words}</a>' if ci.url else words


def _tested(job: JobResult) -> str:
    """Which bot was tested, for which commit, and where the full report is."""
    ci = job.facts.ci
    run = _facts(
        {
            "started": f"{job.started:%Y-%m-%d %H:%M} UTC" if job.started else "",
            "commit": ci.commit[:SHORT_HASH],
            "branch": ci.branch,
        },
        markdown,
    )
    told = [bot_facts(job), f"{run[0].upper()}{run[1:]}." if run else ""]
    lines = [" ".join(filter(None, told)), full_report(job)]
    return "".join(f"\n{line}\n" for line in lines if line)


def _last_runs(job: JobResult) -> str:
    """The verdicts of the last runs, oldest first, including this one."""
    if not job.facts.history:
        return ""
    verdicts = [*(run.verdict for run in job.facts.history), job.verdict]
    return f"\nLast {len(verdicts)} runs, the newest at the end: {' '.join(SIGNS[verdict] for verdict in verdicts)}\n"


def _facts(facts: Mapping[str, str | None], escape: Escape) -> str:
    return ", ".join(f"{name} {escape(one_line(value, _MAX_FACT))}".strip() for name, value in facts.items() if value)


def table(suites: Sequence[SuiteResult], *, without_passed: bool = False) -> str:
    """The suites that did not pass, the others folded or counted, and the figures of batch suites.

    A single suite that did not pass needs no table: the title names it, and what failed comes next.
    """
    noted = [suite for suite in suites if not (without_passed and suite.verdict is Verdict.PASSED)]
    is_single = len(suites) == 1 and suites[0].verdict is not Verdict.PASSED
    return ("" if is_single else suite_table(suites, without_passed=without_passed)) + _notes(noted)


def suite_table(
    suites: Sequence[SuiteResult],
    escape: Escape = markdown,
    *,
    most: int | None = None,
    without_passed: bool = False,
    least: int = 1,
) -> str:
    """The suites that did not pass, failed ones first, then the others folded or counted. At most `most` of both.

    A table of fewer than `least` rows is left out. A suite that passed is named instead.
    """
    if not tells_more_than_names(suites):
        return ""
    ordered = [suite for _, suite in worst_first(suites)]
    shown, rest = ordered[:most], ordered[most:] if most is not None else []
    others = [suite for suite in shown if suite.verdict is not Verdict.PASSED]
    passed = shown[len(others) :]
    text = _rows(others, escape) if len(others) >= least else ""
    fold = f"{SIGNS[Verdict.PASSED]} {len(passed)} suite{'' if len(passed) == 1 else 's'} passed"
    if passed and without_passed:
        text += f"_{len(passed)} suites that passed are left out._\n"
    elif passed and len(passed) < least:
        text += f"{fold}: {', '.join(_name(suite, escape) for suite in passed)}\n"
    elif passed and others:
        text += f"<details><summary>{fold}</summary>\n\n{_rows(passed, escape)}</details>\n"
    elif passed:
        text = _rows(passed, escape)
    if rest:
        counts = Counter(suite.verdict for suite in rest)
        text += f"\n… and {len(rest)} more: {', '.join(f'{number} {word}' for word, number in counts.items())}.\n"
    return text


def _notes(suites: Sequence[SuiteResult]) -> str:
    """The figures and confused intents of batch suites, one paragraph per suite that has some."""
    noted = [
        f"**{markdown(clipped(suite.name, _MAX_NAME))}**: {told}"
        for _, suite in worst_first(suites)
        if (told := recognition(suite))
    ]
    more = [f"_{len(noted) - _MAX_NOTES} more suites have figures. See report.json._"]
    return "".join(f"\n{note}\n" for note in noted[:_MAX_NOTES] + (more if noted[_MAX_NOTES:] else []))


def recognition(suite: SuiteResult, escape: Escape = markdown) -> str:
    """The figures of a batch suite and its confused intents. Empty for other suites."""
    figures = ", ".join(f"{name} {value}" for name, value in figures_of(suite.figures).items())
    mistaken = ", ".join(
        f"{escape(told.expected)} → {escape(told.actual)} ({told.times})" for told in confusions_of(suite)
    )
    parts = [
        f"{figures}." if figures else "",
        f"Most confused intents: {mistaken}." if mistaken else "",
    ]
    return " ".join(filter(None, parts))


def _rows(suites: Sequence[SuiteResult], escape: Escape) -> str:
    steps = steps_noun(suites).capitalize()
    head = [
        f"| Suite | Verdict | {steps} passed | Test cases passed | {bot_time(suites)} |",
        "|---|---|---:|---:|---:|",
    ]
    return "\n".join([*head, *(_row(suite, escape) for suite in suites), "\n"])


def _name(suite: SuiteResult, escape: Escape) -> str:
    return escape(clipped(one_line(suite.name), _MAX_NAME))


def _row(suite: SuiteResult, escape: Escape) -> str:
    steps, counts = suite.verdict_steps, ShownCounts.of([suite])
    runs = where_passed([suite])
    # The verdict and its sign stay on one line.
    cells = [
        _name(suite, escape),
        f"{SIGNS[suite.verdict]}&nbsp;{suite.verdict}",
        f"{steps.passed}&nbsp;of&nbsp;{steps.total}{runs}" if steps.total and has_result(suite) else "",
        f"{counts.passed}&nbsp;of&nbsp;{counts.total}{runs}" if has_cases(suite) else "",
        human_duration(suite.seconds) if suite.seconds else "",
    ]
    return f"| {' | '.join(cells)} |"


def job_errors(job: JobResult, most: int, longest: int, escape: Escape = markdown) -> str:
    """At most `most` problems of the job itself. Empty without any, or if the title says all there is to say."""
    problems = problems_of(job.gates) if job.verdict is not Verdict.SKIPPED else []
    if not problems or says_all_problems(job):
        return ""
    told = [problem_with_code(shorten(problem, longest), escape) for problem in problems[:most]]
    if (more := len(problems) - most) > 0:
        told.append(f"… and {plural(more, 'more problem')}. See report.html.")
    title = f"{plural(len(problems), 'problem')} with the inputs" if ran_nothing(job) else "This job"
    return "\n".join([f"### {title}\n", *(f"- {line}" for line in told), ""])


def kinds(job: JobResult, *, consequences: bool = True) -> str:
    """What the kinds and numbers of the failed assertions mean, in a line. Empty without any.

    `consequences` says whether the assertions of likely consequences are shown.
    """
    words = kind_words(job, consequences=consequences)
    if not words:
        return ""
    words |= label_words(job)
    return f"{'; '.join(f'**{name}**: {meaning}' for name, meaning in words.items())}\n"


def end(job: JobResult) -> str:
    """What the details mean, what is tolerated, what else to know, what was tested, and where the full report is."""
    parts = (kinds(job), _tolerated(job), _remarks(job), attach(job), _last_runs(job), _tested(job))
    return "\n".join([part for part in parts if part])


def _tolerated(job: JobResult) -> str:
    total = sum(1 for _ in tolerated_cases(job))
    if not total:
        return ""
    lines = [*tolerated_blocks(job, _MAX_TOLERATED, conversation=True)]
    if total > _MAX_TOLERATED:
        lines.append(f"… and {total - _MAX_TOLERATED} more. See report.html.")
    fold = f"{SIGNS[Verdict.TOLERATED]} {total} tolerated test case{'' if total == 1 else 's'}"
    start = "<details open>" if job.verdict is Verdict.TOLERATED else "<details>"
    return "\n".join([f"{start}<summary>{fold}</summary>\n", *lines, "\n</details>\n"])


def tolerated_blocks(
    job: JobResult, most: int, escape: Escape = markdown, *, conversation: bool = False
) -> Iterator[str]:
    """The first `most` tolerated failures as HTML without empty lines: expected, actual, and why they are tolerated.

    Those of one step with one reason share a table. `conversation` adds what was said in the run that failed, if the
    last one passed.
    """
    together: list[list[Tolerated]] = []
    for told in islice(tolerated_with_reasons(job), most):
        if told.continues and not told.reason:
            together[-1].append(told)
        else:
            together.append([told])
    return (_tolerated_block(group, escape, conversation=conversation) for group in together)


def _tolerated_block(group: Sequence[Tolerated], escape: Escape, *, conversation: bool) -> str:
    first, cases = group[0], [told.case for told in group]
    why = [f"<p>{escape(text)}</p>" if text else "" for text in (first.why_above, first.why_below)]
    flaky: list[str] = []
    if conversation and all(case.is_flaky for case in cases):
        flaky = [*conversation_of(BlockingStep(first.suite, first.step, cases), _MAX_STEPS)]
    title = "" if first.continues else f"<p><b>{escape(shorten(first.title, _MAX_TITLE))}</b></p>"
    table = compared(first.suite, cases, escape, len(cases), _MAX_MESSAGE)
    return "\n".join([*filter(None, [why[0], title, *table, why[1], *flaky]), ""])


def _remarks(job: JobResult) -> str:
    """The remarks, folded. Empty if there are none."""
    told = [(suite, remark) for suite in job.suites for remark in suite.remarks]
    if not told:
        return ""
    lines = [
        f"- {markdown(clipped(suite.name, _MAX_NAME))}: {markdown(one_line(remark, _MAX_REMARK))}"
        for suite, remark in told[:_MAX_REMARKS]
    ]
    if more := len(told) - len(lines):
        lines.append(f"- … and {more} more. See report.html.")
    title = f"{len(told)} remark{'' if len(told) == 1 else 's'}, without effect on the verdict"
    return "\n".join([f"<details><summary>{title}</summary>\n", *lines, "\n</details>\n"])


def what_next(job: JobResult, escape: Escape = markdown) -> str:
    """What a reader can do. Empty if nothing is to do."""
    sentences = next_steps(job)
    if not sentences:
        return ""
    lines = "\n".join(f"- {with_code(sentence, escape)}" for sentence in sentences)
    return f"### What to do next\n\n{lines}\n"


def attach(job: JobResult, escape: Escape = markdown) -> str:
    """The inputs that attach to runs that may still be running, of which there may be very many. Empty without any."""
    lines = "\n".join(in_code(escape(line)) for line in attach_inputs(job))
    if not lines:
        return ""
    return f"### {attach_title(job)}\n\n<pre><code>{lines}</code></pre>\n"
