"""A stand-in for the part of GitLab's API that has the files of a repository, pipelines, jobs and their artifacts."""

import base64
from typing import Any

from support.ci_api import Received

QUARANTINE = "# {}\n"


def pipeline(number: int, **changes: Any) -> dict[str, Any]:
    """A pipeline that a push to the default branch started. One with a higher number is newer."""
    return {"id": number, "source": "push", "ref": "main", **changes}


def pipeline_job(number: int, **changes: Any) -> dict[str, Any]:
    """A failed job of the gate with its artifacts."""
    return {
        "id": number,
        "name": "conversation-tests",
        "status": "failed",
        "tag": False,
        "artifacts_file": {"filename": "artifacts.zip"},
        "web_url": f"https://gitlab.com/group/bot/-/jobs/{number}",
        **changes,
    }


class GitLabFilesApi:
    """Has these pipelines, each with its jobs. `broken` is a part of the paths that give an error.

    `missing` is a part of the addresses (path and query, decoded) of what is not there.

    A pipeline without jobs here has one job of its own number.
    """

    def __init__(
        self,
        *pipelines: dict[str, Any],
        jobs: dict[int, list[dict[str, Any]]] | None = None,
        broken: str = "",
        missing: str = "",
    ) -> None:
        self.pipelines = pipelines
        self.jobs = jobs or {}
        self.broken = broken
        self.missing = missing
        self.received: list[Received] = []
        self.address = ""

    def has(self, path: str) -> bool:
        """Whether the path is of this part of the API."""
        return any(part in path for part in ("/repository/files/", "/pipelines", "/artifacts/"))

    def reply(self, request: Received) -> tuple[int, dict[str, str], Any]:
        """The reply to a request."""
        address = f"{request.path}?{'&'.join(f'{name}={values[0]}' for name, values in request.query.items())}"
        if "private-token" not in request.headers:
            return 401, {}, {"message": "401 Unauthorized"}
        if self.missing and self.missing in address:
            return 404, {}, {"message": "404 Not Found"}
        if self.broken and self.broken in request.path:
            return 502, {}, {"message": "Bad Gateway"}
        return 200, {}, self._body(request.path, request.query)

    def _body(self, path: str, query: dict[str, list[str]]) -> Any:
        if "/repository/files/" in path:
            text = QUARANTINE.format(query["ref"][0])
            return {"content": base64.b64encode(text.encode()).decode()}
        if path.endswith("/pipelines"):
            return sorted(self.pipelines, key=lambda found: -found["id"])
        if path.endswith("/jobs"):
            number = int(path.split("/")[-2])
            return self.jobs.get(number, [pipeline_job(number)])
        return {"job": int(path.split("/jobs/")[1].split("/", maxsplit=1)[0])}
