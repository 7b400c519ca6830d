"""A request as the simulated platform receives it: which call of the API it is, and what it is about."""

import json
import re
from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias
from urllib.parse import unquote, urlsplit

from koregate.simulator.credentials import token_id
from koregate.simulator.http_server import Connection

RequestKind: TypeAlias = Literal["start", "status", "file", "training", "upload", "import", "list", "delete", "other"]
METHODS: dict[RequestKind, str] = {
    "start": "POST",
    "status": "GET",
    "file": "GET",
    "training": "GET",
    "upload": "POST",
    "import": "POST",
    "list": "GET",
    "delete": "DELETE",
}
# Kore.ai API, "Rate Limits": these calls share the limit of the app. A status request has one of its run.
LIMITED_BY_APP = frozenset({"start", "upload", "import", "list", "delete"})

_RUN_PATH = re.compile(r"/api/public/stream/([^/]+)/(conversation/)?testsuite/([^/]+)/(?:run|([^/]+)/status)")
_SUITES_PATH = re.compile(r"/api/public/stream/([^/]+)/testsuite(?:/([^/]+))?")
_FILE_PATH = re.compile(r"/api/getMediaStream/media/f-([\w-]+)\.(?:csv|json)")
_TRAINING_PATH = re.compile(r"/api/public/bot/([^/]+)/ml/train/status")
_UPLOAD_PATH = "/api/public/uploadfile"
_IMPORT = "import"


class ReceivedRequest(NamedTuple):
    """One request, at a `time` in seconds of the simulator's clock.

    The stream, suite and run id are decoded and empty if the path has none; `path` and `headers` are unchanged.
    """

    time: float
    kind: RequestKind
    stream_id: str
    suite: str
    run_id: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    token: str
    jti: str | None
    is_batch: bool = False


class _Route(NamedTuple):
    kind: RequestKind = "other"
    stream_id: str = ""
    suite: str = ""
    run_id: str = ""
    is_batch: bool = False


def received(connection: Connection, now: float) -> ReceivedRequest:
    """The request that the connection has received at that time."""
    route = _route(urlsplit(connection.path).path, connection)
    token = connection.headers.get("auth", "")
    return ReceivedRequest(
        time=now,
        kind=route.kind,
        stream_id=route.stream_id,
        suite=route.suite,
        run_id=route.run_id,
        method=connection.command,
        path=connection.path,
        headers=dict(connection.headers),
        body=connection.body,
        token=token,
        jti=token_id(token),
        is_batch=route.is_batch,
    )


def _route(path: str, connection: Connection) -> _Route:
    if path == _UPLOAD_PATH:
        return _Route("upload")
    for pattern, route in _ROUTES:
        if match := pattern.fullmatch(path):
            return route(connection, *map(unquote, match.groups("")))
    return _Route()


def _run_route(_: Connection, stream_id: str, area: str, suite: str, run_id: str) -> _Route:
    return _Route("status" if run_id else "start", stream_id, suite, run_id, is_batch=not area)


def _suites_route(connection: Connection, stream_id: str, suite: str) -> _Route:
    if suite == _IMPORT and connection.command != METHODS["delete"]:
        return _Route("import", stream_id, _name_in(connection.body), is_batch=True)
    return _Route("delete" if suite else "list", stream_id, suite, is_batch=True)


_ROUTES: tuple[tuple[re.Pattern[str], Callable[..., _Route]], ...] = (
    (_RUN_PATH, _run_route),
    (_FILE_PATH, lambda _, run_id: _Route("file", run_id=run_id)),
    (_TRAINING_PATH, lambda _, stream_id: _Route("training", stream_id)),
    (_SUITES_PATH, _suites_route),
)


def _name_in(body: bytes) -> str:
    """The suite that an import names in its body; an empty text if it names none."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    name = value.get("name") if isinstance(value, dict) else None
    return name if isinstance(name, str) else ""
