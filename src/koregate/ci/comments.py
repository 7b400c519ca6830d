"""The comment on a pull request: one, found again by its marker, never over that of a newer run."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from pydantic import SecretStr

from koregate.kore_api.json_values import Json, load_json

# The run of the CI system, and the attempt or job in it.
RunNumber = tuple[int, int]
_MARKER = re.compile(r"<!-- koregate ([0-9a-f]{32}) run ([0-9]{1,18})\.([0-9]{1,18}) -->")
# What a comment may need at most. GitHub takes 65,536 characters, GitLab 1,000,000.
MAX_BODY_BYTES = 60_000


class NoComment(Exception):
    """Why there is no comment, in one line with what to do. `is_trouble` is False if there can be none."""

    def __init__(self, message: str, *, is_trouble: bool = True) -> None:
        super().__init__(message)
        self.is_trouble = is_trouble


class CommentIsGone(NoComment):
    """Somebody removed the comment in the meantime."""


class ApiReply(NamedTuple):
    """A reply with a status of success. Names of headers are read in any case."""

    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Json:
        """The body as JSON. Raises `NoComment`."""
        try:
            return load_json(self.body)
        except ValueError as problem:
            raise NoComment("the API's reply is not JSON.") from problem


class Api(Protocol):
    """The API of a CI system. Every method raises `NoComment`."""

    @property
    def base(self) -> str:
        """Its address, without a slash at the end."""

    def request(self, method: str, address: str, body: Mapping[str, Any] | None = None) -> ApiReply:
        """The reply to one request with the token. Raises `CommentIsGone` for 404 and 410."""


class Connect(Protocol):
    """Makes the API at an address that the runner gives in `variable`."""

    def __call__(self, address: str, variable: str, headers: Mapping[str, SecretStr | str], advice: str) -> Api:
        """Raises `NoComment` if no token may go there. `advice` says what a token needs that the API refuses."""


class Comment(NamedTuple):
    """A comment that the token's own user wrote. `number` is its id."""

    number: int
    body: str


class Origin(NamedTuple):
    """What the CI system says of the job that comments.

    `place` tells it from others that comment on the same pull request: its workflow and name. `commit` is the newest
    one of the pull request, or an empty text.
    """

    run: RunNumber
    commit: str
    place: tuple[str, ...]


class CommentThread(Protocol):
    """The comments of one pull request, as a CI system's API has them. Every method raises `NoComment`."""

    @property
    def origin(self) -> Origin:
        """The job that comments."""

    def own_comments(self) -> Iterable[Comment]:
        """The comments by the token's own user, oldest first."""

    def create(self, body: str) -> None:
        """Add a comment."""

    def update(self, number: int, body: str) -> None:
        """Replace the text of a comment. Raises `CommentIsGone` if there is none."""

    def delete(self, number: int) -> None:
        """Remove a comment."""


class Marker(NamedTuple):
    """The first line of a comment: which job it is of, and which run wrote it."""

    job: str
    run: RunNumber

    def __str__(self) -> str:
        return f"<!-- koregate {self.job} run {self.run[0]}.{self.run[1]} -->"


def marker_of(parts: Sequence[str], run: RunNumber) -> Marker:
    """The marker for the job that these texts tell from others."""
    text = "\0".join(f"{len(part)} {part}" for part in parts)
    return Marker(hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32], run)


def read_marker(body: str) -> Marker | None:
    """The marker in the first line of a comment, if that is one."""
    match = _MARKER.fullmatch(body.split("\n", 1)[0].rstrip("\r"))
    return Marker(match[1], (int(match[2]), int(match[3]))) if match else None


def place_comment(thread: CommentThread, marker: Marker, body: str) -> bool:
    """Write the comment, in place of the one that an earlier run left. Its first line becomes the marker.

    False if a newer run has commented already. Further comments with the marker, of runs that began together, are
    removed. Raises `NoComment`.
    """
    ours = [
        (found.run, comment.number)
        for comment in thread.own_comments()
        if (found := read_marker(comment.body)) and found.job == marker.job
    ]
    if any(run > marker.run for run, _ in ours):
        return False
    text = f"{marker}\n{body}"
    first, *others = sorted(number for _, number in ours) or [0]
    try:
        if first:
            thread.update(first, text)
    except CommentIsGone:
        first = 0
    if not first:
        thread.create(text)
    for number in others:
        thread.delete(number)
    return True
