"""A caller of the simulator that shares nothing with koregate's client, and clocks that tests move."""

from __future__ import annotations

import itertools
import json
import threading
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlsplit

import jwt
import requests

from koregate.simulator import Scenario, Simulator, parse

if TYPE_CHECKING:
    from types import TracebackType

EPOCH = 1_795_000_000.0
_numbers = itertools.count()


class Clock:
    """Time that only the test moves."""

    def __init__(self) -> None:
        self.time = 0.0
        # The simulator looks at the clock once it has read a request.
        self.looked_at = threading.Event()

    def now(self) -> float:
        self.looked_at.set()
        return self.time

    def wall(self) -> float:
        return EPOCH + self.time


class Caller:
    """A simulator in simulated time, and requests to it over one session."""

    def __init__(self, scenario: Scenario | dict[str, Any], **options: Any) -> None:
        self.clock = Clock()
        played = scenario if isinstance(scenario, Scenario) else parse(json.dumps(scenario))
        self.simulator = Simulator(played, now=self.clock.now, wall=self.clock.wall, **options)
        self.session = requests.Session()
        self.session.trust_env = False

    def __enter__(self) -> Self:
        self.simulator.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.close()
        self.simulator.__exit__(kind, problem, trace)

    @property
    def address(self) -> tuple[str, int]:
        port = urlsplit(self.simulator.url).port
        assert port is not None
        return "127.0.0.1", port

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Good claims, but for the changes; None leaves one out."""
        moment = int(self.clock.wall())
        good = {"appId": self.simulator.client_id, "sub": "ci", "iat": moment, "exp": moment + 300}
        made = {**good, "jti": f"jti-{next(_numbers)}", **changes}
        return {name: value for name, value in made.items() if value is not None}

    def token(self, *, algorithm: str = "HS256", secret: str | None = None, **changes: Any) -> str:
        return jwt.encode(self.claims(**changes), secret or self.simulator.client_secret, algorithm=algorithm)

    def path(self, *parts: str, stream: str = "st-simulator") -> str:
        after = "/".join(quote(part, safe="") for part in parts)
        return f"/api/public/stream/{quote(stream, safe='')}/conversation/testsuite/{after}"

    def ask(self, method: str, path: str, *, auth: str | None = None, **options: Any) -> requests.Response:
        headers = {"auth": self.token() if auth is None else auth, "bot-language": "en"}
        options = {"timeout": 5, "allow_redirects": False, **options}
        return self.session.request(method, self.simulator.url + path, headers=headers, **options)

    def start(self, suite: str = "Pizza", **options: Any) -> requests.Response:
        body = {"version": "inDevelopment", "userEmailId": "developer@example.com"}
        return self.ask("POST", self.path(suite, "run"), **{"json": body, **options})

    def status(self, run_id: str, suite: str = "Pizza", **options: Any) -> requests.Response:
        return self.ask("GET", self.path(suite, run_id, "status"), **options)


def pizza(*faults: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A scenario of one suite, Pizza, with one passing step."""
    steps = [{"say": "Start_Flow", "expect": "Hi!"}]
    return {"suites": {"Pizza": {"seconds": 10, "steps": steps, **changes}}, "faults": list(faults)}


def refusal(response: requests.Response) -> tuple[int, str, Any]:
    """Status, message and code of an error answer, which is held to its documented shape."""
    (error,) = response.json()["errors"]
    assert ["msg", "code"] == list(error)
    assert response.headers["Content-Type"] == "application/json"
    return response.status_code, error["msg"], error["code"]
