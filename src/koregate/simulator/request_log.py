"""What the log says of a request to the simulator. The text may hold anything that a client or a scenario wrote."""

import json
from collections.abc import Mapping

from koregate.simulator.api import HandledRequest

_MAX_NAME = 80
_OK = 200


def request_line(handled: HandledRequest) -> str:
    """A request and what became of it: `start "Refund request": 400 Test Suite not found`."""
    request = handled.request
    if request.kind == "other":
        subject = f"{request.method} {request.path.partition('?')[0][:_MAX_NAME]}"
    else:
        subject = f'{request.kind} "{request.suite[:_MAX_NAME]}"' if request.suite else request.kind
    return f"{subject}: {_outcome(handled)}"


def _outcome(handled: HandledRequest) -> str:
    if (fault := handled.fault) is not None:
        return f"fault {fault.fault}" if fault.code is None else f"fault {fault.fault} {fault.code}"
    status = str(handled.reply.status)
    if handled.request.kind == "file" and handled.reply.status == _OK:
        # A result file need not be JSON, and a scenario can put anything into it.
        return status
    return " ".join([status, *_words(json.loads(handled.reply.body))])


def _words(reply: object) -> list[str]:
    """The error of a reply, the id of the run that it started, or how far the run is."""
    if not isinstance(reply, Mapping):
        return []
    if "errors" in reply:
        return [str(error["msg"]) for error in reply["errors"]]
    percents = [f"{reply[key]}%" for key in ("percentageCompleted", "percentage") if key in reply]
    names = ("testRunId", "requestId", "fileId", "status")
    words = (*(reply.get(name) for name in names), *percents)
    return [str(word) for word in words if word]
