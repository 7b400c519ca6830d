"""report.html read back as a tree, and results of jobs to make it of."""

import itertools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest

from koregate.errors import Problem
from koregate.judging.results import JobResult
from koregate.reports import page
from koregate.runs.record import RunRecord, StopReason, Target
from koregate.verdicts import Verdict
from support.answers import (
    answer,
    assertion,
    disabled,
    failed_step,
    job_of,
    record_of,
    report_of,
    response,
    step,
)

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
    children: list["Node | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    @property
    def words(self) -> str:
        """The text with a blank between any two elements, as most of them are blocks."""
        return " ".join(" ".join(c if isinstance(c, str) else c.words for c in self.children).split())

    def __iter__(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child

    def all(self, tag: str, name: str | None = None) -> list["Node"]:
        return [node for node in self if node.tag == tag and (name is None or name in node.classes)]

    def only(self, tag: str, name: str | None = None) -> "Node":
        (node,) = self.all(tag, name)
        return node

    def by_id(self, anchor: str) -> "Node":
        (node,) = [node for node in self if node.attributes.get("id") == anchor]
        return node

    @property
    def classes(self) -> list[str]:
        return (self.attributes.get("class") or "").split()


class Parser(HTMLParser):
    """Builds the tree, and accepts nothing that is not closed in order."""

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


def page_of(job: JobResult) -> Node:
    """The page as a tree, with what holds for every page."""
    root = Parser.read(page.render(job))
    anchors = [node.attributes["id"] for node in root if "id" in node.attributes]
    assert len(anchors) == len(set(anchors))
    # What leads away from the page says so.
    links = [node.attributes["href"] for node in root.all("a") if "rel" not in node.attributes]
    assert {f"#{anchor}" for anchor in anchors} >= set(links)
    levels = [int(node.tag[1]) for node in root if re.fullmatch("h[1-6]", node.tag)]
    assert levels[0] == 1
    assert all(level <= before + 1 for before, level in itertools.pairwise(levels))
    return root


def page_of_steps(*steps: Any, **changes: Any) -> Node:
    return page_of(report_of(Suite=answer(*steps, **changes)))


def stopped(suite: str = "Late", message: str = "No end within 30m.") -> RunRecord:
    return RunRecord(suite, "ctr-9", stop=StopReason(Verdict.TIMEOUT, 5, message))


JOBS: dict[str, Callable[[], JobResult]] = {
    "passed": lambda: report_of(One=answer(step()), Two=answer(step(), step())),
    "failed": lambda: report_of(One=answer(failed_step(), step(), status="failed")),
    "failed with doubts": lambda: report_of(
        One=answer(failed_step(), status="failed", totalTestStepsCount=3, result__errorDetails="The model is missing.")
    ),
    "invalid inputs": lambda: JobResult.for_invalid_inputs([Problem("host", "is missing")]),
    "skipped": lambda: JobResult.for_skipped_job("Skipped: client-id: no credentials are given."),
    "no reply": lambda: job_of(stopped()),
    "no list of steps": lambda: report_of(One=answer(step(), result__executionResults=None)),
    "no step": lambda: report_of(One=answer()),
    "unreadable parts": lambda: report_of(One=answer(step(), UNREADABLE, step(status=None), step(status="odd"))),
    "unfinished": lambda: report_of(One=answer(step(), totalTestStepsCount=90)),
}


# Untrusted text that would act if it could.
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


def full_of(text: str) -> JobResult:
    """A job with the text in every place that is not koregate's own."""
    bad = assertion("failed", [{"text": text, "status": "failed"}, {"text": f"{text} two", "status": text}])
    flow = assertion("failed", [{"nodeId": text, "status": "failed"}])
    context = assertion("failed", [{"key": text, "status": "failed"}])
    expected = response(text, text_=bad, flow=flow, context=context)
    actual = response(f"{text} else", text_=bad, flow=flow, context=disabled())
    for message in (expected, actual):
        message.update(nodeName=text, nodeId=text, intentId=text, dialogName=text, transitionNodeNames=[text])
    card = {"type": "template", "payload": {"template_type": text, "text": text, "buttons": [{"title": text}]}}
    steps = [
        step(text, "failed", [expected], [actual]),
        step(text, "passed", [response(json.dumps(card))]),
        step(text, f"odd {text}", [response(text, text_=assertion(f"odd {text}"))]),
        step(text, "passed", [response(text)], []),
    ]
    changes = {"result__errorDetails": text, "result__nlpVersion": [text], "streamId": text, "totalTestStepsCount": 9}
    reply = answer(*steps, status=f"odd {text}", **changes)
    stop = StopReason(Verdict.ERROR, 4, text)
    return job_of(record_of(text, reply, text), RunRecord(text, text, stop=stop), target=Target(text, text, text, text))
