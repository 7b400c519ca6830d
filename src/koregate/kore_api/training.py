"""The training of an app's model: whether the bot that responds is the one that was built.

Kore.ai API, "ML Utterance Train Status": `trainingStatus` is Finished, Inprogress or Failed. Keys that begin with
`isMlInSyncWith` say for each part of the app whether the model was trained with it. The scope is "Train ML".

Only those prove anything. Any other key that says that something is out of sync, or not trained, counts against it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from koregate.errors import CredentialsRejected, NoVerdict, RequestRejected, RetryableError, UnreadableReply
from koregate.inputs import BotVersion, Inputs
from koregate.kore_api.identity import identity_doubts
from koregate.kore_api.json_places import Place, shown
from koregate.kore_api.json_values import Json, load_json, repeated_key
from koregate.kore_api.replies import (
    OWNER_ACTS,
    HttpReply,
    is_retryable,
    platform_error,
    rejects_credentials,
    retry_after,
)
from koregate.kore_api.signs import word_against
from koregate.kore_api.status_reply import is_in_progress, normalized_status
from koregate.redaction.personal_data import personal_data_filter
from koregate.text import json_as_text, one_line

SCOPE = "Train ML"
# The API's name for each version of the app. `configured` is the version in development.
STATES: Mapping[BotVersion, str] = {"inDevelopment": "configured", "published": "published"}
_SYNC = re.compile(r"isMlInSyncWith[\W_]*(.*)", re.IGNORECASE | re.DOTALL)
# Keys in the form that `_plain` returns: what must not be so, and what must be `true`.
_UNTRAINED = re.compile(
    r"outofsync|(not|un)(in)?sync|(needs?|requires?)(to)?(be)?(re)?train"
    r"|train(ing)?(is)?(needed|required|pending)|untrained|nottrained"
)
_TRAINED = re.compile(r"insync|synced|^(is|has|was)?(ml|model|app|bot)?(been)?trained$")
_NOT_SO = frozenset({"", "false", "no", "0", "0.0", "[]", "{}"})
# Names under which a reply may say what it is for, likewise.
_IDENTITIES = {
    **dict.fromkeys(("streamid", "botid"), "stream"),
    **dict.fromkeys(("state", "version", "botversion"), "version"),
    **dict.fromkeys(("language", "botlanguage"), "language"),
}
_RATE_LIMIT = re.compile(r"rate limit", re.IGNORECASE)
_FINISHED = "finished"
_DOCUMENTED: Place = ("trainingStatus",)
_OK = 2
_MAX_WORD = 40
_MAX_PARTS = 10
_MAX_PLACE = 80


class TrainingStatus(NamedTuple):
    """The platform's status word, and the parts of the app that have changed since the model was trained.

    `compares` says whether the reply compares the model with the app at all. `others` are values under undocumented
    keys that say that something is not trained, like `isKgInSync is false`. All are free of personal data.
    """

    word: str
    out_of_sync: tuple[str, ...] = ()
    compares: bool = True
    others: tuple[str, ...] = ()

    @property
    def in_progress(self) -> bool:
        """Whether the training is in progress."""
        return is_in_progress(self.word)

    @property
    def is_trained(self) -> bool:
        """Whether the reply proves that the model is trained with the current app."""
        return normalized_status(self.word) == _FINISHED and self.compares and not (self.out_of_sync or self.others)

    @property
    def description(self) -> str:
        """The state in a few words."""
        word = f"training {one_line(self.word, _MAX_WORD) or 'without a status'}"
        if self.in_progress:
            return "training in progress" if normalized_status(self.word) == "inprogress" else word
        parts = f"out of sync with {_named(self.out_of_sync)}" if self.out_of_sync else ""
        against = ", ".join(filter(None, (word, parts, _named(self.others))))
        if against != word:
            return against
        return f"{word}, in sync" if self.compares else f"{word}, not known to be in sync"

    @property
    def problem(self) -> str:
        """Why no test run was started, if the model is not trained: a sentence that begins with the cause."""
        of_what = " on its latest changes" if self._is_outdated else ""
        return f"The app's model is not trained{of_what}, so no test run was started: {self.description}."

    @property
    def advice(self) -> str:
        """What to do if the model is not trained."""
        if self.in_progress:
            return "Wait until the training finishes, or set require-trained to let koregate wait for it."
        changed = (
            f", because it was changed since its last training: {_named(self.out_of_sync)}" if self._is_outdated else ""
        )
        who = "Its owner, or a developer with access to it, can do that."
        return f"Train the app on the platform{changed}. {who} If the training fails there, the platform says why."

    @property
    def _is_outdated(self) -> bool:
        return bool(self.out_of_sync) and normalized_status(self.word) == _FINISHED


def _named(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _MAX_PARTS} more" if names[_MAX_PARTS:] else ""
    return f"{', '.join(names[:_MAX_PARTS])}{more}"


_UNREADABLE_ADVICE = "Check host, or leave out require-trained."


def read_training(reply: HttpReply, now: datetime, inputs: Inputs) -> TrainingStatus:
    """The training status in a reply to a request for the app, version and language in `inputs`.

    Raises `RetryableError` if a retry may help, and a `SuiteError` if it cannot.
    """
    text = platform_error(reply)
    said = f'{reply.code} "{text}"' if text else str(reply.code)
    if rejects_credentials(reply, text):
        raise CredentialsRejected(
            f"The platform rejected the request for the training status ({said}).",
            advice=(
                f'Grant the scope "{SCOPE}" to the JWT app and publish the app with its API scopes. {OWNER_ACTS} '
                "Or leave out require-trained."
            ),
        )
    if is_retryable(reply) or _RATE_LIMIT.search(text):
        raise RetryableError(f"the platform replied {said}", retry_after=retry_after(reply.headers, now))
    if reply.code // 100 != _OK or text:
        raise RequestRejected(
            f"The platform rejected the request for the training status ({said}).",
            advice="Check stream-id and bot-language, or leave out require-trained.",
        )
    try:
        value, repeated = load_json(reply.body), repeated_key(reply.body)
    except ValueError:
        raise RetryableError("the platform returned something that is not JSON") from None
    if repeated is not None:
        raise UnreadableReply(
            "The training status has a key more than once, so it is unclear which value counts.",
            advice=_UNREADABLE_ADVICE,
        )
    return _status(value, inputs)


def _status(value: Json, inputs: Inputs) -> TrainingStatus:
    if not isinstance(value, dict) or "trainingStatus" not in value:
        raise UnreadableReply(
            "The platform returned JSON, but not a training status: it has no trainingStatus.",
            advice=_UNREADABLE_ADVICE,
        )
    redact = personal_data_filter(inputs.redact)
    requested = {"stream": inputs.stream_id, "version": inputs.bot_version, "language": inputs.bot_language}
    identities = [
        (name, given, requested[name]) for key, given in value.items() if (name := _IDENTITIES.get(_plain(key)))
    ]
    for doubt in identity_doubts(identities, redact, "training status"):
        raise NoVerdict(f"{doubt} Check stream-id, bot-version and bot-language, or leave out require-trained.")
    out_of_sync, others = [], []
    for place, key, flag in _fields(value):
        match = _SYNC.match(key)
        if match is not None and flag is not True:
            out_of_sync.append(one_line(redact(match[1]) or "the app", _MAX_WORD))
        elif match is None and place != _DOCUMENTED and _says_untrained(key, flag):
            said = "null" if flag is None else redact(json_as_text(flag))
            others.append(f"{_shown(place, redact)} is {one_line(said, _MAX_WORD)}")
    word = one_line(_redacted_word(json_as_text(value["trainingStatus"]), redact))
    return TrainingStatus(word, tuple(out_of_sync), any(map(_SYNC.match, value)), tuple(others))


def _redacted_word(word: str, redact: Callable[[str], str]) -> str:
    """The status word redacted, if nothing depends on it."""
    return word if is_in_progress(word) or normalized_status(word) == _FINISHED else redact(word)


def _shown(place: Place, redact: Callable[[str], str]) -> str:
    return one_line(shown(tuple(redact(key) if isinstance(key, str) else key for key in place)), _MAX_PLACE)


def _fields(value: Json) -> Iterator[tuple[Place, str, Json]]:
    """The place, key and value of each field of an object and of all objects in it."""
    waiting: list[tuple[Place, Json]] = [((), value)]
    for place, part in waiting:
        for key, inner in part.items() if isinstance(part, dict) else enumerate(part):
            if isinstance(inner, dict | list):
                waiting.append(((*place, key), inner))
            if isinstance(key, str):
                yield (*place, key), key, inner


def _says_untrained(key: str, flag: Json) -> bool:
    """Whether a value under an undocumented key says that something is not trained. Only `true` says that it is."""
    name = _plain(key)
    if _UNTRAINED.search(name):
        return json_as_text(flag).strip().lower() not in _NOT_SO
    if isinstance(flag, str) and name.endswith("status"):
        return bool(word_against(flag)) or is_in_progress(flag)
    return _TRAINED.search(name) is not None and flag is not True


def _plain(key: str) -> str:
    """A key in lower case without anything but letters and digits."""
    return re.sub(r"[\W_]+", "", key).casefold()
