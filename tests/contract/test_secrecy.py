"""Secrets and personal data, in everything that a job says and writes."""

import html
import json
import re
import threading
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from support.answers import answer, assertion, job_of, record_of, response, step
from support.clock import FakeClock
from support.job import PASSING, Done, command, gate, job, scenario

from koregate.kore_api.conversation import read_status
from koregate.redaction.personal_data import personal_data_filter
from koregate.reports import page
from koregate.runs.record import RunRecord
from koregate.simulator.api import SECRET
from koregate.verdicts import Verdict


def test_secrets_show_up_nowhere_even_when_the_platform_echoes_them(tmp_path: Path, clock: FakeClock) -> None:
    for on in ("start", "status"):
        played = scenario(Pizza=PASSING, faults=[{"on": on, "fault": "echo-auth", "code": 400}])
        done, simulator = job(tmp_path, clock, played)

        log = "\n".join(line for line in done.log.splitlines() if not line.startswith("::add-mask::"))
        texts = [log.encode(), done.summary.encode(), json.dumps(done.outputs).encode(), *done.files.values()]
        for secret in (SECRET, *(request.headers["auth"] for request in simulator.requests)):
            assert not any(secret.encode() in text for text in texts)
        assert "cannot take *** ***" in log
        assert done.log.startswith(f"::add-mask::{SECRET}\n")


@pytest.mark.parametrize("variable", ["INPUT_CLIENT-SECRET", "KOREGATE_CLIENT_SECRET"])
def test_a_secret_is_masked_before_anything_is_printed_whatever_is_wrong_with_the_inputs(
    tmp_path: Path, clock: FakeClock, variable: str
) -> None:
    done = gate({"timeout": "soon"}, tmp_path, clock, environ={variable: SECRET})

    assert 2 == done.code
    assert done.log.startswith(f"::add-mask::{SECRET}\n")


ESCAPES = {
    "as JSON with codes": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
    "as JSON with some codes": lambda text: (
        text.replace("=", "\\u003d").replace(".", "\\u002E").replace("-", "\\u002d")
    ),
    "in a URL": lambda text: quote(text, safe=""),
    "all in a URL": lambda text: "".join(f"%{ord(letter):02x}" for letter in text),
    "in a URL in JSON": lambda text: json.dumps(quote(text, safe="").replace("%", "\\u0025"))[1:-1].replace(
        "\\\\", "\\"
    ),
    "in HTML": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
}


@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES)
@pytest.mark.parametrize("place", ["body", "Location"])
def test_an_escaped_secret_or_token_of_the_platform_shows_up_nowhere(
    tmp_path: Path, clock: FakeClock, escape: Callable[[str], str], place: str
) -> None:
    tokens: list[str] = []

    class Echo(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            tokens.append(self.headers["auth"])
            told = escape(f"{SECRET} {tokens[-1]}")
            body = f'{{"errors": [{{"msg": "not {told}"}}]}}'.encode()
            self.send_response(302 if place == "Location" else 400)
            self.send_header("Content-Length", str(len(body)))
            if place == "Location":
                self.send_header("Location", f"https://elsewhere.example/{told}")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        given = {"host": f"http://127.0.0.1:{server.server_address[1]}", "stream-id": "st-1", "test-suites": "Pizza"}
        credentials = {"client-id": "cs-1", "client-secret": SECRET, "user-email": "dev@example.com"}
        done = gate({**given, **credentials}, tmp_path, clock)
        server.shutdown()

    log = "\n".join(line for line in done.log.splitlines() if not line.startswith("::add-mask::"))
    assert tokens
    assert "***" in log
    for text in (log, done.summary, json.dumps(done.outputs), *(data.decode() for data in done.files.values())):
        decoded = [read(text) for read in (str, unquote, html.unescape, unescape_json)]
        assert not [secret for secret in (SECRET, *tokens) for text in decoded if secret in text]


def unescape_json(text: str) -> str:
    return re.sub(r"\\+u([0-9A-Fa-f]{4})", lambda code: chr(int(code[1], 16)), text)


PERSONAL = "I am ann@example.com, card 4111 1111 1111 1111, phone +49 30 1234567, order 4711"


def test_personal_data_is_taken_out_of_every_report_and_log_by_default(tmp_path: Path, clock: FakeClock) -> None:
    bad = {"say": PERSONAL, "expect": "Hello", "answer": f"You said: {PERSONAL}"}
    done, _ = job(tmp_path, clock, scenario(Pizza={"steps": [bad], "error_details": PERSONAL}))

    reports = {name: data.decode() for name, data in done.files.items() if not name.startswith("raw/")}
    for shown in (done.log, done.summary, json.dumps(done.outputs), *reports.values()):
        assert "ann@" not in shown
        assert "4111" not in shown
    assert "[email], card [card], phone +49 30 1234567, order 4711" in reports["junit.xml"]


@pytest.mark.parametrize(
    ("redact", "shown"),
    [
        ("phone", "I am ann@example.com, card 4111 1111 1111 1111, phone [phone], order 4711"),
        (r"order \d+", "I am ann@example.com, card 4111 1111 1111 1111, phone +49 30 1234567, [redacted]"),
        ("none", PERSONAL),
    ],
)
def test_what_is_redacted_is_the_users_choice_and_a_replay_keeps_it(
    tmp_path: Path, clock: FakeClock, redact: str, shown: str
) -> None:
    bad = {"say": "hi", "expect": "Hello", "answer": PERSONAL}
    done, _ = job(tmp_path, clock, scenario(Pizza={"steps": [bad]}), redact=redact)
    files = done.files

    assert shown in done.rows[0].text
    assert files == gate({}, tmp_path, clock, saved=(str(done.folder / "raw"),)).files


@pytest.mark.parametrize(
    "name", ["test-suites", "stream-id", "report-dir", "client-id", "user-email", "redact", "history"]
)
def test_a_secret_in_the_place_of_another_input_is_refused_and_shows_up_nowhere(
    tmp_path: Path, clock: FakeClock, name: str
) -> None:
    value = {"stream-id": f"st-{SECRET}", "user-email": f"{SECRET}@example.com"}.get(name, SECRET)
    done, simulator = job(tmp_path, clock, scenario(Pizza=PASSING), **{name.replace("-", "_"): value})

    assert (2, []) == (done.code, simulator.requests)
    assert f"{name}: contains a secret. Remove it from this input, and renew the secret." in done.log
    assert [] == [text for text in shown_by(done) if SECRET in text]


@pytest.mark.parametrize("arguments", [["hush-hush-and-hush"], ["report", "hush-hush-and-hush"]])
def test_a_secret_among_the_words_of_a_command_line_shows_up_nowhere(
    tmp_path: Path, clock: FakeClock, arguments: list[str]
) -> None:
    done = command(arguments, tmp_path, clock, {"KOREGATE_CLIENT_SECRET": "hush-hush-and-hush"})

    assert (2, True) == (done.code, "***" in html.unescape(done.summary))
    assert [] == [text for text in shown_by(done) if "hush" in text]


QUARANTINE = """[[quarantine]]
suite = "Pizza"
input = "hi"
reason = "{text}"
owner = "{text}"
until = {until}

[[quarantine]]
suite = "Pizza"
input = "{input}"
reason = "{text}"
owner = "{text}"
until = {until}
"""


def quarantined(tmp_path: Path, clock: FakeClock, text: str, input_: str, redact: str = "") -> Done:
    """A job with a quarantine file with these texts: one for people, and one as the input that no step has."""
    until = (clock.now() + timedelta(days=9)).date().isoformat()
    (tmp_path / "q.toml").write_text(QUARANTINE.format(text=text, input=input_, until=until))
    (tmp_path / "base.toml").write_text("")
    bad = {"say": "hi", "expect": "Hello", "answer": "Go away"}
    options = {"quarantine": "q.toml", "quarantine_base": "base.toml", **({"redact": redact} if redact else {})}
    return job(tmp_path, clock, scenario(Pizza={"steps": [bad, {"say": "yes", "expect": "ok"}]}), **options)[0]


def shown_by(done: Done) -> list[str]:
    """Everything that a reader of the job sees. The first lines ask GitHub to mask the secret."""
    log = "\n".join(line for line in done.log.splitlines() if not line.startswith("::add-mask::"))
    files = [data.decode() for name, data in done.files.items() if not name.startswith("raw/")]
    return [log, done.summary, json.dumps(done.outputs), *files]


def test_personal_data_in_a_quarantine_file_is_taken_out_wherever_its_texts_are_shown(
    tmp_path: Path, clock: FakeClock
) -> None:
    done = quarantined(tmp_path, clock, PERSONAL, PERSONAL)

    assert ("tolerated", "2") == (done.outputs["verdict"], done.outputs["quarantine-added"])
    assert [] == re.findall("ann@|4111", "".join(shown_by(done)))
    assert "owner I am [email], card [card], phone +49 30 1234567, order 4711" in done.rows[0].message
    assert '"owner": "I am [email], card [card], phone' in done.files["report.json"].decode()
    rebuilt = gate({}, tmp_path, clock, saved=(str(done.folder / "raw"),))
    assert done.files == rebuilt.files
    phoneless = gate({"redact": "phone"}, tmp_path, clock, saved=(str(done.folder / "raw"),))
    assert "owner I am ann@example.com, card 4111 1111 1111 1111, phone [phone], order" in phoneless.rows[0].message


def test_a_quarantine_file_is_shown_as_it_is_only_if_the_inputs_say_so(tmp_path: Path, clock: FakeClock) -> None:
    done = quarantined(tmp_path, clock, PERSONAL, PERSONAL, redact="none")

    assert f"owner {PERSONAL}" in done.rows[0].message
    assert done.files == gate({}, tmp_path, clock, saved=(str(done.folder / "raw"),)).files


def test_a_secret_in_a_quarantine_file_shows_up_nowhere(tmp_path: Path, clock: FakeClock) -> None:
    done = quarantined(tmp_path, clock, f"It is {SECRET}.", "no step")

    assert "owner It is ***., added by this change): It is ***." in done.rows[0].message
    assert [] == [text for text in shown_by(done) if SECRET in text]
    assert SECRET.encode() not in done.files["raw/run.json"]
    assert done.files == gate({}, tmp_path, clock, saved=(str(done.folder / "raw"),)).files


def test_an_entry_with_a_secret_as_its_input_is_refused(tmp_path: Path, clock: FakeClock) -> None:
    done = quarantined(tmp_path, clock, "a text", f"say {SECRET}")

    assert (2, "error") == (done.code, done.outputs["verdict"])
    assert "quarantine: q.toml has an entry whose input contains a secret." in done.log
    assert [] == [text for text in shown_by(done) if SECRET in text]


def test_personal_data_in_a_file_that_cannot_be_used_is_not_told(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "q.toml").write_text(f'[[quarantine]]\nclass = "{MAIL}"\n"{MAIL}" = 1\n')
    done, simulator = job(tmp_path, clock, scenario(Pizza=PASSING), quarantine="q.toml")

    assert (2, []) == (done.code, simulator.requests)
    assert '"[email]" is not a failure class.' in done.log
    assert MAIL not in "".join(shown_by(done))


@pytest.mark.parametrize("redact", ["(", "a*", "(?=x)", r"(a)\1", "x" * 600])
def test_an_expression_that_cannot_be_used_is_an_input_that_cannot_be_used(
    tmp_path: Path, clock: FakeClock, redact: str
) -> None:
    done, simulator = job(tmp_path, clock, scenario(Pizza=PASSING), redact=redact)

    assert (2, []) == (done.code, simulator.requests)
    assert "redact: " in done.log


def test_an_expression_that_matches_status_words_changes_no_verdict() -> None:
    unjudged = assertion(None, [{"text": "Hello", "status": "passed"}])
    reply = answer(step(expected=[response("Hello", text_=unjudged)]))

    result = job_of(record_of("Pizza", reply), redact=("passed|Hello",))

    assert Verdict.PASSED is result.verdict
    assert b"Hello" not in page.render(result)
    assert b"Hello" in page.render(job_of(record_of("Pizza", reply)))


def test_a_catastrophic_expression_is_harmless(tmp_path: Path, clock: FakeClock) -> None:
    long = {"say": "hi", "expect": "Hello", "answer": "a" * 200_000 + "b"}
    done, _ = job(tmp_path, clock, scenario(Pizza={"steps": [long]}), redact="(a+)+$")

    assert 1 == done.code


MAIL, CARD = "ann@example.com", "4111 1111 1111 1111 12/27"


def test_personal_data_is_taken_out_of_every_field_that_is_shown() -> None:
    both = f"{MAIL} {CARD}"
    told = {"text": both, "nodeId": both, "nodeName": both, "intentId": both, "dialogName": both, "category": both}
    entry = {"text": both, "nodeId": both, both: {both: [both, 4111111111111111]}, "status": "failed"}
    failed = {"enabled": True, "status": f"failed by {MAIL}", "contains": [entry]}
    said = {
        **told,
        "transitionNodeNames": [both],
        "assertions": {"flowLevel": failed, "text": failed, "context": failed},
    }
    body = {
        "status": "failed",
        "totalTestStepsCount": 1,
        "result": {
            "status": both,
            "errorDetails": {both: both},
            "nlpVersion": both,
            "executionResults": [{"input": {both: both}, "status": both, "outputs": [said], "actualOutput": [said]}],
        },
    }
    seen = read_status(json.dumps(body).encode(), personal_data_filter(["email", "card"]))

    assert Verdict.FAILED is job_of(record_of("Pizza", body), redact=("email", "card")).verdict
    assert "[email] [card] 12/27" in repr(seen)
    assert not re.search("ann@|4111", repr(seen))


@pytest.mark.parametrize("word", ["passed", "FAILED", "In_Progress", "notExecuted", "skipped", "queued"])
def test_a_status_word_that_decides_is_never_redacted(word: str) -> None:
    step_: dict[str, Any] = {"status": word, "input": word}
    body = {"status": word, "result": {"status": word, "executionResults": [step_]}}
    seen = read_status(json.dumps(body).encode(), personal_data_filter([r"(?i)[a-z_]+"])).body

    assert seen.result is not None
    (only,) = seen.result.steps or []
    assert only is not None
    assert [word, word, word] == [seen.status, seen.result.status, only.status]


@pytest.mark.parametrize("levels", [50, 150, 600, 5000])
def test_deep_nesting_ends_in_a_report(levels: int) -> None:
    deep = '[{"a":' * levels + f'"{MAIL}"' + "}]" * levels
    step_ = f'{{"status": "passed", "input": {deep}, "actualOutput": [{{"text": {json.dumps(deep)}}}]}}'
    result = f'{{"status": "passed", "errorDetails": {deep}, "executionResults": [{step_}]}}'
    body = f'{{"status": "passed", "totalTestStepsCount": 1, "result": {result}}}'
    judged = job_of(RunRecord("Pizza", "ctr-1", body.encode(), ended=True), redact=("email",))

    assert Verdict.PASSED is not judged.verdict
    assert MAIL.encode() not in page.render(judged)
