"""The values of the inputs: what each is read as, and with which advice an unusable one is rejected."""

import posixpath
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.inputs import WORKSPACE, inputs, problems

from koregate.errors import InvalidInputs
from koregate.inputs.values import duration, lines, path_inside_workspace

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
    ("retries", "0", 0),
    ("retries", " 04 ", 4),
    ("flaky", "PASS", "pass"),
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
    ("redact", "(?:emial)", ("(?:emial)",)),
    ("redact", "phone\nIBAN \\w+", ("phone", "IBAN \\w+")),
]


@pytest.mark.parametrize(("name", "value", "expected"), VALUES)
def test_a_usable_value_is_read_as_documented(name: str, value: str, expected: Any) -> None:
    assert expected == getattr(inputs(**{name: value}), name)


BAD: list[tuple[str, str, str]] = [
    ("host", "http://platform.kore.ai", "unencrypted. Use https://."),
    ("host", "http://127.0.0.1.evil.example", "unencrypted"),
    ("host", "http://localhost.evil.example", "unencrypted"),
    ("host", "http://10.0.0.1", "unencrypted"),
    ("host", "http://[2001:db8::1]", "unencrypted"),
    ("host", "https://platform.kore.ai/api", "nothing after the host"),
    ("host", "https://platform.kore.ai//", "nothing after the host"),
    ("host", "https://platform.kore.ai?x=1", "nothing after the host"),
    ("host", "https://platform.kore.ai#x", "nothing after the host"),
    ("host", "https://me:pw@platform.kore.ai", '"…@platform.kore.ai" is not the URL'),
    ("host", "https://h/?token=S3KRET#S3KRET", '"https://h/?…" is not the URL'),
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
    ("test_suites", "Pizza\nPasta\n Pizza ", '"Pizza" is listed more than once'),
    ("test_suites", "..", "cannot be part of a URL"),
    ("test_suites", "a\udcff", "is not valid UTF-8"),
    ("test_run_ids", "run-1", "is not a test run id"),
    ("test_run_ids", "ctr-1/x", "is not a test run id"),
    (
        "test_run_ids",
        "ctr-1,ctr-2",
        '"ctr-1,ctr-2" is not one test run id. Give one per line, or repeat --test-run-ids.',
    ),
    ("test_run_ids", "ctr-1 ctr-2", "Give one per line"),
    ("warn_on", "wrong-text, wrong-context", '"wrong-text, wrong-context" names several values. Give one per line.'),
    ("warn_on", "wrong-text, wrong-mood", "is not one of wrong-text, wrong-context"),
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
    ("retries", "5", "is not a whole number from 0 to 4. Write a number like 2."),
    ("retries", "-1", "from 0 to 4"),
    ("retries", "1.0", "from 0 to 4"),
    ("retries", "٢", "from 0 to 4"),
    ("flaky", "warn", "is not one of fail, pass"),
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
    ("poll_interval", "0", "is 0. Write auto, or a duration of 1s or more, like 5s or 1m."),
    ("poll_interval", "fast", "is not a duration. Write auto, or a duration of 1s or more, like 5s or 1m."),
    ("poll_interval", "0.5s", "is not a duration. Write auto, or a duration of 1s or more, like 5s or 1m."),
    ("fail_on", "all", "is not one of any, error, never"),
    ("report_dir", "..", "is outside the workspace"),
    ("report_dir", "a/../../b", "is outside the workspace"),
    ("report_dir", "/etc", "is outside the workspace"),
    ("report_dir", "/ws/../etc", "is outside the workspace"),
    ("report_dir", "/wsx", "is outside the workspace"),
    ("report_dir", "a\x00b", "is not a path"),
    ("report_dir", "a\udcffb", "is not a path"),
    ("job_summary", "yes", "is not one of true, false"),
    ("annotations", "0", "is not one of true, false"),
    ("resume", "on", "is not one of true, false"),
    ("on_missing_credentials", "ignore", "is not one of fail, skip"),
    ("redact", "(", "is unusable"),
    ("redact", "emial", "is no preset. Did you mean email? For that word itself, write (?:emial)."),
    ("redact", "phone\nCards", "is no preset. Did you mean card?"),
    ("redact", "email, card", "names several presets. Give one per line, or repeat --redact."),
    ("redact", "phone\nemail card", "names several presets"),
    ("redact", "email\nemail", "listed more than once"),
    ("client_secret", "a\udcffb", "is not valid UTF-8"),
]


@pytest.mark.parametrize(("name", "value", "text"), BAD)
def test_an_unusable_value_is_one_problem_that_names_its_input(name: str, value: str, text: str) -> None:
    (problem,) = problems(**{name: value})

    assert name.replace("_", "-") == problem.name
    assert text in problem.text
    assert 1 == len(str(problem).splitlines())
    assert problem.text.endswith((".", "?"))


@pytest.mark.parametrize("value", ["a.b. c", "a b", "tök.en", "a\x00b", "line\nline"])
def test_a_ready_made_token_is_on_one_line(value: str) -> None:
    (problem,) = problems(jwt=value, client_id="", client_secret="")

    assert ("jwt", True) == (problem.name, "not allowed in a token" in problem.text)


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99), st.sampled_from(["{}h{}m{}s", "{}H{}M{}S "]))
def test_a_duration_is_the_sum_of_its_parts(hours: int, minutes: int, seconds: int, form: str) -> None:
    assert hours * 3600 + minutes * 60 + seconds == duration(form.format(hours, minutes, seconds))


@given(st.one_of(st.text(), st.text("0123456789hms .-")))
def test_any_text_is_rejected_or_a_duration_of_at_most_a_week(text: str) -> None:
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
def test_any_host_is_rejected_or_a_safe_base_of_a_url(text: str) -> None:
    try:
        host = inputs(host=text).host
    except InvalidInputs:
        return
    parts = urlsplit(host)
    path = urlsplit(f"{host}/api")

    assert parts.scheme in ("https", "http")
    assert ("", "", "", None, None) == (parts.path, parts.query, parts.fragment, parts.username, parts.password)
    assert parts.hostname
    assert (parts.netloc, "/api") == (path.netloc, path.path)
    assert parts.scheme == "https" or parts.hostname in ("localhost", "127.0.0.1", "::1")
    assert host == inputs(host=host).host


@given(st.lists(st.sampled_from(["..", ".", "a", "b", "", "ws", "…"])).map("/".join), st.booleans())
def test_a_folder_is_named_from_the_workspace_and_is_never_outside_it(text: str, absolute: bool) -> None:
    given_path = f"/ws/{text}" if absolute else text
    assume(not given_path.startswith("//"))
    try:
        path = path_inside_workspace(given_path, WORKSPACE)
    except ValueError:
        assert ".." in given_path or (given_path.startswith("/") and not absolute)
        return

    joined = posixpath.normpath(posixpath.join("/ws", given_path))
    assert joined == posixpath.normpath(f"/ws/{path}")
    assert joined == "/ws" or joined.startswith("/ws/")
    assert ".." not in path.split("/")
    assert path == path_inside_workspace(path, WORKSPACE)


@given(
    st.lists(st.text(st.characters(exclude_characters="\r\n")).map(lambda text: f"|{text}|")),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_a_value_of_a_list_may_hold_any_character_but_a_line_break(values: list[str], end: str) -> None:
    assert tuple(values) == lines(end.join(f" {value}\t{end}" for value in values))


@pytest.mark.parametrize(
    ("field", "value", "advice"),
    [
        ("bot_version", "development", "Did you mean inDevelopment?"),
        ("bot_version", "latest", "Give one of these."),
        ("fail_on", "errors", "Did you mean error?"),
        ("suite_kind", "conversations", "Did you mean conversation?"),
        ("resume", "yes", "Did you mean true?"),
        ("annotations", "0", "Did you mean false?"),
        ("warn_on", "wrong-texts", "Did you mean wrong-text?"),
        ("jwt_algorithm", "RS256", "Give one of these."),
    ],
)
def test_a_misspelled_word_leads_to_the_nearest_one(field: str, value: str, advice: str) -> None:
    with pytest.raises(InvalidInputs) as caught:
        inputs(**{field: value})

    (problem,) = caught.value.problems
    assert problem.text.endswith(f". {advice}")
