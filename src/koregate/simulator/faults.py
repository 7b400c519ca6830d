"""What can go wrong between koregate and the platform, one function per fault. `docs/scenarios.md` describes them."""

import gzip
import json
import threading
import zlib
from collections.abc import Callable
from email.utils import formatdate
from functools import cache
from typing import NamedTuple

from koregate.simulator.credentials import error_body
from koregate.simulator.http_server import Connection, Reply
from koregate.simulator.rate_limits import RATE_LIMIT_MESSAGE
from koregate.simulator.scenario import Fault, FaultName

_MIB = 1024 * 1024
_HUGE_MIB = 65
# A client without a size limit should fail its test, not exhaust the machine.
_MAX_CHUNKS = 256
_BOMB_MIB = 100
# A log must never show this query of a redirect.
_QUERY = "token=not-to-be-shown"
_PAUSE_SECONDS = 0.05


class FaultContext(NamedTuple):
    """A request that a fault applies to, and what the fault uses of the platform.

    `reply` is what the platform would have sent; `wall` is its clock. `stopping` is set when the platform stops.
    `count_bytes` counts the bytes that a huge reply has sent so far.
    """

    connection: Connection
    fault: Fault
    reply: Reply
    url: str
    client_secret: str
    wall: Callable[[], float]
    stopping: threading.Event
    count_bytes: Callable[[int], None]


_FaultFunction = Callable[[FaultContext], None]


def rejects_request(fault: Fault) -> bool:
    """Whether the platform rejects the request, so that no test run starts."""
    return fault.fault in _REJECTIONS


def apply_fault(context: FaultContext) -> None:
    """Reply to the request as the fault says."""
    FAULTS[context.fault.fault](context)


def _http(context: FaultContext) -> None:
    fault = context.fault
    status = fault.code or 500
    headers = {}
    if fault.retry_after.startswith("date+"):
        ahead = float(fault.retry_after.removeprefix("date+"))
        headers["Retry-After"] = formatdate(context.wall() + ahead, usegmt=True)
    elif fault.retry_after:
        headers["Retry-After"] = fault.retry_after
    body = error_body(fault.message, status) if fault.message else fault.body.encode()
    context.connection.send_reply(status, body, headers)


def _rate_limited(context: FaultContext) -> None:
    context.connection.send_reply(400, error_body(RATE_LIMIT_MESSAGE, 400))


def _echo_auth(context: FaultContext) -> None:
    connection = context.connection
    status = context.fault.code or 400
    echoed = [connection.headers.get("auth", ""), context.client_secret, connection.body.decode(errors="replace")]
    connection.send_reply(status, error_body(f"cannot take {' '.join(echoed)}", status))


def _redirect(context: FaultContext) -> None:
    _send_redirect(context, context.fault.location or f"{context.url}/moved?{_QUERY}")


def _redirect_elsewhere(context: FaultContext) -> None:
    address = context.fault.location or "https://elsewhere.example/login"
    _send_redirect(context, f"{address}{'&' if '?' in address else '?'}{_QUERY}")


def _send_redirect(context: FaultContext, address: str) -> None:
    context.connection.send_reply(context.fault.code or 302, b"", {"Location": address})


def _reset(context: FaultContext) -> None:
    context.connection.reset()


def _close(context: FaultContext) -> None:
    context.connection.close_connection = True


def _silence(context: FaultContext) -> None:
    context.connection.close_connection = True
    while not _is_over(context):
        pass


def _is_over(context: FaultContext) -> bool:
    """Whether the platform stops or the client leaves, within a pause."""
    return context.stopping.is_set() or context.connection.client_has_left(_PAUSE_SECONDS)


def _drip(context: FaultContext) -> None:
    _send_head(context, len(context.reply.body))
    for byte in context.reply.body:
        context.connection.wfile.write(bytes([byte]))
        context.connection.wfile.flush()
        if _is_over(context):
            return


def _truncated(context: FaultContext) -> None:
    body = context.reply.body
    _send_head(context, len(body))
    context.connection.wfile.write(body[: len(body) // 2])


def _interim(context: FaultContext) -> None:
    _send_interim(context)
    context.connection.send_reply(*context.reply)


def _interim_only(context: FaultContext) -> None:
    context.connection.close_connection = True
    _send_interim(context)


def _send_interim(context: FaultContext) -> None:
    context.connection.send_interim(context.fault.code or 103, {"Link": "</style.css>; rel=preload"})


def _bad_chunk(context: FaultContext) -> None:
    context.connection.close_connection = True
    context.connection.send_head(context.reply.status, {"Transfer-Encoding": "chunked"})
    context.connection.wfile.write(b"-5\r\n%s\r\n0\r\n\r\n" % context.reply.body)


def _two_lengths(context: FaultContext) -> None:
    length = len(context.reply.body)
    # One value with a line break in it becomes two headers.
    _send_head(context, f"{length}\r\nContent-Length: {length // 2}")
    context.connection.wfile.write(context.reply.body)


def _short_length(context: FaultContext) -> None:
    body = context.reply.body
    _send_head(context, len(body) // 2)
    context.connection.wfile.write(body)


def _send_head(context: FaultContext, length: int | str) -> None:
    """Announce a reply of that length, which is the last one of the connection."""
    context.connection.close_connection = True
    context.connection.send_head(context.reply.status, {"Content-Length": str(length)})


def _too_long(context: FaultContext) -> None:
    context.connection.send_reply(*context.reply)
    context.connection.wfile.write(context.reply.body)


def _gzip(context: FaultContext) -> None:
    _send_gzip(context, context.reply.status, gzip.compress(context.reply.body))


def _bad_gzip(context: FaultContext) -> None:
    compressed = gzip.compress(context.reply.body)
    _send_gzip(context, context.reply.status, compressed[:12] + b"\xff" * (len(compressed) - 12))


def _gzip_bomb(context: FaultContext) -> None:
    _send_gzip(context, 200, _bomb())


def _send_gzip(context: FaultContext, status: int, body: bytes) -> None:
    context.connection.send_reply(status, body, {"Content-Encoding": "gzip"})


@cache
def _bomb() -> bytes:
    compressor = zlib.compressobj(wbits=31)
    return b"".join([compressor.compress(b" " * _MIB) for _ in range(_BOMB_MIB)]) + compressor.flush()


def _huge(context: FaultContext) -> None:
    context.connection.send_head(200, {"Content-Length": str(_HUGE_MIB * _MIB)})
    _send_repeatedly(context, b"0" * _MIB, _HUGE_MIB)


def _huge_chunked(context: FaultContext) -> None:
    context.connection.send_head(200, {"Transfer-Encoding": "chunked"})
    _send_repeatedly(context, b"%x\r\n%s\r\n" % (_MIB, b"0" * _MIB), _MAX_CHUNKS)


def _send_repeatedly(context: FaultContext, piece: bytes, times: int) -> None:
    context.connection.close_connection = True
    for _ in range(times):
        context.connection.wfile.write(piece)
        context.connection.wfile.flush()
        context.count_bytes(len(piece))


def _another_body(body: bytes, content_type: str = "application/json") -> _FaultFunction:
    def send(context: FaultContext) -> None:
        context.connection.send_reply(200, body, {"Content-Type": content_type})

    return send


def _another_json(value: object) -> _FaultFunction:
    return _another_body(json.dumps(value).encode())


_REJECTIONS: dict[FaultName, _FaultFunction] = {
    "http": _http,
    "rate-limited": _rate_limited,
    "echo-auth": _echo_auth,
    "redirect": _redirect,
    "redirect-elsewhere": _redirect_elsewhere,
}
FAULTS: dict[FaultName, _FaultFunction] = {
    **_REJECTIONS,
    "reset": _reset,
    "close": _close,
    "silence": _silence,
    "drip": _drip,
    "truncated": _truncated,
    "interim": _interim,
    "interim-only": _interim_only,
    "bad-chunk": _bad_chunk,
    "two-lengths": _two_lengths,
    "short-length": _short_length,
    "too-long": _too_long,
    "gzip": _gzip,
    "bad-gzip": _bad_gzip,
    "gzip-bomb": _gzip_bomb,
    "huge": _huge,
    "huge-chunked": _huge_chunked,
    "html": _another_body(b"<!doctype html><html><body><h1>Please sign in</h1></body></html>", "text/html"),
    "empty": _another_body(b""),
    "json-list": _another_json([1, 2]),
    "json-string": _another_json("passed"),
    "json-other": _another_json({"hello": "world"}),
    "nan": _another_body(b'{"status": NaN}'),
    "deep": _another_body(b'{"status": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "not-utf8": _another_body(b'{"status": "\xff\xfe"}'),
}
