"""What can go wrong between koregate and the platform, one function a fault.

Instead of an answer, the request not taken:
    http CODE           that status, with `retry_after`, and `message` or `body`
    rate-limited        400 with the platform's message on its rate limit, no Retry-After
    echo-auth           400 with an error message that repeats the token, the client secret and the request's body
    redirect            302 to another path here, with a secret in the query
    redirect-elsewhere  302 to `location`, with a secret in the query
The request taken, the answer lost or spoilt:
    reset, close        the connection is reset, or closed, without an answer
    silence, drip       no answer, or one byte now and then, until the client gives up
    truncated           the connection ends in the middle of the answer
    short-length        Content-Length is half of the answer's, so the JSON is cut
    too-long            more bytes follow the answer on the open connection
    gzip, bad-gzip      the answer compressed; compressed and broken
    gzip-bomb           some 100 kB that inflate to 100 MiB
    huge, huge-chunked  far more than 64 MiB, with and without a Content-Length
    html, empty, json-list, json-string, json-other, nan, deep, not-utf8    another body with status 200
"""

from __future__ import annotations

import gzip
import json
import select
import socket
import struct
import zlib
from email.utils import formatdate
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from koregate.simulator.credentials import error_body
from koregate.simulator.rate_limits import LIMIT_MESSAGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from koregate.simulator.http_server import Handler
    from koregate.simulator.scenario import Fault

_MIB = 1024 * 1024
_ANNOUNCED = 65 * _MIB
# A client without a limit of its own should fail its test, not exhaust the machine.
_MOST_CHUNKS = 256
_BOMB_MIB = 100
# What a log must never show of a redirect.
_QUERY = "token=not-to-be-shown"
_REFUSING = frozenset({"http", "rate-limited", "echo-auth", "echo", "redirect", "redirect-elsewhere"})
_LOOK_SECONDS = 0.05


class Reply(NamedTuple):
    """The answer that would have been given."""

    status: int
    body: bytes


def refuses(fault: Fault) -> bool:
    """Whether the platform did not take the request, so that no test run starts."""
    return fault.fault in _REFUSING


def strike(handler: Handler, fault: Fault, reply: Reply) -> None:
    """Do to a request what the fault says."""
    _FAULTS[fault.fault](handler, fault, reply)


def _reset(handler: Handler, _fault: Fault, _reply: Reply) -> None:
    # With a linger time of 0 s, closing sends RST instead of FIN.
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()


def _close(handler: Handler, _fault: Fault, _reply: Reply) -> None:
    handler.close_connection = True


def _silence(handler: Handler, _fault: Fault, _reply: Reply) -> None:
    handler.close_connection = True
    _linger(handler)


def _linger(handler: Handler) -> None:
    """Hold the connection until the client gives up or the simulator stops."""
    while not handler.simulator.stopping.is_set() and not _client_left(handler, _LOOK_SECONDS):
        pass


def _client_left(handler: Handler, seconds: float) -> bool:
    # Whoever waits for an answer has nothing to send: what can be read is the end of the connection.
    return bool(select.select([handler.connection], [], [], seconds)[0])


def _drip(handler: Handler, _fault: Fault, reply: Reply) -> None:
    handler.close_connection = True
    handler.head(reply.status, {"Content-Length": str(len(reply.body))})
    for byte in reply.body:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        if handler.simulator.stopping.is_set() or _client_left(handler, _LOOK_SECONDS):
            return


def _truncated(handler: Handler, _fault: Fault, reply: Reply) -> None:
    handler.close_connection = True
    handler.head(reply.status, {"Content-Length": str(len(reply.body))})
    handler.wfile.write(reply.body[: len(reply.body) // 2])


def _short_length(handler: Handler, _fault: Fault, reply: Reply) -> None:
    handler.close_connection = True
    handler.head(reply.status, {"Content-Length": str(len(reply.body) // 2)})
    handler.wfile.write(reply.body)


def _too_long(handler: Handler, _fault: Fault, reply: Reply) -> None:
    handler.reply(reply.status, reply.body)
    handler.wfile.write(reply.body)


def _gzip(handler: Handler, _fault: Fault, reply: Reply) -> None:
    handler.reply(reply.status, gzip.compress(reply.body), {"Content-Encoding": "gzip"})


def _bad_gzip(handler: Handler, _fault: Fault, reply: Reply) -> None:
    packed = gzip.compress(reply.body)
    handler.reply(reply.status, packed[:12] + b"\xff" * (len(packed) - 12), {"Content-Encoding": "gzip"})


def _gzip_bomb(handler: Handler, _fault: Fault, _reply: Reply) -> None:
    handler.reply(200, _bomb(), {"Content-Encoding": "gzip"})


@cache
def _bomb() -> bytes:
    packer = zlib.compressobj(wbits=31)
    return b"".join([packer.compress(b" " * _MIB) for _ in range(_BOMB_MIB)]) + packer.flush()


def _huge(handler: Handler, _fault: Fault, _reply: Reply) -> None:
    handler.head(200, {"Content-Length": str(_ANNOUNCED)})
    _pour(handler, b"0" * _MIB, _ANNOUNCED // _MIB)


def _huge_chunked(handler: Handler, _fault: Fault, _reply: Reply) -> None:
    handler.head(200, {"Transfer-Encoding": "chunked"})
    _pour(handler, b"%x\r\n%s\r\n" % (_MIB, b"0" * _MIB), _MOST_CHUNKS)


def _pour(handler: Handler, piece: bytes, times: int) -> None:
    handler.close_connection = True
    for _ in range(times):
        handler.wfile.write(piece)
        handler.wfile.flush()
        handler.simulator.poured += _MIB


def _http(handler: Handler, fault: Fault, _reply: Reply) -> None:
    status = fault.code or 500
    headers = {}
    if fault.retry_after.startswith("date+"):
        ahead = float(fault.retry_after.removeprefix("date+"))
        headers["Retry-After"] = formatdate(handler.simulator.wall() + ahead, usegmt=True)
    elif fault.retry_after:
        headers["Retry-After"] = fault.retry_after
    handler.reply(status, error_body(fault.message, status) if fault.message else fault.body.encode(), headers)


def _rate_limited(handler: Handler, _fault: Fault, _reply: Reply) -> None:
    handler.reply(400, error_body(LIMIT_MESSAGE, 400))


def _echo_auth(handler: Handler, fault: Fault, _reply: Reply) -> None:
    status = fault.code or 400
    sent = [handler.headers.get("auth", ""), handler.simulator.client_secret, handler.body.decode(errors="replace")]
    handler.reply(status, error_body(f"cannot take {' '.join(sent)}", status))


def _redirect(handler: Handler, fault: Fault, _reply: Reply) -> None:
    handler.reply(fault.code or 302, b"", {"Location": fault.location or f"{handler.simulator.url}/moved?{_QUERY}"})


def _redirect_elsewhere(handler: Handler, fault: Fault, _reply: Reply) -> None:
    address = fault.location or "https://elsewhere.example/login"
    mark = "&" if "?" in address else "?"
    handler.reply(fault.code or 302, b"", {"Location": f"{address}{mark}{_QUERY}"})


def _fixed(body: bytes, content_type: str = "application/json") -> Callable[[Handler, Fault, Reply], None]:
    def give(handler: Handler, _fault: Fault, _reply: Reply) -> None:
        handler.reply(200, body, {"Content-Type": content_type})

    return give


def _json(value: object) -> Callable[[Handler, Fault, Reply], None]:
    return _fixed(json.dumps(value).encode())


_FAULTS: dict[str, Callable[[Handler, Fault, Reply], None]] = {
    "http": _http,
    "rate-limited": _rate_limited,
    "echo-auth": _echo_auth,
    "echo": _echo_auth,
    "redirect": _redirect,
    "redirect-elsewhere": _redirect_elsewhere,
    "reset": _reset,
    "close": _close,
    "silence": _silence,
    "drip": _drip,
    "truncated": _truncated,
    "short-length": _short_length,
    "too-long": _too_long,
    "gzip": _gzip,
    "bad-gzip": _bad_gzip,
    "gzip-bomb": _gzip_bomb,
    "huge": _huge,
    "huge-chunked": _huge_chunked,
    "html": _fixed(b"<!doctype html><html><body><h1>Please sign in</h1></body></html>", "text/html"),
    "empty": _fixed(b""),
    "json-list": _json([1, 2]),
    "json-string": _json("passed"),
    "json-other": _json({"hello": "world"}),
    "nan": _fixed(b'{"status": NaN}'),
    "deep": _fixed(b'{"status": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "not-utf8": _fixed(b'{"status": "\xff\xfe"}'),
}
NAMES = tuple(_FAULTS)
