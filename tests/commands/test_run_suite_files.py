"""suite-files: whole jobs whose batch suites come from files of the workspace."""

import hashlib
import html
import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.clock import FakeClock
from support.job import Done, gate, run, scenario
from support.suite_files import as_csv, as_json

from koregate.simulator import HandledRequest, Scenario, Simulator

HI: dict[str, Any] = {"input": "hi", "intent": "Greet"}
PIZZA: dict[str, Any] = {"input": "pizza", "intent": "Order"}
ANOTHER = f"koregate sha256:{'0' * 64}"
# What a job sends for one new suite that passes.
WHOLE = ["list", "list", "upload", "import", "list", "start", "list", "status", "status", "file", "list"]


def suite_file(workspace: Path, *cases: dict[str, Any], name: str = "suites/Intents.json") -> str:
    """Write a suite file; returns the description of its suite."""
    path = workspace / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_csv(cases or [HI, PIZZA]) if name.endswith(".csv") else as_json(list(cases) or [HI, PIZZA]))
    return f"koregate sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def played(**more: Any) -> Scenario:
    """A scenario whose imported suites run for 20 seconds."""
    imports = {"suite": {"seconds": 20}, **more.pop("imports", {})}
    return scenario(batch_suites=more.pop("batch_suites", {}), imports=imports, **more)


def start(
    workspace: Path,
    clock: FakeClock,
    scenario_: Scenario,
    on_request: Callable[[Simulator, HandledRequest], object] = lambda *_: None,
    **options: Any,
) -> tuple[Done, Simulator]:
    """Run the suite files of the workspace. `on_request` is called after each request, before its reply is sent."""
    simulator: list[Simulator] = []
    with Simulator(
        scenario_, now=clock.monotonic, wall=clock.wall, on_request=lambda handled: on_request(simulator[0], handled)
    ) as made:
        simulator.append(made)
        given = {"suite_kind": "batch", "suite_files": "suites/*", "poll_interval": "20s", **options}
        return run(made, workspace, clock, **given), made


def kinds(simulator: Simulator) -> list[str]:
    return [request.kind for request in simulator.requests]


def bodies(simulator: Simulator, kind: str) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in simulator.requests if request.kind == kind]


def test_a_file_is_uploaded_imported_and_run_and_proved_to_be_what_ran(tmp_path: Path, clock: FakeClock) -> None:
    description = suite_file(tmp_path)

    done, simulator = start(tmp_path, clock, played())

    assert (0, "passed") == (done.code, done.outputs["verdict"])
    assert WHOLE == kinds(simulator)
    assert {"Intents": description} == simulator.batch_suites_now
    assert [("1 intent: hi", "passed"), ("2 intent: pizza", "passed")] == [(row.name, row.outcome) for row in done.rows]
    (sent,) = bodies(simulator, "import")
    assert ("Intents", "new", "json", description) == tuple(
        sent[key] for key in ("name", "importType", "fileType", "description")
    )
    assert "[Intents] Uploaded suites/Intents.json (" in done.log
    assert f"[Intents] Imported as a new suite: 2 utterances, sha256 {description[16:28]}…" in done.log


def test_a_csv_file_with_a_byte_order_mark_is_imported_without_it(tmp_path: Path, clock: FakeClock) -> None:
    suite_file(tmp_path, HI, name="suites/Intents.csv")
    path = tmp_path / "suites" / "Intents.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    done, simulator = start(tmp_path, clock, played())

    assert 0 == done.code
    assert list(simulator._store._files.values()) == [as_csv([HI])]
    (sent,) = bodies(simulator, "import")
    assert hashlib.sha256(path.read_bytes()).hexdigest() in sent["description"]


def test_a_failing_utterance_of_a_file_fails_the_job(tmp_path: Path, clock: FakeClock) -> None:
    suite_file(tmp_path)

    done, _ = start(tmp_path, clock, played(imports={"matched": {"pizza": "Track"}}))

    assert (1, "failed") == (done.code, done.outputs["verdict"])
    assert 'expected "Order", got "Track"' == done.rows[1].message


def test_the_choice_of_tests_is_reported_in_verdict_line_summary_and_reports(tmp_path: Path, clock: FakeClock) -> None:
    suite_file(tmp_path)
    suite_file(tmp_path, HI, name="suites/more/Bye.csv")

    done, _ = start(tmp_path, clock, played(), suite_files="suites/**/*.*")

    told = "2 suites are from files of the workspace (suites/Intents.json, suites/more/Bye.csv)."
    assert done.verdict.endswith(told)
    assert "2 suites are from files of the workspace" in done.summary
    suites = json.loads(done.files["report.json"])["suites"]
    assert [("suites/Intents.json", 2), ("suites/more/Bye.csv", 1)] == [
        (suite["suiteFile"]["path"], suite["suiteFile"]["utterances"]) for suite in suites
    ]
    assert b'name="suite-file" value="suites/Intents.json"' in done.files["junit.xml"]
    assert b"suites/more/Bye.csv, sha256" in done.files["report.html"]


def test_a_suite_that_koregate_imported_is_updated(tmp_path: Path, clock: FakeClock) -> None:
    description = suite_file(tmp_path)
    suites = {"Intents": {"description": ANOTHER, "seconds": 20, "utterances": []}}

    done, simulator = start(tmp_path, clock, played(batch_suites=suites), test_suites="")

    assert 0 == done.code
    assert ["update"] == [sent["importType"] for sent in bodies(simulator, "import")]
    assert {"Intents": description} == simulator.batch_suites_now
    assert "[Intents] Imported: 2 utterances" in done.log


@pytest.mark.parametrize(
    ("name", "description", "said"),
    [
        ("Intents", "by hand", "the platform has a suite of that name that koregate did not import"),
        ("Intents", "", "the platform has a suite of that name that koregate did not import"),
        ("Intents", " koregate sha256:0", "the platform has a suite of that name that koregate did not import"),
        ("Intents", "Koregate sha256:0", "the platform has a suite of that name that koregate did not import"),
        (
            "intents",
            ANOTHER,
            'the platform has a suite "intents", whose name differs only by case, spaces or similar characters',
        ),
        (
            "Intents ",
            ANOTHER,
            'the platform has a suite "Intents ", whose name differs only by case, spaces or similar characters',
        ),
        ("Int\u200bents", "by hand", "whose name differs only by case, spaces or similar characters"),
        ("\uff29ntents", "by hand", "whose name differs only by case, spaces or similar characters"),
        ("Int\u0435nts", "by hand", "whose name differs only by case, spaces or similar characters"),
    ],
)
def test_somebody_elses_suite_is_never_touched_and_nothing_starts(
    tmp_path: Path, clock: FakeClock, name: str, description: str, said: str
) -> None:
    suite_file(tmp_path)
    suite_file(tmp_path, name="suites/Bye.json")
    suites = {name: {"description": description, "utterances": [{"say": "hi", "intent": "Greet"}]}}

    done, simulator = start(tmp_path, clock, played(batch_suites=suites), test_suites="")

    assert (2, "error", ["list"]) == (done.code, done.outputs["verdict"], kinds(simulator))
    (told,) = (line for line in done.problems if line.startswith("suite-files: "))
    assert told.startswith("suite-files: suites/Intents.json: the platform has a suite ")
    assert f"{said}. Nothing was changed." in told
    assert "invalid inputs, no suite was run" in done.verdict
    assert {name: description} == simulator.batch_suites_now


def test_a_name_in_another_normal_form_of_unicode_is_somebody_elses(tmp_path: Path, clock: FakeClock) -> None:
    """macOS writes file names with separate accents."""
    suite_file(tmp_path, name="suites/Cafe\u0301.json")
    suites = {"Caf\xe9": {"description": "by hand", "utterances": [{"say": "hi", "intent": "Greet"}]}}

    done, simulator = start(tmp_path, clock, played(batch_suites=suites), test_suites="")

    assert (2, {"Caf\xe9": "by hand"}) == (done.code, simulator.batch_suites_now)


def test_every_name_that_is_taken_is_reported_at_once(tmp_path: Path, clock: FakeClock) -> None:
    suites = {name: {"description": "by hand"} for name in ("One", "Two")}
    for name in (*suites, "Three"):
        suite_file(tmp_path, name=f"suites/{name}.json")

    done, _ = start(tmp_path, clock, played(batch_suites=suites), test_suites="")

    told = [line for line in done.problems if line.startswith("suite-files: ")]
    assert (2, ["suite-files: suites/One.json", "suite-files: suites/Two.json"]) == (
        done.code,
        [": ".join(line.split(": ")[:2]) for line in told],
    )


def test_a_prefix_makes_the_names_of_each_branch_its_own(tmp_path: Path, clock: FakeClock) -> None:
    suite_file(tmp_path)
    suites = {"Intents": {"description": "by hand"}}

    done, simulator = start(tmp_path, clock, played(batch_suites=suites), test_suites="", suite_prefix="pr-7-")

    assert (0, {"Intents", "pr-7-Intents"}) == (done.code, set(simulator.batch_suites_now))
    assert "pr-7-Intents" in done.verdict


@pytest.mark.parametrize("name", ["a/b ", "50%25 off", "..", "x?y#z", "Größe «1»", "import", "a\\b", "'; rm -rf"])
def test_a_prefix_of_any_visible_characters_is_one_name_in_every_request(
    tmp_path: Path, clock: FakeClock, name: str
) -> None:
    suite_file(tmp_path)

    done, simulator = start(tmp_path, clock, played(), suite_prefix=name)

    assert 0 == done.code
    assert [f"{name}Intents"] == list(simulator.batch_suites_now)
    assert {f"{name}Intents"} == {
        request.suite for request in simulator.requests if request.kind in ("import", "start", "status")
    }


def test_suites_by_name_run_beside_those_from_files(tmp_path: Path, clock: FakeClock) -> None:
    suite_file(tmp_path)
    suites = {"By hand": {"seconds": 20, "utterances": [{"say": "yo", "intent": "Greet"}]}}

    done, simulator = start(tmp_path, clock, played(batch_suites=suites))

    assert (0, "3") == (done.code, done.outputs["passed"])
    assert ["By hand", "Intents"] == [suite["name"] for suite in json.loads(done.files["report.json"])["suites"]]
    assert "1 suite is from a file of the workspace (suites/Intents.json)." in done.verdict
    assert 1 == kinds(simulator).count("upload")


@pytest.mark.parametrize(
    ("other_job", "what"), [("before-run", "another file was imported"), ("during-run", "another file was imported")]
)
def test_a_suite_that_another_job_replaces_proves_nothing(
    tmp_path: Path, clock: FakeClock, other_job: str, what: str
) -> None:
    suite_file(tmp_path)

    done, _ = start(tmp_path, clock, played(imports={"other_job": other_job}))

    assert (4, "error") == (done.code, done.outputs["verdict"])
    assert f"The suite of suites/Intents.json changed while it ran: {what} into it." in done.log


@pytest.mark.parametrize("moment", ["import", "list after import", "start", "list after start", "status"])
@pytest.mark.parametrize("description", [ANOTHER, "by hand", ""])
def test_whenever_somebody_changes_the_suite_the_job_is_no_pass(
    tmp_path: Path, clock: FakeClock, moment: str, description: str
) -> None:
    suite_file(tmp_path)
    seen: list[str] = []

    def change(simulator: Simulator, handled: HandledRequest) -> None:
        kind = handled.request.kind
        name = f"list after {seen[-1]}" if kind == "list" and seen else kind
        if kind != "list":
            seen.append(kind)
        if name == moment:
            simulator.replace_suite("Intents", "yo", "bye", description=description)

    done, _ = start(tmp_path, clock, played(), change, stall_timeout="1m")

    assert done.outputs["verdict"] in ("error", "timeout")
    assert done.code in (4, 5)


def test_a_suite_that_is_changed_and_changed_back_while_it_starts_is_no_pass(tmp_path: Path, clock: FakeClock) -> None:
    description = suite_file(tmp_path)

    def change(simulator: Simulator, handled: HandledRequest) -> None:
        if handled.request.kind == "start":
            simulator.replace_suite("Intents", "yo", "bye", description=ANOTHER)
        if handled.request.kind == "status":
            simulator.replace_suite("Intents", "hi", "pizza", description=description)

    done, _ = start(tmp_path, clock, played(), change)

    assert (4, "error") == (done.code, done.outputs["verdict"])


def test_a_suite_that_is_removed_while_it_runs_is_no_pass(tmp_path: Path, clock: FakeClock) -> None:
    suite_file(tmp_path)

    def change(simulator: Simulator, handled: HandledRequest) -> None:
        if handled.request.kind == "file":
            simulator._store.delete("Intents")

    done, _ = start(tmp_path, clock, played(), change)

    assert 4 == done.code
    assert "it is no longer in the platform's list" in done.log


def test_two_jobs_of_one_branch_with_the_same_files_both_pass(tmp_path: Path, clock: FakeClock) -> None:
    description = suite_file(tmp_path)

    def change(simulator: Simulator, handled: HandledRequest) -> None:
        if handled.request.kind in ("import", "start", "status"):
            simulator.replace_suite("Intents", "hi", "pizza", description=description)

    done, _ = start(tmp_path, clock, played(), change)

    assert 0 == done.code


def test_utterances_that_get_lost_on_import_are_no_pass(tmp_path: Path, clock: FakeClock) -> None:
    suite_file(tmp_path)

    done, _ = start(tmp_path, clock, played(imports={"dropped": 1}))

    assert (4, "error") == (done.code, done.outputs["verdict"])
    assert "suites/Intents.json has 2 unique utterances, but result.utterance_count is 1" in done.log


def test_an_import_that_changes_the_description_alone_is_named(tmp_path: Path, clock: FakeClock) -> None:
    """The counts agree, so only the result file shows that the run was of an older version."""
    suite_file(tmp_path)
    old = [{"say": say, "intent": "Greet"} for say in ("yo", "bye")]
    suites = {"Intents": {"description": ANOTHER, "seconds": 20, "utterances": old}}

    done, _ = start(tmp_path, clock, played(batch_suites=suites, imports={"stale": True}), test_suites="")
    live = done.files, done.log
    again = gate({}, tmp_path, clock, saved=(str(done.folder / "raw"),))

    said = "The result file lists other utterances than suites/Intents.json has"
    assert 2 == done.log.count(said)
    assert said in done.verdict
    assert said in html.unescape(done.summary)
    assert live[0] == again.files


@pytest.mark.parametrize("said", ["Hi ", "HI", " hi\u2003", "h\xed"])
def test_spaces_and_case_in_the_result_file_are_no_other_utterances(
    tmp_path: Path, clock: FakeClock, said: str
) -> None:
    suite_file(tmp_path, {"input": "hi", "intent": "Greet"})
    suites = {"Intents": {"description": ANOTHER, "seconds": 20, "utterances": [{"say": said, "intent": "Greet"}]}}

    done, _ = start(tmp_path, clock, played(batch_suites=suites, imports={"stale": True}), test_suites="")

    assert (said == "h\xed") == ("lists other utterances" in done.log)


def test_a_pull_request_without_a_prefix_is_warned_of(tmp_path: Path, clock: FakeClock) -> None:
    suite_file(tmp_path)
    text = "Without suite-prefix, the suite files of this pull request replace the suites that other jobs import"

    jobs = [
        start(tmp_path, clock, played(), environ={"GITHUB_EVENT_NAME": event}, suite_prefix=prefix)[0]
        for event in ("pull_request", "push")
        for prefix in ("", "pr-7-")
    ]

    assert [True, False, False, False] == [f"::warning title=koregate::{text}" in done.log for done in jobs]
    assert [True, False, False, False] == [text in html.unescape(done.summary) for done in jobs]


def test_a_replay_keeps_what_was_wrong_with_the_suite_in_an_earlier_run(tmp_path: Path, clock: FakeClock) -> None:
    suite_file(tmp_path)
    seen: list[str] = []

    def change(simulator: Simulator, handled: HandledRequest) -> None:
        if handled.request.kind == "status" and "changed" not in seen:
            seen.append("changed")
            simulator.replace_suite("Intents", "hi", "pizza")

    done, _ = start(tmp_path, clock, played(), change, retries="1")
    live = done.files
    again = gate({}, tmp_path, clock, saved=(str(done.folder / "raw"),))

    assert "changed" in seen
    assert "run 1 gave no usable verdict, run 2 passed" in done.log
    assert (done.code, live) == (again.code, again.files)


def test_a_file_that_the_platform_refuses_is_an_error_in_its_words(tmp_path: Path, clock: FakeClock) -> None:
    suite_file(tmp_path)

    done, simulator = start(tmp_path, clock, played(imports={"refusal": "Row 7 has no intent"}))

    assert (4, 1) == (done.code, kinds(simulator).count("import"))
    assert (
        'suites/Intents.json was not imported. The platform rejected the request (400 "Row 7 has no intent")'
        in done.log
    )
    assert "start" not in kinds(simulator)


def test_a_missing_scope_is_named_before_anything_is_changed(tmp_path: Path, clock: FakeClock) -> None:
    suite_file(tmp_path)

    done, simulator = start(tmp_path, clock, played(imports={"scope": "missing"}))

    assert (3, {"list"}) == (done.code, set(kinds(simulator)))
    assert 'Grant the scope "Batch Tests Management"' in done.log


def test_an_import_that_shows_later_is_waited_for(tmp_path: Path, clock: FakeClock) -> None:
    suite_file(tmp_path)

    done, simulator = start(tmp_path, clock, played(imports={"listed_after": 30}))

    assert 0 == done.code
    assert simulator.starts("Intents")[0].time >= 30


def test_an_import_that_never_shows_ends_at_the_stall_timeout(tmp_path: Path, clock: FakeClock) -> None:
    suite_file(tmp_path)

    done, simulator = start(tmp_path, clock, played(imports={"listed_after": None}), stall_timeout="2m")

    assert (5, "timeout", []) == (done.code, done.outputs["verdict"], simulator.starts("Intents"))
    assert "within 2m (stall-timeout) the platform's list did not show it" in done.log
    assert 120 <= clock.time < 140


def test_the_runs_that_the_platform_starts_for_a_new_suite_are_waited_for(tmp_path: Path, clock: FakeClock) -> None:
    suite_file(tmp_path)

    done, _ = start(tmp_path, clock, played(imports={"first_runs": 90}))

    assert (0, 1) == (done.code, done.log.count("another run is in progress"))


@pytest.mark.parametrize(
    ("faults", "imports"),
    [
        ([{"on": "upload", "fault": "close", "requests": "1-2"}], 1),
        ([{"on": "import", "fault": "close", "requests": "1"}], 2),
        ([{"on": "import", "fault": "html", "requests": "1"}], 2),
        ([{"on": "import", "fault": "http 503", "requests": "1"}], 2),
        ([{"on": "list", "fault": "truncated", "requests": "every 2"}], 1),
        (
            [
                {
                    "on": "import",
                    "fault": "http",
                    "code": 400,
                    "message": "Wait for one test suite execution",
                    "requests": "1-20",
                }
            ],
            21,
        ),
    ],
    ids=str,
)
def test_what_was_lost_is_repeated_and_a_suite_is_created_once(
    tmp_path: Path, clock: FakeClock, faults: list[dict[str, Any]], imports: int
) -> None:
    suite_file(tmp_path)

    done, simulator = start(tmp_path, clock, played(faults=faults))

    sent = [body["importType"] for body in bodies(simulator, "import")]
    # A rejected import created nothing; after one whose reply was lost, the list has the suite.
    was_lost = any(fault["on"] == "import" and fault["fault"] in ("close", "html") for fault in faults)
    assert (0, ["new"] * (imports - 1) + ["update" if was_lost else "new"]) == (done.code, sent)
    assert 0 == simulator.limit_violations


def test_a_lasting_fault_of_the_import_ends_after_ten_tries(tmp_path: Path, clock: FakeClock) -> None:
    suite_file(tmp_path)

    done, simulator = start(tmp_path, clock, played(faults=[{"on": "import", "fault": "http 503"}]))

    assert (4, 10) == (done.code, kinds(simulator).count("import"))
    assert "10 requests in a row failed" in done.log
    assert 0 == simulator.limit_violations


@pytest.mark.parametrize("fault", ["close", "html", "http 500", "json-other"])
def test_a_run_that_cannot_be_checked_afterwards_is_no_pass_and_keeps_its_utterances(
    tmp_path: Path, clock: FakeClock, fault: str
) -> None:
    suite_file(tmp_path)

    done, _ = start(tmp_path, clock, played(faults=[{"on": "list", "fault": fault, "requests": "5-"}]))

    assert (4, "error") == (done.code, done.outputs["verdict"])
    assert "Nothing shows that the suite was that of suites/Intents.json while it ran." in done.log
    assert ["error", "passed", "passed"] == [row.outcome for row in done.rows]


def test_a_list_of_many_pages_is_read_to_its_end(tmp_path: Path, clock: FakeClock) -> None:
    suite_file(tmp_path)
    suites = {f"Suite {number}": {"description": "x"} for number in range(120)}

    done, simulator = start(tmp_path, clock, played(batch_suites=suites), test_suites="")

    assert (0, 0) == (done.code, simulator.limit_violations)
    paths = [request.path for request in simulator.requests if request.kind == "list"]
    assert ["skip=0&limit=50", "skip=50&limit=50", "skip=100&limit=50"] == [
        path.partition("?")[2] for path in paths[:3]
    ]


def test_a_file_that_goes_beyond_the_rate_limit_waits_without_breaking_it(tmp_path: Path, clock: FakeClock) -> None:
    for number in range(15):
        suite_file(tmp_path, name=f"suites/Suite {number}.json")

    done, simulator = start(tmp_path, clock, played(imports={"suite": {"seconds": 1}}), poll_interval="1s")

    assert (0, "30", 0) == (done.code, done.outputs["passed"], simulator.limit_violations)


@pytest.mark.parametrize("kind", ["upload", "import", "list"])
def test_a_signal_during_the_import_ends_the_job_with_reports(tmp_path: Path, clock: FakeClock, kind: str) -> None:
    suite_file(tmp_path)

    def interrupt(_: Simulator, handled: HandledRequest) -> None:
        if handled.request.kind == kind:
            clock.cancel(signal.SIGTERM)

    done, simulator = start(tmp_path, clock, played(imports={"listed_after": 50}), interrupt)

    assert (143, "cancelled", []) == (done.code, done.outputs["verdict"], simulator.starts("Intents"))
    assert {"junit.xml", "report.json", "raw/run.json"} <= set(done.files)


def test_an_interrupted_job_is_resumed_without_another_import(tmp_path: Path, clock: FakeClock) -> None:
    suite_file(tmp_path)
    with Simulator(played(imports={"suite": {"seconds": 100}}), now=clock.monotonic, wall=clock.wall) as simulator:
        given: dict[str, Any] = {"suite_kind": "batch", "suite_files": "suites/*", "resume": "true"}
        first = run(simulator, tmp_path, clock, timeout="30s", **given)
        before = len(bodies(simulator, "import"))
        second = run(simulator, tmp_path, clock, timeout="30m", **given)
        again = len(bodies(simulator, "import"))

    assert ((5, 1), (0, 1)) == ((first.code, before), (second.code, again))
    assert first.outputs["test-run-ids"] == second.outputs["test-run-ids"]


def test_a_job_is_not_resumed_with_another_file(tmp_path: Path, clock: FakeClock) -> None:
    suite_file(tmp_path)
    with Simulator(played(imports={"suite": {"seconds": 100}}), now=clock.monotonic, wall=clock.wall) as simulator:
        given: dict[str, Any] = {"suite_kind": "batch", "suite_files": "suites/*", "resume": "true"}
        run(simulator, tmp_path, clock, timeout="30s", **given)
        suite_file(tmp_path, HI)
        second = run(simulator, tmp_path, clock, timeout="30m", **given)

    assert 0 == second.code
    assert "it belongs to a job with a different suiteFiles" in second.log
    assert 2 == len(bodies(simulator, "import"))


OTHER_SUITE = {"seconds": 20, "changes": {"testSuiteId": "ts-other"}}


def final(**ids: str) -> dict[str, Any]:
    """The last reply to a run of both utterances, under these ids of the suite at the top and in `result`."""
    counts = {"success": 2, "failure": 0, "failedUtteranceCount": 0}
    told = [{"testSuiteId": ids[place]} if place in ids else {} for place in ("top", "inside")]
    result = {"status": "completed", "isPartialFailure": False, "utterance_count": 2, "results": counts, **told[1]}
    return {"seconds": 20, "final": {"status": "completed", "utterance_count": 2, "result": result, **told[0]}}


@pytest.mark.parametrize(
    "suite", [OTHER_SUITE, final(inside="ts-other"), final(top="ts-1", inside="ts-2"), final(top="ts-1", inside="ts-1")]
)
def test_a_run_of_another_suite_does_not_prove_the_imported_one(
    tmp_path: Path, clock: FakeClock, suite: dict[str, Any]
) -> None:
    suite_file(tmp_path)

    done, _ = start(tmp_path, clock, played(imports={"suite": suite}))

    assert (4, "error") == (done.code, done.outputs["verdict"])
    assert 'The reply is for test suite "ts-' in done.log


def test_a_reply_that_does_not_tell_its_suite_still_proves_it(tmp_path: Path, clock: FakeClock) -> None:
    suite_file(tmp_path)

    done, _ = start(tmp_path, clock, played(imports={"suite": {"seconds": 20, "removed": ["testSuiteId"]}}))

    assert (0, "passed") == (done.code, done.outputs["verdict"])


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"other_job": "during-run"},
        {"dropped": 1},
        {"matched": {"pizza": "Track"}},
        {"suite": OTHER_SUITE},
    ],
)
def test_a_replay_gives_the_same_reports_outputs_and_exit_code(
    tmp_path: Path, clock: FakeClock, change: dict[str, Any]
) -> None:
    suite_file(tmp_path)
    done, _ = start(tmp_path, clock, played(imports=change))
    live = done.files

    again = gate({}, tmp_path, clock, saved=(str(done.folder / "raw"),))

    assert (done.code, live, done.summary) == (again.code, again.files, again.summary)


def test_a_merge_keeps_where_the_suites_are_from_and_refutes_another_number(tmp_path: Path, clock: FakeClock) -> None:
    suite_file(tmp_path)
    done, _ = start(tmp_path, clock, played())
    report = json.loads(done.files["report.json"])
    path = tmp_path / "one.json"
    path.write_text(json.dumps(report))
    fine = gate({"report-dir": "merged"}, tmp_path, clock, merge=(str(path),))
    report["suites"][0]["suiteFile"]["utterances"] = 3
    path.write_text(json.dumps(report))
    forged = gate({"report-dir": "merged"}, tmp_path, clock, merge=(str(path),))

    assert (0, 4) == (fine.code, forged.code)
    assert "1 suite is from a file of the workspace (suites/Intents.json)." in fine.verdict
    assert "its suite file has 3 utterances, but stepCounts has 2" in forged.log


def test_no_request_but_the_upload_has_the_files_text_and_none_has_its_name(tmp_path: Path, clock: FakeClock) -> None:
    suite_file(tmp_path, {"input": "my secret wish", "intent": "Greet"}, name="suites/Ann's wishes.json")

    done, simulator = start(tmp_path, clock, played())

    assert 0 == done.code
    assert {"upload"} == {request.kind for request in simulator.requests if b"my secret wish" in request.body}
    (upload,) = [request for request in simulator.requests if request.kind == "upload"]
    assert b"wishes" not in upload.body
    assert all(request.headers.get("auth") for request in simulator.requests if request.kind != "file")
    assert len({request.jti for request in simulator.requests if request.jti}) == len(
        [request for request in simulator.requests if request.kind != "file"]
    )


def test_an_engine_is_sent_with_the_import_and_opens_the_form(tmp_path: Path, clock: FakeClock) -> None:
    suite_file(tmp_path, {**HI, "linkedApp": "Pizza"})

    done, simulator = start(tmp_path, clock, played(), engine="dgpt")

    assert 0 == done.code
    assert ["dgpt"] == [body["engine"] for body in bodies(simulator, "import")]
