"""The inputs: every rule of every one, all problems at once, and no secret in any message."""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from koregate.errors import CredentialsMissing, InputsRefused, Problem
from koregate.inputs import Declared, Inputs, ReportInputs, declared
from koregate.values import duration, inside, lines

WORKSPACE = PurePosixPath("/ws")
GIVEN = {
    "host": "platform.kore.ai",
    "stream-id": "st-1",
    "test-suites": "Pizza",
    "client-id": "cs-1",
    "client-secret": "made-up-secret",
    "user-email": "dev@example.com",
}


def gather(**changes: str) -> Inputs:
    """The inputs with changes by name; an empty one takes an input away."""
    given = {**GIVEN, **{name.replace("_", "-"): value for name, value in changes.items()}}
    return Inputs.gather(given, {}, WORKSPACE)


def problems(**changes: str) -> list[Problem]:
    with pytest.raises(InputsRefused) as refused:
        gather(**changes)
    return list(refused.value.problems)


def names(found: list[Problem]) -> list[str]:
    return [problem.name for problem in found]


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


VALUES: list[tuple[str, str, Any]] = [
    ("host", "https://platform.kore.ai", "https://platform.kore.ai"),
    ("host", " HTTPS://de-platform.kore.ai/ ", "https://de-platform.kore.ai"),
    ("host", "bots.kore.ai:8443", "https://bots.kore.ai:8443"),
    ("host", "https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
    ("host", "http://localhost:8900", "http://localhost:8900"),
    ("host", "http://LOCALHOST", "http://LOCALHOST"),
    ("host", "http://127.0.0.1:8900/", "http://127.0.0.1:8900"),
    ("host", "http://127.8.9.1", "http://127.8.9.1"),
    ("host", "http://[::1]:8900", "http://[::1]:8900"),
    ("stream_id", " st-b0a1-c2_3 ", "st-b0a1-c2_3"),
    ("test_suites", "Pizza\nPasta", ("Pizza", "Pasta")),
    ("test_suites", "\n Pizza \r\n\tPasta\rSalad\n\n", ("Pizza", "Pasta", "Salad")),
    ("test_suites", 'a/b?c#d%e, "f"; ünï 🍕::x\n...', ('a/b?c#d%e, "f"; ünï 🍕::x', "...")),
    ("test_suites", "Pizza\npizza", ("Pizza", "pizza")),
    ("test_run_ids", "ctr-1", ("ctr-1",)),
    ("client_id", " cs-1!~ ", "cs-1!~"),
    ("jwt_algorithm", "hs512", "HS512"),
    ("user_email", "ann@kore", "ann@kore"),
    ("bot_version", "PUBLISHED", "published"),
    ("bot_version", "indevelopment", "inDevelopment"),
    ("bot_language", "pt_BR", "pt_BR"),
    ("bot_language", "zh-Hant-TW", "zh-Hant-TW"),
    ("max_parallel", "1", 1),
    ("max_parallel", "016", 16),
    ("timeout", "90", 90.0),
    ("timeout", "90s", 90.0),
    ("timeout", "30m", 1800.0),
    ("timeout", " 1H30M ", 5400.0),
    ("timeout", "1h2m3s", 3723.0),
    ("timeout", "168h", 604800.0),
    ("stall_timeout", "0", 0.0),
    ("stall_timeout", "0m", 0.0),
    ("poll_interval", "AUTO", None),
    ("poll_interval", "1s", 1.0),
    ("fail_on", "Error", "error"),
    ("fail_on", "never", "never"),
    ("report_dir", "out/./reports/", "out/reports"),
    ("report_dir", "a/../b", "b"),
    ("report_dir", ".", "."),
    ("report_dir", "/ws/out", "out"),
    ("report_dir", "/ws", "."),
    ("job_summary", "FALSE", False),
    ("annotations", "True", True),
    ("resume", "true", True),
    ("redact", "none", ("none",)),
    ("redact", "phone\nIBAN \\w+", ("phone", "IBAN \\w+")),
]


@pytest.mark.parametrize(("name", "value", "expected"), VALUES)
def test_a_usable_value_is_read_as_it_is_meant(name: str, value: str, expected: Any) -> None:
    assert expected == getattr(gather(**{name: value}), name)


BAD: list[tuple[str, str, str]] = [
    ("host", "http://platform.kore.ai", "in the clear. Use https://."),
    ("host", "http://127.0.0.1.evil.example", "in the clear"),
    ("host", "http://localhost.evil.example", "in the clear"),
    ("host", "http://10.0.0.1", "in the clear"),
    ("host", "http://[2001:db8::1]", "in the clear"),
    ("host", "https://platform.kore.ai/api", "nothing after the host"),
    ("host", "https://platform.kore.ai//", "nothing after the host"),
    ("host", "https://platform.kore.ai?x=1", "nothing after the host"),
    ("host", "https://platform.kore.ai#x", "nothing after the host"),
    ("host", "https://me:pw@platform.kore.ai", '"…@platform.kore.ai" is not the URL'),
    ("host", "me@platform.kore.ai", "nothing after the host"),
    ("host", "https://user@", "is not the URL"),
    ("host", "@", "is not the URL"),
    ("host", "ftp://platform.kore.ai", "is not the URL"),
    ("host", "javascript://x", "is not the URL"),
    ("host", "https://", "is not the URL"),
    ("host", "https:platform.kore.ai", "no usable host or port"),
    ("host", "https://:8443", "no usable host or port"),
    ("host", "platform.kore.ai:0", "no usable host or port"),
    ("host", "platform.kore.ai:65536", "no usable host or port"),
    ("host", "platform.kore.ai:port", "no usable host or port"),
    ("host", "https://[::1", "no usable host or port"),
    ("host", "::1", "no usable host or port"),
    ("host", "plat form.kore.ai", "is not the URL"),
    ("host", "platform.kore.ai\\x", "is not the URL"),
    ("host", "platform\x00.kore.ai", "is not the URL"),
    ("host", "platform\udcff.kore.ai", "is not the URL"),
    ("stream_id", "ctr-1", "is not a stream id"),
    ("stream_id", "st-", "is not a stream id"),
    ("stream_id", "st-1/../x", "is not a stream id"),
    ("stream_id", "st-é", "is not a stream id"),
    ("test_suites", "Pizza\nPasta\n Pizza ", '"Pizza" is there more than once'),
    ("test_suites", "..", "cannot be part of a URL"),
    ("test_suites", "a\udcff", "is not valid UTF-8"),
    ("test_run_ids", "run-1", "is not a test run id"),
    ("test_run_ids", "ctr-1/x", "is not a test run id"),
    ("client_id", "cs 1", "Copy it again"),
    ("jwt_algorithm", "RS256", "is not one of HS256, HS512"),
    ("jwt_algorithm", "none", "is not one of HS256, HS512"),
    ("user_email", "ann", "is not an e-mail address"),
    ("user_email", "a@b@c", "is not an e-mail address"),
    ("bot_version", "latest", "is not one of inDevelopment, published"),
    ("bot_language", "en\r\nX-Evil: 1", "is not a language code"),
    ("bot_language", "e", "is not a language code"),
    ("max_parallel", "0", "from 1 to 16"),
    ("max_parallel", "17", "from 1 to 16"),
    ("max_parallel", "1.5", "from 1 to 16"),
    ("max_parallel", "٤", "from 1 to 16"),
    ("timeout", "0", "at least 1s"),
    ("timeout", "0h0m", "at least 1s"),
    ("timeout", "soon", "is not a duration"),
    ("timeout", "-5", "is not a duration"),
    ("timeout", "1.5h", "is not a duration"),
    ("timeout", "1h 30m", "is not a duration"),
    ("timeout", "30m1h", "is not a duration"),
    ("timeout", "1h30", "is not a duration"),
    ("timeout", "5m30", "is not a duration"),
    ("timeout", "10ms", "is not a duration"),
    ("timeout", "h", "is not a duration"),
    ("timeout", "٩٠", "is not a duration"),
    ("timeout", "8d", "is not a duration"),
    ("timeout", "169h", "longer than seven days"),
    ("timeout", "9" * 40, "is not a duration"),
    ("stall_timeout", "never", "is not a duration"),
    ("poll_interval", "0", "at least 1s"),
    ("poll_interval", "fast", "is not a duration"),
    ("fail_on", "all", "is not one of any, error, never"),
    ("report_dir", "..", "leaves the workspace"),
    ("report_dir", "a/../../b", "leaves the workspace"),
    ("report_dir", "/etc", "leaves the workspace"),
    ("report_dir", "/ws/../etc", "leaves the workspace"),
    ("report_dir", "/wsx", "leaves the workspace"),
    ("report_dir", "a\x00b", "is not a path"),
    ("report_dir", "a\udcffb", "is not a path"),
    ("job_summary", "yes", "is not one of true, false"),
    ("annotations", "0", "is not one of true, false"),
    ("resume", "on", "is not one of true, false"),
    ("on_missing_credentials", "ignore", "is not one of fail, skip"),
    ("redact", "(", "cannot be used"),
    ("redact", "email\nemail", "more than once"),
    ("client_secret", "a\udcffb", "is not valid UTF-8"),
]


@pytest.mark.parametrize(("name", "value", "said"), BAD)
def test_an_unusable_value_is_one_problem_that_names_its_input(name: str, value: str, said: str) -> None:
    (problem,) = problems(**{name: value})

    assert name.replace("_", "-") == problem.name
    assert said in problem.text
    assert 1 == len(str(problem).splitlines())
    assert problem.text.endswith(".")


@pytest.mark.parametrize("value", ["a.b. c", "a b", "tök.en", "a\x00b", "line\nline"])
def test_a_ready_made_token_is_on_one_line(value: str) -> None:
    (problem,) = problems(jwt=value, client_id="", client_secret="")

    assert ("jwt", True) == (problem.name, "no token has" in problem.text)


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


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99), st.sampled_from(["{}h{}m{}s", "{}H{}M{}S "]))
def test_a_duration_is_the_sum_of_its_parts(hours: int, minutes: int, seconds: int, form: str) -> None:
    assert hours * 3600 + minutes * 60 + seconds == duration(form.format(hours, minutes, seconds))


@given(st.one_of(st.text(), st.text("0123456789hms .-")))
def test_any_text_is_refused_or_a_duration_of_at_most_a_week(text: str) -> None:
    try:
        seconds = duration(text)
    except ValueError:
        return
    assert 0 <= seconds <= 7 * 24 * 3600
    assert any(character.isdigit() for character in text)


SCHEMES = ["https", "http", "://", ":", "/", "//", "a", "-", ".", "é"]
PLACES = ["platform.kore.ai", "localhost", "127.0.0.1", "[::1]", "[", "]", "0", "8443", "99999"]
PIECES = st.lists(st.sampled_from([*SCHEMES, *PLACES, "?", "#", "@", "\\", "%", " ", "\t"])).map("".join)


@given(st.one_of(PIECES, st.text()))
def test_any_host_is_refused_or_a_safe_base_of_a_url(text: str) -> None:
    try:
        host = gather(host=text).host
    except InputsRefused:
        return
    parts = urlsplit(host)
    path = urlsplit(f"{host}/api")

    assert parts.scheme in ("https", "http")
    assert ("", "", "", None, None) == (parts.path, parts.query, parts.fragment, parts.username, parts.password)
    assert parts.hostname
    assert (parts.netloc, "/api") == (path.netloc, path.path)
    assert parts.scheme == "https" or parts.hostname in ("localhost", "127.0.0.1", "::1")
    assert host == gather(host=host).host


@given(st.lists(st.sampled_from(["..", ".", "a", "b", "", "ws", "…"])).map("/".join), st.booleans())
def test_a_folder_inside_the_workspace_is_named_from_there_and_no_other_is_taken(text: str, absolute: bool) -> None:
    given = f"/ws/{text}" if absolute else text
    assume(not given.startswith("//"))
    try:
        found = inside(given, WORKSPACE)
    except ValueError:
        found = ""
    if not found:
        assert ".." in given or (given.startswith("/") and not absolute)
        return

    joined = posixpath.normpath(posixpath.join("/ws", given))
    assert joined == posixpath.normpath(f"/ws/{found}")
    assert joined == "/ws" or joined.startswith("/ws/")
    assert ".." not in found.split("/")
    assert found == inside(found, WORKSPACE)


@given(
    st.lists(st.text(st.characters(exclude_characters="\r\n")).map(lambda text: f"|{text}|")),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_values_one_a_line_hold_any_character_but_a_line_break(values: list[str], end: str) -> None:
    assert tuple(values) == lines(end.join(f" {value}\t{end}" for value in values))


def test_the_declaration_tells_what_is_required_secret_and_preset() -> None:
    found = {item.name: item for item in declared()}

    assert ["host", "stream-id", "test-suites"] == [item.name for item in found.values() if item.required]
    assert ["client-secret", "jwt"] == [item.name for item in found.values() if item.secret]
    assert ("30m", "auto", None, None) == tuple(
        found[name].default for name in ("timeout", "poll-interval", "host", "test-run-ids")
    )
    assert "KOREGATE_STALL_TIMEOUT" == found["stall-timeout"].variable
    assert [item.name for item in declared(ReportInputs)] == list(found)[-len(declared(ReportInputs)) :]
