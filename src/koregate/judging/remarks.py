"""Remarks on a reply: what is worth a look and decides nothing."""

from collections.abc import Callable, Mapping

from koregate.inputs import SuiteKindName
from koregate.kore_api.documented import BATCH_STATUS, CONVERSATION_STATUS, Documented
from koregate.kore_api.undocumented import remark
from koregate.runs.record import RunRecord

_STATUS: Mapping[SuiteKindName, Documented] = {"conversation": CONVERSATION_STATUS, "batch": BATCH_STATUS}


def reply_remarks(record: RunRecord, redact: Callable[[str], str]) -> tuple[str, ...]:
    """One remark on everything in the record's reply that no page shows, if there is anything."""
    if record.reply is None:
        return ()
    try:
        told = remark(record.reply, _STATUS[record.kind], redact)
    except ValueError:
        # The verdict says that the reply cannot be read.
        return ()
    return () if told is None else (told,)
