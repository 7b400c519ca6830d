"""The log's last lines before the verdict: what failed first, what to do next, and where the reports are."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from koregate.judging.facts import CIFacts
from koregate.judging.results import BlockingStep, JobResult
from koregate.reports.case_lines import case_lines
from koregate.reports.ci_words import words_of
from koregate.reports.headline import causes_first
from koregate.reports.log_line import plural, short_name
from koregate.reports.next_steps import next_steps, still_running_text, without_code
from koregate.text import one_line
from koregate.verdicts import EXIT_INPUTS

_MAX_INPUT = 100
# From so many failed steps, or so many lines, the first one is out of sight at the end of the log.
_MANY_STEPS = 10
_MANY_LINES = 40


def first_failure_lines(job: JobResult, lines: int = _MANY_LINES) -> Iterator[str]:
    """The first of several failed steps with its first test case, after so many lines about all failures.

    Nothing if that is still in sight, or if not a suite but an error of the job decides.
    """
    if job.gates or (lines < _MANY_LINES and len(job.blocking_steps) < _MANY_STEPS):
        return
    steps = [blocking for blocking in causes_first(job.blocking_steps) if blocking.step is not None]
    first = steps[0] if steps[1:] else None
    if first is not None and first.step is not None:
        yield from _first_failure(first)
        followed = sum(step.suite is first.suite and step.caused_by == first.step.number for step in job.blocking_steps)
        if followed:
            noun = "consequences" if followed > 1 else "consequence"
            yield f"  Likely {noun} of it: {plural(followed, 'failed step')}."


def next_lines(job: JobResult, *, is_demo: bool = False) -> Iterator[str]:
    """What to do next. Nothing for a job that passed.

    Also nothing for invalid inputs that a person has just typed: each of their problems says it. In a demo, no sentence
    advises a command that needs a platform: there is none, and a run without inputs would replace the demo's reports.
    """
    if is_demo:
        # The simulator ends with the job, so there is no test run to attach to. The CI system of a demo has no inputs.
        suites = tuple(replace(suite, still_running=False) for suite in job.suites)
        job = replace(job, suites=suites, facts=job.facts._replace(ci=CIFacts()))
    if job.exit_code == EXIT_INPUTS and not job.facts.ci.system:
        return
    # The inputs that attach, above, begin with the test runs that may still be running.
    sentences = [sentence for sentence in next_steps(job, "above") if sentence != still_running_text(job)]
    if is_demo:
        sentences = [_in_demo(sentence) for sentence in sentences if "`koregate doctor`" not in sentence]
    if sentences:
        yield "What to do next:"
        yield from (f"  {without_code(sentence)}" for sentence in sentences)


def _in_demo(sentence: str) -> str:
    """The same sentence without a further run, which only a bot of one's own can have."""
    again = words_of("").again
    would = f"With a bot of your own, you would then {again}."
    return would if sentence.casefold() in (f"then {again}.", f"{again}.") else sentence


def reports_line(outputs: Mapping[str, str]) -> str:
    """Where the reports are: the page for people first, then the files for programs. Missing ones have no path."""
    page, *others = (outputs[f"{name}-path"] for name in ("html", "junit", "json"))
    parts = [f"{page} to read"] if page else []
    if given := " and ".join(filter(None, others)):
        parts.append(f"{given} for programs")
    return f"Reports: {', '.join(parts) or 'none could be written'}."


def _first_failure(first: BlockingStep) -> Iterator[str]:
    """Suite, step and test case, then expected and actual, aligned."""
    suite, step, cases = first
    if step is None:
        return
    quoted = f' "{one_line(step.input, _MAX_INPUT)}"' if step.input else ""
    noun = "utterance" if suite.kind == "batch" else "step"
    place = [short_name(suite.name), f"{noun} {step.number}{quoted}"]
    place += [cases[0].label] if cases[0].kind != "step" else []
    yield f"First failure: {' > '.join(place)}"
    yield from (f"  {line}" for line in case_lines(cases[0]))
    others = cases[1:]
    if others:
        told = f"{len(others):,} more" if others[1:] else others[0].label
        yield f"  … and {told} in this {noun}."
