"""A client of the simulator that shares nothing with koregate's client, and clocks that tests move."""

import itertools
import json
import threading
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlsplit

import jwt
import requests
from support.suite_files import as_json

from koregate.simulator import Scenario, Simulator
from koregate.simulator.scenario_files import parse_scenario

EPOCH = 1_795_000_000.0
UPLOAD = "/api/public/uploadfile"
FORM = {"fileContext": "bulkImport", "fileExtension": "json"}
_numbers = itertools.count()


class Clock:
    """Time that only the test moves."""

    def __init__(self) -> None:
        self.time = 0.0
        # The simulator reads the clock once it has received a request.
        self.was_read = threading.Event()

    def now(self) -> float:
        self.was_read.set()
        return self.time

    def wall(self) -> float:
        return EPOCH + self.time


class Caller:
    """A simulator in simulated time, and requests to it over one session."""

    def __init__(self, scenario: Scenario | dict[str, Any], **options: Any) -> None:
        self.clock = Clock()
        if isinstance(scenario, dict):
            scenario = parse_scenario(json.dumps(scenario))
        self.simulator = Simulator(scenario, now=self.clock.now, wall=self.clock.wall, **options)
        self.session = requests.Session()
        self.session.trust_env = False

    def __enter__(self) -> Self:
        self.simulator.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.close()
        self.simulator.__exit__(kind, error, trace)

    @property
    def address(self) -> tuple[str, int]:
        port = urlsplit(self.simulator.url).port
        assert port is not None
        return "127.0.0.1", port

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Valid claims with these changes; None leaves a claim out."""
        now = int(self.clock.wall())
        valid = {"appId": self.simulator.client_id, "sub": "ci", "iat": now, "exp": now + 300}
        claims = {**valid, "jti": f"jti-{next(_numbers)}", **changes}
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, *, algorithm: str = "HS256", secret: str | None = None, **changes: Any) -> str:
        return jwt.encode(self.claims(**changes), secret or self.simulator.client_secret, algorithm=algorithm)

    def path(self, *parts: str, stream: str = "st-simulator") -> str:
        rest = "/".join(quote(part, safe="") for part in parts)
        return f"/api/public/stream/{quote(stream, safe='')}/conversation/testsuite/{rest}"

    def request(self, method: str, path: str, *, auth: str | None = None, **options: Any) -> requests.Response:
        headers = {"auth": self.token() if auth is None else auth, "bot-language": "en"}
        options = {"timeout": 5, "allow_redirects": False, **options}
        return self.session.request(method, self.simulator.url + path, headers=headers, **options)

    def start(self, suite: str = "Pizza", **options: Any) -> requests.Response:
        body = {"version": "inDevelopment", "userEmailId": "developer@example.com"}
        return self.request("POST", self.path(suite, "run"), **{"json": body, **options})

    def status(self, run_id: str, suite: str = "Pizza", **options: Any) -> requests.Response:
        return self.request("GET", self.path(suite, run_id, "status"), **options)

    def batch_path(self, *parts: str) -> str:
        return f"/api/public/stream/st-simulator/testsuite/{'/'.join(quote(part, safe='') for part in parts)}"

    def start_batch(self, suite: str = "Intents", **options: Any) -> requests.Response:
        return self.request("POST", self.batch_path(suite, "run"), **{"json": {"version": "inDevelopment"}, **options})

    def batch_status(self, run_id: str, suite: str = "Intents", **options: Any) -> requests.Response:
        return self.request("GET", self.batch_path(suite, run_id, "status"), **options)

    def upload(self, data: bytes = b"{}", form: dict[str, str] | None = None, **options: Any) -> requests.Response:
        fields = FORM if form is None else form
        return self.request("POST", UPLOAD, files={"file": ("a.json", data)}, data=fields, **options)

    def bring(self, name: str = "New", data: bytes = as_json(), **changes: Any) -> requests.Response:
        """Upload and import a file."""
        body = {
            "delimiter": ",",
            "description": "described",
            "fileName": self.upload(data).json()["fileId"],
            "fileType": "json",
            "importType": "new",
            "name": name,
            **changes,
        }
        return self.request("POST", f"{self.batch_path()}import", json=body)

    def listed(self, query: str = "") -> dict[str, Any]:
        """The list of batch suites, or a part of it."""
        return dict(self.request("GET", self.batch_path().rstrip("/") + query).json())


def pizza(*faults: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A scenario of one suite, Pizza, with one passing step."""
    steps = [{"say": "Start_Flow", "expect": "Hi!"}]
    return {"suites": {"Pizza": {"seconds": 10, "steps": steps, **changes}}, "faults": list(faults)}


def rejection(response: requests.Response) -> tuple[int, str, Any]:
    """Status, message and code of an error reply, which must have its documented shape."""
    (error,) = response.json()["errors"]
    assert ["msg", "code"] == list(error)
    assert response.headers["Content-Type"] == "application/json"
    return response.status_code, error["msg"], error["code"]
