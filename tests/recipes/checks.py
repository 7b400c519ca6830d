"""What must be so after a pipeline was played: red or green, the reports published, and what each recipe adds."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from xml.etree import ElementTree as ET

from recipes.pages import Block
from recipes.platforms import HOSTILE, OLD_SUITE, SUITE_FILE, Platform, Played

_REMOVAL = "docs/suite-files.md, Remove the suites of a closed pull request"
# Its artifact is the state for the next attempt, which is no report.
_RESUME = "docs/resume.md, Resume an interrupted job"
# It starts no test run, so none fails.
_DOCTOR = "docs/doctor.md, In a workflow on GitHub"
_Check = Callable[[Played, Platform], Iterator[str]]


def problems(block: Block, played: Played, platform: Platform) -> Iterator[str]:
    """Everything that is not as it should be."""
    word = "fails" if platform.fails else "passes"
    red = platform.fails and block.name not in (_REMOVAL, _DOCTOR)
    gate = [name for name, passed in played.passed.items() if not passed]
    if (played.code != 0) != red or bool(gate) != (red and bool(played.passed)):
        yield f"exit code {played.code} and failed jobs {gate} although the bot {word}"
    if block.name != _RESUME and re.search("artifact|koregate-report", block.text):
        yield from _published(played, platform)
    if platform.simulator.client_secret in played.log:
        yield "the log has the client secret"
    if not platform.simulator.requests:
        yield "no request came to the platform"
    yield from CHECKS.get(block.name, _nothing)(played, platform)


def _published(played: Played, platform: Platform) -> Iterator[str]:
    reports = list(played.artifacts.rglob("junit.xml"))
    red = any(int(ET.parse(path).getroot().get("failures", "0")) for path in reports)
    if not reports or red != platform.fails:
        yield f"{len(reports)} JUnit reports among the artifacts, {'red' if red else 'green'}"
    if played.passed and list(played.artifacts.rglob("raw/*")):
        yield "raw replies among the artifacts"


def _nothing(played: Played, platform: Platform) -> Iterator[str]:  # noqa: ARG001 -- a check that finds nothing
    yield from ()


def _says(line: str) -> _Check:
    """The log of a later step or job has this line, made from the job outputs."""

    def check(played: Played, platform: Platform) -> Iterator[str]:
        expected = line.format(verdict="failed" if platform.fails else "passed", failed=int(platform.fails))
        if expected not in played.log:
            yield f'the log does not say "{expected}"'

    return check


def _comments(played: Played, platform: Platform) -> Iterator[str]:  # noqa: ARG001 -- one signature for all checks
    bodies = platform.listener.bodies
    if len(bodies) != 1 or ("failed" in bodies[0]) != platform.fails:
        yield f"the comments are {bodies}"


def _comment_and(check: _Check) -> _Check:
    def both(played: Played, platform: Platform) -> Iterator[str]:
        yield from _comments(played, platform)
        yield from check(played, platform)

    return both


def _history(played: Played, platform: Platform) -> Iterator[str]:
    # The passing run comes first.
    if platform.fails and not re.search("failed in 1 of the last 2 runs", played.log + _page(played)):
        yield "the history of the first run does not show"


def _message(played: Played, platform: Platform) -> Iterator[str]:  # noqa: ARG001 -- one signature for all checks
    """Slack and Teams get the name of the failed test case where nothing in it can act."""
    messages = platform.listener.messages
    if len(messages) != (2 if platform.fails else 0):
        yield f"{len(messages)} messages"
    elif platform.fails:
        slack, teams = messages
        shown = teams["attachments"][0]["content"]["body"]
        names = [slack["blocks"][-1]["text"].pop("text"), shown[-1]["inlines"][0].pop("text")]
        kinds = (slack["blocks"][-1]["text"]["type"], shown[-1]["type"])
        if not all(HOSTILE[:40] in name for name in names) or ("plain_text", "RichTextBlock") != kinds:
            yield f"the test case is {names} in {kinds}"
        if "Conversation tests: failed" != slack["text"] or "hostile" in json.dumps(messages):
            yield f"the messages are {messages}"


def _imported(played: Played, platform: Platform) -> Iterator[str]:  # noqa: ARG001 -- one signature for all checks
    description = f"koregate sha256:{hashlib.sha256(SUITE_FILE[1].encode()).hexdigest()}"
    if platform.simulator.batch_suites_now.get("pr-7-Pizza intents") != description:
        yield f"the suite file was not imported: {sorted(platform.simulator.batch_suites_now)}"


def _removed(played: Played, platform: Platform) -> Iterator[str]:  # noqa: ARG001 -- one signature for all checks
    names = {name for name in platform.simulator.batch_suites_now if name.startswith("pr-")}
    if names != {OLD_SUITE.format(70)}:
        yield f"the suites are {names}"


def _page(played: Played) -> str:
    return "".join(path.read_text() for path in played.artifacts.rglob("report.html"))


# What a job outside the gate's says, made from the job outputs.
_COUNTS = "{verdict}, {failed} failed, 0 without a result, 2 in all."
CHECKS: Mapping[str, _Check] = {
    "docs/suite-files.md, From an empty repository to a failed pull request": _imported,
    _REMOVAL: _removed,
    _DOCTOR: _says("Nothing was started."),
    "docs/ci/github.md, Import the branch, then test it": _says("The job import ended as success"),
    "docs/ci/github.md, On a schedule, with a message": _message,
    "docs/ci/github.md, After publishing": _says(f"Published. Conversation tests {_COUNTS}"),
    "docs/ci/github.md, On a pull request": _comment_and(_says(f"Conversation tests {_COUNTS}")),
    "docs/ci/github.md, Suites of both kinds": _says("Conversations and utterances {verdict}."),
    "docs/ci/gitlab.md, After publishing": _says(f"Tests of the published bot {_COUNTS}"),
    "docs/ci/gitlab.md, On a merge request and on a schedule": _says(f"Conversation tests {_COUNTS}"),
    "docs/ci/shell.md, Plain shells and other CI systems": _says(f"Conversation tests {_COUNTS}"),
    "docs/comment.md, GitHub": _comments,
    "docs/comment.md, GitLab": _comments,
    "docs/history.md, GitHub": _history,
    "docs/history.md, GitLab": _history,
    "docs/history.md, With a baseline on GitLab": _history,
}
