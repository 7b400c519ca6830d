"""The body of an HTTP reply, read within limits of time and size."""

import time
from collections.abc import Iterator

import requests

from koregate.errors import UnreadableReply
from koregate.kore_api.deadline import DeadlineExceeded

MAX_BODY_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 64 * 1024
_MAX_DIGITS = 19
CONNECT_SECONDS = 10.0
READ_SECONDS = 20.0


def read_body(response: requests.Response, seconds: float) -> Iterator[bytes]:
    """The decoded body in chunks, if it arrives within that many seconds from now.

    Raises `UnreadableReply` for more than 64 MiB, without reading the rest.

    `call_with_deadline` abandons a thread that takes too long. The deadline here ends that thread.
    """
    deadline = time.monotonic() + seconds
    announced = response.headers.get("Content-Length", "")
    size = int(announced) if announced.isascii() and announced.isdigit() and len(announced) <= _MAX_DIGITS else 0
    if size <= MAX_BODY_BYTES:
        size = 0
        for chunk in response.iter_content(_CHUNK_BYTES):
            size += len(chunk)
            if size > MAX_BODY_BYTES or time.monotonic() > deadline:
                break
            yield chunk
    if size > MAX_BODY_BYTES:
        text = "The platform's reply is larger than 64 MiB, so koregate did not read it to the end."
        raise UnreadableReply(text, advice="Split the test suite.")
    if time.monotonic() > deadline:
        raise DeadlineExceeded
