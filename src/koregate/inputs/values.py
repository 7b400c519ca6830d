"""One parser for each kind of value.

Each takes the user's text and raises ValueError with a line that says how to fix it.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from pathlib import PurePath, PurePosixPath
from urllib.parse import urlsplit

from pydantic import ValidationInfo

from koregate.redaction.personal_data import PRESETS, check_patterns
from koregate.text import nearest, one_line

REPORT_DIR = "koregate-report"
_HISTORY_FILE = ".koregate/history.jsonl"
MAX_RETRIES = 4
MAX_DURATION_SECONDS = 7 * 24 * 3600
_SUITE_FILES = "suites/*.json"
_MAX_QUOTED = 80
_MAX_PREFIX = 100
_ALL = 100
_INTERVAL_ADVICE = "Write auto, or a duration of 1s or more, like 5s or 1m."
_SHARE_ADVICE = "Write a number from 0 to 1, like 0.85."
# A number without a unit must be alone: "1h30" would mean 30 seconds to some people and 30 minutes to others.
_DURATION = re.compile(r"(?!.*[hm]\d+$)(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s?)?", re.ASCII)
# As in pr-$(System.PullRequest.PullRequestId)- on Azure Pipelines, in a run without a pull request.
_VARIABLE = re.compile(r"\$(?:[({]|[A-Za-z_])")
# What Jenkins, Buildkite, and variables that are empty make of the number of a pull request if there is none.
_NO_NUMBER = re.compile(r"(?:pr|mr)-(?:null|false|undefined)?-", re.IGNORECASE)
_BOOLEANS = {**dict.fromkeys(("1", "on", "y", "yes"), "true"), **dict.fromkeys(("0", "off", "n", "no"), "false")}
_SEPARATORS = re.compile(r"[\s,;]+")
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
# RFC 1123 names, including international ones (requests encodes them), or an IP address, and a port.
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST = re.compile(r"[^\s/?#@\\\x00-\x1f\x7f]+")
_HOST_AND_PORT = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]+\])(?::\d{{1,5}})?")


def _quoted(value: object) -> str:
    return f'"{one_line(str(value), _MAX_QUOTED)}"'


def duration(value: object) -> float:
    """Seconds of `90`, `90s`, `30m` or `1h30m`."""
    return _seconds(value, "Write it like 90, 90s, 30m or 1h30m.")


def _seconds(value: object, advice: str) -> float:
    match = _DURATION.fullmatch(str(value).strip().lower())
    if not match or not any(match.groups()):
        raise ValueError(f"{_quoted(value)} is not a duration. {advice}")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    total = float(hours * 3600 + minutes * 60 + seconds)
    if total > MAX_DURATION_SECONDS:
        raise ValueError(f"{_quoted(value)} is longer than seven days. Give a shorter duration.")
    return total


def positive_duration(value: object) -> float:
    """Seconds of a duration that is not 0."""
    seconds = duration(value)
    if not seconds:
        raise ValueError("is 0. Give a duration of at least 1s.")
    return seconds


def poll_interval(value: object) -> float | None:
    """Seconds between requests, or None for `auto`."""
    if str(value).strip().lower() == "auto":
        return None
    seconds = _seconds(value, _INTERVAL_ADVICE)
    if not seconds:
        raise ValueError(f"is 0. {_INTERVAL_ADVICE}")
    return seconds


def split_lines(text: str) -> list[str]:
    """The unchanged lines of an input that takes one value per line."""
    return _LINE_BREAK.split(text)


def lines(value: object) -> tuple[str, ...]:
    """The values of an input that takes one per line. Empty lines and spaces around a value are ignored."""
    found = (line.strip(" \t") for line in split_lines(str(value)))
    return tuple(line for line in found if line)


def _distinct(value: object) -> tuple[str, ...]:
    found = lines(value)
    repeated = [line for number, line in enumerate(found) if line in found[:number]]
    if repeated:
        raise ValueError(f"{_quoted(repeated[0])} is listed more than once. List each name once.")
    return found


def suite_names(value: object) -> tuple[str, ...]:
    """Names of test suites, one per line, each once."""
    for name in (found := _distinct(value)):
        if name in {".", ".."}:
            raise ValueError(f"{_quoted(name)} cannot be part of a URL. Rename the test suite.")
        if not _encodable(name):
            raise ValueError(f"{_quoted(name)} is not valid UTF-8. Write the name in UTF-8.")
    return found


def suite_files(value: object, info: ValidationInfo) -> tuple[str, ...]:
    """Paths or patterns of files inside the workspace, which is passed as the validation's context."""
    workspace = (info.context or {}).get("workspace", PurePosixPath("/"))
    paths = (path_inside_workspace(line, workspace, "a file", _SUITE_FILES) for line in _distinct(value))
    return tuple(dict.fromkeys(paths))


def suite_prefix(value: object) -> str:
    """The beginning of suite names. Spaces at its end count."""
    text = str(value).strip("\r\n").lstrip()
    if len(text) > _MAX_PREFIX:
        raise ValueError(f"has {len(text)} characters. Give at most {_MAX_PREFIX}, like pr-7-.")
    if not _encodable(text) or not text.isprintable():
        raise ValueError(f"{_quoted(text)} has a character that no suite name can have. Write it like pr-7-.")
    advice = "Without a pull request, such as in a nightly job, give a fixed prefix like nightly-."
    if _VARIABLE.search(text):
        raise ValueError(f"{_quoted(text)} has a variable that the CI system left as it is. {advice}")
    if _NO_NUMBER.fullmatch(text):
        raise ValueError(f"{_quoted(text)} has no number of a pull request. {advice}")
    return text


def _encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _matching(pattern: str, advice: str) -> Callable[[object], str]:
    compiled = re.compile(pattern, re.ASCII)

    def parse(value: object) -> str:
        text = str(value).strip()
        if not compiled.fullmatch(text):
            raise ValueError(f"{_quoted(text)} {advice}")
        return text

    return parse


_run_id = _matching(
    r"c?tr-[\w-]{1,120}", "is not a test run id. Test run ids look like ctr-…, those of batch suites like tr-…."
)


def run_ids(value: object) -> tuple[str, ...]:
    """Test run ids, one per line, each once."""
    found = _distinct(value)
    for line in found:
        if len(_SEPARATORS.split(line)) > 1:
            raise ValueError(f"{_quoted(line)} is not one test run id. Give one per line, or repeat --test-run-ids.")
    return tuple(map(_run_id, found))


def one_of(*words: str, others: Mapping[str, str] | None = None) -> Callable[[object], str]:
    """A parser that accepts one of these words, in any case, and returns it as it is written here.

    `others` are words that are refused, with the word that each is meant for.
    """

    def parse(value: object) -> str:
        for word in words:
            if str(value).strip().lower() == word.lower():
                return word
        given = str(value)
        meant = (others or {}).get(given.strip().lower()) or nearest(given, words)
        advice = f"Did you mean {meant}?" if meant else "Give one of these."
        raise ValueError(f"{_quoted(value)} is not one of {', '.join(words)}. {advice}")

    return parse


def boolean(value: object) -> bool:
    """`true` or `false`, in any case."""
    return one_of("true", "false", others=_BOOLEANS)(value) == "true"


def max_parallel(value: object) -> int:
    """A whole number from 1 to 16."""
    return int(_matching(r"0{0,9}([1-9]|1[0-6])", "is not a whole number from 1 to 16. Write a number like 4.")(value))


def retries(value: object) -> int:
    """A whole number from 0 to 4."""
    problem = f"is not a whole number from 0 to {MAX_RETRIES}. Write a number like 2."
    return int(_matching(rf"0{{0,9}}[0-{MAX_RETRIES}]", problem)(value))


def count(value: object) -> int:
    """A whole number from 0 to 1,000,000."""
    return int(
        _matching(r"0{0,9}(\d{1,6}|1000000)", "is not a whole number from 0 to 1000000. Write a number like 40.")(value)
    )


def percentage(value: object) -> Decimal:
    """A number from 0 to 100, without rounding."""
    text = _matching(r"\d{1,3}(\.\d{1,20})?", "is not a percentage. Write a number from 0 to 100, like 95 or 99.5.")(
        value
    )
    number = Decimal(text)
    if number > _ALL:
        raise ValueError(f"{_quoted(value)} is more than 100. Write a number from 0 to 100, like 95 or 99.5.")
    if 0 < number < 1:
        raise ValueError(f"{_quoted(value)} is less than one percent. Write a percentage, like 95 or 99.5.")
    return number


def share(value: object) -> Decimal | None:
    """A number from 0 to 1, without rounding. None, the default, stays None."""
    if value is None:
        return None
    text = _matching(r"\d{1,3}(\.\d{1,18})?", f"is not a number from 0 to 1. {_SHARE_ADVICE}")(value)
    number = Decimal(text)
    if number > 1:
        raise ValueError(f"{_quoted(value)} is more than 1. {_SHARE_ADVICE}")
    return number


def each_of(*words: str) -> Callable[[object], tuple[str, ...]]:
    """A parser that accepts some of these words, one per line."""
    one = one_of(*words)

    def parse(value: object) -> tuple[str, ...]:
        found = _distinct(value)
        for line in found:
            several = _SEPARATORS.split(line)
            if len(several) > 1 and set(words) >= set(map(str.lower, several)):
                raise ValueError(f"{_quoted(line)} names several values. Give one per line.")
        return tuple(map(one, found))

    return parse


def host(value: object) -> str:
    """The platform's URL without anything after the host. A bare host name gets https://."""
    text = str(value).strip()
    scheme, mark, rest = text.partition("://")
    if not mark:
        scheme, rest = "https", text
    scheme, rest = scheme.lower(), rest.removesuffix("/")
    advice = "Give the platform's URL and nothing after the host, like https://platform.kore.ai."
    if scheme not in {"http", "https"} or not _HOST.fullmatch(rest) or not _encodable(rest):
        raise ValueError(f"{_quoted(_without_credentials(text))} is not the URL of a platform. {advice}")
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        name = parts.hostname or ""
        usable = bool(name) and parts.port != 0 and _HOST_AND_PORT.fullmatch(rest) is not None
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(f"{_quoted(text)} has no usable host or port. {advice}")
    if scheme == "http" and not is_loopback(name):
        raise ValueError(f"{_quoted(text)} would send the credentials unencrypted. Use https://.")
    return f"{scheme}://{rest}"


def _without_credentials(text: str) -> str:
    """A URL without its user information and its query, either of which may contain a password or token."""
    text = re.sub(r"([?#]).+", r"\1…", text, flags=re.DOTALL)
    before, mark, after = text.rpartition("@")
    return f"…@{after}" if mark and before else text


def is_loopback(name: str) -> bool:
    """Whether a host name is one of this machine itself."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name.lower() == "localhost"


def path_inside_workspace(value: object, workspace: PurePath, what: str = "a folder", example: str = REPORT_DIR) -> str:
    """The path of a folder or file relative to the workspace. Raises ValueError if it is outside."""
    text = str(value).strip()
    if "\x00" in text or not _encodable(text):
        raise ValueError(f"{_quoted(text)} is not a path. Give {what} inside the workspace, like {example}.")
    path = PurePath(text)
    advice = f"{_quoted(text)} is outside the workspace. Give {what} inside it, like {example}."
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
    """A folder inside the workspace. The workspace is the validation's context."""
    return path_inside_workspace(value, (info.context or {}).get("workspace", PurePosixPath("/")))


def history_file(value: object, info: ValidationInfo) -> str:
    """A file inside the workspace. The workspace is the validation's context."""
    workspace = (info.context or {}).get("workspace", PurePosixPath("/"))
    path = path_inside_workspace(value, workspace, "a file", _HISTORY_FILE)
    if path == ".":
        raise ValueError(f"{_quoted(value)} is a folder. Give a file inside the workspace, like {_HISTORY_FILE}.")
    return path


def file_in_workspace(value: object, info: ValidationInfo) -> str:
    """A file inside the workspace. The workspace is the validation's context."""
    workspace = (info.context or {}).get("workspace", PurePosixPath("/"))
    return path_inside_workspace(value, workspace, "a file", "koregate-quarantine.toml")


def file(value: object) -> str:
    """The path of a file anywhere."""
    text = str(value).strip()
    if "\x00" in text or not _encodable(text):
        raise ValueError(f"{_quoted(text)} is not a path. Give the path of a file.")
    return text


def expressions(value: object) -> tuple[str, ...]:
    """Presets and expressions for redaction, one per line, each once."""
    found = _distinct(value)
    for expression in found:
        words = _SEPARATORS.split(expression)
        if len(words) > 1 and PRESETS.keys() >= set(words):
            raise ValueError(f"{_quoted(expression)} names several presets. Give one per line, or repeat --redact.")
        if expression not in PRESETS and (meant := get_close_matches(expression.lower(), PRESETS, 1, 0.75)):
            raise ValueError(
                f"{_quoted(expression)} is no preset. Did you mean {meant[0]}? For that word itself, write "
                f"(?:{expression})."
            )
        try:
            check_patterns([expression])
        except ValueError as problem:
            raise ValueError(
                f"{_quoted(expression)} is unusable: {problem}. Give a preset or an expression in RE2's syntax."
            ) from problem
    return found


_QUOTES = ("'", '"', "`")


def token(value: object) -> str:
    """A token as it goes into a header."""
    text = str(value).strip()
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("contains spaces or characters that are not allowed in a token. Copy it again, on one line.")
    if text[:1] in _QUOTES or text[-1:] in _QUOTES:
        # No kind of token has them, and `docker run --env-file` keeps those of the file.
        raise ValueError("is in quotes, which are taken as part of it. Remove them.")
    return text


def client_secret(value: object) -> str:
    """A client secret: any valid text."""
    text = str(value).strip("\r\n")
    if not _encodable(text):
        raise ValueError("is not valid UTF-8. Copy it again.")
    return text


identifier = _matching(
    r"[!-~]{1,200}", "contains spaces or characters that are not allowed. Copy it again from the JWT app."
)
email = _matching(r"[^\s@]+@[^\s@]+", "is not an e-mail address. Write a name, @ and a host, without spaces.")
language = _matching(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*", "is not a language code. Write it like en or pt_BR.")
stream_id = _matching(
    r"st-[\w-]{1,120}",
    "is not a stream id. It looks like st-…: the App Id under App Settings > App Profile in the App Builder.",
)
