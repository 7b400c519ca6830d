"""The values of inputs: one function a kind, each of which says how to mend what it cannot take.

All take what a user wrote, and raise ValueError with a line for the log.
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import PurePath, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from koregate.redaction import check
from koregate.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import ValidationInfo

REPORT_DIR = "koregate-report"
LONGEST = 7 * 24 * 3600
_SHOWN = 80
# A number without a unit stands alone: "1h30" would be 30 seconds to some and 30 minutes to others.
_DURATION = re.compile(r"(?!.*[hm]\d+$)(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s?)?", re.ASCII)
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
# RFC 1123 names, international ones too (requests encodes them), or an address, and a port.
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST = re.compile(r"[^\s/?#@\\\x00-\x1f\x7f]+")
_PLACE = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]+\])(?::\d{{1,5}})?")


def _quoted(value: object) -> str:
    return f'"{one_line(str(value), _SHOWN)}"'


def duration(value: object) -> float:
    """Seconds of `90`, `90s`, `30m` or `1h30m`."""
    match = _DURATION.fullmatch(str(value).strip().lower())
    if not match or not any(match.groups()):
        message = f"{_quoted(value)} is not a duration. Write it like 90, 90s, 30m or 1h30m."
        raise ValueError(message)
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    total = float(hours * 3600 + minutes * 60 + seconds)
    if total > LONGEST:
        message = f"{_quoted(value)} is longer than seven days. Give a shorter duration."
        raise ValueError(message)
    return total


def positive(value: object) -> float:
    """Seconds of a duration that is not 0."""
    seconds = duration(value)
    if not seconds:
        message = "is 0. Give a duration of at least 1s."
        raise ValueError(message)
    return seconds


def interval(value: object) -> float | None:
    """Seconds between requests, or None for `auto`."""
    return None if str(value).strip().lower() == "auto" else positive(value)


def lines(value: object) -> tuple[str, ...]:
    """The values of an input that takes one a line; blank lines and blanks around a value do not count."""
    found = (line.strip(" \t") for line in _LINE_BREAK.split(str(value)))
    return tuple(line for line in found if line)


def _distinct(value: object) -> tuple[str, ...]:
    found = lines(value)
    repeated = [line for number, line in enumerate(found) if line in found[:number]]
    if repeated:
        message = f"{_quoted(repeated[0])} is there more than once. Name each one once."
        raise ValueError(message)
    return found


def suite_names(value: object) -> tuple[str, ...]:
    """Names of test suites, one a line, each once."""
    for name in (found := _distinct(value)):
        if name in {".", ".."}:
            message = f"{_quoted(name)} cannot be part of a URL. Rename the test suite."
            raise ValueError(message)
        if not _encodable(name):
            message = f"{_quoted(name)} is not valid UTF-8. Write the name in UTF-8."
            raise ValueError(message)
    return found


def _encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _matching(pattern: str, advice: str) -> Callable[[object], str]:
    compiled = re.compile(pattern, re.ASCII)

    def check(value: object) -> str:
        text = str(value).strip()
        if not compiled.fullmatch(text):
            message = f"{_quoted(text)} {advice}"
            raise ValueError(message)
        return text

    return check


_run_id = _matching(r"ctr-[\w-]{1,120}", "is not a test run id. Test run ids look like ctr-….")


def run_ids(value: object) -> tuple[str, ...]:
    """Test run ids, one a line, each once."""
    return tuple(map(_run_id, _distinct(value)))


def one_of(*words: str) -> Callable[[object], str]:
    """A function that takes one of these words, in any case, and gives it as it is written here."""

    def check(value: object) -> str:
        for word in words:
            if str(value).strip().lower() == word.lower():
                return word
        message = f"{_quoted(value)} is not one of {', '.join(words)}."
        raise ValueError(message)

    return check


def boolean(value: object) -> bool:
    """`true` or `false`, in any case."""
    return one_of("true", "false")(value) == "true"


def parallel(value: object) -> int:
    """A whole number from 1 to 16."""
    return int(_matching(r"0*([1-9]|1[0-6])", "is not a whole number from 1 to 16.")(value))


def host(value: object) -> str:
    """The platform's URL without anything behind the host; a bare name gets https://."""
    text = str(value).strip()
    scheme, mark, rest = text.partition("://")
    if not mark:
        scheme, rest = "https", text
    scheme, rest = scheme.lower(), rest.removesuffix("/")
    advice = "Give the platform's URL and nothing after the host, like https://platform.kore.ai."
    if scheme not in {"http", "https"} or not _HOST.fullmatch(rest) or not _encodable(rest):
        message = f"{_quoted(_without_user(text))} is not the URL of a platform. {advice}"
        raise ValueError(message)
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        name = parts.hostname or ""
        usable = bool(name) and parts.port != 0 and _PLACE.fullmatch(rest) is not None
    except ValueError:
        usable = False
    if not usable:
        message = f"{_quoted(text)} has no usable host or port. {advice}"
        raise ValueError(message)
    if scheme == "http" and not _is_loopback(name):
        message = f"{_quoted(text)} would send the credentials in the clear. Use https://."
        raise ValueError(message)
    return f"{scheme}://{rest}"


def _without_user(text: str) -> str:
    before, mark, after = text.rpartition("@")
    return f"…@{after}" if mark and before else text


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name.lower() == "localhost"


def inside(value: object, workspace: PurePath) -> str:
    """The path of a folder relative to the workspace. Raises ValueError where it leaves it."""
    text = str(value).strip()
    if "\x00" in text or not _encodable(text):
        message = f"{_quoted(text)} is not a path. Give a folder inside the workspace, like {REPORT_DIR}."
        raise ValueError(message)
    path = PurePath(text)
    advice = f"{_quoted(text)} leaves the workspace. Give a folder inside it, like {REPORT_DIR}."
    if path.is_absolute():
        if not path.is_relative_to(workspace):
            raise ValueError(advice)
        path = path.relative_to(workspace)
    parts: list[str] = []
    for part in path.parts:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            raise ValueError(advice)
    return "/".join(parts) or "."


def report_dir(value: object, info: ValidationInfo) -> str:
    """A folder inside the workspace, which comes as the validation's context."""
    return inside(value, (info.context or {}).get("workspace", PurePosixPath("/")))


def expressions(value: object) -> tuple[str, ...]:
    """Presets and expressions of what to redact, one a line, each once."""
    found = _distinct(value)
    for expression in found:
        try:
            check([expression])
        except ValueError as problem:
            message = (
                f"{_quoted(expression)} cannot be used: {problem}. Give a preset or an expression in RE2's syntax."
            )
            raise ValueError(message) from problem
    return found


def token(value: object) -> str:
    """A token as it goes into a header."""
    text = str(value).strip()
    if not text.isascii() or not text.isprintable() or " " in text:
        message = "holds blanks or characters that no token has. Copy it again, on one line."
        raise ValueError(message)
    return text


def client_secret(value: object) -> str:
    """A client secret: any text but a broken one."""
    text = str(value).strip("\r\n")
    if not _encodable(text):
        message = "is not valid UTF-8. Copy it again."
        raise ValueError(message)
    return text


identifier = _matching(r"[!-~]{1,200}", "holds blanks or odd characters. Copy it again from the JWT app.")
email = _matching(r"[^\s@]+@[^\s@]+", "is not an e-mail address.")
language = _matching(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*", "is not a language code. Write it like en or pt_BR.")
stream_id = _matching(r"st-[\w-]{1,120}", "is not a stream id. Stream ids look like st-…; see the app's settings.")
