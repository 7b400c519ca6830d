"""The training of an app's model: whether the bot that responds is the one that was built.

Kore.ai API, "ML Utterance Train Status": `trainingStatus` is Finished, Inprogress or Failed. Keys that begin with
`isMlInSyncWith` say for each part of the app whether the model was trained with it. The scope is "Train ML".
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from koregate.errors import CredentialsRejected, RequestRejected, RetryableError, UnreadableReply
from koregate.inputs import BotVersion
from koregate.kore_api.json_values import Json, load_json, repeated_key
from koregate.kore_api.replies import HttpReply, is_retryable, platform_error, rejects_credentials, retry_after
from koregate.kore_api.status_reply import is_in_progress, normalized_status
from koregate.text import json_as_text, one_line

SCOPE = "Train ML"
# The API's name for each version of the app. `configured` is the version in development.
STATES: Mapping[BotVersion, str] = {"inDevelopment": "configured", "published": "published"}
_SYNC = re.compile(r"isMlInSyncWith(\w*)", re.IGNORECASE | re.ASCII)
_RATE_LIMIT = re.compile(r"rate limit", re.IGNORECASE)
_FINISHED = "finished"
_OK = 2
_MAX_WORD = 40
_MAX_PARTS = 10


class TrainingStatus(NamedTuple):
    """The platform's status word, and the parts of the app that have changed since the model was trained.

    `compares` says whether the reply compares the model with the app at all.
    """

    word: str
    out_of_sync: tuple[str, ...] = ()
    compares: bool = True

    @property
    def in_progress(self) -> bool:
        """Whether the training is in progress."""
        return is_in_progress(self.word)

    @property
    def is_trained(self) -> bool:
        """Whether the reply proves that the model is trained with the current app."""
        return normalized_status(self.word) == _FINISHED and self.compares and not self.out_of_sync

    @property
    def description(self) -> str:
        """The state in a few words."""
        word = f"training {one_line(self.word, _MAX_WORD) or 'without a status'}"
        if self.in_progress:
            return word
        if self.out_of_sync:
            more = f" and {len(self.out_of_sync) - _MAX_PARTS} more" if self.out_of_sync[_MAX_PARTS:] else ""
            return f"{word}, out of sync with {', '.join(self.out_of_sync[:_MAX_PARTS])}{more}"
        return f"{word}, in sync" if self.compares else f"{word}, not known to be in sync"

    @property
    def advice(self) -> str:
        """What to do if the model is not trained."""
        if self.in_progress:
            return "Wait until the training finishes, or set require-trained to let koregate wait for it."
        return "Train the app on the platform. If the training fails there, the platform says why."


_UNREADABLE_ADVICE = "Check host, or leave out require-trained."


def read_training(reply: HttpReply, now: datetime) -> TrainingStatus:
    """The training status in a reply.

    Raises `RetryableError` if a retry may help, and a `SuiteError` if it cannot.
    """
    text = platform_error(reply)
    said = f'{reply.code} "{text}"' if text else str(reply.code)
    if rejects_credentials(reply, text):
        raise CredentialsRejected(
            f'The platform rejected the request for the training status ({said}). Grant the scope "{SCOPE}" to the JWT '
            "app and publish the app, or leave out require-trained."
        )
    if is_retryable(reply) or _RATE_LIMIT.search(text):
        raise RetryableError(f"the platform replied {said}", retry_after=retry_after(reply.headers, now))
    if reply.code // 100 != _OK or text:
        raise RequestRejected(
            f"The platform rejected the request for the training status ({said}). Check stream-id and bot-language, or "
            "leave out require-trained."
        )
    try:
        value, repeated = load_json(reply.body), repeated_key(reply.body)
    except ValueError:
        raise RetryableError("the platform returned something that is not JSON") from None
    if repeated is not None:
        raise UnreadableReply(
            f"The training status has a key more than once, so it is unclear which value counts. {_UNREADABLE_ADVICE}"
        )
    return _status(value)


def _status(value: Json) -> TrainingStatus:
    if not isinstance(value, dict) or "trainingStatus" not in value:
        raise UnreadableReply(
            f"The platform returned JSON, but not a training status: it has no trainingStatus. {_UNREADABLE_ADVICE}"
        )
    parts = {match[1]: flag for key, flag in value.items() if (match := _SYNC.fullmatch(key))}
    # Only the boolean `true` proves anything.
    out_of_sync = tuple(one_line(name or "the app", _MAX_WORD) for name, flag in parts.items() if flag is not True)
    return TrainingStatus(one_line(json_as_text(value["trainingStatus"])), out_of_sync, compares=bool(parts))
