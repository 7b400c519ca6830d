"""Servers that break the rules: a raw platform that says exactly these bytes, and a CONNECT proxy. Loopback only."""

import contextlib
import selectors
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import trustme

PLATFORM = "platform.example"
_TICK_SECONDS = 0.02
Handler = Callable[[socket.socket], None]


class Authority(NamedTuple):
    """A certificate for the platform, and the file that makes it trusted."""

    context: ssl.SSLContext
    bundle: str


def authority(folder: Path) -> Authority:
    """A new authority with a certificate for `PLATFORM` and the loopback address."""
    issuer = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue_cert(PLATFORM, "127.0.0.1").configure_cert(context)
    bundle = folder / "authority.pem"
    issuer.cert_pem.write_to_path(str(bundle))
    return Authority(context, str(bundle))


def read_head(connection: socket.socket) -> bytes:
    """Everything up to the end of a request's head and its body, or until the client leaves."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while len(body) < sum(lengths):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@contextlib.contextmanager
def listening(handler: Handler) -> Iterator[int]:
    """A server on a free port. The handler gets each connection in a thread of its own."""
    stopping = threading.Event()

    def work(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(10)
            handler(connection)

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(_TICK_SECONDS)

        def accept() -> None:
            while not stopping.is_set():
                with contextlib.suppress(TimeoutError):
                    threading.Thread(target=work, args=(server.accept()[0],), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            stopping.set()
            thread.join(5)


class RawPlatform:
    """Replies to the requests with the given bytes, one after the other, and then closes each connection.

    The last reply is given again and again. `requests` holds the first line of each request.
    """

    def __init__(self, *replies: bytes, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[str] = []
        self._replies = replies
        self._tls = tls
        self._lock = threading.Lock()

    def __call__(self, connection: socket.socket) -> None:
        if self._tls is None:
            self._serve(connection)
        else:
            with self._tls.wrap_socket(connection, server_side=True) as secure:
                self._serve(secure)

    def _serve(self, connection: socket.socket) -> None:
        request = read_head(connection)
        if not request:
            return
        with self._lock:
            number = len(self.requests)
            self.requests.append(request.split(b"\r\n", 1)[0].decode())
        connection.sendall(self._replies[min(number, len(self._replies) - 1)])

    @property
    def methods(self) -> list[str]:
        """GET or POST for each request."""
        return [line.split(" ", 1)[0] for line in self.requests]


class Proxy:
    """A CONNECT proxy that leads every tunnel to one address of this machine.

    `refusals` are sent instead of a tunnel, one per connection; the last one lasts if `lasting`. `heads` holds what
    each client asked for.
    """

    def __init__(self, target: str, *refusals: bytes, lasting: bool = False) -> None:
        port = urlsplit(target).port
        assert port is not None
        self.heads: list[str] = []
        self._target = ("127.0.0.1", port)
        self._refusals = refusals
        self._lasting = lasting

    def __call__(self, client: socket.socket) -> None:
        head = read_head(client)
        number = len(self.heads)
        self.heads.append(head.decode())
        if self._refusals and (number < len(self._refusals) or self._lasting):
            client.sendall(self._refusals[min(number, len(self._refusals) - 1)])
            return
        with socket.create_connection(self._target) as platform:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            _pipe(client, platform)


def _pipe(client: socket.socket, platform: socket.socket) -> None:
    """Pass bytes both ways until one side ends."""
    with selectors.DefaultSelector() as selector:
        selector.register(client, selectors.EVENT_READ, (client, platform))
        selector.register(platform, selectors.EVENT_READ, (platform, client))
        while ready := selector.select(10):
            for key, _ in ready:
                side, other = key.data
                data = side.recv(65536)
                if not data:
                    return
                other.sendall(data)


def json_reply(body: bytes, *headers: str, code: int = 200) -> bytes:
    """A complete reply that ends its connection."""
    lines = [f"HTTP/1.1 {code} X", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def free_port() -> int:
    """A port of this machine that nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
