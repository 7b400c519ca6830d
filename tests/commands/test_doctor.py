"""koregate doctor: every check against the simulator with its fault. Nothing is started, and nothing is left behind."""

import io
import json
import re
import signal
import socket
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import jwt
import pytest
from support.clock import FakeClock, WrongClock
from support.job import PASSING, command, scenario, snapshot
from support.network import PLATFORM, Proxy, authority, listening
from support.suite_files import as_json

from koregate import cli
from koregate.ci.detect import detect
from koregate.commands.context import JobContext
from koregate.commands.simulate import inputs_for
from koregate.judging.past_runs import HEADER
from koregate.runs.event_queue import EventQueue
from koregate.simulator import Simulator, load_scenario

WRONG_SECRET = "x" * 64
CHECKS = [
    *("inputs", "report-dir", "suite-names", "ci", "proxy", "host", "tls", "platform"),
    *("clock", "credentials", "scope", "suites", "training"),
]


class Found:
    """What the doctor said: the result and the message of each check, and the exit code."""

    def __init__(self, code: int, log: str) -> None:
        self.code = code
        self.log = log
        self.checks = json.loads(log)["checks"]

    def result(self, name: str) -> list[str]:
        return [check["result"] for check in self.checks if check["name"] == name]

    def message(self, name: str) -> str:
        return " ".join(check["message"] for check in self.checks if check["name"] == name)

    def failed(self) -> list[str]:
        return [check["name"] for check in self.checks if check["result"] == "fail"]

    def warned(self) -> list[str]:
        return [check["name"] for check in self.checks if check["result"] == "warn"]


def doctor(
    options: dict[str, str],
    workspace: Path,
    clock: FakeClock,
    environ: dict[str, str] | None = None,
    request_seconds: float = 5.0,
) -> Found:
    """The doctor with these inputs. Checks that not one file of the workspace changed."""
    stream = io.StringIO()
    before = snapshot(workspace) if workspace.parts[1:2] != ("proc",) else {}
    queue: EventQueue = SimpleQueue()
    around = environ or {}
    context = JobContext(around, workspace, detect(around, stream), clock, queue, request_seconds=request_seconds)
    arguments = ["doctor", "--json", *(f"--{name}={value}" for name, value in options.items() if value)]
    code = cli.run(arguments, context)
    assert before == (snapshot(workspace) if before else before)
    return Found(code, stream.getvalue())


def asked(simulator: Simulator, workspace: Path, clock: FakeClock, **options: str) -> Found:
    given = {**inputs_for(simulator), **{name.replace("_", "-"): value for name, value in options.items()}}
    found = doctor(given, workspace, clock)
    assert all(request.kind in ("status", "training") for request in simulator.requests)
    return found


def simulated(clock: FakeClock, played: Any = None) -> Simulator:
    return Simulator(played or load_scenario("passing"), now=clock.monotonic, wall=clock.wall)


def test_a_set_up_without_a_fault_is_ok_in_every_check_and_starts_nothing(tmp_path: Path, clock: FakeClock) -> None:
    with simulated(clock) as simulator:
        found = asked(simulator, tmp_path, clock)

    assert (0, CHECKS) == (found.code, [check["name"] for check in found.checks])
    assert [] == found.failed() + found.warned()
    assert [] == list(tmp_path.iterdir())
    assert ["status", "status", "training"] == [request.kind for request in simulator.requests]
    assert [] == simulator.starts("Order a pizza")
    # No line may read like trouble.
    assert "Kore.ai's API replies." == found.message("platform")
    assert "The platform accepted the token." == found.message("credentials")
    assert not re.search(r"\b400\b|not found", found.log)


@pytest.mark.parametrize(
    "wrong", [{"client-secret": WRONG_SECRET}, {"client-id": "cs-other"}, {"stream-id": "st-other"}]
)
def test_wrong_credentials_fail_with_every_cause_that_looks_the_same(
    tmp_path: Path, clock: FakeClock, wrong: dict[str, str]
) -> None:
    with simulated(clock) as simulator:
        found = asked(simulator, tmp_path, clock, **wrong)

    assert (3, ["credentials"], ["scope", "suites", "training"]) == (found.code, found.failed(), found.warned())
    assert "client-secret" in found.message("credentials")
    assert "stream-id" in found.message("credentials")
    for name in found.warned():
        assert "Not checked, because credentials failed." == found.message(name)


def test_a_wrong_scope_fails_and_is_told_from_wrong_credentials(tmp_path: Path, clock: FakeClock) -> None:
    with simulated(clock, load_scenario("credentials")) as simulator:
        found = asked(simulator, tmp_path, clock)

    assert (3, ["scope"], ["credentials", "suites", "training"]) == (found.code, found.failed(), found.warned())
    assert 'Grant "Conversation Tests Execution"' in found.message("scope")
    assert "publish the app" in found.message("scope")
    for name in found.warned():
        assert "Not checked, because scope failed." == found.message(name)


@pytest.mark.parametrize(
    ("ahead", "code", "failed", "warned"),
    [
        (180.0, 0, [], ["clock"]),
        (-180.0, 0, [], ["clock"]),
        (360.0, 3, ["clock"], []),
        (-3600.0, 3, ["clock", "credentials"], ["scope", "suites", "training"]),
    ],
)
def test_a_wrong_clock_is_reported_and_blamed_before_the_credentials(
    tmp_path: Path, ahead: float, code: int, failed: list[str], warned: list[str]
) -> None:
    clock = WrongClock(ahead)
    with simulated(clock) as simulator:
        found = asked(simulator, tmp_path, clock)

    assert (code, failed, warned) == (found.code, found.failed(), found.warned())
    assert "fast" in found.message("clock") or "slow" in found.message("clock")
    assert ("Set the clock first" in found.message("credentials")) == ("credentials" in failed)


def test_an_unknown_host_fails_and_the_rest_is_unknown(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with simulated(clock) as simulator:
        given = {**inputs_for(simulator), "host": "platfrom.kore.ai"}
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    found = doctor(given, tmp_path, clock)

    assert (4, ["host"]) == (found.code, found.failed())
    assert ["tls", "platform", "clock", "credentials", "scope", "suites", "training"] == found.warned()
    messages = {check["message"] for check in found.checks if check["result"] == "warn"}
    assert {"Not checked, because host failed."} == messages
    assert "Cannot find the host platfrom.kore.ai. Check the spelling of host." in found.message("host")


def test_a_host_that_takes_no_connections_fails(tmp_path: Path, clock: FakeClock) -> None:
    with simulated(clock) as simulator:
        given = inputs_for(simulator)
    found = doctor(given, tmp_path, clock)

    assert (4, ["host"]) == (found.code, found.failed())
    address = given["host"].removeprefix("http://")
    advice = "Start koregate simulate in another shell, or check the port."
    assert f"Nothing listens at {address}. {advice}" == found.message("host")


def test_a_simulator_without_tls_is_asked_for_with_http(tmp_path: Path, clock: FakeClock) -> None:
    with simulated(clock) as simulator:
        address = simulator.url.removeprefix("http://")
        found = asked(simulator, tmp_path, clock, host=address)

    assert (4, ["tls"]) == (found.code, found.failed())
    assert found.message("tls").endswith(f" Check host and its port, or write http://{address}.")


@pytest.mark.parametrize("trusted", [True, False])
def test_an_untrusted_certificate_fails_until_its_file_is_named(
    tmp_path: Path, clock: FakeClock, trusted: bool
) -> None:
    context, bundle = authority(tmp_path)
    with Simulator(load_scenario("passing"), now=clock.monotonic, wall=clock.wall, tls=context) as simulator:
        environ = {"REQUESTS_CA_BUNDLE": bundle} if trusted else {}
        found = doctor(inputs_for(simulator), tmp_path, clock, environ)

    assert (0, []) == (found.code, found.failed()) if trusted else (4, ["tls"]) == (found.code, found.failed())
    assert ("is trusted" if trusted else "REQUESTS_CA_BUNDLE") in found.message("tls")


@pytest.mark.parametrize("code", [403, 407, 502])
def test_a_proxy_that_refuses_fails(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    with (
        simulated(clock) as simulator,
        listening(proxy := Proxy(simulator.url, f"HTTP/1.1 {code} No\r\n\r\n".encode(), lasting=True)) as port,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:passw0rd@127.0.0.1:{port}")
        found = doctor({**inputs_for(simulator), "host": f"https://{PLATFORM}"}, tmp_path, clock)

    assert (4, ["proxy"]) == (found.code, found.failed())
    assert proxy.heads
    assert f"({code})" in found.message("proxy")
    assert "passw0rd" not in found.log


def test_a_proxy_that_lets_the_request_through_is_named(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, bundle = authority(tmp_path)
    with (
        Simulator(load_scenario("passing"), now=clock.monotonic, wall=clock.wall, tls=context) as simulator,
        listening(Proxy(simulator.url)) as port,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        given = {**inputs_for(simulator), "host": f"https://{PLATFORM}"}
        found = doctor(given, tmp_path, clock, {"REQUESTS_CA_BUNDLE": bundle})

    assert (0, []) == (found.code, found.failed())
    assert "forwards the request" in found.message("proxy")


@pytest.mark.parametrize("value", ["socks5://127.0.0.1:1", "http://user:passw0rd@"])
def test_a_proxy_whose_address_cannot_be_used_fails(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    with simulated(clock) as simulator:
        found = doctor({**inputs_for(simulator), "host": f"https://{PLATFORM}"}, tmp_path, clock)

    assert (4, ["proxy"]) == (found.code, found.failed())
    assert "passw0rd" not in found.log


def test_a_folder_that_cannot_be_written_to_fails_before_everything_else(clock: FakeClock) -> None:
    with simulated(clock) as simulator:
        # Nobody may create a file here, not even root.
        found = doctor({**inputs_for(simulator), "client-secret": WRONG_SECRET}, Path("/proc"), clock)

    assert (2, ["report-dir", "credentials"]) == (found.code, found.failed())
    assert "is not writable" in found.message("report-dir")


def test_a_file_in_the_place_of_the_folder_fails(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "koregate-report").write_text("mine")
    with simulated(clock) as simulator:
        found = asked(simulator, tmp_path, clock)

    assert (2, ["report-dir"]) == (found.code, found.failed())


def test_earlier_reports_are_neither_written_nor_removed(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "koregate-report" / "raw").mkdir(parents=True)
    for name in ("junit.xml", "report.json", "outputs.env", "resume.json", "raw/run.json"):
        (tmp_path / "koregate-report" / name).write_text("koregate")
    before = snapshot(tmp_path)
    with simulated(clock) as simulator:
        assert 0 == asked(simulator, tmp_path, clock).code
        found = asked(simulator, tmp_path, clock, client_secret=WRONG_SECRET)
        assert 3 == found.code, found.log
    assert 2 == doctor({"report-dir": "koregate-report"}, tmp_path, clock).code

    assert before == snapshot(tmp_path)


def test_unusable_inputs_fail_one_line_each_and_send_nothing(tmp_path: Path, clock: FakeClock) -> None:
    with simulated(clock) as simulator:
        found = asked(simulator, tmp_path, clock, stream_id="x", timeout="soon", user_email="")

    assert (2, ["inputs"] * 3, ["platform"]) == (found.code, found.failed(), found.warned())
    for name in ("stream-id: ", "timeout: ", "user-email is required"):
        assert name in found.message("inputs")
    assert [] == simulator.requests


def test_a_variable_with_a_misspelled_name_is_a_warning(tmp_path: Path, clock: FakeClock) -> None:
    with simulated(clock) as simulator:
        found = doctor(inputs_for(simulator), tmp_path, clock, {"KOREGATE_TIMEOUTS": "1h"})

    assert (0, ["inputs"]) == (found.code, found.warned())
    assert "did you mean KOREGATE_TIMEOUT?" in found.message("inputs")


def test_missing_credentials_in_a_fork_are_a_warning_where_a_run_would_be_skipped(
    tmp_path: Path, clock: FakeClock
) -> None:
    environ = {"TF_BUILD": "True", "SYSTEM_PULLREQUEST_ISFORK": "True"}
    with simulated(clock) as simulator:
        given = {**inputs_for(simulator), "client-id": "", "client-secret": "", "on-missing-credentials": "skip"}
        assert (0, []) == ((found := doctor(given, tmp_path, clock, environ)).code, found.failed())
        elsewhere = doctor(given, tmp_path, clock)
    assert (2, ["inputs", "inputs"]) == (elsewhere.code, elsewhere.failed())
    assert "on-missing-credentials is skip, but this is not a pull request" in elsewhere.message("inputs")


def test_a_suite_that_the_platform_does_not_know_fails(tmp_path: Path, clock: FakeClock) -> None:
    with simulated(clock) as simulator:
        found = asked(simulator, tmp_path, clock, test_suites="Opening hours\nOrder a piza")

    assert (4, ["suites"]) == (found.code, found.failed())
    assert 'does not know "Order a piza".' in found.message("suites")
    assert "one name per line" not in found.message("suites")


def test_an_unknown_name_with_a_comma_may_be_several_names(tmp_path: Path, clock: FakeClock) -> None:
    with simulated(clock) as simulator:
        found = asked(simulator, tmp_path, clock, test_suites="Opening hours, Order a pizza")

    assert found.message("suites").endswith(" Write one name per line.")


@pytest.mark.parametrize(
    ("training", "result", "said"),
    [
        ({}, "ok", "is trained and in sync"),
        ({"seconds": 60}, "warn", "training in progress. Wait until the training finishes"),
        ({"status": "Failed"}, "warn", "training Failed"),
        ({"out_of_sync": ["Sentences"]}, "warn", "out of sync with Sentences. Train the app"),
        ({"scope": "missing"}, "warn", 'Grant the scope "Train ML"'),
    ],
)
def test_a_model_that_is_not_trained_is_a_warning(
    tmp_path: Path, clock: FakeClock, training: dict[str, Any], result: str, said: str
) -> None:
    with simulated(clock, scenario(Pizza=PASSING, training=training)) as simulator:
        found = asked(simulator, tmp_path, clock, require_trained="false")

    assert (0, [result]) == (found.code, found.result("training"))
    assert said in found.message("training")


@pytest.mark.parametrize(
    ("training", "said", "code"),
    [
        (
            {"seconds": 60},
            "training in progress. Because of require-trained, koregate run waits until it has ended.",
            0,
        ),
        ({"status": "Failed"}, "Until then, koregate run ends with exit code 4, because of require-trained.", 4),
    ],
)
def test_with_require_trained_the_warning_says_what_a_run_then_does(
    tmp_path: Path, clock: FakeClock, training: dict[str, Any], said: str, code: int
) -> None:
    with simulated(clock, scenario(Pizza=PASSING, training=training)) as simulator:
        found = asked(simulator, tmp_path, clock, require_trained="true")
        given = {**inputs_for(simulator), "require-trained": "true"}
        done = command(["run", *(f"--{name}={value}" for name, value in given.items())], tmp_path, clock)

    assert (0, ["warn"], code) == (found.code, found.result("training"), done.code)
    assert found.message("training").endswith(said)


@pytest.mark.parametrize("scope", ["ok", "missing"])
def test_batch_suites_are_asked_for_where_they_are_with_their_own_scope(
    tmp_path: Path, clock: FakeClock, scope: str
) -> None:
    played = load_scenario("batch-passing").model_copy(update={"scope": scope})
    with simulated(clock, played) as simulator:
        found = asked(simulator, tmp_path, clock)

    assert (0, []) == (found.code, found.failed()) if scope == "ok" else (3, ["scope"]) == (found.code, found.failed())
    assert '"Batch Tests Execution"' in found.message("scope")
    assert all(request.is_batch and request.run_id.startswith("tr-") for request in simulator.requests[:1])
    assert ("It may check them only when a run starts." in found.message("suites")) == (scope == "ok")


def test_credentials_that_were_probably_copied_wrongly_are_a_warning(tmp_path: Path, clock: FakeClock) -> None:
    with simulated(clock) as simulator:
        found = asked(simulator, tmp_path, clock, client_secret=f"{simulator.client_secret} ")

    assert (3, ["inputs"]) == (found.code, found.warned()[:1])
    assert "client-secret begins or ends with a space." in found.message("inputs")
    assert simulator.client_secret not in found.message("inputs")


def test_names_that_are_easily_mistyped_are_a_warning(tmp_path: Path, clock: FakeClock) -> None:
    names = "Order a pizza\norder a Pizza\nOrder\u00a0a pizza"
    with simulated(clock, scenario(**{"*": PASSING})) as simulator:
        given = {"suite_kind": "conversation", "user_email": simulator.user_email, "test_suites": names}
        found = asked(simulator, tmp_path, clock, **given)

    assert (0, ["suite-names"]) == (found.code, found.warned())
    assert "differ only by case" in found.message("suite-names")
    assert "U+00A0" in found.message("suite-names")


@pytest.mark.parametrize(
    ("fault", "code", "failed", "warned"),
    [
        ({"fault": "http", "code": 503}, 4, ["platform"], ["credentials", "scope", "suites", "training"]),
        ({"fault": "http", "code": 503, "requests": "1-2"}, 0, [], []),
        ({"fault": "http", "code": 412, "message": "Odd"}, 0, [], ["credentials", "scope", "suites", "training"]),
        (
            {"fault": "http", "code": 400, "message": "Test Result not found. Invalid SDK credentials"},
            *(0, [], ["credentials", "scope", "suites", "training"]),
        ),
        ({"fault": "http", "code": 403}, 3, ["credentials"], ["scope", "suites", "training"]),
        ({"fault": "redirect"}, 4, ["platform"], ["credentials", "scope", "suites", "training"]),
        ({"fault": "html"}, 4, ["platform"], ["credentials", "scope", "suites", "training"]),
        ({"fault": "close"}, 4, ["platform"], ["clock", "credentials", "scope", "suites", "training"]),
        ({"fault": "silence"}, 4, ["platform"], ["clock", "credentials", "scope", "suites", "training"]),
        ({"fault": "json-other"}, 0, [], ["credentials", "scope", "suites", "training"]),
    ],
    ids=str,
)
def test_what_says_nothing_of_the_credentials_proves_nothing(
    tmp_path: Path, clock: FakeClock, fault: dict[str, Any], code: int, failed: list[str], warned: list[str]
) -> None:
    with simulated(clock, scenario(Pizza=PASSING, faults=[fault])) as simulator:
        found = doctor(inputs_for(simulator), tmp_path, clock, request_seconds=0.3)

    assert (code, failed, warned) == (found.code, found.failed(), found.warned())
    unknown = "Not checked, because the credentials could not be checked."
    assert (found.message("suites") == unknown) == (found.message("credentials").startswith("Cannot tell: "))


def token(simulator: Simulator, clock: FakeClock, **claims: Any) -> str:
    valid = {"appId": simulator.client_id, "sub": "ci", "exp": int(clock.wall()) + 600}
    return jwt.encode({**valid, **claims}, simulator.client_secret)


def test_a_ready_made_token_with_a_jti_is_used_for_one_request_and_warned_of(tmp_path: Path, clock: FakeClock) -> None:
    with simulated(clock) as simulator:
        given = {"client_id": "", "client_secret": ""}
        once = asked(simulator, tmp_path, clock, jwt=token(simulator, clock, jti="1"), **given)
        requests = len(simulator.requests)
        again = asked(simulator, tmp_path, clock, jwt=token(simulator, clock, jti="1"), **given)
        lasting = asked(simulator, tmp_path, clock, jwt=token(simulator, clock), **given)
        broken = asked(simulator, tmp_path, clock, jwt="not.a.token", **given)

    assert (0, ["credentials", "training"], 1) == (once.code, once.warned(), requests)
    assert (3, ["credentials"]) == (again.code, again.failed())
    assert "used before" in again.message("credentials")
    assert (0, []) == (lasting.code, lasting.warned())
    assert "cannot read the token" in broken.message("credentials")


def test_secrets_are_in_no_line(tmp_path: Path, clock: FakeClock) -> None:
    secret = "a-secret-that-the-platform-repeats-0123456789"
    with Simulator(
        scenario(Pizza=PASSING, faults=[{"fault": "echo-auth"}]),
        now=clock.monotonic,
        wall=clock.wall,
        client_secret=secret,
    ) as simulator:
        found = asked(simulator, tmp_path, clock)
        done = command(
            ["doctor", *(f"--{name}={text}" for name, text in inputs_for(simulator).items())], tmp_path, clock
        )

    assert secret not in found.log
    shown = "\n".join(line for line in done.log.splitlines() if not line.startswith("::add-mask::"))
    for text in (shown, done.summary, str(done.outputs)):
        assert secret not in text
        assert all(request.token not in text for request in simulator.requests)


def test_as_an_action_it_writes_every_output_with_verdict_skipped_and_no_report(
    tmp_path: Path, clock: FakeClock
) -> None:
    with simulated(clock) as simulator:
        given = inputs_for(simulator)
        environ = {"INPUT_COMMAND": "doctor", **{f"INPUT_{name.upper()}": text for name, text in given.items()}}
        done = command([], tmp_path, clock, environ)
        wrong = command([], tmp_path, clock, {**environ, "INPUT_CLIENT-SECRET": WRONG_SECRET})

    assert (0, "skipped", "0") == (done.code, done.outputs["verdict"], done.outputs["exit-code"])
    assert (3, "skipped", "3") == (wrong.code, wrong.outputs["verdict"], wrong.outputs["exit-code"]), wrong.log
    assert ("", "", "") == tuple(done.outputs[f"{name}-path"] for name in ("junit", "json", "html"))
    assert {"output.txt", "summary.md"} == {path.name for path in tmp_path.iterdir()}
    assert "ok    credentials: " in done.log
    assert "fail  credentials: " in wrong.log
    assert "::error title=koregate::Doctor: 9 of 13 checks ok, 1 failed (credentials), 3 not checked" in wrong.log
    assert "## Doctor&#58; 9 of 13 checks ok, 1 failed" in wrong.summary
    assert "| ❌ fail | credentials |" in wrong.summary
    assert [] == [request for request in simulator.requests if request.kind == "start"]


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_its_exit_code(tmp_path: Path, clock: FakeClock, signum: int) -> None:
    with simulated(clock, scenario(Pizza=PASSING, faults=[{"fault": "silence"}])) as simulator:
        arguments = ["doctor", *(f"--{name}={text}" for name, text in inputs_for(simulator).items())]
        done = command(arguments, tmp_path, clock, signals=(signum,))

    assert (128 + signum, "cancelled") == (done.code, done.outputs["verdict"])
    assert not done.folder.exists()


def test_no_variable_turns_a_gate_into_a_check(tmp_path: Path, clock: FakeClock) -> None:
    with simulated(clock, scenario(Pizza=PASSING)) as simulator:
        given = {f"KOREGATE_{name.upper().replace('-', '_')}": text for name, text in inputs_for(simulator).items()}
        set_before = {"INPUT_COMMAND": "doctor", "KOREGATE_COMMAND": "doctor", "COMMAND": "doctor"}
        done = command([], tmp_path, clock, {**given, **set_before})

    assert ("passed", 1) == (done.outputs["verdict"], len(simulator.starts("Pizza")))


def test_a_command_that_the_action_does_not_have_is_an_input_error(tmp_path: Path, clock: FakeClock) -> None:
    with simulated(clock) as simulator:
        environ = {f"INPUT_{name.upper()}": text for name, text in inputs_for(simulator).items()}
        done = command([], tmp_path, clock, {**environ, "INPUT_COMMAND": "demo"})

    assert (2, "error", []) == (done.code, done.outputs["verdict"], simulator.requests)
    assert 'command: "demo" is not one of run, doctor.' in done.log


FILE_CHECKS = [CHECKS[0], "suite-files", *CHECKS[1:-1], "imports", CHECKS[-1]]
FILES = {"suite-files": "suites/*.json", "suite-kind": "batch", "test-suites": ""}


def suite_files(workspace: Path, *names: str) -> None:
    for name in names:
        path = workspace / "suites" / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(as_json([{"input": "hi", "intent": "Greet"}]))


def with_files(workspace: Path, clock: FakeClock, played: Any, **options: str) -> tuple[Found, Simulator]:
    """What the doctor says of a set-up with the suite files of the workspace."""
    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        named = {name.replace("_", "-"): value for name, value in options.items()}
        return doctor({**inputs_for(simulator), **FILES, **named}, workspace, clock), simulator


def test_suite_files_are_checked_and_nothing_is_imported(tmp_path: Path, clock: FakeClock) -> None:
    suite_files(tmp_path, "One", "Two")
    batch = {"pr-7-Two": {"description": f"koregate sha256:{'0' * 64}"}}

    found, simulator = with_files(tmp_path, clock, scenario(batch_suites=batch), suite_prefix="pr-7-")

    expected = [name for name in FILE_CHECKS if name != "suite-names"]
    assert (0, expected) == (found.code, [check["name"] for check in found.checks])
    assert "2 files in the platform's format, with 2 utterances." == found.message("suite-files")
    assert "A run would import 2 suites, 1 of which is new." in found.message("imports")
    assert {"status", "list", "training"} == {request.kind for request in simulator.requests}
    assert "All test suites are from suite files" in found.message("suites")


def test_a_suite_file_that_is_not_in_the_platforms_form_fails_and_nothing_is_asked(
    tmp_path: Path, clock: FakeClock
) -> None:
    suite_files(tmp_path, "One")
    (tmp_path / "suites" / "Two.json").write_text("{}")

    found, simulator = with_files(tmp_path, clock, scenario(imports={}))
    other, _ = with_files(tmp_path, clock, scenario(imports={}), timeout="soon")

    assert (2, ["suite-files"], []) == (found.code, found.failed(), simulator.requests)
    assert "suites/Two.json: line 1, testCases is missing." in found.message("suite-files")
    assert (2, ["inputs", "suite-files"]) == (other.code, other.failed())


def test_suite_files_are_as_usable_without_a_host(tmp_path: Path, clock: FakeClock) -> None:
    suite_files(tmp_path, "One", "Two")

    found = doctor(FILES, tmp_path, clock)

    assert (["inputs"] * 3, ["ok"]) == (found.failed(), found.result("suite-files"))
    assert "2 files in the platform's format, with 2 utterances." == found.message("suite-files")


@pytest.mark.parametrize("wrong", [{"suite-files": "/elsewhere/*.json"}, {"suite-prefix": "x" * 101}], ids=str)
def test_suite_files_that_the_inputs_do_not_name_are_not_checked(
    tmp_path: Path, clock: FakeClock, wrong: dict[str, str]
) -> None:
    suite_files(tmp_path, "One")

    found = doctor({**FILES, **wrong}, tmp_path, clock)

    assert ["warn"] == found.result("suite-files")
    assert "Not checked, because the input cannot be used." == found.message("suite-files")


@pytest.mark.parametrize(
    ("played", "code", "result", "said"),
    [
        ({"imports": {"scope": "missing"}}, 3, "fail", 'Grant the scope "Batch Tests Management"'),
        ({"batch_suites": {"One": {"description": "by hand"}}}, 2, "fail", "that koregate did not import. Rename"),
        ({"imports": {}, "faults": [{"on": "list", "fault": "html"}]}, 0, "warn", "Cannot tell"),
        ({"imports": {}, "faults": [{"on": "list", "fault": "http 500"}]}, 0, "warn", "Cannot tell"),
    ],
    ids=str,
)
def test_what_would_keep_a_file_from_being_imported_is_reported(
    tmp_path: Path, clock: FakeClock, played: dict[str, Any], code: int, result: str, said: str
) -> None:
    suite_files(tmp_path, "One")

    found, simulator = with_files(tmp_path, clock, scenario(**played))

    assert (code, [result]) == (found.code, found.result("imports"))
    assert said in found.message("imports")
    assert {"upload", "import", "start"}.isdisjoint(request.kind for request in simulator.requests)


@pytest.mark.parametrize(
    ("files", "known", "said"),
    [
        (["One"], [], "1 suite, which is new."),
        (["One"], ["One"], "1 suite, which was imported before."),
        (["One", "Two"], [], "2 suites, all of which are new."),
        (["One", "Two"], ["One", "Two"], "2 suites, all of which were imported before."),
        (["One", "Two", "Six"], ["One"], "3 suites, 2 of which are new."),
    ],
)
def test_the_suites_that_a_run_would_import_are_counted(
    tmp_path: Path, clock: FakeClock, files: list[str], known: list[str], said: str
) -> None:
    suite_files(tmp_path, *files)
    batch = {name: {"description": f"koregate sha256:{'0' * 64}"} for name in known}

    found, _ = with_files(tmp_path, clock, scenario(batch_suites=batch or {"Other": {}}))

    assert found.message("imports").endswith(f" A run would import {said}")


@pytest.mark.parametrize(("prefix", "results"), [("", ["ok", "warn"]), ("pr-7-", ["ok"])])
def test_a_pull_request_is_warned_of_suite_files_without_a_prefix(
    tmp_path: Path, clock: FakeClock, prefix: str, results: list[str]
) -> None:
    suite_files(tmp_path, "One")
    with Simulator(scenario(imports={}), now=clock.monotonic, wall=clock.wall) as simulator:
        options = {**inputs_for(simulator), **FILES, "suite-prefix": prefix}
        found = doctor(options, tmp_path, clock, {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request"})

    assert results == found.result("suite-files")


def test_no_other_folder_is_checked_in_place_of_an_unusable_one(tmp_path: Path, clock: FakeClock) -> None:
    with simulated(clock) as simulator:
        found = doctor({**inputs_for(simulator), "report-dir": "/proc/foo"}, tmp_path, clock)

    assert (2, ["inputs"], ["warn"]) == (found.code, found.failed(), found.result("report-dir"))
    assert "Not checked, because the input cannot be used." == found.message("report-dir")


def test_variables_of_several_ci_systems_are_a_warning(tmp_path: Path, clock: FakeClock) -> None:
    with simulated(clock) as simulator:
        found = doctor(inputs_for(simulator), tmp_path, clock, {"GITLAB_CI": "true", "CIRCLECI": "true"})
        one = doctor(inputs_for(simulator), tmp_path, clock, {"GITLAB_CI": "true"})

    assert (["warn"], ["ok"]) == (found.result("ci"), one.result("ci"))
    assert "GITLAB_CI and CIRCLECI name different CI systems. Unset the variables" in found.log


def test_the_table_of_the_docs_names_every_check() -> None:
    text = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text()

    assert FILE_CHECKS == re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE)


def test_a_check_with_several_problems_counts_once(tmp_path: Path, clock: FakeClock) -> None:
    done = command(["doctor"], tmp_path, clock, {"KOREGATE_HOST": "http://platform.kore.ai", "KOREGATE_TIMEOUT": "x"})

    assert re.search(r"Doctor: \d of \d checks ok, 1 failed \(inputs: \d problems\)", done.log)


@pytest.mark.parametrize(
    ("option", "content"),
    [
        ("quarantine", None),
        ("quarantine", "[[quarantine]"),
        ("quarantine", '[[quarantine]]\nsuite = "Pizza"\nreason = "x"\nowner = "ann"\nuntil = 2099-01-01\n'),
        ("baseline", "{}"),
        ("history", "somebody else's\n"),
        ("history", "a report"),
    ],
)
def test_a_file_that_keeps_a_run_from_starting_fails_in_the_words_of_the_run(
    tmp_path: Path, clock: FakeClock, option: str, content: str | None
) -> None:
    path = "koregate-report/report.json" if content == "a report" else "named"
    if content not in (None, "a report"):
        (tmp_path / path).write_text(str(content))
    with simulated(clock) as simulator:
        given = {**inputs_for(simulator), option: path}
        found = doctor(given, tmp_path, clock)
        done = command(["run", *(f"--{name}={value}" for name, value in given.items())], tmp_path, clock)

    assert (2, {"inputs"}) == (found.code, {*found.failed()})
    assert done.code == found.code
    assert f"{option}: " in found.message("inputs")
    assert all(line in found.message("inputs") for line in done.problems)
    assert not simulator.requests


def test_a_history_that_a_run_would_move_aside_is_a_warning_and_stays(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "history").write_text(f"{HEADER}\ncut")
    with simulated(clock) as simulator:
        found = asked(simulator, tmp_path, clock, history="history")
        new = asked(simulator, tmp_path, clock, history="cache/history")

    assert (0, ["inputs"]) == (found.code, found.warned())
    assert "A run moves history aside and begins a new history: it is too large or incomplete." in found.message(
        "inputs"
    )
    assert (0, []) == (new.code, new.warned())


def test_each_file_that_cannot_be_read_has_a_line_and_a_file_of_the_base_branch_may_be_missing(
    tmp_path: Path, clock: FakeClock
) -> None:
    (tmp_path / "folder").mkdir()
    with simulated(clock) as simulator:
        both = asked(simulator, tmp_path, clock, quarantine="gone.toml", quarantine_base="folder", baseline="folder")
        (tmp_path / "ours.toml").write_text("")
        missing = asked(simulator, tmp_path, clock, quarantine="ours.toml", quarantine_base="gone", baseline="gone")

    failed = [check["message"].split(":")[0] for check in both.checks if check["result"] == "fail"]
    assert (["quarantine", "quarantine-base", "baseline"], 2) == (failed, both.code)
    assert (0, ["ok"]) == (missing.code, missing.result("inputs"))
