"""Suite files on the platform: the requests that upload and import one, and what the replies mean. No socket.

Kore.ai API, "Upload File", "Import Batch Test Suite", "Get Batch Test Suites". An import has no documented status. Only
the list of suites shows that it succeeded.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from koregate.errors import NoVerdict, RequestRejected, RetryableError
from koregate.inputs import Inputs
from koregate.inputs.suite_names import as_seen
from koregate.kore_api import replies
from koregate.kore_api.json_values import Json, load_json, repeated_key
from koregate.kore_api.replies import HttpReply, Rejections
from koregate.kore_api.status_reply import normalized_status, read_number
from koregate.kore_api.suite_file import MARKER, SuiteFile
from koregate.kore_api.suite_file_csv import DELIMITER
from koregate.kore_api.suite_kind import BUSY
from koregate.text import json_as_text, one_line

SCOPE = "Batch Tests Management"
PAGE_SIZE = 50
_REJECTIONS = Rejections(SCOPE, "Check the suite file and engine.", BUSY, ((r"suite|file", "Check the suite file."),))
_FILE_ID = re.compile(r"[\w.-]{1,200}", re.ASCII)
_REFUSED = frozenset({"failed", "failure", "error", "rejected", "invalid"})
_SUITE_ID = "ts-"
_USABLE_SUITE_ID = re.compile(r"ts-[0-9A-Za-z-]{1,100}", re.ASCII)
_MAX_PAGES = 200
_MAX_WORDS = 300
_MAX_NAME = 60


class ListedSuite(NamedTuple):
    """A batch suite in the platform's list. `suite_id` is empty if the list does not say it in the documented form."""

    name: str
    description: str
    suite_id: str = ""


class Page(NamedTuple):
    """A part of the list of suites. `total` is the number of all suites, or None if the reply does not say."""

    suites: tuple[ListedSuite, ...]
    has_more: bool
    total: int | None = None


def name_problem(suites: Iterable[ListedSuite], file: SuiteFile) -> str:
    """Why koregate must not import the file, given the platform's suites, or an empty text.

    It replaces only what it imported: suites whose description begins with its marker. The platform may compare names
    without case or in a normal form of Unicode, and people compare them by sight. So a suite whose name looks the same
    counts, too.
    """
    seen = as_seen(file.suite)
    for suite in suites:
        if suite.name == file.suite:
            if not suite.description.startswith(MARKER):
                return "the platform has a suite of that name that koregate did not import"
        elif as_seen(suite.name) == seen:
            other = one_line(suite.name, _MAX_NAME)
            return f'the platform has a suite "{other}", whose name differs only by case, spaces or similar characters'
    return ""


def all_suites(page_from: Callable[[int], Page]) -> tuple[ListedSuite, ...]:
    """All batch suites of the app. `page_from` requests the page that begins after so many suites.

    Raises `RetryableError` if the pages are not the whole list, and `NoVerdict` if there are too many.
    """
    found: dict[ListedSuite, None] = {}
    number = 0
    for _ in range(_MAX_PAGES):
        page = page_from(number)
        number += len(page.suites)
        known = len(found)
        found.update(dict.fromkeys(page.suites))
        if not page.has_more:
            if number < (page.total or 0):
                raise RetryableError("the platform's list of suites is incomplete")
            return tuple(found)
        if len(found) == known:
            raise RetryableError("the platform's list of suites repeats itself")
    raise NoVerdict(f"The platform's list of suites has more than {_MAX_PAGES} pages.", advice="Remove old suites.")


def find(suites: Iterable[ListedSuite], name: str) -> ListedSuite | None:
    """The suite of that name in the platform's list; None if it has none. Raises `NoVerdict` if it has several."""
    found = [suite for suite in suites if suite.name == name]
    if found[1:]:
        raise NoVerdict("The platform has more than one suite of that name.", advice="Remove all but one of them.")
    return next(iter(found), None)


def form_of(file: SuiteFile) -> tuple[dict[str, str], dict[str, tuple[str, bytes, str]]]:
    """The fields and the file of an upload. The file's own name is not sent, because it may contain anything."""
    kind = "application/json" if file.file_type == "json" else "text/csv"
    name = f"koregate-{file.sha256[:12]}.{file.file_type}"
    return {"fileContext": "bulkImport", "fileExtension": file.file_type}, {"file": (name, file.data, kind)}


def import_body(file: SuiteFile, file_id: str, inputs: Inputs, *, is_new: bool) -> dict[str, str | None]:
    """The body of an import. As for a start, `engine` is sent only if the input is set."""
    return {
        "name": file.suite,
        "description": file.description,
        "fileName": file_id,
        "fileType": file.file_type,
        "importType": "new" if is_new else "update",
        "delimiter": DELIMITER,
        **({"engine": inputs.engine} if inputs.engine else {}),
    }


def file_id(reply: HttpReply, now: datetime) -> str:
    """The id of an uploaded file. Raises `RetryableError` if a retry may help, and a `SuiteError` if it cannot."""
    value = _accepted(reply, now)
    # A public test of the API expects `fileId`, and no page has a sample.
    found = [text for key, text in value.items() if normalized_status(key) == "fileid"]
    if len(found) != 1 or not isinstance(found[0], str) or not _FILE_ID.fullmatch(found[0]):
        raise RetryableError("the reply to the upload has no usable fileId")
    return found[0]


def check_import(reply: HttpReply, now: datetime) -> None:
    """Raise if the platform did not accept the import. The errors are those of `file_id`."""
    value = _accepted(reply, now)
    word = value.get("status")
    if isinstance(word, str) and normalized_status(word) in _REFUSED:
        told = one_line(json_as_text(value.get("message") or value.get("statusLogs") or word), _MAX_WORDS)
        raise RequestRejected(f'The platform did not import the file: "{told}".', advice="Check the suite file.")


def read_page(reply: HttpReply, now: datetime) -> Page:
    """A part of the list of suites. Raises the same errors as `file_id`, also for JSON that is no such list."""
    value = _accepted(reply, now)
    items = [(key, item) for key, item in value.items() if key.startswith(_SUITE_ID)]
    items += [
        (json_as_text(item.get("_id")) if isinstance(item, dict) else "", item)
        for part in value.values()
        if isinstance(part, list)
        for item in part
    ]
    suites = tuple(
        ListedSuite(
            item["name"],
            json_as_text(item.get("description")),
            suite_id if _USABLE_SUITE_ID.fullmatch(suite_id) else "",
        )
        for suite_id, item in items
        if isinstance(item, dict) and isinstance(item.get("name"), str)
    )
    if not suites and not {"count", "moreAvailable"} & value.keys():
        # A reply that says nothing does not say that the app has no suites.
        raise RetryableError("the platform returned JSON, but not a list of suites")
    if len(suites) < len(items):
        raise RetryableError("the list of suites contains a suite without a name")
    count = read_number(value.get("count"))
    total = count if isinstance(count, int) and not isinstance(count, bool) else None
    return Page(suites, value.get("moreAvailable") not in (None, False, "false"), total)


def _accepted(reply: HttpReply, now: datetime) -> Mapping[str, Json]:
    """The object of a reply that accepts the request."""
    text = replies.check_accepted(reply, _REJECTIONS, now)
    if text:
        advice = _REJECTIONS.request_advice(text)
        raise RequestRejected(f'The platform did not import the file: "{text}".', advice=advice)
    try:
        value, repeated = load_json(reply.body), repeated_key(reply.body)
    except ValueError:
        raise replies.not_json(reply) from None
    if not isinstance(value, dict):
        raise RetryableError("the platform returned JSON, but not an object")
    if repeated is not None:
        raise RetryableError("the reply has a key more than once, so it is unclear which value counts")
    return value
