"""report.html: foreign text stays text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.answers import (
    TARGET,
)
from support.page import HOSTILE, Node, full_of, shown, stopped

from koregate.judging.results import Report
from koregate.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator


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
