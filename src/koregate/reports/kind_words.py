"""Words of the platform and of reports, for readers who do not build bots."""

from koregate.judging.results import JobResult

# Kore.ai's words for what a step asserts, and for what a batch test compares.
_MEANINGS = {
    "flow": "the dialog, intent and node that answered",
    "text": "what the bot said",
    "context": "a value that the bot keeps during the conversation",
    "intent": "what the user wants, as the bot understood it",
    "entity": "a detail of that, such as a size",
}
_VERSIONS = {"inDevelopment": "in development"}


def version_text(version: str | None) -> str:
    """The version of a bot, as Kore.ai's API names it, in words. Empty if it is not known."""
    return _VERSIONS.get(version or "", version or "")


def kind_words(job: JobResult) -> dict[str, str]:
    """The kinds of the job's failed assertions, each with its meaning."""
    kinds = {case.kind for blocking in job.blocking_steps for case in blocking.cases}
    return {kind: meaning for kind, meaning in _MEANINGS.items() if kind in kinds}


def label_words(job: JobResult) -> dict[str, str]:
    """How to read the numbers of the first failed assertion. Empty if it has none, like an utterance of a batch."""
    for blocking in job.blocking_steps:
        if blocking.suite.steps_stand_alone:
            continue
        for case in blocking.cases:
            if case.step and case.response and case.kind in _MEANINGS:
                return {f"{case.step}.{case.response}": f"step {case.step}, response {case.response}"}
    return {}
