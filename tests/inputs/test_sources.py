"""The inputs: their precedence, what is wrong between them, all problems at once, and no secret in any message."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.inputs import GIVEN, WORKSPACE, inputs, names, problems

from koregate.errors import InvalidInputs, MissingCredentials, Problem
from koregate.inputs import (
    Group,
    Inputs,
    InputSpec,
    MergeInputs,
    ReportInputs,
    action_command,
    given_text,
    input_specs,
    read_inputs,
    read_usable_inputs,
    secrets_given,
    unknown_variables,
)


def test_an_input_that_is_not_given_has_the_default_of_the_table() -> None:
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
        "resume": False,
        "on_missing_credentials": "fail",
        "fail_on": "any",
        "retries": 0,
        "flaky": "fail",
        "report_dir": "koregate-report",
        "redact": ("email", "card"),
        "job_summary": True,
        "annotations": True,
    }.items() <= inputs().model_dump().items()


def test_every_problem_is_reported_at_once_in_the_order_of_the_declaration() -> None:
    with pytest.raises(InvalidInputs) as caught:
        read_inputs(Inputs, {spec.name: "\x00" for spec in input_specs()}, {}, WORKSPACE)

    # These three may hold any character.
    free = {"test-suites", "client-secret", "redact"}
    assert [spec.name for spec in input_specs() if spec.name not in free] == list(
        dict.fromkeys(names(caught.value.problems))
    )


def test_problems_between_inputs_are_in_the_same_order_as_all_others() -> None:
    mixed = problems(test_run_ids="ctr-1\nctr-2", client_id="", timeout="soon", annotations="perhaps")

    assert ["client-id", "test-run-ids", "timeout", "annotations"] == names(mixed)


def test_without_any_input_every_required_one_is_named_with_the_ways_to_set_it() -> None:
    with pytest.raises(InvalidInputs) as caught:
        read_inputs(Inputs, {}, {}, WORKSPACE)

    assert ["host", "stream-id", "test-suites", "client-id", "user-email"] == names(caught.value.problems)
    for problem in caught.value.problems:
        variable = f"KOREGATE_{problem.name.replace('-', '_').upper()}"
        assert problem.name == "client-id" or f"{variable} or --{problem.name}." in problem.text


def texts(environ: dict[str, str]) -> dict[str, str]:
    """What the inputs of that environment lack, by the names of the inputs."""
    with pytest.raises(InvalidInputs) as caught:
        read_inputs(Inputs, {}, environ, WORKSPACE)
    return {problem.name: problem.text for problem in caught.value.problems}


def test_a_required_input_is_set_as_an_input_in_the_action_and_by_variable_or_option_elsewhere() -> None:
    assert "is required. Set KOREGATE_HOST or --host." == texts({})["host"]
    assert "is required. Set host under `with:` of the koregate step." == texts({**GITHUB, "INPUT_HOST": ""})["host"]
    assert (
        "is required to start a test run. Set user-email under `with:` of the koregate step."
        == texts({**GITHUB, "INPUT_HOST": ""})["user-email"]
    )


def test_missing_credentials_are_one_problem_that_names_both_ways_to_give_them() -> None:
    assert texts({})["client-id"] == (
        "no credentials are given. Set KOREGATE_CLIENT_ID and KOREGATE_CLIENT_SECRET, or only KOREGATE_JWT."
    )
    assert texts({**GITHUB, "INPUT_HOST": ""})["client-id"] == (
        "no credentials are given. Set client-id and client-secret, or only jwt, under `with:` of the koregate step. "
        "If they are set already, the secrets that they name are empty or do not exist."
    )


def test_an_input_that_needs_another_one_is_left_out_as_it_was_given() -> None:
    assert texts({"KOREGATE_SUITE_PREFIX": "a-"})["suite-prefix"].endswith(
        " Or leave suite-prefix out: unset KOREGATE_SUITE_PREFIX."
    )
    assert texts({**GITHUB, "INPUT_SUITE-PREFIX": "a-"})["suite-prefix"].endswith(
        " Set suite-files under `with:` of the koregate step. Or leave suite-prefix out."
    )


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("KORE_CLIENT_ID", "KOREGATE_CLIENT_ID"),
        ("KOREAI_CLIENT_ID", "KOREGATE_CLIENT_ID"),
        ("KORE_AI_CLIENT_SECRET", "KOREGATE_CLIENT_SECRET"),
        ("kore_client_id", "KOREGATE_CLIENT_ID"),
        ("KORE_GATE_CLIENT_ID", "KOREGATE_CLIENT_ID"),
        ("INPUT_CLIENT-ID", "KOREGATE_CLIENT_ID"),
        ("INPUT_STREAM_ID", "KOREGATE_STREAM_ID"),
        ("CLIENT_SECRET", "KOREGATE_CLIENT_SECRET"),
        ("KORE_JWT", "KOREGATE_JWT"),
        ("KORE_HOST", "KOREGATE_HOST"),
        ("STREAM_ID", "KOREGATE_STREAM_ID"),
        ("KORE_TEST_SUITES", "KOREGATE_TEST_SUITES"),
        ("KORE_USER_EMAIL", "KOREGATE_USER_EMAIL"),
        ("HOST", ""),
        ("JWT", ""),
        ("AZURE_CLIENT_ID", ""),
        ("KORE_TIMEOUT", ""),
        ("KOREGATE_CLIENTID", ""),
    ],
)
def test_a_variable_that_was_meant_to_give_a_missing_input_is_named_without_its_value(name: str, meant: str) -> None:
    hints = [text for text in texts({name: "a-secret-value"}).values() if "is set" in text]

    assert [True] * bool(meant) == [text.endswith(f" {name} is set. Did you mean {meant}?") for text in hints]
    assert [] == [text for text in texts({name: "a-secret-value"}).values() if "a-secret-value" in text]
    assert [] == [text for text in texts({name: " "}).values() if "is set" in text]


def test_each_half_of_the_credentials_has_its_variable() -> None:
    both = texts({"KORE_CLIENT_ID": "cs-1", "KORE_CLIENT_SECRET": "made-up"})["client-id"]
    one = texts({"KOREGATE_CLIENT_ID": "cs-1", "KORE_CLIENT_SECRET": "made-up"})

    assert both.endswith(
        "KORE_CLIENT_ID is set. Did you mean KOREGATE_CLIENT_ID? "
        "KORE_CLIENT_SECRET is set. Did you mean KOREGATE_CLIENT_SECRET?"
    )
    assert one["client-secret"].endswith("KORE_CLIENT_SECRET is set. Did you mean KOREGATE_CLIENT_SECRET?")


WITHOUT_SECRET = {name: value for name, value in GIVEN.items() if name != "client-secret"}
AZURE = {"TF_BUILD": "True", "KOREGATE_CLIENT_ID": "cs-1", "KOREGATE_CLIENT_SECRET": "$(KORE_CLIENT_SECRET)"}


def test_a_credential_that_azure_does_not_have_is_missing_and_named() -> None:
    told = texts(AZURE)["client-secret"]
    neither = texts({**AZURE, "KOREGATE_CLIENT_ID": " $(kore.id)\n"})["client-id"]

    assert told.startswith("is required")
    assert told.endswith(
        "KOREGATE_CLIENT_SECRET is $(KORE_CLIENT_SECRET): Azure Pipelines gives this job no such variable."
    )
    assert neither.startswith("no credentials are given.")
    assert "KOREGATE_CLIENT_ID is $(kore.id): Azure Pipelines gives this job no such variable." in neither
    assert [] == secrets_given({}, AZURE)
    with pytest.raises(MissingCredentials):
        read_inputs(Inputs, {**WITHOUT_SECRET, "on-missing-credentials": "skip"}, AZURE, WORKSPACE)


@pytest.mark.parametrize(
    "environ",
    [
        {**AZURE, "KOREGATE_CLIENT_SECRET": "$KORE_CLIENT_SECRET"},
        {key: value for key, value in AZURE.items() if key != "TF_BUILD"},
        {**AZURE, "KOREGATE_CLIENT_SECRET": "$(KORE_CLIENT_SECRET"},
        {**AZURE, "KOREGATE_CLIENT_SECRET": "$(a b)"},
    ],
)
def test_what_is_no_macro_of_azure_is_a_secret(environ: dict[str, str]) -> None:
    assert [environ["KOREGATE_CLIENT_SECRET"]] == secrets_given({}, environ)
    assert "client-secret" not in texts(environ)


def test_only_a_credential_may_be_missing_as_a_macro() -> None:
    assert "is not a whole number" in texts({**AZURE, "KOREGATE_MIN_TESTS": "$(MIN)"})["min-tests"]


def test_the_action_says_that_it_ignores_the_variable_of_a_missing_input() -> None:
    told = texts({**GITHUB, "INPUT_HOST": "", "KOREGATE_STREAM_ID": "st-1", "KORE_HOST": "x"})

    assert told["stream-id"].endswith(
        " Set stream-id under `with:` of the koregate step. The action ignores KOREGATE_STREAM_ID."
    )
    assert "is required. Set host under `with:` of the koregate step." == told["host"]


GITHUB = {"GITHUB_ACTIONS": "true"}
# Two usable values for each input; the first is not its default.
TWO_VALUES = {
    "host": ("one.example", "two.example"),
    "stream-id": ("st-one", "st-two"),
    "test-suites": ("One", "Two"),
    "test-run-ids": ("ctr-one", "ctr-two"),
    "client-id": ("cs-one", "cs-two"),
    "client-secret": ("secret one", "secret two"),
    "jwt": ("one.one.one", "two.two.two"),
    "suite-kind": ("batch", "conversation"),
    "suite-files": ("one.json", "two.json"),
    "suite-prefix": ("pr-1-", "pr-2-"),
    "engine": ("dgpt", "regression"),
    "jwt-algorithm": ("HS512", "HS256"),
    "user-email": ("one@example.com", "two@example.com"),
    "bot-version": ("published", "inDevelopment"),
    "bot-language": ("de", "en"),
    "max-parallel": ("1", "2"),
    "timeout": ("1m", "2m"),
    "stall-timeout": ("1m", "2m"),
    "require-trained": ("true", "false"),
    "resume": ("true", "false"),
    "on-missing-credentials": ("skip", "fail"),
    "poll-interval": ("1s", "2s"),
    "fail-on": ("error", "never"),
    "quarantine": ("one.toml", "two.toml"),
    "quarantine-base": ("one.toml", "two.toml"),
    "baseline": ("one.json", "two.json"),
    "retries": ("1", "4"),
    "flaky": ("pass", "fail"),
    "warn-on": ("wrong-text", "wrong-context"),
    "min-pass-rate": ("99.5", "100"),
    "min-tests": ("1", "2"),
    "min-f1": ("0.9", "1"),
    "report-dir": ("one", "two"),
    "redact": ("phone", "none"),
    "job-summary": ("false", "true"),
    "annotations": ("false", "true"),
    "comment": ("true", "false"),
    "history": ("one", "two"),
    "github-token": ("one", "two"),
    "gitlab-token": ("one", "two"),
}


def same(one: Any, other: Any) -> bool:
    """Whether two results of `value_or_problems` are the same value, or problems of the same inputs."""
    if isinstance(one, tuple) and one and isinstance(one[0], Problem):
        return [problem.name for problem in one] == [problem.name for problem in other]
    return bool(one == other)


def value_or_problems(spec: InputSpec, options: dict[str, str], environ: dict[str, str]) -> Any:
    """The input's value, where all others are usable and have no other source."""
    without = {spec.name, "client-id", "client-secret"} if spec.name == "jwt" else {spec.name}
    others = {name: value for name, value in GIVEN.items() if name not in without}
    if spec.name in ("engine", "min-f1", "suite-files", "suite-prefix"):
        others["suite-kind"] = "batch"
    if spec.name == "suite-prefix":
        others["suite-files"] = "suites/*.json"
    if spec.name == "quarantine-base":
        others["quarantine"] = "quarantine.toml"
    try:
        return getattr(read_inputs(Inputs, others | options, environ, WORKSPACE), spec.field)
    except InvalidInputs as invalid:
        return invalid.problems


@pytest.mark.parametrize("spec", input_specs(), ids=lambda spec: spec.name)
def test_an_option_wins_over_input_and_input_over_koregate(spec: InputSpec) -> None:
    first, second = TWO_VALUES[spec.name]
    runner, other = f"INPUT_{spec.name.upper()}", f"KOREGATE_{spec.name.replace('-', '_').upper()}"
    expected = value_or_problems(spec, {spec.name: first}, {})

    assert expected not in (value_or_problems(spec, {spec.name: second}, {}), value_or_problems(spec, {}, {}))
    assert [expected] * 3 == [
        value_or_problems(spec, {spec.name: first}, {**GITHUB, runner: second, other: second}),
        value_or_problems(spec, {}, {**GITHUB, runner: first, other: second}),
        value_or_problems(spec, {}, {**GITHUB, other: first}),
    ]


@pytest.mark.parametrize("spec", input_specs(), ids=lambda spec: spec.name)
def test_an_action_reads_no_variable_that_an_earlier_step_can_set(spec: InputSpec) -> None:
    given, _ = TWO_VALUES[spec.name]
    own = {spec.runner_variable: "", spec.variable: given}
    foreign = {"INPUT_OF-ANOTHER-ACTION": "x", spec.variable: given}

    without, ignored = value_or_problems(spec, {}, {}), value_or_problems(spec, {}, {**GITHUB, **own})
    assert same(without, ignored)
    assert value_or_problems(spec, {spec.name: given}, {}) == value_or_problems(spec, {}, {**GITHUB, **foreign})


@pytest.mark.parametrize("spec", input_specs(), ids=lambda spec: spec.name)
def test_inputs_of_an_action_are_read_on_github_alone(spec: InputSpec) -> None:
    first, second = TWO_VALUES[spec.name]
    environ = {spec.runner_variable: second, spec.variable: first}

    assert value_or_problems(spec, {spec.name: first}, {}) == value_or_problems(spec, {}, environ)


@pytest.mark.parametrize("blank", ["", " ", "\t\n", "\r\n \u00a0"])
@pytest.mark.parametrize("spec", input_specs(), ids=lambda spec: spec.name)
def test_a_blank_value_counts_as_not_given(spec: InputSpec, blank: str) -> None:
    first, _ = TWO_VALUES[spec.name]
    options, environ = {spec.name: blank}, {spec.runner_variable: blank, spec.variable: blank}

    assert value_or_problems(spec, {}, {}) == value_or_problems(spec, options, environ)
    assert value_or_problems(spec, {spec.name: first}, {}) == value_or_problems(
        spec, options, {**environ, spec.variable: first}
    )


def test_the_runner_keeps_the_hyphen_and_no_other_name_is_read() -> None:
    environ = {
        **GITHUB,
        "INPUT_STREAM-ID": "st-right",
        "INPUT_STREAM_ID": "st-wrong",
        "STREAM_ID": "st-wrong",
        "stream_id": "st-wrong",
        "KOREGATE_STREAM_ID": "st-late",
    }
    others = {name: value for name, value in GIVEN.items() if name != "stream-id"}

    assert "st-right" == read_inputs(Inputs, others, environ, WORKSPACE).stream_id


@pytest.mark.parametrize(
    ("secret", "suite", "expected"),
    [
        ("test", "A test", []),
        ("a-secret-of", "about a-secret-of ours", []),
        ("a-secret-of-ours", "about a-secret-of-ours", ["test-suites"]),
        ("  a-secret-of-ours  ", "about a-secret-of-ours", ["test-suites"]),
        ("a-secret-of-ours", "about a-secret-of our", []),
    ],
)
def test_a_secret_that_is_no_ordinary_word_is_refused_in_any_other_input(
    secret: str, suite: str, expected: list[str]
) -> None:
    given = {**GIVEN, "test-suites": suite, "client-secret": ""}
    reported: tuple[Problem, ...] = ()
    try:
        read_inputs(Inputs, given, {"KOREGATE_CLIENT_SECRET": secret}, WORKSPACE)
    except InvalidInputs as invalid:
        reported = invalid.problems

    assert expected == [problem.name for problem in reported]


@pytest.mark.parametrize(
    ("credentials", "expected"),
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
    credentials: dict[str, str], expected: list[tuple[str, bool]]
) -> None:
    others = {name: value for name, value in GIVEN.items() if not name.startswith("client-")}
    reported: tuple[Problem, ...] = ()
    try:
        read_inputs(Inputs, others | credentials, {}, WORKSPACE)
    except InvalidInputs as invalid:
        reported = invalid.problems

    assert expected == [(problem.name, problem.is_missing_credential) for problem in reported]


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"client_id": "", "client_secret": ""}, MissingCredentials),
        ({"client_secret": ""}, MissingCredentials),
        ({"client_id": ""}, InvalidInputs),
        ({"client_id": "", "client_secret": "", "timeout": "soon"}, InvalidInputs),
        ({"client_id": "", "client_secret": "", "on_missing_credentials": "fail"}, InvalidInputs),
        ({"client_id": "", "client_secret": "", "on_missing_credentials": " SKIP "}, MissingCredentials),
    ],
)
def test_a_job_is_skipped_only_if_nothing_but_the_credentials_is_missing(
    changes: dict[str, str], kind: type[InvalidInputs]
) -> None:
    with pytest.raises(InvalidInputs) as caught:
        inputs(**{"on_missing_credentials": "skip", **changes})

    assert kind is caught.type


IN_ORDER = "Give one run id per suite, in their order."


@pytest.mark.parametrize(
    ("suites", "run_ids", "expected"),
    [
        ("A", "ctr-1", []),
        ("A\nB", "ctr-1\n\nctr-2\n", []),
        ("A\nB", "ctr-1", ["1 run id for 2 test suites. Give one run id per suite, in their order."]),
        ("A", "ctr-1\nctr-2", ["2 run ids for 1 test suite. Give one run id per suite, in their order."]),
        (
            "A, B",
            "ctr-1\nctr-2",
            [
                f"2 run ids for 1 test suite. {IN_ORDER} Write one per line: a comma separates nothing.",
            ],
        ),
    ],
)
def test_there_are_as_many_run_ids_as_suites(suites: str, run_ids: str, expected: list[str]) -> None:
    reported = []
    try:
        inputs(test_suites=suites, test_run_ids=run_ids, user_email="")
    except InvalidInputs as invalid:
        reported = [problem.text for problem in invalid.problems]

    assert expected == reported


def test_a_run_id_may_be_listed_only_once() -> None:
    (problem,) = problems(test_suites="A\nB", test_run_ids="ctr-1\nctr-1")

    assert 'test-run-ids: "ctr-1" is listed more than once. List each name once.' == str(problem)


def test_without_suites_the_run_ids_are_not_counted() -> None:
    assert ["test-suites"] == names(problems(test_suites="", test_run_ids="ctr-1"))


def test_an_e_mail_is_needed_to_start_and_not_to_attach() -> None:
    (problem,) = problems(user_email="")

    assert ("user-email", True) == (problem.name, "required to start" in problem.text)
    assert inputs(user_email="", test_run_ids="ctr-1").user_email is None


MARKED = st.text(st.characters(exclude_categories=())).map(lambda text: f"hush-hush{text}")


@given(MARKED, MARKED, st.booleans())
def test_no_secret_is_in_any_message_or_representation(secret: str, token: str, both: bool) -> None:
    options = {**GIVEN, "client-secret": secret, **({"jwt": token} if both else {}), "timeout": "soon"}
    with pytest.raises(InvalidInputs) as caught:
        read_inputs(Inputs, options, {}, WORKSPACE)

    for text in (str(caught.value), repr(caught.value), repr(caught.value.problems)):
        assert "hush" not in text
    assert "hush" not in repr(caught.value.__cause__)
    assert "hush" not in repr(caught.value.__context__)


def test_secrets_are_hidden_in_the_inputs_and_given_only_by_the_property_for_masking() -> None:
    pair, ready = inputs(), inputs(client_id="", client_secret="", jwt="head.body.mark")

    assert [("made-up-secret",), ("head.body.mark",)] == [pair.secrets, ready.secrets]
    for text in (repr(pair), str(pair), repr(ready), ready.model_dump_json()):
        assert "made-up-secret" not in text
        assert "head.body.mark" not in text


def test_the_models_own_error_holds_no_secret_either() -> None:
    with pytest.raises(ValueError, match="stream_id") as caught:
        Inputs.model_validate({"jwt": "hush hush", "client_secret": "hush\udcff", "stream_id": "x"})

    assert "hush" not in str(caught.value)


def test_the_secrets_of_every_source_are_known_before_the_inputs_are_validated() -> None:
    options = {"client-secret": "one", "jwt": "not a token", "client-id": "cs-1"}
    environ = {
        "INPUT_CLIENT-SECRET": "two",
        "KOREGATE_CLIENT_SECRET": "one",
        "INPUT_JWT": " ",
        "KOREGATE_JWT": "three",
        "KOREGATE_HOST": "platform.kore.ai",
    }

    assert {"one", "two", "three", "not a token"} == set(secrets_given(options, environ))
    assert 4 == len(secrets_given(options, environ))


def test_a_client_secret_keeps_its_spaces_but_not_the_line_break_of_a_paste() -> None:
    assert (" a b ",) == inputs(client_secret=" a b \r\n").secrets


def test_what_a_message_quotes_is_short_and_cannot_act() -> None:
    (problem,) = problems(stream_id="x\n::error::\x1b[31m" + "y" * 500)

    assert '"x ::error::\\x1b[31m' in problem.text
    assert len(problem.text) < 200


def test_reports_need_no_platform_and_keep_the_usable_inputs() -> None:
    options = {"report-dir": "out", "fail-on": "never", "annotations": "perhaps"}

    with pytest.raises(InvalidInputs) as caught:
        read_inputs(ReportInputs, options, {}, WORKSPACE)
    usable = read_usable_inputs(options, {"KOREGATE_JOB_SUMMARY": "false"}, WORKSPACE)
    unchanged = read_usable_inputs({"report-dir": "out"}, {}, WORKSPACE)

    assert ["annotations"] == names(caught.value.problems)
    assert ("out", "never", True, False) == (
        usable.report_dir,
        usable.fail_on,
        usable.annotations,
        usable.job_summary,
    )
    assert "out" == unchanged.report_dir


def test_the_inputs_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        inputs().timeout = 1.0  # type: ignore[misc]  # mypy refuses it, too


def test_the_declaration_says_which_inputs_are_required_or_secret_or_have_a_default() -> None:
    specs = {spec.name: spec for spec in input_specs()}

    assert ["host", "stream-id"] == [spec.name for spec in specs.values() if spec.required]
    secrets = ["client-secret", "jwt", "github-token", "gitlab-token"]
    assert secrets == [spec.name for spec in specs.values() if spec.secret]
    assert ("30m", "auto", None, None) == tuple(
        specs[name].default for name in ("timeout", "poll-interval", "host", "test-run-ids")
    )
    assert "KOREGATE_STALL_TIMEOUT" == specs["stall-timeout"].variable
    assert {"test-suites", "test-run-ids", "suite-files", "warn-on", "redact"} == {
        spec.name for spec in specs.values() if spec.repeatable
    }


@pytest.mark.parametrize("model", [Inputs, MergeInputs, ReportInputs])
def test_the_inputs_are_listed_by_group_and_a_group_stays_together(model: type[ReportInputs]) -> None:
    groups = [spec.group for spec in input_specs(model)]

    assert sorted(groups, key=list(Group).index) == groups
    assert {spec.field for spec in input_specs(model)} == set(model.model_fields)


def test_help_shows_the_words_that_an_input_takes_or_what_stands_for_its_value() -> None:
    metavars = {spec.name: spec.metavar for spec in input_specs()}

    assert ("{any,error,never}", "{true,false}") == (metavars["fail-on"], metavars["resume"])
    assert ("URL", "ST-ID", "NAME", "DURATION") == tuple(
        metavars[name] for name in ("host", "stream-id", "test-suites", "stall-timeout")
    )


def test_a_variable_is_known_if_it_is_an_input_of_any_command_or_an_output() -> None:
    environ = {"KOREGATE_TEST_SUITE": "a", "KOREGATE_HOST": "b", "KOREGATE_EXPECT_SUITES": "c", "KOREGATE_VERDICT": "d"}

    assert ["KOREGATE_TEST_SUITE is not an input and is ignored; did you mean KOREGATE_TEST_SUITES?"] == list(
        unknown_variables({**environ, "HOST": "e"}, ["KOREGATE_VERDICT"])
    )
    assert ["KOREGATE_XYZZY\\x1b is not an input and is ignored."] == list(
        unknown_variables({"KOREGATE_XYZZY\x1b": "a"}, [])
    )
    assert [] == list(unknown_variables({**environ, **GITHUB, "INPUT_HOST": ""}, []))


AS_ACTION = {**GITHUB, "INPUT_HOST": "", "INPUT_MIN-TESTS": ""}


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("INPUT_RETRY", "retry is not an input of the action. Did you mean retries?"),
        ("INPUT_MIN-TEST", "min-test is not an input of the action. Did you mean min-tests?"),
        ("INPUT_MIN_TESTS", "min_tests is not an input of the action. Did you mean min-tests?"),
        ("INPUT_TEST-SUITE", "test-suite is not an input of the action. Did you mean test-suites?"),
        ("INPUT_COMMANDS", "commands is not an input of the action. Did you mean command?"),
    ],
)
def test_a_misspelled_input_of_the_action_is_a_problem_and_its_value_is_not_shown(variable: str, meant: str) -> None:
    options = {name: value for name, value in GIVEN.items() if name != "host"}
    with pytest.raises(InvalidInputs) as caught:
        read_inputs(Inputs, {**options, "host": "http://platform.kore.ai"}, {**AS_ACTION, variable: "40"}, WORKSPACE)

    assert [meant, "host"] == [str(caught.value.problems[0]), caught.value.problems[1].name]
    assert "40" not in str(caught.value)
    with pytest.raises(InvalidInputs, match="Did you mean"):
        read_inputs(Inputs, GIVEN, {**AS_ACTION, variable: ""}, WORKSPACE)
    assert read_inputs(Inputs, GIVEN, {**GITHUB, variable: "40"}, WORKSPACE)
    assert [] == list(unknown_variables({**AS_ACTION, variable: "40"}, []))
    assert read_usable_inputs(options, {**AS_ACTION, variable: "40", "INPUT_TIMEOUT": "x"}, WORKSPACE)


def test_other_variables_like_inputs_are_warned_of_and_those_of_every_container_action_are_not() -> None:
    others = {"INPUT_XYZZY\x1b": "a", "INPUT_ARGS": "b", "INPUT_ENTRYPOINT": "c", "INPUT_MIN_TESTS": "d"}
    environ = {**AS_ACTION, **others, "INPUT_MIN-TESTS": "3"}

    assert 3 == read_inputs(Inputs, GIVEN, environ, WORKSPACE).min_tests
    assert [
        "min_tests is not an input of the action and is ignored.",
        "xyzzy\\x1b is not an input of the action and is ignored.",
    ] == list(unknown_variables(environ, []))
    assert [] == list(unknown_variables({**GITHUB, **others}, []))


@pytest.mark.parametrize(("given", "command"), [("doctor", "doctor"), (" Run ", "run"), ("", None), (" ", None)])
def test_only_the_actions_own_input_names_a_command(given: str, command: str | None) -> None:
    assert command == action_command({**GITHUB, "INPUT_HOST": "", "INPUT_COMMAND": given})
    assert None is action_command({"INPUT_HOST": "", "INPUT_COMMAND": given})
    # A step that is no action: an earlier one has set the variable.
    assert None is action_command({**GITHUB, "INPUT_COMMAND": given, "KOREGATE_HOST": "platform.kore.ai"})


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"GITLAB_CI": "true"}, "GITHUB_ACTIONS and GITLAB_CI name different CI systems."),
        ({"GITLAB_CI": ""}, 'GITLAB_CI is blank, but "true" in a job of its CI system.'),
        ({"GITLAB_CI": "false"}, 'GITLAB_CI is "false", but "true" in a job of its CI system.'),
        ({"BITBUCKET_BUILD_NUMBER": " "}, "BITBUCKET_BUILD_NUMBER is blank, but never in a job of its CI system."),
        ({"BITBUCKET_BUILD_NUMBER": "7"}, "GITHUB_ACTIONS and BITBUCKET_BUILD_NUMBER name different CI systems."),
        (
            {"JENKINS_URL": "https://ci/", "BUILD_TAG": "jenkins-bot-9"},
            "GITHUB_ACTIONS and JENKINS_URL name different CI systems.",
        ),
    ],
    ids=str,
)
def test_nothing_is_read_where_an_earlier_step_may_have_set_the_actions_variables_or_another_systems(
    other: dict[str, str], named: str
) -> None:
    around = {**GITHUB, "INPUT_REDACT": "x", **other}

    for read in (lambda: read_inputs(Inputs, GIVEN, around, WORKSPACE), lambda: action_command(around)):
        with pytest.raises(InvalidInputs) as caught:
            read()
        (problem,) = caught.value.problems
        assert "environment" == problem.name
        assert problem.text.startswith(f"{named} INPUT_REDACT says that this is the action.")


@pytest.mark.parametrize("other", [{}, {"JENKINS_URL": "https://ci/"}, {"JENKINS_URL": ""}], ids=str)
def test_the_address_of_jenkins_does_not_keep_the_action_from_its_inputs(other: dict[str, str]) -> None:
    around = {**GITHUB, "INPUT_COMMAND": "doctor", "INPUT_TIMEOUT": "7m", **other}

    assert 420 == read_inputs(Inputs, GIVEN, around, WORKSPACE).timeout
    assert "doctor" == action_command(around)


def test_a_job_that_sets_no_actions_input_reads_its_variables_whatever_system_runs_it() -> None:
    around = {**GITHUB, "GITLAB_CI": "true", "KOREGATE_TIMEOUT": "7m"}

    assert 420 == read_inputs(Inputs, GIVEN, around, WORKSPACE).timeout


@pytest.mark.parametrize("variable", ["KOREGATE_COMMAND", "COMMAND", "INPUT_KOREGATE-COMMAND"])
def test_no_variable_names_a_command(variable: str) -> None:
    assert None is action_command({variable: "doctor"})
    assert None is action_command({**GITHUB, "INPUT_HOST": "", variable: "doctor"})


@pytest.mark.parametrize("given", ["demo", "report", "run doctor"])
def test_an_action_has_two_commands_and_names_them(given: str) -> None:
    with pytest.raises(InvalidInputs) as caught:
        action_command({**GITHUB, "INPUT_HOST": "", "INPUT_COMMAND": given})

    (problem,) = caught.value.problems
    assert "command" == problem.name
    assert problem.text.startswith(f'"{given}" is not one of run, doctor.')


def test_an_input_can_be_read_as_it_was_written() -> None:
    assert " a \nb" == given_text("test-suites", {"test-suites": " a \nb"}, {"KOREGATE_TEST_SUITES": "c"})
    assert "c" == given_text("test-suites", {}, {"KOREGATE_TEST_SUITES": "c"})
    assert "" == given_text("test-suites", {}, {})
