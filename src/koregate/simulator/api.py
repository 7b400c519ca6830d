"""The simulated platform: starts test runs, reports their status over HTTP, and remembers the requests."""

import json
import ssl
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple, Self
from urllib.parse import parse_qs, urlsplit

from koregate.simulator.answers import linked_results, status_reply
from koregate.simulator.batch_answers import batch_reply, result_file
from koregate.simulator.batch_scenario import ScriptedBatchSuite, ScriptedUtterance
from koregate.simulator.credentials import Credentials, Rejected
from koregate.simulator.faults import FaultContext, apply_fault, rejects_request
from koregate.simulator.http_server import Connection, HttpServer, Reply
from koregate.simulator.rate_limits import RATE_LIMIT_MESSAGE, RateLimits
from koregate.simulator.routes import LIMITED_BY_APP, METHODS, ReceivedRequest, received
from koregate.simulator.scenario import ANY_SUITE, Fault, Scenario, ScriptedSuite
from koregate.simulator.suite_store import SuiteStore
from koregate.simulator.training_status import training_status

# The documented sample has `configured` for a run of `inDevelopment`; the word for `published` is not documented.
_VERSIONS = {"inDevelopment": "configured", "published": "published"}
_ENGINES = ("regression", "dgpt")
SECRET = "the-simulator-has-a-secret-that-everybody-knows-and-nobody-should-use"  # noqa: S105 -- public on purpose


class HandledRequest(NamedTuple):
    """One request, the platform's reply to it, and the fault that replaces or spoils the reply, if one does."""

    request: ReceivedRequest
    reply: Reply
    fault: Fault | None


class _Run(NamedTuple):
    suite: str
    started: float
    start_time: str
    version: str
    # The suite as it was at the start, and as this run has it.
    scripted: ScriptedSuite | ScriptedBatchSuite | None
    is_batch: bool = False


class Simulator:
    """A platform on a free port of the loopback address. A context manager.

    `now` and `wall` are the clocks of the runs and of the tokens. Tests pass clocks that do not wait.
    `requests` has every request so far. `limit_violations` counts those over a rate limit, enforced or not.
    `bytes_sent` counts the bytes of huge replies. `on_request` is called for each request, in its thread.
    """

    def __init__(  # noqa: PLR0913 -- all but the scenario are keywords with a default
        self,
        scenario: Scenario,
        *,
        port: int = 0,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        stream_id: str = "st-simulator",
        client_id: str = "cs-simulator",
        client_secret: str = SECRET,
        user_email: str = "developer@example.com",
        tls: ssl.SSLContext | None = None,
        on_request: Callable[[HandledRequest], object] = bool,
    ) -> None:
        self.stream_id = stream_id
        self.client_id = client_id
        self.client_secret = client_secret
        self.user_email = user_email
        self.requests: list[ReceivedRequest] = []
        self.limit_violations = 0
        self.bytes_sent = 0
        self._scenario = scenario
        self._on_request = on_request
        self._now = now
        self._wall = wall
        self._began = now()
        self._stopping = threading.Event()
        self._lock = threading.RLock()
        self._runs: dict[str, _Run] = {}
        self._store = SuiteStore(scenario)
        self._first_training_request: float | None = None
        self._rate_limits = RateLimits()
        self._fault_counts: Counter[tuple[int, str]] = Counter()
        self._credentials = Credentials(stream_id, client_id, client_secret)
        self._server = HttpServer(port, self._respond, wall=wall, tls=tls)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True, name="simulator").start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def suites(self) -> list[str]:
        """The names of the scripted suites."""
        return [name for name in self._scenario.suites if name != ANY_SUITE]

    @property
    def batch_suites(self) -> list[str]:
        """The names of the scripted batch suites."""
        return [name for name in self._scenario.batch_suites if name != ANY_SUITE]

    @property
    def is_about_training(self) -> bool:
        """Whether the scenario says how the training of the app's model goes."""
        return "training" in self._scenario.model_fields_set

    @property
    def batch_suites_now(self) -> dict[str, str]:
        """The descriptions of all batch suites by name, imported ones too."""
        with self._lock:
            return self._store.descriptions(self._now())

    @property
    def suite_files(self) -> dict[str, bytes]:
        """The suite files of the scenario by name, for whoever runs them."""
        files = self._scenario.files.items()
        return {name: f"{json.dumps(value, indent=2, ensure_ascii=False)}\n".encode() for name, value in files}

    def starts(self, suite: str) -> list[ReceivedRequest]:
        """The start requests for a suite."""
        with self._lock:
            return [request for request in self.requests if (request.kind, request.suite) == ("start", suite)]

    def statuses(self, run_id: str) -> list[ReceivedRequest]:
        """The status requests for a run."""
        with self._lock:
            return [request for request in self.requests if (request.kind, request.run_id) == ("status", run_id)]

    @property
    def files(self) -> list[ReceivedRequest]:
        """The requests for result files."""
        with self._lock:
            return [request for request in self.requests if request.kind == "file"]

    def start_run(self, suite: str, version: str = "inDevelopment", *, is_batch: bool = False) -> str:
        """Start a run without a request, as another user would. Returns its id, the same in every simulator."""
        with self._lock:
            number = sum((run.suite, run.is_batch) == (suite, is_batch) for run in self._runs.values())
            scripted = self._suite(suite, is_batch=is_batch)
            if isinstance(scripted, ScriptedSuite) and scripted.same_run:
                number = 0
            prefix = "tr" if is_batch else "ctr"
            run_id = f"{prefix}-{uuid.uuid5(uuid.NAMESPACE_URL, f'{suite}#{number}')}"
            start_time = datetime.fromtimestamp(self._wall(), UTC).isoformat(timespec="milliseconds")
            told = version if is_batch else _VERSIONS[version]
            in_run = None if scripted is None else scripted.in_run(number)
            self._runs[run_id] = _Run(suite, self._now(), start_time.replace("+00:00", "Z"), told, in_run, is_batch)
            return run_id

    def replace_suite(self, suite: str, *utterances: str, description: str | None = None) -> None:
        """Import other utterances into a batch suite without a request, as another job would. All of them pass."""
        changed = {} if description is None else {"description": description}
        with self._lock:
            scripted = [ScriptedUtterance(say=say, intent="") for say in utterances]
            self._store.replace(suite, scripted, self._now(), **changed)

    def file_link(self, run_id: str) -> str:
        """The signed address of a run's result file."""
        ending = "csv" if self._runs[run_id].is_batch else "json"
        signed = f"e=1795600000&n=2501205681&s={uuid.uuid5(uuid.NAMESPACE_OID, run_id).hex}$$"
        return (
            f"{self.url}/api/getMediaStream/media/f-{run_id}.{ending}?{signed}&clientfilename=results.{ending}"
            "&batchtesting=true"
        )

    def _respond(self, connection: Connection) -> None:
        with self._lock:
            request = self._with_suite(received(connection, self._now()))
            self.requests.append(request)
            is_over_limit = self._is_over_limit(request)
            self.limit_violations += is_over_limit
            fault = self._fault_for(request)
            # A rejected request must not start a run. The fault then sends a reply of its own.
            is_rejected = fault is not None and rejects_request(fault)
            reply = Reply(200, b"") if is_rejected else self._reply(request, is_over_limit=is_over_limit)
        self._on_request(HandledRequest(request, reply, fault))
        if fault is None:
            connection.send_reply(*reply)
        else:
            apply_fault(
                FaultContext(
                    connection,
                    fault,
                    reply,
                    self.url,
                    self.client_secret,
                    self._wall,
                    self._stopping,
                    self._count_bytes,
                )
            )

    def _is_over_limit(self, request: ReceivedRequest) -> bool:
        if request.kind in LIMITED_BY_APP:
            return self._rate_limits.record(("app", ""), request.time)
        return request.kind == "status" and self._rate_limits.record(("status", request.run_id), request.time)

    def _with_suite(self, request: ReceivedRequest) -> ReceivedRequest:
        """The request with the suite whose run it is about, if it is one for a file."""
        run = self._runs.get(request.run_id)
        return request._replace(suite=run.suite) if request.kind == "file" and run else request

    def _suite(self, name: str, *, is_batch: bool) -> ScriptedSuite | ScriptedBatchSuite | None:
        return self._store.suite(name) if is_batch else self._scenario.suite(name)

    def _count_bytes(self, number: int) -> None:
        with self._lock:
            self.bytes_sent += number

    def _fault_for(self, request: ReceivedRequest) -> Fault | None:
        """The first fault that applies to the request. The others count the request too."""
        if request.kind == "other":
            return None
        has_ended = self._has_ended(request)
        applicable = []
        for number, fault in enumerate(self._scenario.faults):
            if fault.counts_request(request.kind, request.suite):
                key = (number, request.suite)
                self._fault_counts[key] += 1
                if fault.applies_to(self._fault_counts[key], has_ended=has_ended):
                    applicable.append(fault)
        return next(iter(applicable), None)

    def _has_ended(self, request: ReceivedRequest) -> bool:
        run = self._runs.get(request.run_id)
        suite = run.scripted if run else None
        return run is not None and suite is not None and suite.has_ended(request.time - run.started)

    def _reply(self, request: ReceivedRequest, *, is_over_limit: bool) -> Reply:
        try:
            if request.kind == "file":
                return Reply(200, self._file(request))
            value = self._value(request, is_over_limit=is_over_limit)
        except Rejected as rejected:
            return Reply(rejected.status, rejected.body)
        # UTF-8 cannot encode a lone surrogate. Node.js would send it as the escape \udXXX, which is also JSON's.
        return Reply(200, json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace"))

    def _value(self, request: ReceivedRequest, *, is_over_limit: bool) -> object:
        """The value that the platform sends as JSON. Raises `Rejected`."""
        if request.method != METHODS.get(request.kind):
            raise Rejected(405, "Method Not Allowed")
        # An upload names no app.
        self._credentials.check(request.token, request.stream_id or self.stream_id, self._wall())
        if self._scenario.scope == "missing":
            raise Rejected(401, "Permission denied. Scope is incorrect!", 4002)
        if is_over_limit and self._scenario.limits:
            raise Rejected(429, RATE_LIMIT_MESSAGE)
        if request.kind == "training":
            return self._training(request)
        if request.kind not in ("start", "status"):
            return self._manage_suites(request)
        if self._suite(request.suite, is_batch=request.is_batch) is None:
            raise Rejected(400, "Test Suite not found")
        if request.kind == "status":
            return self._status(request)
        return self._start_batch(request) if request.is_batch else self._start(request)

    def _manage_suites(self, request: ReceivedRequest) -> dict[str, object]:
        """The calls about suite files. No page names a scope for an upload."""
        if request.kind == "upload":
            return {**self._store.upload(request.headers.get("Content-Type", ""), request.body)}
        if self._scenario.imports.scope == "missing":
            raise Rejected(401, "Permission denied. Scope is incorrect!", 4002)
        if request.kind == "import":
            return self._store.import_suite(request.body, request.time)
        if request.kind == "delete":
            return {**self._store.delete(request.suite)}
        return self._store.page(parse_qs(urlsplit(request.path).query), request.time)

    def _start_batch(self, request: ReceivedRequest) -> dict[str, str]:
        """The code and the words of a refusal are undocumented. The user guide has such words for a cancellation."""
        if self._is_busy(request.time):
            raise Rejected(400, "Wait for one test suite execution to complete before you start another one.")
        with suppress(ValueError, RecursionError):
            body = json.loads(request.body)
            engine = body.get("engine", "regression") if isinstance(body, dict) else ""
            if engine in _ENGINES and body.get("version") in list(_VERSIONS):
                return {"status": "accepted", "requestId": self._race(request.suite, body["version"])}
        raise Rejected(412, "Validation errors/ Invalid arguments")

    def _race(self, suite: str, version: str) -> str:
        """Start a batch run, while another job imports as many other utterances if the scenario says so."""
        scripted, other_job = self._store.suite(suite), self._scenario.imports.other_job
        others = [f"of another job {number}" for number, _ in enumerate(scripted.utterances if scripted else (), 1)]
        if other_job == "before-run":
            self.replace_suite(suite, *others)
        run_id = self.start_run(suite, version, is_batch=True)
        if other_job == "during-run":
            self.replace_suite(suite, *others)
        return run_id

    def _is_busy(self, now: float) -> bool:
        """Whether a batch run is under way: the platform runs only one at a time."""
        batch_runs = (run for run in self._runs.values() if run.is_batch)
        return (
            now - self._began < self._scenario.busy
            or now < self._store.busy_until
            or any(run.scripted is not None and not run.scripted.has_ended(now - run.started) for run in batch_runs)
        )

    def _file(self, request: ReceivedRequest) -> bytes:
        """The result file, for whoever has its link. Raises `Rejected`."""
        run = self._runs.get(request.run_id)
        suite = run.scripted if run else None
        if suite is None or not self.file_link(request.run_id).endswith(request.path) or request.method != "GET":
            raise Rejected(403, "Forbidden")
        if isinstance(suite, ScriptedBatchSuite):
            return result_file(suite, request.suite)
        return json.dumps(linked_results(suite, request.run_id)).encode()

    def _training(self, request: ReceivedRequest) -> dict[str, object]:
        asked = parse_qs(urlsplit(request.path).query)
        if asked.get("state", ["configured"])[0] not in _VERSIONS.values():
            raise Rejected(412, "Validation errors/ Invalid arguments")
        if self._scenario.training.scope == "missing":
            raise Rejected(401, "Permission denied. Scope is incorrect!", 4002)
        if self._first_training_request is None:
            self._first_training_request = request.time
        return training_status(self._scenario.training, request.time - self._first_training_request)

    def _start(self, request: ReceivedRequest) -> dict[str, str]:
        with suppress(ValueError, RecursionError):
            body = json.loads(request.body)
            if isinstance(body, dict) and body.get("version") in list(_VERSIONS) and body.get("userEmailId"):
                return {"status": "IN_PROGRESS", "testRunId": self.start_run(request.suite, body["version"])}
        raise Rejected(412, "Validation errors/ Invalid arguments")

    def _status(self, request: ReceivedRequest) -> object:
        run = self._runs.get(request.run_id)
        suite = run.scripted if run else None
        if run is None or suite is None or (run.suite, run.is_batch) != (request.suite, request.is_batch):
            raise Rejected(400, "Test Result not found.")
        ids = {
            "_id": request.run_id,
            "streamId": self.stream_id,
            "testSuiteId": f"{'ts' if run.is_batch else 'ctc'}-{uuid.uuid5(uuid.NAMESPACE_URL, request.suite)}",
        }
        elapsed = request.time - run.started
        if suite.link is None:
            suite = suite.model_copy(update={"link": self.file_link(request.run_id)})
        if isinstance(suite, ScriptedBatchSuite):
            return batch_reply(suite, ids, elapsed, start_time=run.start_time, version=run.version)
        return status_reply(suite, ids, elapsed, start_time=run.start_time, version=run.version)
