"""The link to a result file in the status reply of an ended run: where it is, and whether it may be followed.

The address is signed, so anyone who has it can read the file. It is masked everywhere and never shown.
"""

import re
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from koregate.inputs.values import is_loopback
from koregate.kore_api.json_values import Json, load_json

# No page shows the key for conversation suites. For batch suites it is `fileUrl`.
_KEY = re.compile(r"(?:url|link)\Z", re.IGNORECASE)
# Each letter may be escaped (RFC 8259, 7), and a wrong find costs time only.
_KEY_IN_JSON = re.compile(rb'(?:url|link|\\u00[4-7][0-9a-f][a-z]{0,3})"\s*:', re.IGNORECASE)
_DOCUMENTED = "fileUrl"
_MAX_LENGTH = 8192
_ADDRESS = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_HTTP_PORT = 80


class ResultFile(NamedTuple):
    """The bytes of the result file of an ended run, or why there are none.

    Both are empty if the reply has no link.
    """

    data: bytes | None = None
    problem: str = ""


class UnusableLink(ValueError):
    """An address that koregate does not follow. The message is the end of a sentence about it, without the address."""


def links(body: bytes) -> list[str]:
    """The links in a status reply: texts under a key that ends in `url` or `link`, at the top and in `result`.

    The documented one is first. A body that is not a JSON object has none.
    """
    if not _KEY_IN_JSON.search(body):
        return []
    try:
        value = load_json(body)
    except ValueError:
        return []
    found = [item for part in (value, _result(value)) for item in _texts(part)]
    found.sort(key=lambda item: item[0] != _DOCUMENTED)
    return list(dict.fromkeys(link for _, link in found))


def _result(value: Json) -> Json:
    return value.get("result") if isinstance(value, dict) else None


def _texts(part: Json) -> list[tuple[str, str]]:
    if not isinstance(part, dict):
        return []
    return [(key, text) for key, text in part.items() if _KEY.search(key) and isinstance(text, str) and text.strip()]


def address_to_fetch(link: str, host: str) -> str:
    """The address to request the file from. Raises `UnusableLink`.

    Every https address is allowed, and every http address of the platform's own host. The latter is upgraded to https,
    unless the platform itself is at a loopback address.
    """
    text = link.strip()
    parts, own = _split(text), urlsplit(host)
    if len(text) > _MAX_LENGTH or parts is None:
        raise UnusableLink("its address is not a usable URL")
    if parts.scheme.lower() == "https":
        return text
    if (parts.hostname or "") != (own.hostname or "").lower():
        raise UnusableLink("its address is unencrypted and of another host")
    if own.scheme == "http" and is_loopback(own.hostname or ""):
        if parts.port != own.port:
            raise UnusableLink("its address is unencrypted and of another host")
        return text
    port = "" if parts.port in (None, _HTTP_PORT) else f":{parts.port}"
    name = parts.hostname or ""
    authority = f"[{name}]{port}" if ":" in name else f"{name}{port}"
    return parts._replace(scheme="https", netloc=authority).geturl()


def _split(text: str) -> SplitResult | None:
    """The parts of an http or https address without a user, or None."""
    if not _ADDRESS.fullmatch(text) or "\\" in text:
        return None
    try:
        parts = urlsplit(text)
        usable = bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return None
    return parts if usable else None
