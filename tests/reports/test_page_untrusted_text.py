"""report.html: untrusted text stays text."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.answers import job_of
from support.page import HOSTILE, Node, full_of, page_of, stopped

from koregate.text import visible


def skeleton(root: Node) -> list[tuple[str, dict[str, str | None]]]:
    """The elements with their attributes, without those that mark the difference of texts."""
    return [(node.tag, node.attributes) for node in root if node.tag not in ("del", "ins")]


PLAIN = skeleton(page_of(full_of("plain words")))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_adds_no_element_and_no_attribute(text: str) -> None:
    # The head holds the hashes; the texts in it are covered by the elements' equality.
    assert PLAIN == skeleton(page_of(full_of(text)))


@settings(deadline=None, max_examples=60)
@given(st.text(st.one_of(st.characters(), st.sampled_from("<>&\"'/=`!-\x00\r\n\u202e")), max_size=40))
def test_any_text_stays_text(text: str) -> None:
    # Blank texts and the JSON of a message are displayed in another way.
    text = f"x{text}x"
    root = page_of(full_of(text))
    assert PLAIN == skeleton(root)
    assert f"User {visible(text)}" == root.by_id("s1-step-2").only("span", "user").text
    card = root.only("div", "card")
    assert [visible(text), visible(text)] == [card.all("p")[0].text, card.all("li")[0].text]


def test_the_title_is_only_text() -> None:
    job = job_of(stopped("</title><script>alert(1)</script>"))
    assert "! timeout: </title><script>alert(1)</script> - koregate" == page_of(job).only("title").text


def test_untrusted_text_has_a_direction_of_its_own_and_leaves_that_of_its_neighbors() -> None:
    def bare(node: Node) -> Iterator[str]:
        if "dir" in node.attributes or node.tag in ("bdi", "head"):
            return
        yield from (child for child in node.children if isinstance(child, str))
        yield from (text for child in node.children if isinstance(child, Node) for text in bare(child))

    assert not [text for text in bare(page_of(full_of("مرحبا"))) if "مرحبا" in text]
