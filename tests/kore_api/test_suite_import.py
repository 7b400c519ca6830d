"""What the platform's replies to an upload, an import and a request for the list of suites mean."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.inputs import inputs
from support.suite_files import as_csv, as_json

from koregate.errors import (
    CredentialsRejected,
    NoVerdict,
    PlatformBusy,
    RequestRejected,
    RetryableError,
    UnexpectedRedirect,
)
from koregate.kore_api.replies import HttpReply
from koregate.kore_api.suite_file import read_suite_file
from koregate.kore_api.suite_import import (
    ListedSuite,
    Page,
    all_suites,
    check_import,
    file_id,
    form_of,
    import_body,
    read_page,
)

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
RECORD = {"_id": "ts-1", "name": "Intents", "description": "x", "fileId": "5ff70b47a664d31999d9202c"}
# The documented sample of the list.
SAMPLE = {
    "count": 1,
    "moreAvailable": True,
    "ts-2c": {"testSuiteType": "custom", "name": "sdsa", "description": "dfgfd", "results": [{"_id": "ts-2c"}]},
}


def reply(value: Any, code: int = 200, **headers: str) -> HttpReply:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return HttpReply(code, {name.replace("_", "-"): text for name, text in headers.items()}, body)


def errors(message: str) -> dict[str, Any]:
    return {"errors": [{"msg": message, "code": 400}]}


def test_the_documented_replies_are_read() -> None:
    assert "649a" == file_id(reply({"fileId": "649a"}), NOW)
    assert "649a" == file_id(reply({"fileID": "649a"}), NOW)
    check_import(reply(RECORD), NOW)
    check_import(reply({"status": "IN_PROGRESS", "dsId": "ds-1"}), NOW)
    assert Page((ListedSuite("sdsa", "dfgfd", "ts-2c"),), has_more=True, total=1) == read_page(reply(SAMPLE), NOW)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"count": 0, "moreAvailable": False}, Page((), has_more=False, total=0)),
        ({"count": "7", "moreAvailable": "false"}, Page((), has_more=False, total=7)),
        ({"count": "7.5", "moreAvailable": "false"}, Page((), has_more=False)),
        ({"ts-1": {"name": "A"}}, Page((ListedSuite("A", "", "ts-1"),), has_more=False)),
        ({"ts-1": {"name": "A", "description": None}}, Page((ListedSuite("A", "", "ts-1"),), has_more=False)),
        ({"ts-\ud800": {"name": "A"}}, Page((ListedSuite("A", ""),), has_more=False)),
        ({"testSuites": [{"name": "A", "description": "d"}]}, Page((ListedSuite("A", "d"),), has_more=False)),
        ({"suites": [{"_id": "ts-1", "name": "A"}]}, Page((ListedSuite("A", "", "ts-1"),), has_more=False)),
        ({"suites": [{"_id": "6499", "name": "A"}]}, Page((ListedSuite("A", ""),), has_more=False)),
        ({"suites": [{"_id": ["ts-1"], "name": "A"}]}, Page((ListedSuite("A", ""),), has_more=False)),
    ],
)
def test_a_list_of_another_shape_is_read_as_far_as_it_is_clear(value: Any, expected: Page) -> None:
    assert expected == read_page(reply(value), NOW)


@pytest.mark.parametrize(
    "value",
    [
        {"hello": "world"},
        {},
        [1, 2],
        "text",
        None,
        b"<html>",
        b"",
        b'{"count": 1',
        b'{"count": 1, "count": 2}',
        {"ts-1": "A"},
        {"ts-1": {"name": 7}},
        {"ts-1": {"name": "A"}, "ts-2": {}},
    ],
)
def test_what_is_no_list_is_asked_for_again(value: Any) -> None:
    with pytest.raises(RetryableError):
        read_page(reply(value), NOW)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"fileId": ""},
        {"fileId": 7},
        {"fileId": None},
        {"fileId": ["a"]},
        {"fileId": "a/../b"},
        {"fileId": "a", "fileID": "b"},
        b'{"fileId": "a", "fileId": "b"}',
        [],
        b"ok",
    ],
)
def test_an_upload_without_one_usable_id_is_sent_again(value: Any) -> None:
    with pytest.raises(RetryableError):
        file_id(reply(value), NOW)


@pytest.mark.parametrize("value", [[], b"ok", b"", b'{"name": "A", "name": "B"}'])
def test_an_import_without_a_readable_reply_is_sent_again(value: Any) -> None:
    with pytest.raises(RetryableError):
        check_import(reply(value), NOW)


@pytest.mark.parametrize("read", [file_id, check_import, read_page])
@pytest.mark.parametrize(
    ("given_reply", "error", "said"),
    [
        (reply(errors("Row 7 has no intent"), 400), RequestRejected, "Row 7 has no intent"),
        (reply(errors("Row 7 has no intent")), RequestRejected, "Row 7 has no intent"),
        (
            reply(errors("Validation errors/ Invalid arguments"), 412),
            RequestRejected,
            "Check the suite file and engine.",
        ),
        (reply(errors("x"), 401), CredentialsRejected, "x"),
        (reply(errors("Scope is incorrect!"), 401), CredentialsRejected, 'Grant the scope "Batch Tests Management"'),
        (reply({}, 302, Location="https://other.example/?secret"), UnexpectedRedirect, "https://other.example/"),
        (
            reply(errors("Wait for one test suite execution to complete"), 400),
            PlatformBusy,
            "another run is in progress",
        ),
        (reply({}, 429), RetryableError, "429"),
        (reply(errors("You've exceeded the hourly rate limit."), 400), RetryableError, "rate limit"),
        (reply({}, 503), RetryableError, "503"),
        (reply({}, 408), RetryableError, "408"),
    ],
)
def test_a_rejection_is_reported_in_the_platforms_words_and_a_passing_fault_is_one(
    read: Any, given_reply: HttpReply, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said.replace("(", r"\(")) as caught:
        read(given_reply, NOW)
    assert type(caught.value) is error
    assert "?secret" not in str(caught.value)


def test_how_long_the_platform_asks_to_wait_is_kept() -> None:
    with pytest.raises(RetryableError) as caught:
        check_import(reply({}, 429, Retry_After="17"), NOW)
    assert 17 == caught.value.retry_after


@pytest.mark.parametrize("word", ["FAILED", "failed", "Error", "rejected"])
def test_an_import_that_says_it_failed_is_refused_in_the_platforms_words(word: str) -> None:
    with pytest.raises(RequestRejected, match="Row 7"):
        check_import(reply({"status": word, "message": "Row 7"}), NOW)


@given(st.binary(max_size=60), st.integers(100, 599))
def test_any_reply_is_taken_or_ends_in_an_error_of_ours(body: bytes, code: int) -> None:
    for read in (file_id, check_import, read_page):
        try:
            read(HttpReply(code, {}, body), NOW)
            accepted = True
        except (RetryableError, RequestRejected, CredentialsRejected, UnexpectedRedirect):
            accepted = False
        assert not accepted or 200 <= code < 300


@pytest.mark.parametrize(("ending", "data"), [("json", as_json()), ("csv", as_csv())])
def test_the_requests_have_the_documented_parts_and_no_name_of_the_users(ending: str, data: bytes) -> None:
    file = read_suite_file(f"suites/Ann's.{ending}", "pr-7/\"Ann's\r\n", data)
    fields, files = form_of(file)
    name, content, _ = files["file"]

    assert {"fileContext": "bulkImport", "fileExtension": ending} == fields
    assert (f"koregate-{file.sha256[:12]}.{ending}", data) == (name, content)
    body = import_body(file, "649a", inputs(suite_kind="batch"), is_new=True)
    assert {
        "name": file.suite,
        "description": f"koregate sha256:{file.sha256}",
        "fileName": "649a",
        "fileType": ending,
        "importType": "new",
        "delimiter": ",",
    } == body
    update = import_body(file, "649a", inputs(suite_kind="batch", engine="dgpt"), is_new=False)
    assert ("update", "dgpt") == (update["importType"], update["engine"])


def listed(*names: str) -> tuple[ListedSuite, ...]:
    return tuple(ListedSuite(name, "") for name in names)


def pages(*given_pages: Page) -> tuple[ListedSuite, ...]:
    """All suites of these pages, each of which must be requested after the suites before it."""
    begins, number = {}, 0
    for page in given_pages:
        begins[number] = page
        number += len(page.suites)
    return all_suites(begins.__getitem__)


def test_all_pages_make_one_list() -> None:
    one, two = listed("A", "B"), listed("C")

    assert (*one, *two) == pages(Page(one, has_more=True), Page(two, has_more=False))
    assert (*one, *two) == pages(Page(one, has_more=True, total=3), Page(two, has_more=False, total=3))
    assert () == pages(Page((), has_more=False, total=0))


@pytest.mark.parametrize(
    "given_pages",
    [
        [Page(listed("A"), has_more=False, total=2)],
        [Page((), has_more=False, total=7)],
        [Page(listed("A"), has_more=True), Page(listed("A"), has_more=True)],
        [Page(listed("A"), has_more=True), Page(listed("B"), has_more=False, total=3)],
    ],
)
def test_pages_that_are_not_the_whole_list_are_requested_again(given_pages: list[Page]) -> None:
    with pytest.raises(RetryableError, match=r"incomplete|repeats itself"):
        pages(*given_pages)


def test_an_empty_page_that_promises_more_never_ends_the_list() -> None:
    with pytest.raises(RetryableError, match="repeats itself"):
        all_suites(lambda _: Page((), has_more=True))


def test_a_list_without_end_is_given_up() -> None:
    with pytest.raises(NoVerdict, match="more than 200 pages"):
        all_suites(lambda number: Page(listed(str(number)), has_more=True))
