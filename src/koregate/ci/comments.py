"""The one comment on a pull request. koregate finds it by its marker and never replaces that of a newer run."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from pydantic import SecretStr

from koregate.kore_api.json_values import Json, load_json

# The run of the CI system, and the attempt or job in it.
RunNumber = tuple[int, int]
_MARKER = re.compile(r"<!-- koregate ([0-9a-f]{32}) run ([0-9]{1,18})\.([0-9]{1,18}) -->")
# The size limit of a comment. GitHub allows 65,536 characters, GitLab 1,000,000.
MAX_BODY_BYTES = 60_000
# A run that finds its comment replaced by that of an older run writes it once more.
_MAX_WRITES = 2


class NoComment(Exception):
    """Why there is no comment and what to do, on one line. `is_trouble` is False if the job has no pull request."""

    def __init__(self, message: str, *, is_trouble: bool = True) -> None:
        super().__init__(message)
        self.is_trouble = is_trouble


class CommentIsGone(NoComment):
    """Someone has removed the comment."""


class NewerRun(NoComment):
    """The comment is that of a newer run, and stays."""

    def __init__(self, newer: RunNumber, run: RunNumber) -> None:
        text = f"the comment says that it is of run {_shown(newer)}, which is newer than this one ({_shown(run)})."
        super().__init__(text, is_trouble=False)


class OldCommentStays(NoComment):
    """The comment is up to date, but an older one of the same job cannot be removed."""

    def __init__(self, problem: NoComment) -> None:
        super().__init__(f"the pull request comment is up to date, but an older one of this job stays: {problem}")


class ApiReply(NamedTuple):
    """A successful reply. Header names are case-insensitive."""

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
        """The API's address, without a slash at the end."""

    def request(self, method: str, address: str, body: Mapping[str, Any] | None = None) -> ApiReply:
        """The reply to one request with the token. Raises `CommentIsGone` for 404 and 410."""


class Connect(Protocol):
    """Makes the API at an address that the runner gives in `variable`."""

    def __call__(self, address: str, variable: str, headers: Mapping[str, SecretStr | str], advice: str) -> Api:
        """Raises `NoComment` if the token may not go there. `advice` says what to do if the API rejects the token."""


class Comment(NamedTuple):
    """A comment that the token's own user wrote. `number` is its id."""

    number: int
    body: str


class Origin(NamedTuple):
    """What the CI system says about the job that comments.

    `place` is its workflow and name, which distinguish it from other jobs that comment on the same pull request.
    `commit` is the newest commit of the pull request, or an empty text.
    """

    run: RunNumber
    commit: str
    place: tuple[str, ...]


class CommentThread(Protocol):
    """The comments of one pull request, through a CI system's API. Every method raises `NoComment`."""

    @property
    def origin(self) -> Origin:
        """The job that comments."""

    def own_comments(self) -> Iterable[Comment]:
        """The comments by the token's own user, oldest first."""

    def create(self, body: str) -> None:
        """Add a comment."""

    def update(self, number: int, body: str) -> None:
        """Replace the text of a comment. Raises `CommentIsGone` if it does not exist."""

    def delete(self, number: int) -> None:
        """Remove a comment."""


class Marker(NamedTuple):
    """The first line of a comment: the job that it belongs to, and the run that wrote it."""

    job: str
    run: RunNumber

    def __str__(self) -> str:
        return f"<!-- koregate {self.job} run {_shown(self.run)} -->"


def marker_of(parts: Sequence[str], run: RunNumber) -> Marker:
    """The marker of the job that these texts identify."""
    text = "\0".join(f"{len(part)} {part}" for part in parts)
    return Marker(hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32], run)


def read_marker(body: str) -> Marker | None:
    """The marker in the first line of a comment, or None."""
    match = _MARKER.fullmatch(body.split("\n", 1)[0].rstrip("\r"))
    return Marker(match[1], (int(match[2]), int(match[3]))) if match else None


def place_comment(thread: CommentThread, marker: Marker, body: str) -> None:
    """Write the comment, or update the one that an earlier run wrote. Its first line becomes the marker.

    Runs that end at the same time may each create a comment, or replace that of a newer run: no API offers an update
    under a condition. So the comments are read again afterwards, and that of the newest run stays. Raises `NoComment`,
    also if a newer run has commented already.
    """
    ours = _comments_of(thread, marker)
    for _ in range(_MAX_WRITES):
        _check_newest(ours, marker)
        _write(thread, min((number for _, number in ours), default=0), f"{marker}\n{body}")
        ours = sorted(_comments_of(thread, marker))
        if not ours or ours[-1][0] >= marker.run:
            break
    _remove(thread, [number for _, number in ours[:-1]])
    _check_newest(ours, marker)


def _write(thread: CommentThread, number: int, text: str) -> None:
    """Replace the comment of that number, or add one if there is none."""
    try:
        if number:
            thread.update(number, text)
            return
    except CommentIsGone:
        pass
    thread.create(text)


def _comments_of(thread: CommentThread, marker: Marker) -> list[tuple[RunNumber, int]]:
    """The run and the number of each comment of the marker's job."""
    return [
        (found.run, comment.number)
        for comment in thread.own_comments()
        if (found := read_marker(comment.body)) and found.job == marker.job
    ]


def _check_newest(ours: Iterable[tuple[RunNumber, int]], marker: Marker) -> None:
    newest = max((run for run, _ in ours), default=marker.run)
    if newest > marker.run:
        raise NewerRun(newest, marker.run)


def _remove(thread: CommentThread, numbers: Iterable[int]) -> None:
    """Remove these comments, which say what is no longer true. Raises `OldCommentStays` if one of them stays."""
    problem: NoComment | None = None
    for number in numbers:
        try:
            thread.delete(number)
        except CommentIsGone:
            # Another run has removed it.
            continue
        except NoComment as refused:
            problem = refused
    if problem is not None:
        raise OldCommentStays(problem) from problem


def _shown(run: RunNumber) -> str:
    return f"{run[0]}.{run[1]}"
