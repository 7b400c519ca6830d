"""A stand-in for the part of GitHub's API that tells the runs of a workflow and their artifacts."""

from typing import Any

from support.ci_api import TOKEN, Received

REPOSITORY = "owner/bot"
# That of the workflow engine too.
THIS_RUN = 1
_WORKFLOW = 77
_ROOT = f"/repos/{REPOSITORY}"


def workflow_run(number: int, **changes: Any) -> dict[str, Any]:
    """A failed run that a push to the default branch started. A run with a higher number is newer."""
    return {
        "id": number,
        "event": "push",
        "head_branch": "main",
        "head_sha": f"sha-{number}",
        "conclusion": "failure",
        "created_at": f"2026-11-{number:02d}T10:00:00Z",
        "html_url": f"https://github.com/{REPOSITORY}/actions/runs/{number}",
        "head_repository": {"full_name": REPOSITORY},
        **changes,
    }


class RunsApi:
    """Tells these runs. `artifacts` are those of a run by its number, each by whether it has expired.

    `unmerged` runs are of commits that the default branch does not have. `broken` is a part of the paths that give an
    error. With `filters` off, the reply has runs that were not asked for.
    """

    def __init__(
        self,
        *runs: dict[str, Any],
        artifacts: dict[int, list[bool]] | None = None,
        unmerged: tuple[int, ...] = (),
        broken: str = "",
        filters: bool = True,
    ) -> None:
        self.runs = runs
        self.artifacts = artifacts or {}
        self.unmerged = unmerged
        self.broken = broken
        self.filters = filters
        self.received: list[Received] = []
        self.address = ""

    def has(self, path: str) -> bool:
        """Whether the path is of this part of the API."""
        return path == _ROOT or path.startswith((f"{_ROOT}/actions/", f"{_ROOT}/compare/"))

    def reply(self, request: Received) -> tuple[int, dict[str, str], Any]:
        """The reply to a request."""
        assert f"Bearer {TOKEN}" == request.headers["authorization"]
        path = request.path.removeprefix(_ROOT)
        body = self._body(path, request.query)
        if body is None or (self.broken and self.broken in path):
            return 502, {}, {"message": "Server Error"}
        return 200, {}, body

    def _body(self, path: str, query: dict[str, list[str]]) -> dict[str, Any] | None:
        fixed: dict[str, dict[str, Any]] = {
            "": {"default_branch": "main"},
            f"/actions/runs/{THIS_RUN}": {"workflow_id": _WORKFLOW},
        }
        if path == f"/actions/workflows/{_WORKFLOW}/runs":
            return {"workflow_runs": [run for run in self.runs if not self.filters or _fits(run, query)]}
        if path.endswith("/artifacts"):
            expired = self.artifacts.get(int(path.split("/")[3]), [False])
            return {"artifacts": [{"expired": value} for value in expired if query["name"] == ["koregate-report"]]}
        if path.startswith("/compare/main...sha-"):
            return {"status": "diverged" if int(path.rpartition("-")[2]) in self.unmerged else "behind"}
        return fixed.get(path)


def _fits(run: dict[str, Any], query: dict[str, list[str]]) -> bool:
    """Whether GitHub's own filters let the run through."""
    asked = query["event"] == [run["event"]] and query["branch"] == [run["head_branch"]]
    return asked and query["status"] == ["completed"] and run["conclusion"] is not None
