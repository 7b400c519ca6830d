"""HTTP/1.1 on the loopback address: connections, requests and answers, without knowing what they mean."""

from __future__ import annotations

import socket
import socketserver
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl

    from koregate.simulator.api import Simulator


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "koregate-simulator"
    # Head and body leave together, at once: neither Nagle's algorithm nor a delayed ACK holds them back.
    wbufsize = -1
    disable_nagle_algorithm = True
    simulator: Simulator
    body: bytes

    def _any(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.simulator.answer(self)

    do_DELETE = do_GET = do_HEAD = do_OPTIONS = do_PATCH = do_POST = do_PUT = _any

    def head(self, status: int, headers: dict[str, str]) -> None:
        """Send the status line and the headers."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        """Send a whole answer."""
        self.head(status, {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})})
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header, by the simulator's clock."""
        return super().date_time_string(self.simulator.wall() if timestamp is None else timestamp)

    def log_message(self, *_: Any) -> None:
        """Write nothing: the log is koregate's own."""


class Server(ThreadingHTTPServer):
    """Listens on 127.0.0.1 alone, one thread a connection."""

    daemon_threads = True
    request_queue_size = 128
    # Two simulators on one port would share its requests.
    allow_reuse_port = False

    def __init__(self, port: int, handler: type[Handler], tls: ssl.SSLContext | None) -> None:
        self._connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), handler)
        if tls is not None:
            # The handshake is the connection's own thread's: a client that does not shake hands holds up nobody.
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def server_bind(self) -> None:
        """Bind without HTTPServer's question to the name server."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection while it is open."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """End the kept connections too: a stopped platform answers no more."""
        super().server_close()
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else is a fault of the simulator, and printed."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)
