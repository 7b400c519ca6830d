"""The inputs: their precedence, what is wrong between them, all problems at once, and no secret in any message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.inputs import GIVEN, WORKSPACE, gather, names, problems

from koregate.errors import CredentialsMissing, InputsRefused, Problem
from koregate.inputs.model import Declared, Inputs, ReportInputs, declared


def test_what_is_not_given_has_the_default_of_the_table() -> None:
    assert {
        "host": "https://platform.kore.ai",
        "stream_id": "st-1",
        "test_suites": ("Pizza",),
        "test_run_ids": (),
        "client_id": "cs-1",
        "jwt": None,
        "jwt_algorithm": "HS256",
        "user_email": "dev@example.com",
        "bot_version": "inDevelopment",
        "bot_language": "en",
        "max_parallel": 4,
        "timeout": 1800.0,
        "stall_timeout": 600.0,
        "poll_interval": None,
        "fail_on": "any",
        "report_dir": "koregate-report",
        "job_summary": True,
        "annotations": True,
    }.items() <= gather().model_dump().items()


def test_every_problem_is_told_at_once_in_the_order_of_the_declaration() -> None:
    with pytest.raises(InputsRefused) as refused:
        Inputs.gather({item.name: "\x00" for item in declared()}, {}, WORKSPACE)
    found = names(list(refused.value.problems))

    free = {"test-suites", "client-secret", "redact"}
    assert [item.name for item in declared() if item.name not in free] == list(
        dict.fromkeys(name for name in found if name not in free)
    )


def test_nothing_given_names_everything_that_is_required() -> None:
    with pytest.raises(InputsRefused) as refused:
        Inputs.gather({}, {}, WORKSPACE)
    found = list(refused.value.problems)

    assert ["host", "stream-id", "test-suites", "client-id", "user-email"] == names(found)
    for problem in found:
        variable = f"KOREGATE_{problem.name.replace('-', '_').upper()}"
        assert problem.name == "client-id" or f"{variable} or --{problem.name}." in problem.text


@pytest.mark.parametrize("item", declared(), ids=lambda item: item.name)
def test_an_option_wins_over_input_and_input_over_koregate(item: Declared) -> None:
    option = {item.name: "option"}
    action = {f"INPUT_{item.name.upper()}": "input"}
    other = {f"KOREGATE_{item.name.replace('-', '_').upper()}": "other"}

    assert ["option", "input", "other", None] == [
        item.find(option, action | other),
        item.find({}, action | other),
        item.find({}, other),
        item.find({}, {}),
    ]


@pytest.mark.parametrize("blank", ["", " ", "\t\n", "\r\n \u00a0"])
@pytest.mark.parametrize("item", declared(), ids=lambda item: item.name)
def test_a_blank_value_counts_as_not_given(item: Declared, blank: str) -> None:
    action, other = f"INPUT_{item.name.upper()}", item.variable

    assert "other" == item.find({item.name: blank}, {action: blank, other: "other"})
    assert item.find({item.name: blank}, {action: blank, other: blank}) is None


def test_the_runner_keeps_the_hyphen_and_no_other_name_is_read() -> None:
    environ = {
        "INPUT_STREAM-ID": "st-right",
        "INPUT_STREAM_ID": "st-wrong",
        "STREAM_ID": "st-wrong",
        "stream_id": "st-wrong",
        "KOREGATE_STREAM_ID": "st-late",
    }
    given = {name: value for name, value in GIVEN.items() if name != "stream-id"}

    assert "st-right" == Inputs.gather(given, environ, WORKSPACE).stream_id


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [("client-id", True)]),
        ({"client-id": "cs-1"}, [("client-secret", True)]),
        ({"client-secret": "made-up"}, [("client-id", False)]),
        ({"jwt": "a.b.c"}, []),
        ({"client-id": "cs-1", "client-secret": "made-up"}, []),
        ({"jwt": "a.b.c", "client-id": "cs-1"}, [("jwt", False)]),
        ({"jwt": "a.b.c", "client-secret": "made-up"}, [("jwt", False)]),
        ({"jwt": "a.b.c", "client-id": "cs-1", "client-secret": "made-up"}, [("jwt", False)]),
    ],
)
def test_credentials_are_a_pair_or_a_token_and_never_both(
    given: dict[str, str], expected: list[tuple[str, bool]]
) -> None:
    rest = {name: value for name, value in GIVEN.items() if not name.startswith("client-")}
    found: tuple[Problem, ...] = ()
    try:
        Inputs.gather(rest | given, {}, WORKSPACE)
    except InputsRefused as refused:
        found = refused.problems

    assert expected == [(problem.name, problem.is_absence) for problem in found]


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"client_id": "", "client_secret": ""}, CredentialsMissing),
        ({"client_secret": ""}, CredentialsMissing),
        ({"client_id": ""}, InputsRefused),
        ({"client_id": "", "client_secret": "", "timeout": "soon"}, InputsRefused),
        ({"client_id": "", "client_secret": "", "on_missing_credentials": "fail"}, InputsRefused),
        ({"client_id": "", "client_secret": "", "on_missing_credentials": " SKIP "}, CredentialsMissing),
    ],
)
def test_only_missing_credentials_may_be_skipped(changes: dict[str, str], kind: type[InputsRefused]) -> None:
    with pytest.raises(InputsRefused) as refused:
        gather(**{"on_missing_credentials": "skip", **changes})

    assert kind is refused.type


@pytest.mark.parametrize(
    ("suites", "run_ids", "expected"),
    [
        ("A", "ctr-1", []),
        ("A\nB", "ctr-1\n\nctr-2\n", []),
        ("A\nB", "ctr-1", ["1 run ids for 2 test suites. Give one run id a suite, in their order."]),
        ("A", "ctr-1\nctr-2", ["2 run ids for 1 test suites. Give one run id a suite, in their order."]),
    ],
)
def test_there_are_as_many_run_ids_as_suites(suites: str, run_ids: str, expected: list[str]) -> None:
    found = []
    try:
        gather(test_suites=suites, test_run_ids=run_ids, user_email="")
    except InputsRefused as refused:
        found = [problem.text for problem in refused.problems]

    assert expected == found


def test_a_run_id_is_named_once() -> None:
    (problem,) = problems(test_suites="A\nB", test_run_ids="ctr-1\nctr-1")

    assert 'test-run-ids: "ctr-1" is there more than once. Name each one once.' == str(problem)


def test_without_suites_the_run_ids_are_not_counted() -> None:
    assert ["test-suites"] == names(problems(test_suites="", test_run_ids="ctr-1"))


def test_an_e_mail_is_needed_to_start_and_not_to_attach() -> None:
    (problem,) = problems(user_email="")

    assert ("user-email", True) == (problem.name, "required to start" in problem.text)
    assert gather(user_email="", test_run_ids="ctr-1").user_email is None


MARKED = st.text(st.characters(exclude_categories=())).map(lambda text: f"hush-hush{text}")


@given(MARKED, MARKED, st.booleans())
def test_no_secret_is_in_any_message_or_representation(secret: str, token: str, both: bool) -> None:
    given = {**GIVEN, "client-secret": secret, **({"jwt": token} if both else {}), "timeout": "soon"}
    with pytest.raises(InputsRefused) as refused:
        Inputs.gather(given, {}, WORKSPACE)

    for shown in (str(refused.value), repr(refused.value), repr(refused.value.problems)):
        assert "hush" not in shown
    assert "hush" not in repr(refused.value.__cause__)
    assert "hush" not in repr(refused.value.__context__)


def test_secrets_are_hidden_in_the_inputs_and_told_to_who_asks() -> None:
    pair, ready = gather(), gather(client_id="", client_secret="", jwt="head.body.mark")

    assert [("made-up-secret",), ("head.body.mark",)] == [pair.secrets, ready.secrets]
    for shown in (repr(pair), str(pair), repr(ready), ready.model_dump_json()):
        assert "made-up-secret" not in shown
        assert "head.body.mark" not in shown


def test_the_models_own_error_holds_no_secret_either() -> None:
    with pytest.raises(ValueError, match="stream_id") as refused:
        Inputs.model_validate({"jwt": "hush hush", "client_secret": "hush\udcff", "stream_id": "x"})

    assert "hush" not in str(refused.value)


def test_a_client_secret_keeps_its_blanks_but_not_the_line_break_of_a_paste() -> None:
    assert (" a b ",) == gather(client_secret=" a b \r\n").secrets


def test_what_a_message_quotes_is_short_and_cannot_act() -> None:
    (problem,) = problems(stream_id="x\n::error::\x1b[31m" + "y" * 500)

    assert '"x ::error::\\x1b[31m' in problem.text
    assert len(problem.text) < 200


def test_reports_need_no_platform_and_keep_the_usable_inputs() -> None:
    options = {"report-dir": "out", "fail-on": "never", "annotations": "perhaps"}

    with pytest.raises(InputsRefused) as refused:
        ReportInputs.gather(options, {}, WORKSPACE)
    usable = ReportInputs.gather_usable(options, {"KOREGATE_JOB_SUMMARY": "false"}, WORKSPACE)
    same = ReportInputs.gather_usable({"report-dir": "out"}, {}, WORKSPACE)

    assert ["annotations"] == names(list(refused.value.problems))
    assert ("out", "never", True, False) == (
        usable.report_dir,
        usable.fail_on,
        usable.annotations,
        usable.job_summary,
    )
    assert "out" == same.report_dir


def test_the_inputs_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        gather().timeout = 1.0  # type: ignore[misc]


def test_the_declaration_tells_what_is_required_secret_and_preset() -> None:
    found = {item.name: item for item in declared()}

    assert ["host", "stream-id", "test-suites"] == [item.name for item in found.values() if item.required]
    assert ["client-secret", "jwt"] == [item.name for item in found.values() if item.secret]
    assert ("30m", "auto", None, None) == tuple(
        found[name].default for name in ("timeout", "poll-interval", "host", "test-run-ids")
    )
    assert "KOREGATE_STALL_TIMEOUT" == found["stall-timeout"].variable
    assert [item.name for item in declared(ReportInputs)] == list(found)[-len(declared(ReportInputs)) :]
