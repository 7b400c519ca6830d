"""What differs between the kinds of test suites at the API: path, request body, run id, and status reply."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from koregate.errors import UnreadableReply
from koregate.inputs import Inputs
from koregate.kore_api import conversation, replies
from koregate.kore_api.replies import HttpReply
from koregate.kore_api.status_reply import RunProgress


class SuiteKind(NamedTuple):
    """One kind of test suite.

    `path` follows the stream's URL, `run_id_key` is the key of the run id in a start reply, and `read_progress` raises
    as `status_reply.read_body` does.
    """

    path: str
    run_id_key: str
    start_body: Callable[[Inputs], Mapping[str, str | None]]
    read_progress: Callable[[bytes], RunProgress]

    def run_id(self, reply: HttpReply, now: datetime | None = None) -> str:
        """The run id of a start reply. Raises as `replies.check_start` does."""
        value = replies.check_start(reply, now)
        given = value.get(self.run_id_key) if isinstance(value, dict) else None
        if isinstance(given, str) and re.fullmatch(r"[\w.:~-]{1,200}", given, re.ASCII) and given.strip("."):
            return given
        raise replies.start_without_run_id(reply, self.run_id_key)

    def progress(self, reply: HttpReply, now: datetime) -> RunProgress:
        """The progress in a status reply.

        Raises `RetryableError` if a retry may help, and a `SuiteError` if it cannot.
        """
        error_text = replies.check_status(reply, now)
        try:
            return self.read_progress(reply.body)
        except UnreadableReply:
            if error_text:
                raise replies.error_instead_of_status(error_text) from None
            if replies.is_retryable_json(reply):
                raise replies.not_a_status(reply) from None
            raise
        except ValueError:
            raise replies.not_json(reply) from None


def _conversation_start(inputs: Inputs) -> dict[str, str | None]:
    return {"version": inputs.bot_version, "userEmailId": inputs.user_email}


CONVERSATION = SuiteKind("conversation/testsuite", "testRunId", _conversation_start, conversation.read_progress)
