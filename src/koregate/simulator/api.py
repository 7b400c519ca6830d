"""The simulated platform: serves start and status of test suites over HTTP, and remembers what it was asked."""

from __future__ import annotations

import json
import re
import threading
import time
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, Self
from urllib.parse import unquote, urlsplit

from koregate.simulator import answers, faults, http_server
from koregate.simulator.credentials import Credentials, Refused, token_id
from koregate.simulator.rate_limits import LIMIT_MESSAGE, Limits
from koregate.simulator.scenario import ANY_SUITE

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from koregate.simulator.scenario import Fault, Scenario, ScriptedSuite

_PATH = re.compile(r"/api/public/stream/([^/]+)/conversation/testsuite/([^/]+)/(?:run|([^/]+)/status)")
_SPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
_METHODS = {"start": "POST", "status": "GET"}
# The documented sample answers `configured` to a run of `inDevelopment`; the word for `published` is not documented.
_VERSIONS = {"inDevelopment": "configured", "published": "published"}
SECRET = "the-simulator-has-a-secret-that-everybody-knows-and-nobody-should-use"  # noqa: S105 -- public on purpose


class Asked(NamedTuple):
    """One request: `kind` is start, status or other, `time` the simulator's clock in seconds.

    `suite` and `run_id` are decoded; `path` and `headers` are as they came.
    """

    time: float
    kind: str
    suite: str
    run_id: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    jti: str | None


class _Run(NamedTuple):
    suite: str
    started: float
    start_time: str
    version: str


class Simulator:
    """A platform on a free port of the loopback address. A context manager.

    `now` and `wall` are the clocks of the runs and of the tokens: tests hand in clocks that do not wait.
    """

    def __init__(  # noqa: PLR0913 -- each has a default, all but the scenario are keywords
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
    ) -> None:
        self.scenario = scenario
        self.now = now
        self.wall = wall
        self.stream_id = stream_id
        self.client_id = client_id
        self.client_secret = client_secret
        self.user_email = user_email
        self.asked: list[Asked] = []
        self.breaches = 0
        self.poured = 0
        self.stopping = threading.Event()
        self._lock = threading.RLock()
        self._runs: dict[str, _Run] = {}
        self._limits = Limits()
        self._counts: dict[tuple[int, str], int] = {}
        self._credentials = Credentials(stream_id, client_id, client_secret)
        self._server = http_server.Server(port, type("BoundHandler", (http_server.Handler,), {"simulator": self}), tls)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True, name="simulator").start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def suites(self) -> list[str]:
        """The names of the scripted suites."""
        return [name for name in self.scenario.suites if name != ANY_SUITE]

    def starts(self, suite: str) -> list[Asked]:
        """The start requests for a suite."""
        with self._lock:
            return [one for one in self.asked if (one.kind, one.suite) == ("start", suite)]

    def statuses(self, run_id: str) -> list[Asked]:
        """The status requests for a run."""
        with self._lock:
            return [one for one in self.asked if (one.kind, one.run_id) == ("status", run_id)]

    def begin(self, suite: str, version: str = "inDevelopment") -> str:
        """Start a run without a request, as another user would; returns its id, the same in every simulator."""
        with self._lock:
            number = sum(1 for run in self._runs.values() if run.suite == suite)
            run_id = f"ctr-{uuid.uuid5(_SPACE, f'{suite}#{number}')}"
            moment = datetime.fromtimestamp(self.wall(), UTC).isoformat(timespec="milliseconds")
            self._runs[run_id] = _Run(suite, self.now(), moment.replace("+00:00", "Z"), _VERSIONS[version])
            return run_id

    def answer(self, handler: http_server.Handler) -> None:
        """Answer one request."""
        match = _PATH.fullmatch(urlsplit(handler.path).path)
        stream, suite, run_id = (unquote(part or "") for part in match.groups()) if match else ("", "", "")
        kind = "other" if match is None else "status" if run_id else "start"
        token = handler.headers.get("auth", "")
        headers = dict(handler.headers)
        with self._lock:
            asked = Asked(
                self.now(), kind, suite, run_id, handler.command, handler.path, headers, handler.body, token_id(token)
            )
            self.asked.append(asked)
            over = kind != "other" and self._limits.exceeded((kind, run_id), asked.time)
            self.breaches += over
            fault = self._fault(asked)
            taken = fault is None or not faults.refuses(fault)
            reply = self._reply(asked, stream, token, over=over) if taken else faults.Reply(200, b"")
        if fault is None:
            handler.reply(reply.status, reply.body)
        else:
            faults.strike(handler, fault, reply)

    def _fault(self, asked: Asked) -> Fault | None:
        """The first fault that strikes; all that are about the request count it."""
        if asked.kind == "other":
            return None
        run = self._runs.get(asked.run_id)
        suite = self.scenario.suite(run.suite) if run else None
        ended = run is not None and suite is not None and suite.ended(asked.time - run.started)
        struck = []
        for number, fault in enumerate(self.scenario.faults):
            if fault.about(asked.kind, asked.suite):
                key = (number, asked.suite)
                self._counts[key] = self._counts.get(key, 0) + 1
                if fault.strikes(self._counts[key], ended=ended):
                    struck.append(fault)
        return next(iter(struck), None)

    def _reply(self, asked: Asked, stream: str, token: str, *, over: bool) -> faults.Reply:
        try:
            if asked.method != _METHODS.get(asked.kind):
                raise Refused(405, "Method Not Allowed")
            self._credentials.check(token, stream, self.wall())
            if self.scenario.scope == "missing":
                raise Refused(401, "Permission denied. Scope is incorrect!", 4002)
            if over and self.scenario.limits:
                raise Refused(429, LIMIT_MESSAGE)
            suite = self.scenario.suite(asked.suite)
            if suite is None:
                raise Refused(400, "Test Suite not found")
            given = self._start(asked) if asked.kind == "start" else self._status(asked, suite)
        except Refused as refused:
            return faults.Reply(refused.status, refused.body)
        # A lone surrogate is no UTF-8; as the escape \udXXX, which is also JSON's, it is what Node.js would send.
        return faults.Reply(200, json.dumps(given, ensure_ascii=False).encode("utf-8", "backslashreplace"))

    def _start(self, asked: Asked) -> dict[str, str]:
        with suppress(ValueError, RecursionError):
            body = json.loads(asked.body)
            if isinstance(body, dict) and body.get("version") in list(_VERSIONS) and body.get("userEmailId"):
                return {"status": "IN_PROGRESS", "testRunId": self.begin(asked.suite, body["version"])}
        raise Refused(412, "Validation errors/ Invalid arguments")

    def _status(self, asked: Asked, suite: ScriptedSuite) -> object:
        run = self._runs.get(asked.run_id)
        if run is None or run.suite != asked.suite:
            raise Refused(400, "Test Result not found.")
        ids = {
            "_id": asked.run_id,
            "streamId": self.stream_id,
            "testSuiteId": f"ctc-{uuid.uuid5(_SPACE, asked.suite)}",
        }
        elapsed = asked.time - run.started
        return answers.answer(suite, ids, elapsed, start_time=run.start_time, version=run.version)
