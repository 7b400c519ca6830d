"""report.html, read back with a parser, and by a real Chromium where there is one."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.answers import (
    MISSING,
    TARGET,
    answer,
    assertion,
    disabled,
    failed_step,
    report_of,
    response,
    status_of,
    step,
)

from koregate.endings import Ending, Stop, Target
from koregate.errors import Problem, Verdict
from koregate.reports import page
from koregate.results import Report
from koregate.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

UNREADABLE: Any = 7
VOID = {"meta", "input", "br"}
REPLIES = {
    "type": "template",
    "payload": {
        "template_type": "quick_replies",
        "text": "Which size?",
        "quick_replies": [{"title": "Small", "payload": "s"}, {"title": "Large", "payload": "l"}],
    },
}


@dataclass
class Node:
    """An element of the page."""

    tag: str
    attributes: dict[str, str | None]
    children: list[Node | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    @property
    def words(self) -> str:
        """The text with a blank between any two elements, as most of them are blocks."""
        return " ".join(" ".join(c if isinstance(c, str) else c.words for c in self.children).split())

    def __iter__(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child

    def all(self, tag: str, name: str | None = None) -> list[Node]:
        return [one for one in self if one.tag == tag and (name is None or name in one.classes)]

    def one(self, tag: str, name: str | None = None) -> Node:
        (found,) = self.all(tag, name)
        return found

    def by_id(self, anchor: str) -> Node:
        (found,) = [one for one in self if one.attributes.get("id") == anchor]
        return found

    @property
    def classes(self) -> list[str]:
        return (self.attributes.get("class") or "").split()


class Parser(HTMLParser):
    """Builds the tree, and refuses whatever is not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open = [Node("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), f"an attribute twice in {tag}"
        node = Node(tag, dict(attrs))
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop().tag

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)

    def handle_comment(self, data: str) -> None:
        pytest.fail(f"a comment: {data}")

    @classmethod
    def read(cls, data: bytes) -> Node:
        parser = cls()
        parser.feed(data.decode())
        parser.close()
        (root,) = parser.open
        return root


def shown(report: Report) -> Node:
    """The page as a tree, with what holds for every page."""
    root = Parser.read(page.render(report))
    anchors = [one.attributes["id"] for one in root if "id" in one.attributes]
    assert len(anchors) == len(set(anchors))
    links = [one.attributes["href"] for one in root.all("a")]
    assert {f"#{anchor}" for anchor in anchors} >= set(links)
    levels = [int(one.tag[1]) for one in root if re.fullmatch("h[1-6]", one.tag)]
    assert levels[0] == 1
    assert all(level <= before + 1 for before, level in itertools.pairwise(levels))
    return root


def shown_steps(*steps: Any, **changes: Any) -> Node:
    return shown(report_of(Suite=answer(*steps, **changes)))


def stopped(suite: str = "Late", message: str = "No end within 30m.") -> Ending:
    return Ending(suite, "ctr-9", stop=Stop(Verdict.TIMEOUT, 5, message))


REPORTS: dict[str, Callable[[], Report]] = {
    "passed": lambda: report_of(One=answer(step()), Two=answer(step(), step())),
    "failed": lambda: report_of(One=answer(failed_step(), step(), status="failed")),
    "refused inputs": lambda: Report.refused([Problem("host", "is missing")]),
    "no answer": lambda: Report.of(TARGET, "any", [stopped()]),
    "no list of steps": lambda: report_of(One=answer(step(), result__executionResults=None)),
    "no step": lambda: report_of(One=answer()),
    "unreadable parts": lambda: report_of(One=answer(step(), UNREADABLE, step(status=None), step(status="odd"))),
    "unfinished": lambda: report_of(One=answer(step(), totalTestStepsCount=90)),
}


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_well_formed_and_the_same_each_time(name: str) -> None:
    assert page.render(REPORTS[name]()) == page.render(REPORTS[name]())
    root = shown(REPORTS[name]())
    for landmark in ("header", "nav", "main", "h1"):
        root.one(landmark)
    assert {"lang": "en"} == root.one("html").attributes


@pytest.mark.parametrize("name", REPORTS)
def test_a_red_case_is_in_the_list_of_failures_with_a_link_to_its_place(name: str) -> None:
    report = REPORTS[name]()
    numbers = {suite.name: number for number, suite in enumerate(report.suites, 1)}
    places = [f"#s{numbers[suite.name]}" + (f"-step-{case.step}" if case.step else "") for suite, case in report.red]
    links = [link.attributes["href"] for item in shown(report).one("nav").all("li") for link in item.all("a")]
    assert list(dict.fromkeys(places)) == links


def test_nothing_may_act_but_the_own_style_and_script() -> None:
    root = shown(REPORTS["failed"]())
    head = root.one("head")
    policy = next(one for one in head.all("meta") if "http-equiv" in one.attributes)
    hashes = {
        tag: base64.b64encode(hashlib.sha256(root.one(tag).text.encode()).digest()).decode()
        for tag in ("style", "script")
    }
    assert {
        "http-equiv": "Content-Security-Policy",
        "content": f"default-src 'none'; style-src 'sha256-{hashes['style']}'; script-src 'sha256-{hashes['script']}'; "
        "base-uri 'none'; form-action 'none'",
    } == policy.attributes
    assert [one.tag for one in head].index("style") > [*head].index(policy)
    named = {name for one in root for name in one.attributes}
    assert not {name for name in named if name == "style" or name.startswith("on") or name in ("src", "action")}
    assert "url(" not in root.one("style").text
    assert not root.all("link")


def test_the_head_says_how_it_ended_and_of_what() -> None:
    root = shown(Report.of(TARGET, "error", [REPORTS["failed"]().suites[0].ending]))
    header = root.one("header")
    assert "✗ failed: One - koregate" == root.one("title").text
    assert "✗ Failed" == header.one("h1").words
    assert "1 of 2 test cases passed: 1 failed, 0 errors, 0 skipped. 1 of 2 steps passed." in header.words
    facts = {row.one("dt").text: row.one("dd").text for row in header.one("dl").all("div")}
    assert {
        "Exit code": "0",
        "Fail-on": "error",
        "Pass rate": "50.00 %",
        "Duration": "14s",
        "Host": "https://platform.kore.ai",
        "Stream": "st-1",
        "Bot version": "inDevelopment",
        "Language": "en",
    } == facts


def test_each_suite_has_a_row_that_links_to_it() -> None:
    report = Report.of(TARGET, "any", [*(one.ending for one in REPORTS["passed"]().suites), stopped()])
    root = shown(report)
    rows = [[cell.words for cell in row if cell.tag in ("th", "td")] for row in root.one("table").all("tr")]
    assert [
        ["Suite", "Verdict", "Steps", "Test cases", "Pass rate", "Duration", "Test run"],
        ["One", "✓ passed", "1 of 1", "1 of 1", "100.00 %", "14s", "ctr-1"],
        ["Two", "✓ passed", "2 of 2", "2 of 2", "100.00 %", "14s", "ctr-1"],
        ["Late", "! timeout", "0 of 0", "0 of 1", "0.00 %", "", "ctr-9"],
    ] == rows
    assert ["col"] * 7 + ["row"] * 3 == [one.attributes["scope"] for one in root.one("table").all("th")]
    assert "Late" in root.by_id("s3").one("h2").words


def test_a_passed_step_is_folded_and_a_red_one_lies_open() -> None:
    root = shown_steps(step("hi"), failed_step(), status="failed")
    passed, failed = root.by_id("s1-step-1"), root.by_id("s1-step-2")
    assert "✓ passed User hi" == passed.one("summary").words
    assert "open" not in passed.one("details").attributes
    assert "Bot Welcome > Greet Hello" == passed.one("details").one("div", "bot").words
    assert "✓ text passed" == passed.one("details").one("div", "notes").words
    assert not failed.all("details")
    assert "✗ failed User pizza" == failed.one("h3").words
    assert "#2" == failed.all("a")[0].text


def test_a_failed_assertion_stands_in_the_turn_it_belongs_to() -> None:
    bad = assertion("failed", [{"text": "Which size?", "status": "failed"}])
    both = [response("Fine."), response("Which size?", text_=bad)]
    came = [response("Fine."), response("Which colour?", text_=bad)]
    first, second = shown_steps(step("go", "failed", both, came), status="failed").by_id("s1-step-1").all("div", "turn")
    assert "✓ text passed" == first.one("div", "notes").words
    assert ["✗ text assertion failed", "Expected", "Which size?", "Actual", "Which colour?"] == [
        part.text for part in second.one("div", "note") if part.tag in ("h4", "dt", "dd")
    ]
    assert ["size"] == [one.text for one in second.all("del")]
    assert ["colour"] == [one.text for one in second.all("ins")]


def sides(root: Node) -> list[tuple[str, str]]:
    return [
        (row.one("dt").text, row.one("dd").text)
        for note in root.all("div", "note")
        for row in note.one("dl").all("div")
    ]


def test_of_several_accepted_texts_the_nearest_is_compared() -> None:
    bad = assertion("failed", [{"text": text, "status": "failed"} for text in ("Ciao!", "Which pizza size?", "What?")])
    made = step("go", "failed", [response("Ciao!", text_=bad)], [response("Which pizza?", text_=bad)])
    root = shown_steps(made, status="failed")
    expected = [("Expected", "Which pizza size?"), ("or", "Ciao!"), ("or", "What?"), ("Actual", "Which pizza?")]
    assert expected == sides(root)
    assert ["size"] == [one.text for one in root.all("del")]


def test_flow_and_context_show_what_was_expected_and_what_came() -> None:
    bad = assertion("failed", [{"key": "size", "status": "failed"}])
    flow = assertion("failed")
    wanted, came = (response("Hi", flow=flow, context=bad) for _ in range(2))
    wanted["nodeName"] = "AskSize"
    root = shown_steps(step("go", "failed", [wanted], [came]), status="failed")
    assert [
        ("Expected", "node AskSize, intent Welcome, dialog Welcome"),
        ("Actual", "node Greet, intent Welcome, dialog Welcome"),
        ("Both sides", '{"key": "size", "status": "failed"}'),
    ] == sides(root)
    assert "Both sides are alike, and yet the platform failed it." in root.by_id("s1-step-1").words


def test_a_silent_bot_is_shown_as_such() -> None:
    bad = assertion("failed", [{"text": "Hello", "status": "failed"}])
    root = shown_steps(
        step("a", "failed", [response("Hello", text_=bad)], []),
        step("b", "passed", [response("Are you there?")], []),
        step("c", "passed", [], []),
        status="failed",
    )
    said = [one.words for one in root.all("div", "silent")]
    assert ["Bot did not answer", "Bot did not answer. Expected was: Are you there?", "Bot did not answer"] == said
    assert [("Expected", "Hello"), ("Actual", "(no answer)")] == sides(root)


def test_an_answer_too_many_and_an_empty_one_are_named() -> None:
    made = step("", "passed", [response("one")], [response("one"), response("  ")])
    item = shown_steps(made).by_id("s1-step-1")
    assert "User (nothing)" == item.one("span", "user").words
    assert "The suite expects no such answer. ✓ text passed" == item.all("div", "notes")[1].words
    assert "(an empty message)" in item.all("div", "bot")[1].words


def test_where_no_expected_side_is_given_no_answer_is_too_many() -> None:
    made = step("go", "passed", [response("one")])
    del made["outputs"]
    assert "✓ text passed" == shown_steps(made).by_id("s1-step-1").one("div", "notes").words


def test_a_difference_in_nothing_but_blanks_is_marked() -> None:
    root = shown_steps(failed_step("go", "Hello", "Hello  "), status="failed")
    assert ["  "] == [one.text for one in root.all("ins")]


def test_a_rich_message_is_a_card_with_choices_that_do_nothing() -> None:
    text = json.dumps(REPLIES)
    card = shown_steps(step("go", "passed", [response(text)])).one("div", "card")
    assert ["Which size?"] == [one.text for one in card.all("p")]
    assert ["Small", "Large"] == [one.text for one in card.one("ul", "chips").all("li")]
    assert text == card.one("details").one("pre").text
    assert not [one for one in card if one.tag in ("a", "button", "input")]


def test_a_rich_message_without_words_says_so() -> None:
    card = shown_steps(step("go", "passed", [response('{"type": "template", "payload": {}}')])).one("div", "card")
    assert "(a message without words)" == card.one("em").text


def test_the_json_of_an_expected_rich_message_is_folded_beside_the_words() -> None:
    text = json.dumps(REPLIES)
    bad = assertion("failed", [{"text": text, "status": "failed"}])
    root = shown_steps(
        step("go", "failed", [response(text, text_=bad)], [response("What?", text_=bad)]), status="failed"
    )
    assert [("Expected", "Which size?\n[Small]\n[Large]"), ("Actual", "What?")] == sides(root)
    assert text == root.one("div", "note").one("details").one("pre").text


def test_an_assertion_without_a_result_says_what_it_said() -> None:
    odd = assertion("maybe")
    root = shown_steps(step("go", "passed", [response("Hi", text_=odd)]))
    note = root.by_id("s1-step-1").one("div", "note")
    assert "! text assertion without a result" == note.one("h4").text
    assert 'The text assertion has no usable status: "maybe".' == note.one("p").text
    assert "error" in note.classes


def test_a_step_that_fails_without_a_reason_and_one_that_cannot_be_read_say_so() -> None:
    root = shown_steps(step("go", "failed"), UNREADABLE, status="failed")
    assert "Step 1 failed, and none of its assertions says why." in root.by_id("s1-step-1").words
    assert "Step 2 could not be read." in root.by_id("s1-step-2").words


def test_steps_that_were_not_executed_are_marked_and_those_that_never_came_are_one_line() -> None:
    root = shown_steps(step("a"), step("b", "notexecuted"), totalTestStepsCount=90_000)
    assert "#2 - skipped User b The bot was not asked." == root.by_id("s1-step-2").words
    assert "Steps 3 to 90000 were never executed." in root.by_id("s1-step-3").words
    assert 3 == len(root.one("ol", "steps").all("li"))


def test_a_single_step_that_never_came_is_one_step() -> None:
    assert "Step 2 was never executed." in shown_steps(step(), totalTestStepsCount=2).by_id("s1-step-2").words


def test_a_suite_says_why_it_did_not_pass() -> None:
    root = shown(Report.of(TARGET, "any", [stopped(message="No end within 30m.")]))
    assert ["No end within 30m."] == [one.text for one in root.one("div", "reasons").all("li")]
    assert "gave no answer that could be read" in root.by_id("s1").words
    assert not shown_steps(step()).all("div", "reasons")


def test_a_suite_without_a_list_of_steps_shows_the_counts() -> None:
    root = shown_steps(step(), step(), result__executionResults=MISSING)
    assert "The answer has no list of steps. Its counts: 2 of 2 steps passed." in root.by_id("s1").words
    assert "no step ran" in shown_steps().by_id("s1").words


def test_many_failures_and_reasons_are_folded_after_the_first() -> None:
    root = shown_steps(*[step("x", "odd")] * 40)
    nav = root.one("nav")
    assert "28 more failures" == nav.one("summary").text
    assert 40 == len(nav.all("li"))
    reasons = root.one("div", "reasons")
    assert len(reasons.one("ol").all("li")) == int(reasons.one("summary").text.split()[0])


def test_the_facts_of_a_run_are_shown() -> None:
    facts = {row.one("dt").text: row.one("dd").text for row in shown_steps(step()).by_id("s1").all("dl")[0].all("div")}
    assert {
        "Test run": "ctr-1",
        "Platform status": "passed",
        "Started": "2026-11-23 10:14:13 UTC",
        "NLP versions": "v3",
    } == facts


def test_a_passed_step_takes_little_room() -> None:
    few, many = (len(page.render(report_of(A=answer(*[step()] * count)))) for count in (1000, 2000))
    assert many - few < 600 * 1000


# Foreign text

HOSTILE = [
    "<script>document.title='HACKED'</script>",
    "</script><script>document.title='HACKED'</script>",
    "</style><script>document.title='HACKED'</script>",
    "</title><script>document.title='HACKED'</script>",
    "</textarea></pre></details><script>document.title='HACKED'</script>",
    "<img src=x onerror=\"document.title='HACKED'\">",
    "<svg onload=\"document.title='HACKED'\"><style>body{display:none}</style>",
    '" onmouseover="document.title=\'HACKED\'" x="',
    "' autofocus onfocus='document.title=1' x='",
    "javascript:document.title='HACKED'",
    "<a href=\"javascript:document.title='HACKED'\">click</a>",
    "<iframe srcdoc=\"<script>parent.document.title='HACKED'</script>\"></iframe>",
    "<base href=//evil.example><meta http-equiv=refresh content=0;url=//evil.example>",
    "<form action=//evil.example><button>Go</button></form>",
    "<!-- --!> <![CDATA[ ]]> <?php ?> &lt;b&gt; &amp;amp; &#60;i&#62;",
    "\"'`\\\"\\' ${1} {{1}} `",
    "\u202eright to left\u202c \u2066isolated\u2069 \u200fmark",
    "line\nfeed\ttab\r\nand\rreturn \x00 \x1b[31m \x7f \u2028 \ud800 \ufffe",
    "مرحبا <b>bold</b> שלום",
    "x" * 500,
]


def full_of(text: str) -> Report:
    """A report with the text in every place that is not koregate's own."""
    bad = assertion("failed", [{"text": text, "status": "failed"}, {"text": f"{text} two", "status": text}])
    flow = assertion("failed", [{"nodeId": text, "status": "failed"}])
    context = assertion("failed", [{"key": text, "status": "failed"}])
    wanted = response(text, text_=bad, flow=flow, context=context)
    came = response(f"{text} else", text_=bad, flow=flow, context=disabled())
    for one in (wanted, came):
        one.update(nodeName=text, nodeId=text, intentId=text, dialogName=text, transitionNodeNames=[text])
    card = {"type": "template", "payload": {"template_type": text, "text": text, "buttons": [{"title": text}]}}
    steps = [
        step(text, "failed", [wanted], [came]),
        step(text, "passed", [response(json.dumps(card))]),
        step(text, f"odd {text}", [response(text, text_=assertion(f"odd {text}"))]),
        step(text, "passed", [response(text)], []),
    ]
    changes = {"result__errorDetails": text, "result__nlpVersion": [text], "streamId": text, "totalTestStepsCount": 9}
    status = status_of(answer(*steps, status=f"odd {text}", **changes))
    endings = [Ending(text, text, status=status), Ending(text, text, stop=Stop(Verdict.ERROR, 4, text))]
    return Report.of(Target(text, text, text, text), "any", endings)


def skeleton(root: Node) -> list[tuple[str, dict[str, str | None]]]:
    """The elements with their attributes, without those that mark the difference of texts."""
    return [(one.tag, one.attributes) for one in root if one.tag not in ("del", "ins")]


PLAIN = skeleton(shown(full_of("plain words")))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_adds_no_element_and_no_attribute(text: str) -> None:
    # The head holds the hashes; the texts in it are covered by the elements' equality.
    assert PLAIN == skeleton(shown(full_of(text)))


@settings(deadline=None, max_examples=60)
@given(st.text(st.one_of(st.characters(), st.sampled_from("<>&\"'/=`!-\x00\r\n\u202e")), max_size=40))
def test_any_text_stays_text(text: str) -> None:
    # Blank texts and JSON of a message are shown otherwise.
    held = f"x{text}x"
    root = shown(full_of(held))
    assert PLAIN == skeleton(root)
    assert f"User {visible(held)}" == root.by_id("s1-step-2").one("span", "user").text
    card = root.one("div", "card")
    assert [visible(held), visible(held)] == [card.all("p")[0].text, card.all("li")[0].text]


def test_the_title_is_only_text() -> None:
    report = Report.of(TARGET, "any", [stopped("</title><script>alert(1)</script>")])
    assert "! timeout: </title><script>alert(1)</script> - koregate" == shown(report).one("title").text


def test_foreign_text_finds_its_own_direction_and_leaves_that_of_its_neighbours() -> None:
    def bare(node: Node) -> Iterator[str]:
        if "dir" in node.attributes or node.tag in ("bdi", "head"):
            return
        yield from (child for child in node.children if isinstance(child, str))
        yield from (text for child in node.children if isinstance(child, Node) for text in bare(child))

    assert not [text for text in bare(shown(full_of("مرحبا"))) if "مرحبا" in text]


# Style and script

ON_PAGE = ("text", "quiet", "link", "passed", "failed", "error", "skipped")
PAIRS = [
    *((name, back) for name in ON_PAGE for back in ("page", "card")),
    *((name, back) for name in ("text", "quiet") for back in ("user", "bot", "failed-back", "error-back")),
    ("failed", "failed-back"),
    ("error", "error-back"),
    ("text", "gone"),
    ("text", "new"),
]


def themes() -> list[dict[str, str]]:
    style = shown(REPORTS["passed"]()).one("style").text
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#\w{6});", block))
        for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)[:2]
    )
    return [light, dark]


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back"), PAIRS)
def test_text_has_the_contrast_that_wcag_asks_for(front: str, back: str, theme: int) -> None:
    colours = themes()[theme]
    darker, lighter = sorted([luminance(colours[front]), luminance(colours[back])])
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


def browse(path: Path, *options: str) -> str:
    """What Chromium makes of a page: its document once all is loaded and done."""
    command = [
        str(CHROMIUM),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={path.parent / 'profile'}",
        # Timers run in virtual time, so nothing is waited for.
        "--virtual-time-budget=10000",
        *options,
        path.as_uri(),
    ]
    return subprocess.run(command, capture_output=True, timeout=120, check=True).stdout.decode()


@needs_chromium
def test_a_browser_runs_the_own_script_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    endings = [suite.ending for text in HOSTILE for suite in full_of(text).suites]
    path.write_bytes(page.render(Report.of(TARGET, "any", endings)))
    browsed = browse(path, "--dump-dom")
    assert "<title>! error: 40 suites - koregate</title>" in browsed
    assert '<div id="tools" role="search">' in browsed
    assert 1 == browsed.count("<script")
    for tag in ("<img", "<iframe", "<form", "<base", "<button"):
        assert tag not in browsed


@needs_chromium
def test_the_policy_stops_even_a_script_that_got_in(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    evil = b"<script>document.title='HACKED'</script><img src=x onerror=\"document.title='HACKED'\"></main>"
    path.write_bytes(page.render(REPORTS["failed"]()).replace(b"</main>", evil))
    browsed = browse(path, "--dump-dom")
    assert "<title>✗ failed: One - koregate</title>" in browsed
    assert 2 == browsed.count("<script")


@needs_chromium
def test_a_browser_paints_the_page(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(page.render(REPORTS["failed"]()))
    browse(path, f"--screenshot={tmp_path / 'page.png'}")
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")


DRIVER = """<!DOCTYPE html><pre id="told"></pre><iframe id="frame" src="report.html" width="320" height="600"></iframe>
<script>
const frame = document.getElementById("frame");
const pause = () => new Promise((done) => setTimeout(done, 500));
frame.onload = async () => {
  const page = frame.contentDocument, view = frame.contentWindow, get = (id) => page.getElementById(id);
  const steps = [...page.querySelectorAll("ol.steps > li")];
  const seen = () => steps.filter((step) => step.checkVisibility()).map((step) => step.id);
  const type = async (text) => {
    get("search").value = text;
    get("search").dispatchEvent(new view.Event("input"));
    await pause();
  };
  const told = { all: seen(), width: page.documentElement.scrollWidth };
  await type("PIZZA");
  told.search = seen();
  told.found = get("found").textContent;
  await type("");
  get("red").click();
  told.red = seen();
  view.location.hash = "#s1-step-1";
  await pause();
  told.linked = [seen().length, get("s1-step-1").querySelector("details").open, get("red").checked];
  get("open").click();
  told.unfolded = page.querySelectorAll("ol.steps > li > details[open]").length;
  const slash = new view.KeyboardEvent("keydown", { key: "/", bubbles: true, cancelable: true });
  page.body.dispatchEvent(slash);
  told.focus = page.activeElement.id;
  document.getElementById("told").textContent = JSON.stringify(told);
};
</script>"""


@needs_chromium
def test_the_script_searches_filters_and_opens_links_on_a_narrow_screen(tmp_path: Path) -> None:
    long = "w" * 400
    steps = [step("hi"), failed_step(f"pizza {long}", f"Which {long}?", f"Sorry {long}"), step(json.dumps(REPLIES))]
    (tmp_path / "report.html").write_bytes(page.render(report_of(**{f"Suite {long}": answer(*steps, status="failed")})))
    (tmp_path / "driver.html").write_text(DRIVER)
    browsed = browse(tmp_path / "driver.html", "--allow-file-access-from-files", "--hide-scrollbars", "--dump-dom")
    told = json.loads(re.findall(r'<pre id="told">(.*?)</pre>', browsed)[0])
    assert {
        "all": ["s1-step-1", "s1-step-2", "s1-step-3"],
        "width": 320,
        "search": ["s1-step-2"],
        "found": "1 of 3 steps",
        "red": ["s1-step-2"],
        "linked": [3, True, False],
        "unfolded": 2,
        "focus": "search",
    } == told
