"""What Kore.ai's pages document about each reply: keys, types and status words. No other module lists them.

Sources: Kore.ai API, pages "Get Test Suite Execution Status", "Batch Test Execution Status" and "ML Utterance Train
Status". The API shows no sample of a context assertion's pairs: those are from the user guide, "Test Case Assertion".
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

STRING, NUMBER, BOOLEAN, NULL, LIST, OBJECT = "string", "number", "boolean", "null", "list", "object"
# In the form that `status_reply.normalized_status` returns. `failed` is from the product's result column.
RUN_WORDS = frozenset({"passed", "failed", "inprogress"})
BATCH_WORDS = frozenset({"accepted", "running", "completed", "failed"})
TRAINING_WORDS = frozenset({"finished", "inprogress", "failed"})
VERSION_WORDS = frozenset({"configured", "published", "indevelopment"})


class Documented(NamedTuple):
    """One part of a reply. `words` are the documented values, and `items` describes the items of a documented list."""

    kinds: frozenset[str]
    keys: Mapping[str, "Documented"]
    items: "Documented | None" = None
    words: frozenset[str] = frozenset()

    @property
    def has_objects(self) -> bool:
        """Whether it is an object, or a list of objects, whose keys are documented."""
        return bool(self.keys or (self.items is not None and self.items.keys))


def _value(*kinds: str, words: frozenset[str] = frozenset()) -> Documented:
    return Documented(frozenset(kinds), {}, words=words)


def _list(items: Documented | None = None) -> Documented:
    return Documented(frozenset({LIST}), {}, items)


def _object(keys: Mapping[str, Documented]) -> Documented:
    return Documented(frozenset({OBJECT}), keys)


_TEXT = _value(STRING)
_COUNT = _value(NUMBER)
_SWITCH = _value(BOOLEAN)
_STATUS = _value(STRING, words=RUN_WORDS)
_VERSION = _value(STRING, words=VERSION_WORDS)
_IDS = {"_id": _TEXT, "streamId": _TEXT, "testSuiteId": _TEXT}


def _assertion(entry: Mapping[str, Documented]) -> Documented:
    entries = _list(_object({**entry, "status": _STATUS}))
    return _object({"enabled": _SWITCH, "status": _STATUS, "contains": entries})


_RESPONSE = _object(
    {
        **dict.fromkeys(("text", "nodeId", "nodeName", "componentType", "intentId", "intentType", "taskId"), _TEXT),
        "dialogName": _TEXT,
        **{key: _list(_TEXT) for key in ("transitions", "transitionNodeNames", "transitionNodeType")},
        "category": _TEXT,
        "isStandardResponse": _SWITCH,
        # No page shows an entry of this list or of the lists of a step below.
        "userPrompts": _list(),
        "textMismatch": _SWITCH,
        "assertions": _object(
            {
                "flowLevel": _assertion({"nodeId": _TEXT}),
                "text": _assertion({"text": _TEXT}),
                "context": _assertion({"key": _TEXT, "value": _value(STRING, NUMBER, BOOLEAN)}),
            }
        ),
    }
)
CONVERSATION_STEP = _object(
    {
        **dict.fromkeys(("input", "event", "requestId", "nlpVersion"), _TEXT),
        "status": _STATUS,
        **{key: _list() for key in ("intents", "faqs", "smalltalk")},
        "outputs": _list(_RESPONSE),
        "actualOutput": _list(_RESPONSE),
    }
)
CONVERSATION_STATUS = _object(
    {
        **_IDS,
        "status": _STATUS,
        "totalTestStepsCount": _COUNT,
        "percentageCompleted": _COUNT,
        "result": _object(
            {
                "nlpVersion": _list(_TEXT),
                "startTime": _TEXT,
                "version": _VERSION,
                "status": _STATUS,
                "duration": _COUNT,
                "stepDetails": _object({"passed": _COUNT, "failed": _COUNT, "total": _COUNT}),
                # Every sample has null.
                "errorDetails": _value(NULL),
                "executionResults": _list(CONVERSATION_STEP),
            }
        ),
    }
)

_BATCH_WORD = _value(STRING, words=BATCH_WORDS)
# The samples have figures as numbers and as strings.
_FIGURE = _value(NUMBER, STRING)
BATCH_STATUS = _object(
    {
        **_IDS,
        "status": _BATCH_WORD,
        **dict.fromkeys(("utterance_count", "totalUtterances", "utterance_ran", "percentage"), _FIGURE),
        "result": _object(
            {
                **_IDS,
                "status": _BATCH_WORD,
                **dict.fromkeys(("isPartialFailure", "isAvailable"), _SWITCH),
                **dict.fromkeys(("triggeredBy", "botLanguage", "runType", "startTime", "endTime"), _TEXT),
                **dict.fromkeys(("fileId", "fileUrl"), _TEXT),
                **dict.fromkeys(("utterance_count", "f1_score", "precision", "recall", "__v"), _FIGURE),
                "results": _object(
                    {
                        **dict.fromkeys(("TP", "TN", "FP", "FN", "success", "failure"), _FIGURE),
                        **dict.fromkeys(("traitSuccess", "traitFailure", "totalEntitiesCount"), _FIGURE),
                        **dict.fromkeys(("matchedEntitiesCount", "totalTraitsCount", "matchedTraitsCount"), _FIGURE),
                        **dict.fromkeys(("failedUtteranceCount", "failedEntitiesCount"), _FIGURE),
                    }
                ),
            }
        ),
    }
)

_SYNC_PARTS = (
    *("Sentences", "Synonyms", "Mlparams", "Traits", "SmallTalk", "UBTraining"),
    *("EntityNode", "IntentNode", "Patterns", "BTUtterances"),
)
TRAINING_STATUS = _object(
    {
        "trainingStatus": _value(STRING, words=TRAINING_WORDS),
        **{f"isMlInSyncWith{part}": _SWITCH for part in _SYNC_PARTS},
        "trainDetails": _object({"nlpVersion": _COUNT, "trainVersion": _COUNT}),
    }
)
_ERRORS = _object({"errors": _list(_object({"msg": _TEXT, "code": _FIGURE}))})
_STARTED = _object({"status": _STATUS, "testRunId": _TEXT, "requestId": _TEXT})
_ALL = (CONVERSATION_STATUS, BATCH_STATUS, TRAINING_STATUS, _ERRORS, _STARTED)


def _parts(part: Documented) -> Iterator[tuple[str, Documented]]:
    """Every key in a part, with the part that it holds."""
    inner = part if part.items is None else part.items
    for key, value in inner.keys.items():
        yield key, value
        yield from _parts(value)


DOCUMENTED_KEYS = frozenset(key for reply in _ALL for key, _ in _parts(reply))
# The documented words for each key, in any reply.
WORDS_BY_KEY: Mapping[str, frozenset[str]] = {
    key: frozenset().union(*(value.words for reply in _ALL for name, value in _parts(reply) if name == key))
    for key in sorted({key for reply in _ALL for key, value in _parts(reply) if value.words})
}
