"""The first lines of report.html: how the job ended, of which bot and commit, and what to do next."""

from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import zip_longest

from koregate import __version__
from koregate.judging.results import JobResult, StepCounts
from koregate.judging.shown_counts import ShownCounts
from koregate.reports.counts_text import others_text, where_passed
from koregate.reports.figures_text import bot_time, steps_noun, title_of
from koregate.reports.headline import counted, did_not_pass, effect_of, has_cases, has_result, headline, void_text
from koregate.reports.kind_words import training_text, version_text
from koregate.reports.next_steps import attach_inputs, attach_title, next_steps, with_code
from koregate.reports.page_message import escaped
from koregate.reports.policy_text import added_text, policy_lines, tolerated_cases
from koregate.text import human_duration, one_line
from koregate.verdicts import Verdict

VERDICT_SIGNS = {
    Verdict.PASSED: "✓",
    Verdict.SKIPPED: "-",
    Verdict.TOLERATED: "~",
    Verdict.FAILED: "✗",
    Verdict.ERROR: "!",
    Verdict.TIMEOUT: "!",
    Verdict.CANCELLED: "■",
}
_MAX_NAME = 200
_MAX_SHORT = 60
_SHORT_HASH = 10
# A narrow screen shows these only beside the other facts of the job, so that the first failure is in sight.
_LESS_URGENT = ("Branch", "Bot version")


def header(job: JobResult) -> str:
    """Verdict, counts, commit and bot version, and what to do next. The other facts of the job are folded."""
    sign = f'<span aria-hidden="true">{VERDICT_SIGNS[job.verdict]}</span>'
    return f"""<header>
<p class="brand">koregate {title_of(job.platform_suites).lower()}</p>
<h1 class="{job.verdict}">{sign} {job.verdict.capitalize()}{_badge(job)}</h1>
<p class="lead" dir="auto">{escaped(_lead(job))}</p>
<p>{" ".join(filter(None, (effect_of(job), _counted(job))))}</p>
{_policy(job)}{_bar(job)}{_last_runs(job)}{_about(job)}{_what_next(job)}</header>
"""


def _lead(job: JobResult) -> str:
    """The headline. The title above it is the verdict, so that is not said again."""
    told = headline(job).removeprefix(f"{job.verdict.capitalize()}: ")
    return told if told.startswith("koregate ") else f"{told[:1].upper()}{told[1:]}"


def _counted(job: JobResult) -> str:
    """How many steps passed. The bar says how test cases ended, and the headline which suites have no result."""
    suites, steps = job.platform_suites, job.verdict_steps
    if void_text(job) or not any(map(has_cases, suites)):
        return counted(job)
    return f"{steps.passed} of {steps.total} {steps_noun(suites)} passed{where_passed(suites)}." if steps.total else ""


def _badge(job: JobResult) -> str:
    """Says beside a verdict that looks bad that the job passes all the same."""
    is_fine = job.verdict in (Verdict.PASSED, Verdict.SKIPPED)
    return "" if job.exit_code or is_fine else ' <span class="badge">does not block</span>'


def _about(job: JobResult) -> str:
    """The facts that a reviewer needs, and the others in a fold beside them."""
    links = _links(job)
    others = facts(_other_facts(job), links)
    fold = f"<details><summary>About this job</summary>{others}</details>\n"
    main = facts(_main_facts(job), links, less_urgent=_LESS_URGENT)
    return f'<div class="about">{main}{fold}</div>\n'


def _policy(job: JobResult) -> str:
    """What policy tolerated, with its source, and how the job compares with its baseline."""
    # A change that excuses its own failures should not be overlooked.
    added = escaped(added_text(job))
    lines = [escaped(line) for line in policy_lines(job)]
    if added:
        lines = [line.replace(added, f'<b class="warning">{added}</b>', 1) for line in lines]
    # The first line is about them.
    kinds = [" tolerated"] * any(tolerated_cases(job))
    return "".join(
        [f'<p class="policy{kind}" dir="auto">{line}</p>\n' for line, kind in zip_longest(lines, kinds, fillvalue="")]
    )


def _main_facts(job: JobResult) -> dict[str, str | None]:
    """When it ran, of what, and where. Values are short, because the first failure follows."""
    ci = job.facts.ci
    when = {"Finished": job.facts.finished} if job.facts.finished else {"Started": job.started}
    return {
        **{name: _minute(time) for name, time in when.items()},
        "Branch": one_line(ci.branch, _MAX_SHORT),
        "Commit": ci.commit[:_SHORT_HASH] if ci.commit_url else ci.commit,
        # GitHub numbers the workflow run, not the job.
        "Run" if ci.system == "github" else "Job": one_line(ci.build or ci.url, _MAX_SHORT),
        "Bot version": version_text(job.target.bot_version),
    }


def _other_facts(job: JobResult) -> dict[str, str | None]:
    target, ci = job.target, job.facts.ci
    return {
        "Started": _minute(job.started) if job.facts.finished else "",
        "Branch": ci.branch if len(ci.branch) > _MAX_SHORT else "",
        "Language": target.bot_language,
        "Training state": training_text(target.training),
        "Stream": target.stream_id,
        "Host": target.host,
        f"{bot_time(job.suites)}, all suites": human_duration(job.seconds) if job.seconds else "",
        "koregate": __version__,
        "Fail-on": "" if job.fail_on == "any" else job.fail_on,
    }


def _minute(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC" if time else ""


def _links(job: JobResult) -> dict[str, str]:
    """The addresses for some facts. They are http or https and cannot end an attribute."""
    return {"Job": job.facts.ci.url, "Run": job.facts.ci.url, "Commit": job.facts.ci.commit_url}


def facts(
    rows: Mapping[str, str | None], links: Mapping[str, str] | None = None, less_urgent: Collection[str] = ()
) -> str:
    """Names and values as a list of definitions, some with links. Empty values are left out."""
    shown = "".join(
        [
            _fact(name, value, (links or {}).get(name, ""), ' class="less-urgent"' if name in less_urgent else "")
            for name, value in rows.items()
            if value
        ]
    )
    return f'<dl class="facts">{shown}</dl>\n' if shown else ""


def _fact(name: str, value: str, link: str, kind: str) -> str:
    words = escaped(one_line(value, _MAX_NAME))
    if link:
        words = f'<a href="{escaped(link)}" rel="noreferrer">{words}</a>'
    return f'<div{kind}><dt>{name}</dt><dd dir="auto">{words}</dd></div>'


def _bar(job: JobResult) -> str:
    """What is counted as a bar, in the colors of the outcomes. The numbers next to it say the same."""
    shares = _shares(job)
    start, pieces = 0, []
    for name, share in shares.items():
        if share:
            # Higher than the box, so that only the gap to the next piece shows of the stroke.
            pieces.append(f'<rect class="{name}" x="{start}" y="-1" width="{share}" height="3"/>')
        start += share
    if not start:
        return ""
    box = f'viewBox="0 0 {start} 1" preserveAspectRatio="none"'
    label = f"{_bar_title(job)}: {_bar_text(job, shares)}"
    return f'<p class="bar"><svg {box} aria-hidden="true">{"".join(pieces)}</svg> <span>{label}</span></p>\n'


def _bar_title(job: JobResult) -> str:
    """What the bar counts. Readers who see two numbers ask what the second one counts."""
    suites = job.platform_suites
    if not any(map(has_cases, suites)):
        return steps_noun(suites).capitalize()
    return f"Test cases{' (one per assertion)' if all(suite.kind == 'conversation' for suite in suites) else ''}"


def _bar_text(job: JobResult, shares: Mapping[str, int]) -> str:
    """The numbers of the bar. Those of test cases also say in which runs they passed."""
    suites = job.platform_suites
    if not any(map(has_cases, suites)):
        return ", ".join(f"{share:,} {name}" for name, share in shares.items() if share)
    return f"{shares['passed']:,} passed{where_passed(suites)}{others_text(suites)}"


def _shares(job: JobResult) -> dict[str, int]:
    """The test cases by outcome, or the steps if test cases only stand for runs. Empty if nothing is counted.

    What passed is shown as passed, like in the text and the table, also in a suite without a result.
    """
    if not any(map(has_cases, job.suites)):
        steps = job.verdict_steps if any(map(has_result, job.suites)) else StepCounts()
        return {
            "passed": steps.passed,
            "failed": steps.failed,
            "skipped": max(steps.total - steps.passed - steps.failed, 0),
        }
    counts = ShownCounts.of(job.suites)
    return {
        "passed": counts.passed,
        "failed": counts.failed,
        "error": counts.errors,
        "tolerated": counts.tolerated,
        "skipped": counts.skipped,
    }


def _last_runs(job: JobResult) -> str:
    """The last runs as a strip of signs, oldest first, including this one. Unfolded, each has its date."""
    past = job.facts.history
    if not past:
        return ""
    runs = [*((_minute(run.finished), run.verdict) for run in past), ("this run", job.verdict)]
    signs = "".join([f'<b class="mark {verdict}">{VERDICT_SIGNS[verdict]}</b>' for _, verdict in runs])
    items = "".join(
        [f'<li><b class="mark {verdict}">{VERDICT_SIGNS[verdict]} {verdict}</b> {when}</li>' for when, verdict in runs]
    )
    told = ", ".join([verdict for _, verdict in runs])
    title = f"Last {len(runs)} runs, the newest at the end <small>(since {past[0].finished:%Y-%m-%d})</small>"
    strip = f'<span role="img" aria-label="{told}">{signs}</span>'
    return f'<details class="runs"><summary>{title} {strip}</summary><ol>{items}</ol></details>\n'


def _what_next(job: JobResult) -> str:
    """What a reader can do now, in a few lines, since the failures follow. A line each if it is for several suites."""
    sentences = next_steps(job)
    if not sentences:
        return ""
    title = '<h2 id="next">What to do next</h2>'
    told = [with_code(sentence, escaped) for sentence in sentences]
    is_list = sentences[1:] and (*did_not_pass(job), *job.gates)[1:]
    # A sentence may begin with a name from right to left.
    shown = f' <p dir="ltr">{" ".join(told)}</p>'
    if is_list:
        shown = f'<ul dir="ltr">{"".join([f"<li>{line}</li>" for line in told])}</ul>'
    return f'<section class="next" aria-labelledby="next">{title}{shown}</section>\n'


def attach(job: JobResult) -> str:
    """The inputs that attach to runs that may still be running. There may be very many of them."""
    lines = "\n".join(attach_inputs(job))
    if not lines:
        return ""
    block = f'<pre dir="ltr" class="copied" tabindex="0">{escaped(lines)}</pre>'
    title = f'<h2 id="attach">{attach_title(job)}</h2>'
    return f'<section class="attach" aria-labelledby="attach">{title}{block}</section>\n'
