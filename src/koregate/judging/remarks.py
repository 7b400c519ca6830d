"""Remarks on a reply: what is worth a look and decides nothing."""

from collections.abc import Callable, Mapping

from koregate.inputs import SuiteKindName
from koregate.kore_api.documented import BATCH_STATUS, CONVERSATION_STATUS, Documented
from koregate.kore_api.reply_parts import ReplyParts
from koregate.kore_api.undocumented import remark

_STATUS: Mapping[SuiteKindName, Documented] = {"conversation": CONVERSATION_STATUS, "batch": BATCH_STATUS}


def reply_remarks(parts: ReplyParts | None, kind: SuiteKindName, redact: Callable[[str], str]) -> tuple[str, ...]:
    """One remark on everything in a reply that no page shows, if there is anything.

    Without parts there is no reply, or the verdict says that it cannot be read.
    """
    told = remark(parts.whole, _STATUS[kind], redact) if parts else None
    return () if told is None else (told,)
