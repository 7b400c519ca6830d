"""What differs between the kinds of test suites at the API: path, request body, run id, and status reply."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from koregate.errors import UnreadableReply
from koregate.inputs import Inputs, SuiteKindName
from koregate.kore_api import batch, conversation, replies
from koregate.kore_api.json_values import load_json, repeated_key
from koregate.kore_api.replies import HttpReply, Rejections, request_advice
from koregate.kore_api.status_reply import RunProgress


class SuiteKind(NamedTuple):
    """One kind of test suite.

    `path` follows the stream's URL, `run_id_key` is the key of the run id in a start reply, and `read_progress` raises
    the same errors as `status_reply.read_body`. `steps` is the noun for the parts of a run. `one_at_a_time` says that
    the platform never runs two suites of this kind at the same time.
    """

    name: SuiteKindName
    path: str
    run_id_key: str
    rejections: Rejections
    start_body: Callable[[Inputs], Mapping[str, str | None]]
    read_progress: Callable[[bytes], RunProgress]
    steps: str = "steps"
    one_at_a_time: bool = False

    def run_id(self, reply: HttpReply, now: datetime | None = None, suite: str = "") -> str:
        """The run id of a start reply for that suite. Raises the same errors as `replies.check_start`."""
        rejections = self.rejections._replace(suite=suite)
        value = replies.check_start(reply, rejections, now)
        given = value.get(self.run_id_key) if isinstance(value, dict) else None
        usable = isinstance(given, str) and re.fullmatch(r"[\w.:~-]{1,200}", given, re.ASCII) and given.strip(".")
        if isinstance(given, str) and usable and repeated_key(reply.body) is None:
            return given
        raise replies.start_without_run_id(reply, self.run_id_key, rejections)

    def progress(self, reply: HttpReply, now: datetime, suite: str = "") -> RunProgress:
        """The progress in a status reply for that suite.

        Raises `RetryableError` if a retry may help, and a `SuiteError` if it cannot.
        """
        rejections = self.rejections._replace(suite=suite)
        error_text = replies.check_status(reply, rejections, now)
        try:
            return self.read_progress(reply.body)
        except UnreadableReply:
            if error_text:
                raise replies.error_instead_of_status(error_text, rejections) from None
            if replies.is_retryable_json(reply):
                raise replies.not_a_status(reply) from None
            raise
        except ValueError:
            raise replies.not_json(reply) from None


def _conversation_start(inputs: Inputs) -> dict[str, str | None]:
    return {"version": inputs.bot_version, "userEmailId": inputs.user_email}


def _batch_start(inputs: Inputs) -> dict[str, str | None]:
    """The body of a start request. `engine` is in the page's sample only, so it is sent only if the input is set."""
    engine = {"engine": inputs.engine} if inputs.engine else {}
    return {"version": inputs.bot_version, **engine}


# The user guide, "Batch Testing", has such a message for a cancellation. The one for a start is undocumented.
BUSY = re.compile(
    r"\bwait for\b.{0,60}\b(execution|run|test)"
    r"|\b(another|other|already|previous|one)\b.{0,60}\b(in progress|under ?way|running|executing|being executed)\b"
    r"|\b(execution|run|test suite) (is )?(already )?(in progress|under ?way|running)\b",
    re.IGNORECASE,
)
_MAY_BE_BATCH = "If it is a batch suite, set suite-kind to batch."
_MAY_BE_CONVERSATION = "If it is a conversation suite, leave suite-kind out."
CONVERSATION = SuiteKind(
    name="conversation",
    path="conversation/testsuite",
    run_id_key="testRunId",
    rejections=Rejections(
        "Conversation Tests Execution",
        "Check user-email and bot-version: the user must be the app's owner or a developer with access to it.",
        requests=request_advice(_MAY_BE_BATCH),
        other_kind=_MAY_BE_BATCH,
    ),
    start_body=_conversation_start,
    read_progress=conversation.read_progress,
)
BATCH = SuiteKind(
    name="batch",
    path="testsuite",
    run_id_key="requestId",
    rejections=Rejections(
        "Batch Tests Execution",
        "Check bot-version and engine: the app must have that version and engine.",
        BUSY,
        request_advice(_MAY_BE_CONVERSATION),
        _MAY_BE_CONVERSATION,
    ),
    start_body=_batch_start,
    read_progress=batch.read_progress,
    steps="utterances",
    one_at_a_time=True,
)
SUITE_KINDS: Mapping[SuiteKindName, SuiteKind] = {kind.name: kind for kind in (CONVERSATION, BATCH)}


def kind_of_reply(body: bytes) -> SuiteKindName:
    """The kind of a single saved reply: batch if it has the keys or the run id of a batch suite."""
    try:
        value = load_json(body)
    except ValueError:
        return "conversation"
    is_batch = isinstance(value, dict) and (
        str(value.get("_id")).startswith("tr-") or bool({"utterance_count", "totalUtterances"} & value.keys())
    )
    return "batch" if is_batch else "conversation"
