"""Every state that a reader may meet, each made by a whole job against the simulator: page, summary, comment, log."""

import json
import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

from koregate.inputs import action_inputs
from koregate.runs.event_queue import EventQueue
from koregate.simulator import HandledRequest, Scenario, Simulator, load_scenario
from support.ci_api import TOKEN, CommentApi, serving
from support.clock import FakeClock
from support.job import Done, gate, run, scenario

SIXTEEN = (
    "Greeting",
    "Order a pizza",
    "Change an order",
    "Cancel an order",
    "Track an order",
    "Opening hours",
    "Allergens",
    "Vouchers and discounts",
    "Complaints",
    "Talk to a person",
    "Delivery area",
    "Payment",
    "Table reservation",
    "Job applications",
    "Small talk and everything else that nobody has found a better place for",
    "Newsletter",
)
QUARANTINE = """[[quarantine]]
suite = "Order a pizza"
input = "{input}"
reason = "The menu changes this week."
owner = "ann@example.com"
until = {until}
"""
ARABIC = {
    "seconds": 4,
    "steps": [
        {"say": "Start_Flow", "expect": "مرحبا، أنا لويجي. كيف يمكنني مساعدتك؟"},
        {"say": "أريد بيتزا", "expect": "بالتأكيد! أي بيتزا تريد؟", "answer": "عذراً، لم أفهم. أي بيتزا قلت (Pizza 4)؟"},
        {"say": "مارغريتا", "expect": "مارغريتا كبيرة بسعر 11.50 €؟", "answer": "مارغريتا صغيرة بسعر 8.50 €؟"},
    ],
}
HEBREW = {
    "seconds": 3,
    "steps": [
        {"say": "Start_Flow", "expect": "שלום, אני לואיגי."},
        {"say": "מתי אתם פתוחים?", "expect": "אנחנו פתוחים כל יום מ-11 עד 23."},
    ],
}


class State(NamedTuple):
    """What a job left, and its comment on the pull request."""

    done: Done
    page: bytes
    comment: str


class Stage:
    """A place for jobs of one pull request, with one platform, in time that does not pass."""

    def __init__(self, folder: Path, api: CommentApi) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.api = api
        event = folder / "event.json"
        event.write_text(json.dumps({"pull_request": {"number": 5, "head": {"sha": "3f9c2ab4d1" * 4}}}))
        self.environ = {
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_API_URL": api.address,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "acme/pizza-bot",
            "GITHUB_RUN_ID": "71234567",
            "GITHUB_RUN_NUMBER": "123",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_SHA": "3f9c2ab4d1" * 4,
            "GITHUB_HEAD_REF": "new-menu",
        }
        self.options = {"comment": "true", "github_token": TOKEN}

    def day(self, days: int) -> str:
        """The date in so many days."""
        return (self.clock.now() + timedelta(days=days)).date().isoformat()

    @contextmanager
    def platform(self, played: Scenario | str, address: str = "") -> Iterator[Simulator]:
        """A platform that plays the scenario, at a free address or at this one."""
        plays = load_scenario(played) if isinstance(played, str) else played
        port = int(address.rpartition(":")[2] or 0)
        with Simulator(plays, now=self.clock.monotonic, wall=self.clock.wall, port=port) as simulator:
            yield simulator

    def job(self, played: Scenario | str, **options: str) -> Done:
        """One job on a platform of its own."""
        with self.platform(played) as simulator:
            return self.on(simulator, **options)

    def on(self, simulator: Simulator, **options: str) -> Done:
        """One job on a platform."""
        given: dict[str, Any] = {**self.options, **options}
        return run(simulator, self.folder, self.clock, environ=self.environ, **given)

    def baseline(self, simulator: Simulator) -> str:
        """The path of the default branch's report."""
        environ = {**self.environ, "GITHUB_EVENT_NAME": "push"}
        done = run(simulator, self.folder, self.clock, environ=environ, report_dir="main")
        return str((done.folder / "report.json").relative_to(self.folder))


def _say(number: int, *, wrong: bool = False) -> dict[str, Any]:
    step = {"say": f"What about pizza number {number}?", "expect": f"Pizza number {number} costs {number + 7}.50 €."}
    return {**step, "answer": f"Pizza number {number} costs {number + 8}.50 €."} if wrong else step


def _sixteen() -> Scenario:
    steps = [_say(number) for number in range(1, 9)]
    wrong = [_say(number, wrong=number in (3, 6)) for number in range(1, 9)]
    silent = [*steps[:4], {**steps[4], "answer": None}, *steps[5:]]
    changes: dict[str, Any] = {
        "Order a pizza": {"steps": wrong},
        "Vouchers and discounts": {"steps": silent},
        "Complaints": {"steps": wrong[:4]},
        "Track an order": {"executed": 3, "status": "aborted", "error_details": {"message": "Stopped by a user."}},
        "Talk to a person": {"cut": 1},
    }
    names = dict.fromkeys(SIXTEEN)
    return scenario(**{name: {"seconds": 4, "steps": steps, **changes.get(name, {})} for name in names})


def _two_hundred() -> Scenario:
    steps = [_say(number, wrong=number in (37, 38, 150)) for number in range(1, 201)]
    return scenario(**{"The whole menu": {"seconds": 60, "steps": steps}})


def _quarantined(stage: Stage) -> Done:
    """Every failure is tolerated: one entry was added by this change."""
    entries = [
        QUARANTINE.format(input=said, until=stage.day(10)) for said in ("A margherita, please", "12 Harbour Street")
    ]
    (stage.folder / "q.toml").write_text("\n".join(entries))
    (stage.folder / "base.toml").write_text(entries[0])
    return stage.job("flaky", quarantine="q.toml", quarantine_base="base.toml", test_suites="Order a pizza")


def _known(stage: Stage) -> Done:
    with stage.platform("known") as simulator:
        baseline = stage.baseline(simulator)
        stage.clock.wait(3 * 24 * 3600)
        return stage.on(simulator, baseline=baseline)


def _new_and_known(stage: Stage, *, is_pull_request: bool = True) -> Done:
    """A baseline with one of the failures, and a job with more."""
    fine = load_scenario("failing").model_dump(mode="json", exclude_unset=True)
    for step in fine["suites"]["Order a pizza"]["steps"]:
        if step["say"] != "Large":
            step.pop("answer", None)
            step.get("flow", {}).pop("expected_node", None)
    with stage.platform(Scenario.model_validate(fine)) as simulator:
        baseline = stage.baseline(simulator)
    stage.clock.wait(3 * 24 * 3600)
    with stage.platform("failing", simulator.url) as simulator:
        # The platform that made the baseline gave its first run the same id as this one does.
        stage.on(simulator, report_dir="earlier", comment="")
        if not is_pull_request:
            stage.environ |= {"GITHUB_EVENT_NAME": "push", "GITHUB_HEAD_REF": "", "GITHUB_REF_NAME": "main"}
            stage.environ["GITHUB_REF_TYPE"] = "branch"
        return stage.on(simulator, baseline=baseline)


def _cancelled(stage: Stage) -> Done:
    """The signal comes with the third status request."""
    queue: EventQueue = SimpleQueue()
    seen: list[HandledRequest] = []

    def signal_at_third(handled: HandledRequest) -> None:
        seen.append(handled)
        if [one.request.kind for one in seen].count("status") == 3:
            queue.put(signal.SIGTERM)

    wait, wall = stage.clock.monotonic, stage.clock.wall
    with Simulator(load_scenario("stuck"), now=wait, wall=wall, on_request=signal_at_third) as simulator:
        given: dict[str, Any] = stage.options
        return run(simulator, stage.folder, stage.clock, environ=stage.environ, queue=queue, **given)


def _shards(stage: Stage, names: Sequence[str] = ("Order a pizza", "Opening hours")) -> tuple[str, ...]:
    """The reports of two jobs, each of which ran one suite."""
    with stage.platform("failing") as simulator:
        for name in names:
            stage.on(simulator, test_suites=name, report_dir=_folder(name), comment="")
    return tuple(str(stage.folder / _folder(name) / "report.json") for name in names)


def _folder(name: str) -> str:
    return name.replace(" ", "-")


def _merge(stage: Stage, *files: str, **options: str) -> Done:
    given = {name.replace("_", "-"): value for name, value in {**stage.options, **options}.items()}
    return gate(given, stage.folder, stage.clock, stage.environ, merge=files)


def _merged_unusable(stage: Stage) -> Done:
    """The report of a job that passed, with that of a job whose inputs were invalid."""
    shards = _shards(stage, ("Opening hours",))
    gate({"host": "http://platform.kore.ai", "report-dir": "invalid"}, stage.folder, stage.clock, stage.environ)
    return _merge(stage, *shards, str(stage.folder / "invalid" / "report.json"))


def _merged_twice(stage: Stage) -> Done:
    """The report of a job whose suite failed, and a copy of it beside the report of another job."""
    first, second = _shards(stage)
    shutil.copytree(Path(first).parent, stage.folder / "copy")
    return _merge(stage, first, second, str(stage.folder / "copy" / "report.json"))


def _history(stage: Stage) -> Done:
    with stage.platform("flaky") as simulator:
        for _ in range(3):
            stage.on(simulator, history="history.jsonl")
    with stage.platform("failing", simulator.url) as simulator:
        stage.on(simulator, history="history.jsonl")
        return stage.on(simulator, history="history.jsonl")


def _invalid(stage: Stage) -> Done:
    """The runner passes a variable for each input, also for those that a workflow leaves out."""
    given = {spec.runner_variable: "" for spec in action_inputs()}
    given |= {"INPUT_HOST": "http://platform.kore.ai", "INPUT_TIMEOUT": "30x"}
    given |= {"INPUT_COMMENT": "true", "INPUT_GITHUB-TOKEN": TOKEN}
    return gate({}, stage.folder, stage.clock, {**stage.environ, **given})


def _skipped(stage: Stage) -> Done:
    event = {"pull_request": {"number": 5, "head": {"sha": "ab" * 20, "repo": {"full_name": "fork/pizza-bot"}}}}
    (stage.folder / "event.json").write_text(json.dumps(event))
    return stage.job("passing", client_id="", client_secret="", on_missing_credentials="skip", comment="")


STATES: dict[str, Callable[[Stage], Done]] = {
    "passed": lambda stage: stage.job("passing"),
    "failed": lambda stage: stage.job("failing"),
    "failed-16-suites": lambda stage: stage.job(_sixteen()),
    "failed-200-steps": lambda stage: stage.job(_two_hundred()),
    "failed-does-not-block": lambda stage: stage.job("failing", fail_on="error"),
    "failed-broken": lambda stage: stage.job("broken"),
    "failed-step-without-reason": lambda stage: stage.job("step-failed"),
    "failed-with-history": _history,
    "tolerated-quarantine": _quarantined,
    "tolerated-known": _known,
    "tolerated-flaky": lambda stage: stage.job("flaky", retries="1", flaky="pass"),
    "tolerated-rate": lambda stage: stage.job("flaky", min_pass_rate="70"),
    "tolerated-f1": lambda stage: stage.job("batch-failing", min_f1="0.5"),
    "flaky-that-fails": lambda stage: stage.job("flaky", retries="1"),
    "drifting": lambda stage: stage.job("drifting", retries="2", flaky="pass"),
    "new-and-known": _new_and_known,
    "new-and-known-on-main": lambda stage: _new_and_known(stage, is_pull_request=False),
    "right-to-left": lambda stage: stage.job(scenario(**{"طلب بيتزا": ARABIC, "שעות פתיחה": HEBREW})),
    "error-aborted": lambda stage: stage.job("aborted"),
    "error-missing-steps": lambda stage: stage.job("missing-steps"),
    "error-credentials": lambda stage: stage.job("credentials"),
    "error-credentials-16": lambda stage: stage.job(_sixteen(), client_secret="of-another-app-" * 3),
    "error-inputs": _invalid,
    "error-out-of-sync": lambda stage: stage.job("out-of-sync", require_trained="true"),
    "timeout": lambda stage: stage.job("stuck"),
    "cancelled": _cancelled,
    "skipped": _skipped,
    "trained": lambda stage: stage.job("training", require_trained="true"),
    "batch-failed": lambda stage: stage.job("batch-failing"),
    "batch-without-file": lambda stage: stage.job("batch-no-file"),
    "suite-files": lambda stage: stage.job("suite-files"),
    "suite-files-changed": lambda stage: stage.job("suite-files-changed"),
    "merged": lambda stage: _merge(stage, *_shards(stage)),
    "merged-unusable": _merged_unusable,
    "merged-twice": _merged_twice,
    "error-min-tests": lambda stage: stage.job("passing", min_tests="30"),
    "error-min-tests-failed": lambda stage: stage.job("failing", min_tests="300"),
}


def make(name: str, folder: Path) -> State:
    """Play the jobs of a state in an empty folder."""
    with serving(CommentApi()) as api:
        done = STATES[name](Stage(folder, api))
        return State(done, done.files["report.html"], api.bodies[-1] if api.bodies else "")


_MADE: dict[str, State] = {}


def state(name: str, folder: Path) -> State:
    """The state, which is made once in each process, in the folder of the test that asks first."""
    if name not in _MADE:
        _MADE[name] = make(name, folder)
    return _MADE[name]
