"""Remarks on a reply: worth a look, but without effect on the verdict."""

from collections.abc import Callable, Mapping

from koregate.inputs import SuiteKindName
from koregate.kore_api.documented import BATCH_STATUS, CONVERSATION_STATUS, Documented
from koregate.kore_api.reply_parts import ReplyParts
from koregate.kore_api.undocumented import remark

_STATUS: Mapping[SuiteKindName, Documented] = {"conversation": CONVERSATION_STATUS, "batch": BATCH_STATUS}


def reply_remarks(parts: ReplyParts | None, kind: SuiteKindName, redact: Callable[[str], str]) -> tuple[str, ...]:
    """One remark on all undocumented parts of a reply, if there are any.

    Without parts there is no reply, or the verdict already says that it is unreadable.
    """
    sentence = remark(parts.whole, _STATUS[kind], redact) if parts else None
    return () if sentence is None else (sentence,)
