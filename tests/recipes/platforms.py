"""What the recipes meet: a platform on which all passes, or a suite of each kind fails, and the APIs they report to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.ci_api import CommentApi, Received, serving
from support.gitlab_files_api import GitLabFilesApi
from support.runs_api import RunsApi

from koregate.simulator import Scenario, Simulator

HOST = "https://platform.kore.ai"
# What somebody wrote into a test suite, with all that a shell, Slack or Teams would act on. No expression: other than
# GitHub, the workflow engine evaluates what came out of an expression once more.
HOSTILE = 'say $(touch hostile) `touch hostile` "; touch hostile # <!channel> [x](https://x.example) *b*'
_PASSING: dict[str, Any] = {"seconds": 0, "steps": [{"say": "hi", "expect": "Hello"}]}
_FAILING: dict[str, Any] = {"seconds": 0, "steps": [{"say": HOSTILE, "expect": "Hello", "answer": "Go away"}]}
_UTTERANCE = {"say": "I want pizza", "intent": "Order pizza"}
# The repository's suite file, and a suite that an earlier commit of a pull request imported, by its number.
SUITE_FILE = ("suites/Pizza intents.csv", "input,intent\nI want pizza,Order pizza\n")
OLD_SUITE = "pr-{}-Old intents"
_WEBHOOK = "/webhook"


class Listener(CommentApi):
    """The comments of a pull request, the runs of its workflow, files of a repository, and a webhook for messages."""

    def __init__(self) -> None:
        super().__init__()
        # No earlier run, and so no baseline.
        self.runs = RunsApi()
        self.files = GitLabFilesApi()

    def reply(self, request: Received) -> tuple[int, dict[str, str], Any]:
        """The reply to a request."""
        if request.path == _WEBHOOK:
            return 200, {}, {}
        if self.files.has(request.path) and request.path.startswith("/api/v4/"):
            return self.files.reply(request)
        return self.runs.reply(request) if self.runs.has(request.path) else super().reply(request)

    @property
    def webhook(self) -> str:
        """The address for messages."""
        return self.address + _WEBHOOK

    @property
    def messages(self) -> list[Any]:
        """The messages that came."""
        return [request.body for request in self.received if request.path == _WEBHOOK]


@dataclass
class Platform:
    """The simulator, and whether the suite `Order a pizza` and the utterance `I want pizza` fail on it."""

    fails: bool
    simulator: Simulator
    listener: Listener

    @property
    def port(self) -> int:
        """The simulator's port."""
        return int(self.simulator.url.rpartition(":")[2])

    def variables(self) -> dict[str, str]:
        """The secrets and variables that the recipes ask for, by name."""
        return {
            "KOREGATE_CLIENT_ID": self.simulator.client_id,
            "KOREGATE_CLIENT_SECRET": self.simulator.client_secret,
            "KOREGATE_GITLAB_TOKEN": "glpat-made-up-token",
            "READ_API_TOKEN": "glpat-made-up-read-token",
            "GITHUB_TOKEN": "ghs_made-up-token",
            "SLACK_WEBHOOK_URL": self.listener.webhook,
            "TEAMS_WEBHOOK_URL": self.listener.webhook,
        }


@dataclass
class Played:
    """How a pipeline ended: whether each of its jobs passed, and the folder with what they published."""

    code: int
    log: str
    artifacts: Path
    passed: dict[str, bool] = field(default_factory=dict)

    def write(self, name: str, log: Path) -> None:
        """Add it to the file."""
        with log.open("a") as file:
            file.write(f"=== {name}: exit code {self.code}, jobs {self.passed}\n{self.log}\n")


@contextmanager
def platform(*, fails: bool, port: int = 0, is_tolerable: bool = False) -> Iterator[Platform]:
    """Serve a platform that knows any suite, and the credentials and the app of the recipes. Port 0 is a free one.

    A failure is tolerable only if something else in its suite passes.
    """
    steps = [*(_PASSING["steps"] if is_tolerable else []), *_FAILING["steps"]]
    broken: dict[str, Any] = {"Order a pizza": {**_FAILING, "steps": steps}} if fails else {}
    found = {**_UTTERANCE, "matched": "Order drink"} if fails else _UTTERANCE
    scenario = Scenario.model_validate(
        {
            "suites": {**broken, "*": _PASSING},
            "batch_suites": {"Pizza intents": {"seconds": 0, "utterances": [found, _UTTERANCE | {"say": "hi"}]}},
            "imports": {"suite": {"seconds": 0}, "matched": {"I want pizza": "Order drink"} if fails else {}},
        }
    )
    listener = Listener()
    app = "12345678-90ab-5cde-8f01-234567890abc"
    with (
        Simulator(
            scenario, port=port, stream_id=f"st-{app}", client_id=f"cs-{app}", user_email="bot-ci@example.com"
        ) as simulator,
        serving(listener),
    ):
        for number in (7, 70):
            simulator.replace_suite(OLD_SUITE.format(number), "hi")
        yield Platform(fails, simulator, listener)
