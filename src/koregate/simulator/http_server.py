"""HTTP/1.1 on the loopback address: connections, requests and replies, without knowing what they mean."""

import selectors
import socket
import socketserver
import ssl
import struct
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from weakref import WeakSet

# As socketserver declares it. The tuple is for UDP.
_Request = socket.socket | tuple[bytes, socket.socket]


class Reply(NamedTuple):
    """The status code and body of an HTTP reply."""

    status: int
    body: bytes


class Connection(BaseHTTPRequestHandler):
    """One connection of a client. For each request, it reads the body and then calls `respond` with itself."""

    protocol_version = "HTTP/1.1"
    server_version = "koregate-simulator"
    # Headers and body leave in one piece and at once: neither Nagle's algorithm nor a delayed ACK holds them back.
    wbufsize = -1
    disable_nagle_algorithm = True

    def __init__(
        self,
        request: _Request,
        client_address: object,
        server: socketserver.BaseServer,
        *,
        respond: Callable[["Connection"], None],
        wall: Callable[[], float],
    ) -> None:
        self.body = b""
        self._respond = respond
        self._wall = wall
        # The base class serves the whole connection inside its constructor.
        super().__init__(request, client_address, server)

    def _serve_request(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._respond(self)

    # http.server looks methods up by these names.
    do_DELETE = do_GET = do_HEAD = do_OPTIONS = do_PATCH = do_POST = do_PUT = _serve_request  # noqa: N815 -- its names

    def send_head(self, status: int, headers: Mapping[str, str]) -> None:
        """Send the status line and the headers."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def send_interim(self, status: int, headers: Mapping[str, str]) -> None:
        """Send an interim reply, such as 103 Early Hints. The reply itself comes after it."""
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def send_reply(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Send a complete reply, as JSON unless the headers say otherwise."""
        length = str(len(body))
        self.send_head(status, {"Content-Type": "application/json", "Content-Length": length, **(headers or {})})
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        self.close_connection = True
        # With a linger time of 0 seconds, closing sends RST instead of FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def client_has_left(self, seconds: float) -> bool:
        """Wait up to that many seconds for the client to end the connection; return whether it did."""
        # A client that waits for a reply sends nothing, so there is only the end of the connection to read.
        # The default selector takes any file descriptor; `select` itself takes none above 1,023.
        with selectors.DefaultSelector() as selector:
            selector.register(self.connection, selectors.EVENT_READ)
            return bool(selector.select(seconds))

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header, by the given clock."""
        return super().date_time_string(self._wall() if timestamp is None else timestamp)

    def log_message(self, *_: object) -> None:
        """Write nothing: the log belongs to koregate."""


class HttpServer(ThreadingHTTPServer):
    """Listens on 127.0.0.1 only, with one thread per connection. `wall` is the clock of the Date header."""

    daemon_threads = True
    request_queue_size = 128
    # Two simulators on one port would share its requests.
    allow_reuse_port = False

    def __init__(
        self,
        port: int,
        respond: Callable[[Connection], None],
        *,
        wall: Callable[[], float],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        # Weak: a connection that was closed and is no longer in use drops out by itself.
        self._connections: WeakSet[socket.socket] = WeakSet()
        super().__init__(("127.0.0.1", port), partial(Connection, respond=respond, wall=wall))
        if tls is not None:
            # Each connection's thread does its own handshake, so a client that never begins it delays nobody else.
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def server_bind(self) -> None:
        """Bind to the address without HTTPServer's DNS lookup."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def get_request(self) -> tuple[socket.socket, object]:
        """Accept a connection and remember it while it is open."""
        connection, address = super().get_request()
        self._connections.add(connection)
        return connection, address

    def server_close(self) -> None:
        """End the kept connections too, because a stopped platform sends no more replies."""
        super().server_close()
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: _Request, client_address: object) -> None:
        """Ignore a client that left; print any other error, which is a bug in the simulator."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)
