"""The simulated platform: starts test runs, reports their status over HTTP, and remembers the requests."""

import json
import re
import ssl
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Literal, NamedTuple, Self
from urllib.parse import unquote, urlsplit

from koregate.simulator.answers import status_reply
from koregate.simulator.credentials import Credentials, Rejected, token_id
from koregate.simulator.faults import FaultContext, apply_fault, rejects_request
from koregate.simulator.http_server import Connection, HttpServer, Reply
from koregate.simulator.rate_limits import RATE_LIMIT_MESSAGE, RateLimits
from koregate.simulator.scenario import ANY_SUITE, Fault, Scenario, ScriptedSuite

_PATH = re.compile(r"/api/public/stream/([^/]+)/conversation/testsuite/([^/]+)/(?:run|([^/]+)/status)")
_METHODS = {"start": "POST", "status": "GET"}
# The documented sample has `configured` for a run of `inDevelopment`; the word for `published` is not documented.
_VERSIONS = {"inDevelopment": "configured", "published": "published"}
SECRET = "the-simulator-has-a-secret-that-everybody-knows-and-nobody-should-use"  # noqa: S105 -- public on purpose


class ReceivedRequest(NamedTuple):
    """One request, at a `time` in seconds of the simulator's clock.

    The stream, suite and run id are decoded and empty if the path has none; `path` and `headers` are unchanged.
    """

    time: float
    kind: Literal["start", "status", "other"]
    stream_id: str
    suite: str
    run_id: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    token: str
    jti: str | None


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
        self._stopping = threading.Event()
        self._lock = threading.RLock()
        self._runs: dict[str, _Run] = {}
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

    def starts(self, suite: str) -> list[ReceivedRequest]:
        """The start requests for a suite."""
        with self._lock:
            return [request for request in self.requests if (request.kind, request.suite) == ("start", suite)]

    def statuses(self, run_id: str) -> list[ReceivedRequest]:
        """The status requests for a run."""
        with self._lock:
            return [request for request in self.requests if (request.kind, request.run_id) == ("status", run_id)]

    def start_run(self, suite: str, version: str = "inDevelopment") -> str:
        """Start a run without a request, as another user would. Returns its id, the same in every simulator."""
        with self._lock:
            number = sum(run.suite == suite for run in self._runs.values())
            run_id = f"ctr-{uuid.uuid5(uuid.NAMESPACE_URL, f'{suite}#{number}')}"
            start_time = datetime.fromtimestamp(self._wall(), UTC).isoformat(timespec="milliseconds")
            self._runs[run_id] = _Run(suite, self._now(), start_time.replace("+00:00", "Z"), _VERSIONS[version])
            return run_id

    def _respond(self, connection: Connection) -> None:
        with self._lock:
            request = _received(connection, self._now())
            self.requests.append(request)
            is_over_limit = request.kind != "other" and self._rate_limits.record(
                (request.kind, request.run_id), request.time
            )
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
        suite = self._scenario.suite(run.suite) if run else None
        return run is not None and suite is not None and suite.has_ended(request.time - run.started)

    def _reply(self, request: ReceivedRequest, *, is_over_limit: bool) -> Reply:
        try:
            value = self._value(request, is_over_limit=is_over_limit)
        except Rejected as rejected:
            return Reply(rejected.status, rejected.body)
        # UTF-8 cannot encode a lone surrogate. Node.js would send it as the escape \udXXX, which is also JSON's.
        return Reply(200, json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace"))

    def _value(self, request: ReceivedRequest, *, is_over_limit: bool) -> object:
        """The value that the platform sends as JSON. Raises `Rejected`."""
        if request.method != _METHODS.get(request.kind):
            raise Rejected(405, "Method Not Allowed")
        self._credentials.check(request.token, request.stream_id, self._wall())
        if self._scenario.scope == "missing":
            raise Rejected(401, "Permission denied. Scope is incorrect!", 4002)
        if is_over_limit and self._scenario.limits:
            raise Rejected(429, RATE_LIMIT_MESSAGE)
        suite = self._scenario.suite(request.suite)
        if suite is None:
            raise Rejected(400, "Test Suite not found")
        return self._start(request) if request.kind == "start" else self._status(request, suite)

    def _start(self, request: ReceivedRequest) -> dict[str, str]:
        with suppress(ValueError, RecursionError):
            body = json.loads(request.body)
            if isinstance(body, dict) and body.get("version") in list(_VERSIONS) and body.get("userEmailId"):
                return {"status": "IN_PROGRESS", "testRunId": self.start_run(request.suite, body["version"])}
        raise Rejected(412, "Validation errors/ Invalid arguments")

    def _status(self, request: ReceivedRequest, suite: ScriptedSuite) -> object:
        run = self._runs.get(request.run_id)
        if run is None or run.suite != request.suite:
            raise Rejected(400, "Test Result not found.")
        ids = {
            "_id": request.run_id,
            "streamId": self.stream_id,
            "testSuiteId": f"ctc-{uuid.uuid5(uuid.NAMESPACE_URL, request.suite)}",
        }
        elapsed = request.time - run.started
        return status_reply(suite, ids, elapsed, start_time=run.start_time, version=run.version)


def _received(connection: Connection, now: float) -> ReceivedRequest:
    match = _PATH.fullmatch(urlsplit(connection.path).path)
    stream_id, suite, run_id = (unquote(part or "") for part in match.groups()) if match else ("", "", "")
    token = connection.headers.get("auth", "")
    return ReceivedRequest(
        time=now,
        kind="other" if match is None else "status" if run_id else "start",
        stream_id=stream_id,
        suite=suite,
        run_id=run_id,
        method=connection.command,
        path=connection.path,
        headers=dict(connection.headers),
        body=connection.body,
        token=token,
        jti=token_id(token),
    )
