"""What can go wrong between koregate and the platform, one function a fault.

Each takes the handler of a request, the fault's parameters and the answer that would have been given.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import struct
from email.utils import formatdate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from koregate.simulator.scenarios import Fault
    from koregate.simulator.server import Handler

_MIB = 1024 * 1024
_TOO_LARGE = 65 * _MIB
_SECRET = "token=not-to-be-shown"  # noqa: S105 -- what a log must never show of a redirect
LIMIT_MESSAGE = "Rate limit for this API has been reached. Please try again after some time."


def strike(handler: Handler, fault: Fault, answer: bytes) -> None:
    """Do to a request what the fault says."""
    _FAULTS[fault.fault](handler, fault, answer)


def error_body(message: str, code: int | str) -> bytes:
    """The platform's error body."""
    return json.dumps({"errors": [{"msg": message, "code": code}]}).encode()


def _reset(handler: Handler, _fault: Fault, _answer: bytes) -> None:
    # SO_LINGER of 0 s: close sends RST instead of FIN.
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()


def _close(handler: Handler, _fault: Fault, _answer: bytes) -> None:
    handler.close_connection = True


def _silence(handler: Handler, _fault: Fault, _answer: bytes) -> None:
    handler.close_connection = True
    handler.simulator.stopping.wait()


def _drip(handler: Handler, _fault: Fault, answer: bytes) -> None:
    handler.head(200, {"Content-Length": str(len(answer))})
    handler.close_connection = True
    with contextlib.suppress(OSError):
        for byte in answer:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            if handler.simulator.stopping.wait(0.02):
                return


def _cut(handler: Handler, _fault: Fault, answer: bytes) -> None:
    handler.head(200, {"Content-Length": str(len(answer))})
    handler.wfile.write(answer[: len(answer) // 2])
    handler.close_connection = True


def _short_length(handler: Handler, _fault: Fault, answer: bytes) -> None:
    handler.head(200, {"Content-Length": str(len(answer) // 2)})
    handler.wfile.write(answer)
    handler.close_connection = True


def _bad_gzip(handler: Handler, _fault: Fault, answer: bytes) -> None:
    packed = gzip.compress(answer)
    handler.reply(200, packed[:20] + b"garbage" + packed[27:], {"Content-Encoding": "gzip"})


def _gzip(handler: Handler, _fault: Fault, answer: bytes) -> None:
    handler.reply(200, gzip.compress(answer), {"Content-Encoding": "gzip"})


def _bomb(handler: Handler, _fault: Fault, _answer: bytes) -> None:
    handler.reply(200, gzip.compress(b" " * (100 * _MIB), 1), {"Content-Encoding": "gzip"})


def _fixed(body: bytes, content_type: str = "application/json") -> Callable[[Handler, Fault, bytes], None]:
    def give(handler: Handler, _fault: Fault, _answer: bytes) -> None:
        handler.reply(200, body, {"Content-Type": content_type})

    return give


def _http(handler: Handler, fault: Fault, _answer: bytes) -> None:
    headers = {}
    if fault.retry_after.startswith("date+"):
        headers["Retry-After"] = formatdate(handler.simulator.wall() + float(fault.retry_after[5:]), usegmt=True)
    elif fault.retry_after:
        headers["Retry-After"] = fault.retry_after
    body = error_body(fault.message, fault.code) if fault.message else fault.body.encode()
    handler.reply(fault.code, body, headers)


def _redirect(handler: Handler, fault: Fault, _answer: bytes) -> None:
    handler.reply(fault.code, b"", {"Location": fault.location or f"{handler.simulator.url}/elsewhere?{_SECRET}"})


def _huge(handler: Handler, _fault: Fault, _answer: bytes) -> None:
    handler.head(200, {"Content-Length": str(_TOO_LARGE)})
    _pour(handler, lambda data: data)


def _huge_chunked(handler: Handler, _fault: Fault, _answer: bytes) -> None:
    handler.head(200, {"Transfer-Encoding": "chunked"})
    _pour(handler, lambda data: b"%x\r\n%s\r\n" % (len(data), data))


def _pour(handler: Handler, framed: Callable[[bytes], bytes]) -> None:
    handler.close_connection = True
    with contextlib.suppress(OSError):
        for _ in range(_TOO_LARGE // _MIB):
            handler.wfile.write(framed(b" " * _MIB))
            handler.simulator.poured += _MIB


def _rate_limited(handler: Handler, _fault: Fault, _answer: bytes) -> None:
    handler.reply(400, error_body(LIMIT_MESSAGE, 400))


def _echo(handler: Handler, fault: Fault, _answer: bytes) -> None:
    asked = (
        f"{handler.headers.get('auth', '')} {handler.simulator.client_secret} {handler.body.decode(errors='replace')}"
    )
    handler.reply(fault.code, error_body(f"cannot take {asked}", fault.code))


_FAULTS: dict[str, Callable[[Handler, Fault, bytes], None]] = {
    "reset": _reset,
    "close": _close,
    "silence": _silence,
    "drip": _drip,
    "truncated": _cut,
    "short-length": _short_length,
    "bad-gzip": _bad_gzip,
    "gzip": _gzip,
    "gzip-bomb": _bomb,
    "html": _fixed(b"<html><body>Please sign in</body></html>", "text/html"),
    "empty": _fixed(b""),
    "json-list": _fixed(b"[1, 2]"),
    "json-other": _fixed(b'{"hello": "world"}'),
    "json-string": _fixed(b'"passed"'),
    "nan": _fixed(b'{"status": NaN}'),
    "deep": _fixed(b'{"status":' + b"[" * 100_000),
    "not-utf8": _fixed(b'{"status": "\xff\xfe"}'),
    "http": _http,
    "redirect": _redirect,
    "huge": _huge,
    "huge-chunked": _huge_chunked,
    "rate-limited": _rate_limited,
    "echo": _echo,
}
NAMES = tuple(_FAULTS)
