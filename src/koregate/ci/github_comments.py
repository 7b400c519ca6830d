"""The comments of a pull request on GitHub. Source: GitHub docs, "REST API endpoints for issue comments"."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from koregate.ci.comments import Api, Comment, NoComment, Origin
from koregate.kore_api.json_values import Json

_PER_PAGE = 100
_MAX_PAGES = 50


class GitHubComments:
    """A `CommentThread` of GitHub. `graphql` is the address of its GraphQL API."""

    def __init__(self, api: Api, graphql: str, repository: str, number: int, origin: Origin) -> None:
        self.origin = origin
        self._api = api
        self._graphql = graphql
        self._comments = f"{api.base}/repos/{repository}/issues/{number}/comments"
        self._comment = f"{api.base}/repos/{repository}/issues/comments"
        self._login = ""

    def own_comments(self) -> Iterator[Comment]:
        """The comments by the token's own user. A marker alone proves nothing, because anyone can write one."""
        self._login = login = self._login or self._own_login()
        for page in range(1, _MAX_PAGES + 1):
            reply = self._api.request("GET", f"{self._comments}?per_page={_PER_PAGE}&page={page}")
            found = reply.json()
            if not isinstance(found, list):
                raise NoComment("the API's reply is not a list of comments.")
            yield from _comments(found, login)
            if len(found) < _PER_PAGE and 'rel="next"' not in reply.headers.get("Link", ""):
                return
        raise NoComment(f"the pull request has more than {_PER_PAGE * _MAX_PAGES} comments.")

    def _own_login(self) -> str:
        """The login of the token's user.

        `GET /user` rejects the token of an app, and GITHUB_TOKEN is one. GraphQL's `viewer` names the app's bot.
        """
        reply = self._api.request("POST", self._graphql, {"query": "query { viewer { login } }"}).json()
        login = reply
        for key in ("data", "viewer", "login"):
            login = login.get(key) if isinstance(login, dict) else None
        if not isinstance(login, str) or not login:
            raise NoComment("the API does not name the user of github-token.")
        return login

    def create(self, body: str) -> None:
        """Add a comment."""
        self._api.request("POST", self._comments, {"body": body})

    def update(self, number: int, body: str) -> None:
        """Replace the text of a comment."""
        self._api.request("PATCH", f"{self._comment}/{number}", {"body": body})

    def delete(self, number: int) -> None:
        """Remove a comment."""
        self._api.request("DELETE", f"{self._comment}/{number}")


def _comments(found: Iterable[Json], login: str) -> Iterator[Comment]:
    for entry in found:
        comment: Mapping[str, Any] = entry if isinstance(entry, dict) else {}
        user, number, body = comment.get("user"), comment.get("id"), comment.get("body")
        if isinstance(user, dict) and user.get("login") == login and type(number) is int and isinstance(body, str):
            yield Comment(number, body)
