"""Names in problems are code that readers can copy. Whatever a problem quotes stays text."""

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.reports.markdown import inert_markdown, markdown
from koregate.reports.page_message import escaped
from koregate.reports.problem_names import problem_with_code

ESCAPES = (markdown, inert_markdown, escaped)


def code_in(problem: str) -> list[str | None]:
    (first, *others) = [
        [code.text for code in lxml.html.fromstring(f"<p>{problem_with_code(problem, escape)}</p>").iter("code")]
        for escape in ESCAPES
    ]
    assert all(first == other for other in others)
    return first


@pytest.mark.parametrize(
    ("problem", "names"),
    [
        ("stream-id is required. Set it with --stream-id or KOREGATE_STREAM_ID.", 3),
        ("stram-id is not an input of the action. Did you mean stream-id?", 2),
        ("Only 2 test cases have a result, and min-tests requires 30.", 1),
        ('quarantine: cannot read "test-suites.toml". Is its name user-email?', 2),
        ("The file .ci/test-suites/min-tests.yml has no KOREGATE_X1 and no pre-test-suites.", 0),
    ],
)
def test_names_are_code_and_parts_of_paths_are_not(problem: str, names: int) -> None:
    assert names == len(code_in(problem))


@given(
    st.lists(st.sampled_from(["stream-id", '"', "`", " ", ":", "<b>", "--jwt", "@ann", "A_B", "x", "\n"])).map("".join)
)
def test_a_problem_keeps_its_text_whatever_it_holds(problem: str) -> None:
    shown = lxml.html.fromstring(f"<p>{problem_with_code(problem, markdown)}</p>")
    plain = lxml.html.fromstring(f"<p>{markdown(problem)}</p>")

    assert plain.text_content().replace("`", "") == shown.text_content().replace("`", "")
    assert {element.tag for element in shown.iter()} <= {"p", "code", "br"}
