"""The comments of a merge request on GitLab. Source: GitLab docs, "Notes API"."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from koregate.ci.comments import Api, Comment, NoComment, Origin
from koregate.kore_api.json_values import Json

_PER_PAGE = 100
_MAX_PAGES = 50


class GitLabComments:
    """A `CommentThread` of GitLab."""

    def __init__(self, api: Api, project: int, number: int, origin: Origin) -> None:
        self.origin = origin
        self._api = api
        self._own_id = 0
        self._notes = f"{api.base}/projects/{project}/merge_requests/{number}/notes"

    def own_comments(self) -> Iterator[Comment]:
        """The comments by the token's own user."""
        self._own_id = own_id = self._own_id or self._users_id()
        for page in range(1, _MAX_PAGES + 1):
            query = f"per_page={_PER_PAGE}&page={page}&order_by=created_at&sort=asc"
            reply = self._api.request("GET", f"{self._notes}?{query}")
            found = reply.json()
            if not isinstance(found, list):
                raise NoComment("the API's reply is not a list of comments.")
            yield from _comments(found, own_id)
            if len(found) < _PER_PAGE and not reply.headers.get("X-Next-Page"):
                return
        raise NoComment(f"the merge request has more than {_PER_PAGE * _MAX_PAGES} comments.")

    def _users_id(self) -> int:
        """The id of the token's user."""
        user = self._api.request("GET", f"{self._api.base}/user").json()
        own_id = user.get("id") if isinstance(user, dict) else None
        if type(own_id) is not int:
            raise NoComment("the API does not name the user of gitlab-token.")
        return own_id

    def create(self, body: str) -> None:
        """Add a comment."""
        self._api.request("POST", self._notes, {"body": body})

    def update(self, number: int, body: str) -> None:
        """Replace the text of a comment."""
        self._api.request("PUT", f"{self._notes}/{number}", {"body": body})

    def delete(self, number: int) -> None:
        """Remove a comment."""
        self._api.request("DELETE", f"{self._notes}/{number}")


def _comments(found: Iterable[Json], own_id: int) -> Iterator[Comment]:
    for entry in found:
        note: Mapping[str, Any] = entry if isinstance(entry, dict) else {}
        author, number, body = note.get("author"), note.get("id"), note.get("body")
        is_own = isinstance(author, dict) and type(author.get("id")) is int and author["id"] == own_id
        if is_own and not note.get("system") and type(number) is int and isinstance(body, str):
            yield Comment(number, body)
