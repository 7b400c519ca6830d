"""report.html read back as a tree, and reports to make it of."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from koregate.errors import Problem, Verdict
from koregate.judging.results import Report
from koregate.reports import page
from koregate.runs.record import Ending, Stop, Target
from support.answers import (
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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


# Foreign text that would act if it could.
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
