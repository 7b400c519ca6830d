"""The simulated platform: serves start and status over HTTP, and remembers what it was asked."""

from __future__ import annotations

import json
import re
import threading
import time
import uuid
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import unquote, urlsplit

import jwt

from koregate.simulator import answers
from koregate.simulator.faults import LIMIT_MESSAGE, error_body, strike
from koregate.simulator.scenarios import ANY_SUITE

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from koregate.simulator.scenarios import Scenario, ScriptedSuite

_PATH = re.compile(r"/api/public/stream/([^/]+)/conversation/testsuite/([^/]+)/(?:run|([^/]+)/status)")
_SPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
_LIMITS = ((60, 60.0), (1800, 3600.0))
_LONGEST_LIFE = 3600
SECRET = "the-simulator-has-a-secret-that-everybody-knows-and-nobody-should-use"  # noqa: S105 -- public on purpose


class Asked(NamedTuple):
    """One request: `kind` is start, status or other, `time` the simulator's clock in seconds."""

    time: float
    kind: str
    suite: str
    run_id: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class _Refused(Exception):
    def __init__(self, code: int, message: str, said: int | str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.body = error_body(message, code if said is None else said)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Closing must not wait for a fault that holds its connection.
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 -- the base class's signature
        """A client that went away is no news."""


class Simulator:
    """A platform on a free port of the loopback address. A context manager.

    `now` and `wall` are the clocks of the runs and of the tokens: tests hand in clocks that do not wait.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        port: int = 0,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.scenario = scenario
        self.stream_id = "st-simulator"
        self.client_id = "cs-simulator"
        self.client_secret = SECRET
        self.user_email = "developer@example.com"
        self.now = now
        self.wall = wall
        self.asked: list[Asked] = []
        self.breaches = 0
        self.poured = 0
        self.stopping = threading.Event()
        self._lock = threading.RLock()
        self._runs: dict[str, tuple[str, float]] = {}
        self._tokens: set[str] = set()
        self._server = _Server(("127.0.0.1", port), type("BoundHandler", (Handler,), {"simulator": self}))
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True, name="simulator").start()
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
        return [one for one in self.asked if (one.kind, one.suite) == ("start", suite)]

    def statuses(self, run_id: str) -> list[Asked]:
        """The status requests for a run."""
        return [one for one in self.asked if (one.kind, one.run_id) == ("status", run_id)]

    def begin(self, suite: str) -> str:
        """Start a run without a request, as another user would; returns its id."""
        with self._lock:
            number = sum(1 for name, _ in self._runs.values() if name == suite)
            run_id = f"ctr-{uuid.uuid5(_SPACE, f'{suite}#{number}')}"
            self._runs[run_id] = (suite, self.now())
            return run_id

    def answer(self, handler: Handler) -> None:
        """Answer one request."""
        path = urlsplit(handler.path).path
        match = _PATH.fullmatch(path)
        kind = "other" if not match else "status" if match[3] else "start"
        stream, suite, run_id = (unquote(part or "") for part in match.groups()) if match else ("", "", "")
        asked = Asked(
            self.now(), kind, suite, run_id, handler.command, handler.path, dict(handler.headers), handler.body
        )
        with self._lock:
            self.asked.append(asked)
            number = sum(1 for one in self.asked if (one.kind, one.suite) == (kind, suite))
            over = self._over_limit(asked)
        ended = kind == "status" and self._ended(run_id)
        fault = next((one for one in self.scenario.faults if one.hits(kind, suite, number, ended=ended)), None)
        code, body = self._judge(asked, stream, over=over)
        if fault is not None:
            strike(handler, fault, body)
        else:
            handler.reply(code, body)

    def _judge(self, asked: Asked, stream: str, *, over: bool) -> tuple[int, bytes]:
        try:
            if (asked.kind, asked.method) not in (("start", "POST"), ("status", "GET")):
                raise _Refused(405, "Method Not Allowed")
            self._check_token(asked.headers.get("auth", ""), stream)
            if over and self.scenario.limits:
                raise _Refused(429, LIMIT_MESSAGE)
            suite = self.scenario.suite(asked.suite)
            if suite is None:
                raise _Refused(400, "Test Suite not found")
            answer = self._start(asked) if asked.kind == "start" else self._status(asked, suite)
            return 200, json.dumps(answer, ensure_ascii=False).encode("utf-8", "surrogatepass")
        except _Refused as refused:
            return refused.code, refused.body

    def _check_token(self, token: str, stream: str) -> None:
        """Kore.ai API: every error of a token is a 401; the replay checks are those of the SDK security page."""
        if not token:
            raise _Refused(401, "Invalid SDK credentials", 4002)
        try:
            head = jwt.get_unverified_header(token)
            claims = jwt.decode(
                token,
                self.client_secret,
                algorithms=["HS256", "HS512"],
                options={"verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidSignatureError:
            raise _Refused(401, "Invalid SDK credentials", 4002) from None
        except jwt.InvalidTokenError:
            raise _Refused(401, "Invalid JWT token", 4002) from None
        now, expiry, identity = self.wall(), claims.get("exp"), claims.get("jti")
        if claims.get("appId") != self.client_id or stream != self.stream_id or (expiry is not None and expiry < now):
            raise _Refused(401, "Invalid SDK credentials", 4002)
        if head.get("alg") and identity is not None:
            if expiry is None or expiry > now + _LONGEST_LIFE:
                raise _Refused(401, 'error verifying the jwt: if "jti" claim "exp" must be <= 1 hour(s)')
            with self._lock:
                if identity in self._tokens:
                    raise _Refused(401, "error verifying the jwt: possibly a replay")
                self._tokens.add(identity)
        if self.scenario.scope == "missing":
            raise _Refused(401, "Permission denied. Scope is incorrect!", 4002)

    def _over_limit(self, asked: Asked) -> bool:
        """Whether the request breaks a documented limit: starts together, status requests by run; the windows roll."""
        key = (asked.kind, asked.run_id)
        times = [one.time for one in self.asked if (one.kind, one.run_id) == key]
        over = any(len(times) > count and times[-1] - times[-count - 1] < window for count, window in _LIMITS)
        self.breaches += over
        return over

    def _start(self, asked: Asked) -> dict[str, Any]:
        with suppress(ValueError):
            body = json.loads(asked.body)
            if (
                isinstance(body, dict)
                and body.get("version") in ("published", "inDevelopment")
                and body.get("userEmailId")
            ):
                return {"status": "IN_PROGRESS", "testRunId": self.begin(asked.suite)}
        raise _Refused(412, "Validation errors/ Invalid arguments")

    def _ended(self, run_id: str) -> bool:
        name, started = self._runs.get(run_id, ("", 0.0))
        suite = self.scenario.suite(name)
        return suite is not None and run_id in self._runs and self.now() - started >= suite.seconds

    def _status(self, asked: Asked, suite: ScriptedSuite) -> Any:  # noqa: ANN401 -- a verbatim answer may be anything
        name, started = self._runs.get(asked.run_id, ("", 0.0))
        if asked.run_id not in self._runs or name != asked.suite:
            raise _Refused(400, "Test Result not found.")
        ids = {
            "_id": asked.run_id,
            "streamId": self.stream_id,
            "testSuiteId": f"ctc-{uuid.uuid5(_SPACE, asked.suite)}",
        }
        return (
            answers.ended(suite, ids)
            if self._ended(asked.run_id)
            else answers.running(suite, ids, self.now() - started)
        )


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    simulator: Simulator
    body: bytes
    # Buffered: head and body leave in one write, so Nagle's algorithm has nothing to hold back.
    wbufsize = 64 * 1024
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Any method is a request; the simulator says which it knows."""
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.simulator.answer(self)

    do_POST = do_PUT = do_DELETE = do_GET

    def head(self, code: int, headers: dict[str, str]) -> None:
        """Send the status line and the headers."""
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def reply(self, code: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        """Send a whole answer."""
        self.head(code, {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})})
        with suppress(OSError):
            self.wfile.write(body)
            self.wfile.flush()

    def log_message(self, *_: Any) -> None:  # noqa: ANN401 -- the base class's signature
        """The log is koregate's own."""
