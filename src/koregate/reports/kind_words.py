"""Words of the platform and of reports, for readers who do not build bots."""

from collections.abc import Iterator

from koregate.judging.cases import TestCase
from koregate.judging.results import JobResult, SuiteResult
from koregate.reports.failure_groups import alike_steps

# Kore.ai's words for what a step asserts, and for what a batch test compares.
_MEANINGS = {
    "flow": "the dialog, intent and node that answered",
    "text": "what the bot said",
    "context": "a value that the bot keeps during the conversation",
    "intent": "what the user wants, as the bot understood it",
    "entity": "a detail of that, such as a size",
}
_F1 = {"F1 score": "how well the bot understands what users want; 1.00 is the best"}
_VERSIONS = {"inDevelopment": "in development"}
# How `kore_api.training` describes the states.
_TRAINING = "training "
_TRAINED = {
    "finished, in sync": "trained, in sync with the app",
    "finished, not known to be in sync": "trained, not known to be in sync with the app",
}


def version_text(version: str | None) -> str:
    """The version of a bot, as Kore.ai's API names it, in words. Empty if it is not known."""
    return _VERSIONS.get(version or "", version or "")


def training_text(training: str | None) -> str:
    """The training of the app's model in words. Empty if it was not asked for."""
    state = (training or "").removeprefix(_TRAINING)
    return _TRAINED.get(state.lower(), training or "")


def kind_words(job: JobResult, *, consequences: bool = True) -> dict[str, str]:
    """The kinds of the job's failed and tolerated assertions, each with its meaning, and of a figure that is shown.

    Empty if all failed steps got one answer: they share a table without kinds. Without `consequences`, the assertions
    of likely consequences do not count.
    """
    if alike_steps(job):
        return {}
    kinds = {case.kind for _, case in _told(job, consequences=consequences)}
    words = {kind: meaning for kind, meaning in _MEANINGS.items() if kind in kinds}
    has_score = any(suite.figures is not None and suite.figures.f1 is not None for suite in job.suites)
    return {**words, **(_F1 if words and has_score else {})}


def label_words(job: JobResult) -> dict[str, str]:
    """How to read the numbers of the first failed assertion. Empty if it has none, like an utterance of a batch."""
    for suite, case in _told(job):
        if not suite.steps_stand_alone and case.step and case.response and case.kind in _MEANINGS:
            return {f"{case.step}.{case.response}": f"step {case.step}, response {case.response}"}
    return {}


def _told(job: JobResult, *, consequences: bool = True) -> Iterator[tuple[SuiteResult, TestCase]]:
    """The test cases that reports show as failed, then those that are tolerated."""
    failed = [step for step in job.blocking_steps if consequences or not step.is_consequence]
    yield from ((blocking.suite, case) for blocking in failed for case in blocking.cases)
    yield from ((suite, case) for suite in job.suites for case in suite.cases if case.tolerance is not None)
