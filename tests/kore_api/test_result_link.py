"""The link to a result file: where it is found, and which addresses may be asked for it."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.kore_api.result_link import UnusableLink, address_to_fetch, links

HOST = "https://platform.kore.ai"
LOOPBACK = "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ({"result": {"fileUrl": "https://a.example/f"}}, ["https://a.example/f"]),
        ({"fileUrl": "https://a.example/f"}, ["https://a.example/f"]),
        (
            {"downloadLink": "https://a.example/1", "result": {"fileUrl": "https://a.example/2"}},
            ["https://a.example/2", "https://a.example/1"],
        ),
        ({"resultURL": "https://a.example/f"}, ["https://a.example/f"]),
        ({"fileUrl": "https://a.example/f", "result": {"fileUrl": "https://a.example/f"}}, ["https://a.example/f"]),
        ({"fileUrl": "", "link": " ", "result": {"url": None, "fileUrl": 3}}, []),
        ({"urls": "https://a.example/f", "linked": "https://a.example/f"}, []),
        ({"result": {"executionResults": [{"url": "https://a.example/f"}]}}, []),
        ({"result": "https://a.example/f"}, []),
        (["fileUrl"], []),
    ],
)
def test_a_link_is_a_text_under_a_key_that_ends_in_url_or_link_at_the_top_or_in_result(
    reply: Any, expected: list[str]
) -> None:
    assert expected == links(json.dumps(reply).encode())


@given(st.sampled_from(["fileUrl", "resultURL", "link", "url", "Downloadlink"]), st.lists(st.booleans(), min_size=12))
def test_a_link_is_found_however_its_key_is_escaped(key: str, escaped: list[bool]) -> None:
    letters = zip(key, escaped, strict=False)
    told = "".join(f"\\u{ord(letter):04{'xX'[count]}}" if count else letter for letter, count in letters)

    assert ["https://a.example/f"] == links(f'{{"result": {{"{told}" : "https://a.example/f"}}}}'.encode())


def test_a_body_that_is_no_json_has_no_link() -> None:
    assert [] == links(b'{"fileUrl": "https://a.example/f"')


@pytest.mark.parametrize(
    ("link", "host", "address"),
    [
        ("https://platform.kore.ai/f.csv?e=1", HOST, "https://platform.kore.ai/f.csv?e=1"),
        ("https://files.example/f.csv?e=1", HOST, "https://files.example/f.csv?e=1"),
        ("http://platform.kore.ai/f.csv?e=1", HOST, "https://platform.kore.ai/f.csv?e=1"),
        ("http://platform.kore.ai:80/f.csv", HOST, "https://platform.kore.ai/f.csv"),
        ("http://PLATFORM.kore.ai:8443/f.csv", HOST, "https://platform.kore.ai:8443/f.csv"),
        ("HTTP://platform.kore.ai/f.csv", HOST, "https://platform.kore.ai/f.csv"),
        ("http://127.0.0.1:8080/f.csv?s=a$$", LOOPBACK, "http://127.0.0.1:8080/f.csv?s=a$$"),
        ("http://[::1]:8080/f.csv", "http://[::1]:8080", "http://[::1]:8080/f.csv"),
        ("http://[2001:db8::1]/f.csv", "https://[2001:db8::1]", "https://[2001:db8::1]/f.csv"),
        (" https://files.example/f.csv ", HOST, "https://files.example/f.csv"),
    ],
)
def test_https_and_the_platforms_own_host_may_get_requests(link: str, host: str, address: str) -> None:
    assert address == address_to_fetch(link, host)


@pytest.mark.parametrize(
    ("link", "host"),
    [
        ("http://files.example/f.csv", HOST),
        ("http://127.0.0.1/f.csv", HOST),
        ("http://platform.kore.ai.example/f.csv", HOST),
        ("http://127.0.0.1:9090/f.csv", LOOPBACK),
        ("http://localhost:8080/f.csv", LOOPBACK),
        ("ftp://platform.kore.ai/f.csv", HOST),
        ("file:///etc/passwd", HOST),
        ("//platform.kore.ai/f.csv", HOST),
        ("/api/f.csv", HOST),
        ("https://user:secret@platform.kore.ai/f.csv", HOST),
        ("https:///f.csv", HOST),
        ("https://platform.kore.ai:0/f.csv", HOST),
        ("https://platform.kore.ai:x/f.csv", HOST),
        ("https://[::1/f.csv", HOST),
        ("https://platform.kore.ai\\@files.example/", HOST),
        ("https://platform.kore.ai/a b", HOST),
        ("https://platform.kore.ai/\n", "https://platform.kore.ai/x\r\nHost: y"),
        ("https://platform.kore.ai/" + "x" * 9000, HOST),
        ("javascript:alert(1)", HOST),
    ],
)
def test_any_other_address_is_refused_without_being_named(link: str, host: str) -> None:
    if link.strip() != link:
        link = link.strip() + "\nx"
    with pytest.raises(UnusableLink) as caught:
        address_to_fetch(link, host)

    assert str(caught.value) in (
        "its address is not a usable URL",
        "its address is unencrypted and of another host",
    )


@given(st.text(max_size=60) | st.from_regex(r"https?://[a-z@:/.\[\]]{1,20}", fullmatch=True))
def test_whatever_is_asked_is_https_or_at_this_machine(link: str) -> None:
    for host in (HOST, LOOPBACK):
        try:
            address = address_to_fetch(link, host)
        except UnusableLink:
            continue
        parts = urlsplit(address)
        assert parts.scheme.lower() == "https" or (host is LOOPBACK and parts.netloc == "127.0.0.1:8080")
