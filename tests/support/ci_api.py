"""Stand-ins for the APIs of GitHub and GitLab: comments by number, with the rules that the comment relies on."""

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Protocol, TypeVar
from urllib.parse import parse_qs, urlsplit

BOT = "github-actions[bot]"
TOKEN = "ghs_made-up-token"
REPLIES = dict[str, tuple[int, dict[str, str], Any]]


class Received(NamedTuple):
    """A request as it came. Names of headers are lower case."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: Any


class Api(Protocol):
    """What `serving` serves: it keeps the requests, and learns its own address."""

    received: list[Received]
    address: str

    def reply(self, request: Received) -> tuple[int, dict[str, str], Any]:
        """The status, headers and body of the reply to a request."""


AnyApi = TypeVar("AnyApi", bound=Api)


class CommentApi:
    """Keeps comments. `replies` are given instead of what a method would do, the first time only unless `lasting`."""

    def __init__(self, replies: REPLIES | None = None, *, lasting: bool = False, page_size: int = 100) -> None:
        self.received: list[Received] = []
        self.comments: dict[int, dict[str, Any]] = {}
        self.address = ""
        self.replies = dict(replies or {})
        self.lasting = lasting
        self.page_size = page_size
        self._number = 100

    def add(self, body: str, user: str = BOT, **more: Any) -> int:
        """A comment that is there already."""
        self._number += 1
        own = {"id": 7 if user == BOT else 8, "login": user}
        self.comments[self._number] = {"id": self._number, "body": body, "user": own, "author": own, **more}
        return self._number

    @property
    def bodies(self) -> list[str]:
        """The texts of all comments."""
        return [comment["body"] for comment in self.comments.values()]

    @property
    def methods(self) -> list[str]:
        """The methods of the requests for comments, in their order."""
        return [request.method for request in self.received if "comments" in request.path or "notes" in request.path]

    def reply(self, request: Received) -> tuple[int, dict[str, str], Any]:
        """The reply to a request."""
        if request.method in self.replies:
            return self.replies[request.method] if self.lasting else self.replies.pop(request.method)
        if request.path.endswith("/graphql"):
            return (200, {}, {"data": {"viewer": {"login": BOT}}}) if request.method == "POST" else (404, {}, {})
        if request.path.endswith("/user"):
            return 200, {}, {"id": 7, "username": BOT}
        return self._comment(request)

    def _comment(self, request: Received) -> tuple[int, dict[str, str], Any]:
        last = request.path.rpartition("/")[2]
        if request.method == "GET":
            page = int(request.query["page"][0])
            listed = list(self.comments.values())
            more = len(listed) > page * self.page_size
            headers = {"Link": '<https://elsewhere.example>; rel="next"', "X-Next-Page": str(page + 1)} if more else {}
            return 200, headers, listed[(page - 1) * self.page_size : page * self.page_size]
        if request.method == "POST":
            return 201, {}, self.comments[self.add(request.body["body"])]
        if int(last) not in self.comments:
            return 404, {}, {"message": "Not Found"}
        if request.method == "DELETE":
            del self.comments[int(last)]
            return 204, {}, None
        self.comments[int(last)]["body"] = request.body["body"]
        return 200, {}, self.comments[int(last)]


@contextlib.contextmanager
def serving(api: AnyApi) -> Iterator[AnyApi]:
    """Serve it on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            parts = urlsplit(self.path)
            data = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Received(
                self.command, parts.path, parse_qs(parts.query), headers, json.loads(data) if data else None
            )
            api.received.append(request)
            status, more, body = api.reply(request)
            sent = body if isinstance(body, bytes) else b"" if status == 204 else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**more, "Content-Length": str(len(sent))}.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(sent)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815 -- as the base class names them

        def log_message(self, *args: Any) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    api.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield api
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()
