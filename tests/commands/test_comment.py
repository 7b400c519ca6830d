"""Whole jobs that comment: after everything else, and whatever becomes of it, with the same verdict."""

import base64
import io
import json
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any
from urllib.parse import quote

import pytest
from support.answers import answer, report_of, step
from support.ci_api import TOKEN, CommentApi, Received, serving
from support.clock import FakeClock
from support.inputs import inputs
from support.job import FAILING, PASSING, Done, job, scenario
from support.job import command as run_command
from support.job import run as play
from support.network import free_port
from support.threads import limit_threads

from koregate.ci.github import GitHub
from koregate.commands.comment import comment
from koregate.commands.context import JobContext
from koregate.inputs import read_gate_inputs
from koregate.runs.event_queue import EventQueue
from koregate.simulator import Simulator

SIMPLE = scenario(Pizza=FAILING)
# One port for all jobs: on another host, a job has a comment of its own.
PORT = free_port()


@pytest.fixture
def api() -> Iterator[CommentApi]:
    with serving(CommentApi()) as api:
        yield api


def around(api: CommentApi, folder: Path, run: int = 10) -> dict[str, str]:
    event = folder / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 5, "head": {"sha": "ab" * 20}}}))
    return {
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_API_URL": api.address,
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "owner/bot",
        "GITHUB_RUN_ID": str(run),
        "GITHUB_RUN_ATTEMPT": "1",
    }


def commented(api: CommentApi, folder: Path, clock: FakeClock, run: int = 10, **options: Any) -> Done:
    given = {"comment": "true", "github_token": TOKEN, **options}
    with Simulator(given.pop("played", SIMPLE), port=PORT, now=clock.monotonic, wall=clock.wall) as simulator:
        return play(simulator, folder, clock, environ=around(api, folder, run), **given)


def test_a_job_tells_its_result_in_one_comment(api: CommentApi, tmp_path: Path, clock: FakeClock) -> None:
    done = commented(api, tmp_path, clock)
    commented(api, tmp_path, clock, 11, played=scenario(Pizza=PASSING))

    (body,) = api.bodies
    assert "✅ Conversation tests: passed" in body
    assert f"Commit {'ab' * 5}. " in body
    assert "https://github.com/owner/bot/actions/runs/11" in body
    assert "omment" not in done.log


@pytest.mark.parametrize(
    "changes",
    [{"suite_kind": "batch"}, {"host": "https://staging.example"}, {"engine": "dgpt"}, {"bot_language": "de"}],
)
def test_steps_of_one_job_that_test_suites_of_the_same_names_do_not_replace_each_others_result(
    api: CommentApi, tmp_path: Path, clock: FakeClock, changes: dict[str, Any]
) -> None:
    """The second step has invalid inputs: it ends before its first request, and its comment tells that."""
    commented(api, tmp_path, clock)
    commented(api, tmp_path, clock, timeout="soon", **changes)

    assert ["❌", "⚠️"] == [body.split("\n")[1].split()[1] for body in api.bodies]


def test_the_log_says_which_run_is_newer(api: CommentApi, tmp_path: Path, clock: FakeClock) -> None:
    commented(api, tmp_path, clock, 11)
    done = commented(api, tmp_path, clock, 10, played=scenario(Pizza=PASSING))

    said = "No pull request comment: the comment says that it is of run 11.1, which is newer than this one (10.1)."
    assert said in done.log
    assert ["❌"] == [body.split("\n")[1].split()[1] for body in api.bodies]


def test_an_old_comment_that_stays_is_a_warning_and_the_new_one_is_there(
    api: CommentApi, tmp_path: Path, clock: FakeClock
) -> None:
    commented(api, tmp_path, clock)
    api.add(api.bodies[0])
    api.replies = {"DELETE": (403, {}, {"message": "no"})}
    done = commented(api, tmp_path, clock, 11, played=scenario(Pizza=PASSING))

    assert (
        "::warning title=koregate::the pull request comment is up to date, but an older one of this job stays: the API"
        in done.log
    )
    assert ["✅", "❌"] == [body.split("\n")[1].split()[1] for body in api.bodies]


def test_without_a_thread_there_is_a_warning_and_the_same_verdict(
    api: CommentApi, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def limit() -> int:
        return 0 if (tmp_path / "koregate-report/report.json").exists() else 9

    limit_threads(monkeypatch, limit)
    done = commented(api, tmp_path, clock)

    assert (1, "failed", []) == (done.code, done.outputs["verdict"], api.bodies)
    assert "no pull request comment: this machine allows no further thread." in done.log


def test_an_unexpected_error_before_the_comment_is_a_warning_and_the_verdict_stands(
    api: CommentApi, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("koregate.commands.comment.comment", fail)
    done = commented(api, tmp_path, clock)

    assert (1, "failed", []) == (done.code, done.outputs["verdict"], api.bodies)
    assert "no pull request comment: koregate ran out of memory." in done.log


@pytest.mark.parametrize("encode", [str, lambda token: base64.b64encode(token.encode()).decode(), quote])
def test_an_api_that_repeats_the_token_does_not_show_it(
    tmp_path: Path, clock: FakeClock, encode: Callable[[str], str]
) -> None:
    said = {"message": f"Bad credentials {encode(TOKEN)}"}
    with serving(CommentApi({"GET": (401, {}, said)}, lasting=True)) as api:
        done = commented(api, tmp_path, clock)

    shown = done.log.replace(f"::add-mask::{TOKEN}\n", "")
    assert "the API rejected the token (401: Bad credentials" in shown
    assert encode(TOKEN) not in shown


def test_the_token_is_masked_and_in_no_file(api: CommentApi, tmp_path: Path, clock: FakeClock) -> None:
    done = commented(api, tmp_path, clock)

    assert f"::add-mask::{TOKEN}\n" in done.log
    assert TOKEN not in done.log.replace(f"::add-mask::{TOKEN}\n", "")
    assert not any(TOKEN.encode() in data for data in done.files.values())
    assert TOKEN not in "".join(api.bodies)


def test_without_the_input_nothing_is_sent(api: CommentApi, tmp_path: Path, clock: FakeClock) -> None:
    commented(api, tmp_path, clock, comment="")

    assert [] == api.received


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("played", [PASSING, FAILING])
@pytest.mark.parametrize(
    "reply",
    [(401, {}, {}), (403, {}, {"message": "Resource not accessible"}), (404, {}, {}), (500, {}, {}), (200, {}, b"[")],
)
def test_whatever_the_api_says_the_verdict_is_the_same(
    tmp_path: Path, clock: FakeClock, method: str, played: Any, reply: tuple[int, dict[str, str], Any]
) -> None:
    with serving(CommentApi({method: reply}, lasting=True)) as api:
        done = commented(api, tmp_path, clock, played=scenario(Pizza=played))
    without = job(tmp_path, clock, scenario(Pizza=played))[0]

    assert (without.code, without.outputs["verdict"]) == (done.code, done.outputs["verdict"])
    assert done.files.keys() == without.files.keys()
    assert "::warning title=koregate::no pull request comment: the API" in done.log


def test_outputs_and_reports_are_there_before_the_first_request(tmp_path: Path, clock: FakeClock) -> None:
    there: list[tuple[bool, bool]] = []

    class Looking(CommentApi):
        def reply(self, request: Received) -> tuple[int, dict[str, str], Any]:
            written = "verdict<<" in (tmp_path / "output.txt").read_text()
            there.append((written, (tmp_path / "koregate-report" / "report.html").is_file()))
            return super().reply(request)

    with serving(Looking()) as api:
        commented(api, tmp_path, clock)

    assert {(True, True)} == set(there)


def test_an_api_that_does_not_reply_does_not_hold_the_job(tmp_path: Path, clock: FakeClock) -> None:
    class Silent(CommentApi):
        def reply(self, request: Received) -> tuple[int, dict[str, str], Any]:
            release.wait(30)
            return super().reply(request)

    release = threading.Event()
    with serving(Silent()) as api:
        done = commented(api, tmp_path, clock, request_seconds=1.5)
        release.set()

    assert 1 == done.code
    assert "::warning title=koregate::no pull request comment: the API did not reply within 1.5 s." in done.log


def test_after_a_signal_there_is_no_comment(api: CommentApi, tmp_path: Path, clock: FakeClock) -> None:
    done = commented(api, tmp_path, clock, signals=(signal.SIGTERM,))

    assert "cancelled" == done.outputs["verdict"]
    assert [] == api.received


def test_invalid_inputs_replace_the_result_of_an_earlier_run(api: CommentApi, tmp_path: Path, clock: FakeClock) -> None:
    commented(api, tmp_path, clock, played=scenario(Pizza=PASSING))
    commented(api, tmp_path, clock, 11, timeout="soon", played=scenario(Pizza=PASSING))

    (body,) = api.bodies
    assert "⚠️ koregate: the inputs are invalid, so no suite ran" in body
    assert "timeout" in body.replace("&#8203;", "")


def test_a_merge_tells_its_result_and_a_rebuilt_report_does_not(
    api: CommentApi, tmp_path: Path, clock: FakeClock
) -> None:
    job(tmp_path, clock, SIMPLE)
    (tmp_path / "one.json").write_bytes((tmp_path / "koregate-report" / "report.json").read_bytes())
    options = ["--comment=true", f"--github-token={TOKEN}"]

    environ = around(api, tmp_path)
    variables = {"KOREGATE_COMMENT": "true", "KOREGATE_GITHUB_TOKEN": TOKEN}
    run_command(["report", str(tmp_path / "koregate-report" / "raw")], tmp_path, clock, {**environ, **variables})
    assert [] == api.received

    run_command(["merge", str(tmp_path / "one.json"), "--report-dir=all", *options], tmp_path, clock, environ)
    (body,) = api.bodies
    assert "❌ Conversation tests: the suite failed&#58; Pizza" in body


def test_outside_a_pull_request_a_job_says_that_it_does_not_comment(
    api: CommentApi, tmp_path: Path, clock: FakeClock
) -> None:
    environ = {**around(api, tmp_path), "GITHUB_EVENT_PATH": ""}
    done = job(tmp_path, clock, SIMPLE, environ=environ, comment="true", github_token=TOKEN)[0]

    assert "No pull request comment: the event does not belong to a pull request." in done.log
    assert "::warning title=koregate::no pull" not in done.log
    assert [] == api.received


def test_another_token_does_not_keep_a_job_from_resuming() -> None:
    assert inputs(github_token="one").credentials == inputs(github_token="two").credentials
    assert "one" in inputs(github_token="one").secrets


def test_a_signal_ends_the_comment_at_once(tmp_path: Path, clock: FakeClock) -> None:
    release = threading.Event()
    queue: EventQueue = SimpleQueue()

    class Held(CommentApi):
        def reply(self, request: Received) -> tuple[int, dict[str, str], Any]:
            queue.put(signal.SIGTERM)
            release.wait(30)
            return super().reply(request)

    with serving(Held()) as api:
        stream = io.StringIO()
        environ = around(api, tmp_path)
        context = JobContext(environ, tmp_path, GitHub(environ, stream), clock, queue)
        options = {"comment": "true", "github-token": TOKEN}
        comment(report_of(Pizza=answer(step())), read_gate_inputs(options, {}, tmp_path), options, context)
        release.set()

    assert "A signal arrived, so there is no pull request comment. The verdict stands.\n" == stream.getvalue()
    assert 1 == len(api.received)
