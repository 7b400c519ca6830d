"""Replies of the platform, made by hand."""

import json
from typing import Any

from koregate.kore_api.replies import HttpReply


def reply(code: int = 200, body: Any = b"", **headers: str) -> HttpReply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpReply(code, {name.replace("_", "-"): value for name, value in headers.items()}, data)


def error_body(message: str, code: object = 4002) -> dict[str, Any]:
    """The platform's error body."""
    return {"errors": [{"msg": message, "code": code}]}
