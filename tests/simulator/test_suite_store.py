"""The simulated calls about suite files: upload, import, list and deletion, in the documented shapes."""

from typing import Any
from urllib.parse import quote

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from simulator.caller import FORM, UPLOAD, Caller, rejection
from support.suite_files import as_csv

from koregate.simulator.scenario_files import parse_scenario
from koregate.simulator.suite_store import SuiteStore

PATH = "/api/public/stream/st-simulator/testsuite"
KNOWN = {"Intents": {"description": "by hand", "utterances": [{"say": "hi", "intent": "Greet"}]}}


def played(batch_suites: Any = None, **imports: Any) -> Caller:
    return Caller({"batch_suites": batch_suites or {}, "imports": imports})


def names(page: dict[str, Any]) -> dict[str, str]:
    return {suite["name"]: suite["description"] for key, suite in page.items() if key.startswith("ts-")}


def completed(caller: Caller, name: str = "New") -> dict[str, Any]:
    """The result of a run of the suite."""
    run_id = caller.start_batch(name).json()["requestId"]
    caller.clock.time += 10
    return dict(caller.batch_status(run_id, name).json()["result"])


def test_a_file_is_uploaded_imported_listed_and_run() -> None:
    with played(matched={"I want pizza": "Order drink"}) as caller:
        reply = caller.bring()
        page = caller.listed()
        result = completed(caller)

    assert (200, "New", "described") == (reply.status_code, reply.json()["name"], reply.json()["description"])
    assert reply.json()["_id"].startswith("ts-")
    assert (1, False, {"New": "described"}) == (page["count"], page["moreAvailable"], names(page))
    assert (3, 2, 1) == (result["utterance_count"], result["results"]["success"], result["results"]["failure"])


def test_a_csv_file_is_the_same_suite() -> None:
    with played() as caller:
        assert 200 == caller.bring(data=as_csv(), fileType="csv").status_code
        result = completed(caller)

    assert (3, 2) == (result["utterance_count"], result["results"]["totalEntitiesCount"])


@given(st.binary(max_size=60) | st.text(st.sampled_from("\r\n-a"), max_size=20).map(str.encode))
def test_any_file_arrives_as_it_was_sent(data: bytes) -> None:
    store = SuiteStore(parse_scenario('{"imports": {}}'))
    form = requests.Request("POST", "http://x", files={"file": ("a.json", data)}, data=FORM).prepare()
    assert isinstance(form.body, bytes)

    file_id = store.upload(form.headers["Content-Type"], form.body)["fileId"]

    assert {file_id: data} == store._files


@pytest.mark.parametrize(
    "form", [{}, {**FORM, "fileContext": "other"}, {**FORM, "fileExtension": "exe"}, {"fileContext": "bulkImport"}]
)
def test_an_upload_without_its_parts_is_refused(form: dict[str, str]) -> None:
    with played() as caller:
        reply = caller.upload(form=form)
        bare = caller.request("POST", UPLOAD, data=b"file")

    assert [(412, "Validation errors/ Invalid arguments", 412)] * 2 == [rejection(reply), rejection(bare)]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"fileName": "nobody"}, (400, "Invalid file id", 400)),
        ({"importType": "update"}, (400, "Test Suite not found", 400)),
        ({"name": "Intents"}, (400, "Test Suite already exists", 400)),
        ({"importType": "replace"}, (412, "Validation errors/ Invalid arguments", 412)),
        ({"fileType": "xml"}, (412, "Validation errors/ Invalid arguments", 412)),
        ({"fileType": "csv"}, (400, "Invalid file format", 400)),
        ({"engine": "gpt"}, (412, "Validation errors/ Invalid arguments", 412)),
        ({"description": ""}, (412, "Validation errors/ Invalid arguments", 412)),
        ({"delimiter": None}, (412, "Validation errors/ Invalid arguments", 412)),
    ],
)
def test_an_import_that_does_not_fit_is_refused(changes: dict[str, Any], refusal: tuple[int, str, int]) -> None:
    with played(KNOWN) as caller:
        assert refusal == rejection(caller.bring(**changes))
        assert {"Intents": "by hand"} == names(caller.listed())


def test_an_import_into_a_known_suite_replaces_its_utterances_and_keeps_how_it_runs() -> None:
    suites = {"Intents": {**KNOWN["Intents"], "partial": True}}
    with played(suites) as caller:
        assert 200 == caller.bring("Intents", importType="update").status_code
        page, result = caller.listed(), completed(caller, "Intents")

    assert ({"Intents": "described"}, 3, True) == (names(page), result["utterance_count"], result["isPartialFailure"])


def test_a_run_keeps_the_utterances_of_its_start() -> None:
    with played() as caller:
        caller.bring()
        run_id = caller.start_batch("New").json()["requestId"]
        caller.simulator.replace_suite("New", "one", description="another")
        caller.clock.time = 10
        result = caller.batch_status(run_id, "New").json()["result"]
        page, later = caller.listed(), completed(caller)

    assert (3, {"New": "another"}, 1) == (result["utterance_count"], names(page), later["utterance_count"])


@pytest.mark.parametrize(("other_job", "told"), [("before-run", 3), ("during-run", 3)])
def test_another_job_can_import_as_many_other_utterances(other_job: str, told: int) -> None:
    with played(other_job=other_job, matched={"I want pizza": "Order drink"}) as caller:
        caller.bring()
        result = completed(caller)
        page = caller.listed()

    assert told == result["utterance_count"]
    assert {"during-run": 1, "before-run": 0}[other_job] == result["results"]["failure"]
    assert names(page)["New"].startswith("koregate sha256:000")


def test_the_list_has_pages_and_shows_an_import_when_the_scenario_says_so() -> None:
    suites: dict[str, Any] = {f"S {number}": {"utterances": []} for number in range(60)}
    with played(suites, listed_after=5) as caller:
        first, second = caller.listed(), caller.listed("?skip=50&limit=100")
        few = caller.listed("?skip=1&limit=2")
        caller.bring()
        early = names(caller.listed("?skip=50"))
        caller.clock.time = 5
        late = names(caller.listed("?skip=50"))

    assert [(60, True, 50), (60, False, 10)] == [
        (page["count"], page["moreAvailable"], len(names(page))) for page in (first, second)
    ]
    assert (["S 1", "S 2"], True) == (list(names(few)), few["moreAvailable"])
    assert ("New" in early, "New" in late) == (False, True)


def test_an_import_that_is_never_listed_and_one_that_loses_utterances() -> None:
    with played(listed_after=None, dropped=1) as caller:
        caller.bring()

        assert {} == names(caller.listed())
        assert 2 == completed(caller)["utterance_count"]


def test_a_new_suite_starts_runs_of_its_own_and_an_update_does_not() -> None:
    with played(KNOWN, first_runs=30) as caller:
        caller.bring("Intents", importType="update")
        free = caller.start_batch("Intents").status_code
        caller.clock.time = 10
        caller.bring()
        busy = caller.start_batch("New").status_code
        caller.clock.time = 40

        assert (200, 400, 200) == (free, busy, caller.start_batch("New").status_code)


def test_the_scope_for_suites_is_not_that_for_runs() -> None:
    with played(KNOWN, scope="missing") as caller:
        refused = [caller.bring(), caller.request("GET", PATH), caller.request("DELETE", f"{PATH}/Intents")]

        assert [(401, "Permission denied. Scope is incorrect!", 4002)] * 3 == list(map(rejection, refused))
        assert 200 == caller.start_batch("Intents").status_code


def test_the_platform_refuses_a_file_in_the_words_of_the_scenario() -> None:
    with played(refusal="Row 7 has no intent") as caller:
        assert (400, "Row 7 has no intent", 400) == rejection(caller.bring())


def test_a_suite_is_deleted_by_its_name() -> None:
    with played(KNOWN) as caller:
        caller.bring("pr-7/New %41")
        deleted = [caller.request("DELETE", f"{PATH}/{quote(name, safe='')}") for name in ("pr-7/New %41", "Intents")]
        again = caller.request("DELETE", f"{PATH}/Intents")

        assert ["Test Suite removed successfully"] * 2 == [reply.json()["message"] for reply in deleted]
        assert (400, "Test Suite not found", 400) == rejection(again)
        assert {} == names(caller.listed())


def test_every_call_wants_a_token_and_its_own_method() -> None:
    with played(KNOWN) as caller:
        for method, path in (
            ("POST", UPLOAD),
            ("POST", f"{PATH}/import"),
            ("GET", PATH),
            ("DELETE", f"{PATH}/Intents"),
        ):
            assert 401 == caller.request(method, path, auth="").status_code
            assert 405 == caller.request("PUT", path).status_code


def test_they_share_the_rate_limit_of_the_app_with_starts() -> None:
    with played(KNOWN) as caller:
        replies = [caller.upload().status_code for _ in range(30)] + [len(caller.listed()) and 200 for _ in range(30)]
        refused = caller.start_batch("Intents")

    assert ([200] * 60, 429, 1) == (replies, refused.status_code, caller.simulator.limit_violations)
