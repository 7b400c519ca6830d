"""The comment on GitHub and GitLab: which requests, which comment is ours, and what each refusal leads to."""

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.ci_api import TOKEN, CommentApi, Received, serving
from support.publishing import new_adapter

from koregate.ci.api import ApiClient, Conditions
from koregate.ci.base import CISystem
from koregate.ci.comments import (
    Marker,
    NewerRun,
    NoComment,
    OldCommentStays,
    marker_of,
    place_comment,
    read_marker,
)
from koregate.ci.github import GitHub
from koregate.ci.gitlab import GitLab
from koregate.ci.jenkins import Jenkins
from koregate.inputs import GateInputs, read_inputs

INPUTS = read_inputs(
    GateInputs, {"comment": "true", "github-token": TOKEN, "gitlab-token": TOKEN}, {}, PurePosixPath("/ws")
)
JOB = ["st-1", "Pizza"]
CONDITIONS = Conditions(verify=True, request_seconds=5, is_over=lambda: False, wait=lambda _: None)
KINDS: list[tuple[type[CISystem], str]] = [(GitHub, "PATCH"), (GitLab, "PUT")]
both = pytest.mark.parametrize(("kind", "update"), KINDS)


@pytest.fixture
def api() -> Iterator[CommentApi]:
    with serving(CommentApi()) as api:
        yield api


def environ(api: CommentApi, folder: Path, run: str | int = 10, **changes: str) -> dict[str, str]:
    event = {"pull_request": {"number": 5, "head": {"sha": "ab" * 20}}}
    (folder / "event.json").write_text(json.dumps(event))
    return {
        "GITHUB_EVENT_PATH": str(folder / "event.json"),
        "GITHUB_API_URL": api.address,
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "owner/bot",
        "GITHUB_REF": "refs/pull/5/merge",
        "GITHUB_WORKFLOW_REF": "owner/bot/.github/workflows/gate.yml@refs/pull/5/merge",
        "GITHUB_WORKFLOW": "Gate",
        "GITHUB_JOB": "bot",
        "GITHUB_RUN_ID": str(run),
        "GITHUB_RUN_ATTEMPT": "1",
        "CI_API_V4_URL": f"{api.address}/api/v4",
        "CI_PROJECT_ID": "12",
        "CI_MERGE_REQUEST_IID": "5",
        "CI_PIPELINE_ID": str(run),
        "CI_JOB_ID": "1",
        "CI_JOB_NAME": "bot",
        "CI_JOB_URL": "https://gitlab.example/job/1",
        "CI_COMMIT_SHA": "ab" * 20,
        **changes,
    }


def post(kind: type[CISystem], around: dict[str, str], body: str = "text", pauses: list[float] | None = None) -> bool:
    """Place the comment, unless a newer run has; `pauses` gets the waits for rate limits."""
    adapter, _ = new_adapter(kind, around)
    wait = (pauses if pauses is not None else []).append
    conditions = Conditions(verify=True, request_seconds=5, is_over=lambda: False, wait=wait)
    thread = adapter.comment_thread(INPUTS, partial(ApiClient, conditions))
    try:
        place_comment(thread, marker_of([*thread.origin.place, *JOB], thread.origin.run), body)
    except NewerRun:
        return False
    return True


def test_github_gets_a_comment_with_the_token_where_its_api_is(api: CommentApi, tmp_path: Path) -> None:
    assert post(GitHub, environ(api, tmp_path))

    viewer, listed, created, again = api.received
    assert ("GET", listed.path) == (again.method, again.path)
    assert ("POST", "/graphql", {"query": "query { viewer { login } }"}) == (viewer.method, viewer.path, viewer.body)
    assert ("GET", "/repos/owner/bot/issues/5/comments") == (listed.method, listed.path)
    assert {"per_page": ["100"], "page": ["1"]} == listed.query
    assert ("POST", "/repos/owner/bot/issues/5/comments") == (created.method, created.path)
    marker, text = created.body["body"].split("\n")
    assert "text" == text
    assert (10, 1) == (read_marker(marker) or Marker("", (0, 0))).run
    for request in api.received:
        assert f"Bearer {TOKEN}" == request.headers["authorization"]
        assert "application/vnd.github+json" == request.headers["accept"]
        assert "2022-11-28" == request.headers["x-github-api-version"]
        assert request.headers["user-agent"].startswith("koregate/")


def test_the_graphql_api_of_an_enterprise_server_is_beside_its_rest_api(api: CommentApi, tmp_path: Path) -> None:
    post(GitHub, environ(api, tmp_path, GITHUB_API_URL=f"{api.address}/api/v3"))

    assert ["/api/graphql", "/api/v3/repos/owner/bot/issues/5/comments"] == [
        request.path for request in api.received[:2]
    ]


def test_gitlab_gets_a_note_with_the_token_where_its_api_is(api: CommentApi, tmp_path: Path) -> None:
    assert post(GitLab, environ(api, tmp_path))

    user, listed, created, again = api.received
    assert ("GET", listed.path) == (again.method, again.path)
    assert ("GET", "/api/v4/user") == (user.method, user.path)
    assert ("GET", "/api/v4/projects/12/merge_requests/5/notes") == (listed.method, listed.path)
    assert ["asc"] == listed.query["sort"]
    assert ("POST", "/api/v4/projects/12/merge_requests/5/notes") == (created.method, created.path)
    assert created.body["body"].endswith(" run 10.1 -->\ntext")
    assert {TOKEN} == {request.headers["private-token"] for request in api.received}
    assert not any("authorization" in request.headers for request in api.received)


@both
def test_the_next_run_updates_the_comment_in_place(
    api: CommentApi, tmp_path: Path, kind: type[CISystem], update: str
) -> None:
    post(kind, environ(api, tmp_path), "old")
    post(kind, environ(api, tmp_path, run=11), "new")

    assert ["GET", "POST", "GET", "GET", update, "GET"] == api.methods
    (body,) = api.bodies
    assert body.endswith(" run 11.1 -->\nnew")


@both
def test_an_older_run_that_ends_later_leaves_the_comment_alone(
    api: CommentApi, tmp_path: Path, kind: type[CISystem], update: str
) -> None:
    post(kind, environ(api, tmp_path, run=11), "new")

    assert not post(kind, environ(api, tmp_path, run=9), "old")
    assert ["GET", "POST", "GET", "GET"] == api.methods
    assert update not in api.methods
    assert api.bodies[0].endswith("new")


def test_a_later_attempt_of_the_same_run_is_newer(api: CommentApi, tmp_path: Path) -> None:
    post(GitHub, environ(api, tmp_path, GITHUB_RUN_ATTEMPT="2"), "second")

    assert not post(GitHub, environ(api, tmp_path, GITHUB_RUN_ATTEMPT="1"), "first")
    assert post(GitHub, environ(api, tmp_path, GITHUB_RUN_ATTEMPT="10"), "tenth")
    assert api.bodies[0].endswith("tenth")


@both
def test_a_comment_of_somebody_else_with_our_marker_is_neither_changed_nor_believed(
    api: CommentApi, tmp_path: Path, kind: type[CISystem], update: str
) -> None:
    post(kind, environ(api, tmp_path, run=99))
    (forged,) = api.bodies
    api.comments.clear()
    for user in ("mallory", "github-actions", "github-actions[bot] "):
        api.add(forged, user)

    assert post(kind, environ(api, tmp_path, run=10), "ours")
    assert [forged, forged, forged] == api.bodies[:3]
    assert api.bodies[3].endswith("ours")
    assert update not in api.methods


@both
def test_our_marker_anywhere_but_in_the_first_line_is_none(
    api: CommentApi, tmp_path: Path, kind: type[CISystem], update: str
) -> None:
    post(kind, environ(api, tmp_path))
    (body,) = api.bodies
    api.comments.clear()
    marker = body.split("\n")[0]
    for text in (f"\n{body}", f"> {body}", f"a {marker}", f"{marker} b", f"```\n{body}\n```"):
        api.add(text)

    post(kind, environ(api, tmp_path, run=11), "ours")

    assert 6 == len(api.bodies)
    assert update not in api.methods


def test_a_first_line_with_a_windows_line_end_is_read(api: CommentApi, tmp_path: Path) -> None:
    post(GitHub, environ(api, tmp_path))
    (comment,) = api.comments.values()
    comment["body"] = comment["body"].replace("\n", "\r\n")

    post(GitHub, environ(api, tmp_path, run=11), "new")

    assert 1 == len(api.comments)


def test_a_system_note_of_gitlab_is_no_comment(api: CommentApi, tmp_path: Path) -> None:
    post(GitLab, environ(api, tmp_path))
    next(iter(api.comments.values()))["system"] = True

    post(GitLab, environ(api, tmp_path, run=11))

    assert 2 == len(api.comments)


@both
@pytest.mark.parametrize("changed", [{"job": "other"}, {"suites": ["st-1", "Hours"]}, {"suites": ["st-2", "Pizza"]}])
def test_another_job_or_other_suites_have_a_comment_of_their_own(
    api: CommentApi, tmp_path: Path, kind: type[CISystem], update: str, changed: dict[str, Any]
) -> None:
    post(kind, environ(api, tmp_path))
    adapter, _ = new_adapter(
        kind,
        environ(api, tmp_path, GITHUB_JOB=changed.get("job", "bot"), CI_JOB_NAME=changed.get("job", "bot")),
    )
    thread = adapter.comment_thread(INPUTS, partial(ApiClient, CONDITIONS))
    place_comment(thread, marker_of([*thread.origin.place, *changed.get("suites", JOB)], (10, 1)), "other")

    assert 2 == len(api.comments)
    assert update not in api.methods


@both
def test_our_comment_is_found_on_the_last_page(
    api: CommentApi, tmp_path: Path, kind: type[CISystem], update: str
) -> None:
    for number in range(250):
        api.add(f"comment {number}", "somebody")
    post(kind, environ(api, tmp_path), "old")
    post(kind, environ(api, tmp_path, run=11), "new")

    assert ["GET"] * 3 + ["POST"] + ["GET"] * 6 + [update] + ["GET"] * 3 == api.methods
    assert api.bodies[-1].endswith("new")


@both
def test_pages_may_be_shorter_than_we_asked_for(tmp_path: Path, kind: type[CISystem], update: str) -> None:
    with serving(CommentApi(page_size=3)) as api:
        for number in range(7):
            api.add(f"comment {number}", "somebody")
        post(kind, environ(api, tmp_path))
        post(kind, environ(api, tmp_path, run=11))

        assert 8 == len(api.comments)
        assert update in api.methods
        assert all(request.headers["host"] in api.address for request in api.received)


@both
def test_more_pages_than_we_read_are_no_reason_for_a_second_comment(
    api: CommentApi, tmp_path: Path, kind: type[CISystem], update: str
) -> None:
    for number in range(5_001):
        api.add(f"comment {number}", "somebody")

    with pytest.raises(NoComment, match="more than 5000 comments"):
        post(kind, environ(api, tmp_path))
    assert {"GET"} == set(api.methods)
    assert update not in api.methods


@both
def test_a_comment_that_somebody_deletes_meanwhile_is_made_again(
    api: CommentApi, tmp_path: Path, kind: type[CISystem], update: str
) -> None:
    post(kind, environ(api, tmp_path), "old")
    api.replies = {update: (404, {}, {"message": "Not Found"})}

    post(kind, environ(api, tmp_path, run=11), "new")

    # The list that is read again still has the old one, which says what is no longer true.
    assert ["GET", update, "POST", "GET", "DELETE"] == api.methods[3:]
    assert [True] == [body.endswith("new") for body in api.bodies]


@both
def test_two_comments_of_runs_that_began_together_become_one(
    api: CommentApi, tmp_path: Path, kind: type[CISystem], update: str
) -> None:
    post(kind, environ(api, tmp_path), "first")
    api.add(api.bodies[0].replace("first", "second"))
    api.add(api.bodies[0], "somebody")

    post(kind, environ(api, tmp_path, run=11), "new")

    assert ["GET", update, "GET", "DELETE"] == api.methods[3:]
    assert ["new", "first"] == [body.split("\n")[1] for body in api.bodies]


@both
@pytest.mark.parametrize("reply", [(404, {}, {"message": "Not Found"}), (410, {}, {})])
def test_a_second_comment_that_somebody_else_removes_first_is_no_trouble(
    api: CommentApi, tmp_path: Path, kind: type[CISystem], update: str, reply: tuple[int, dict[str, str], Any]
) -> None:
    post(kind, environ(api, tmp_path), "first")
    api.add(api.bodies[0].replace("first", "second"))
    api.replies = {"DELETE": reply}

    assert post(kind, environ(api, tmp_path, run=11), "new")
    assert ["GET", update, "GET", "DELETE"] == api.methods[3:]


@both
def test_a_second_comment_that_stays_is_told_as_such(
    api: CommentApi, tmp_path: Path, kind: type[CISystem], update: str
) -> None:
    post(kind, environ(api, tmp_path), "first")
    for _ in range(2):
        api.add(api.bodies[0])
    api.replies = {"DELETE": (403, {}, {"message": "no"})}

    with pytest.raises(OldCommentStays, match=r"up to date, but an older one of this job stays: the API rejected the"):
        post(kind, environ(api, tmp_path, run=11), "new")
    assert ["GET", update, "GET", "DELETE", "DELETE"] == api.methods[3:]


@both
def test_runs_that_both_find_no_comment_leave_the_one_of_the_newer_run(
    tmp_path: Path, kind: type[CISystem], update: str
) -> None:
    class Racing(CommentApi):
        """The other run creates its comment between the list and the create of this one."""

        other = ""

        def reply(self, request: Received) -> tuple[int, dict[str, str], Any]:
            if request.method == "POST" and "graphql" not in request.path and self.other:
                self.add(self.other)
                self.other = ""
            return super().reply(request)

    for other, kept in ((9, "ours"), (11, "theirs")):
        with serving(Racing()) as api:
            post(kind, environ(api, tmp_path, run=other), "theirs")
            (api.other,) = api.bodies
            api.comments.clear()

            assert post(kind, environ(api, tmp_path), "ours") == (kept == "ours")
            assert [kept] == [body.split("\n")[1] for body in api.bodies]
            assert update not in api.methods


@both
@pytest.mark.parametrize(("other", "kept", "writes"), [(9, "ours", 2), (12, "theirs", 1)])
def test_runs_that_update_at_the_same_time_leave_the_text_of_the_newer_run(
    tmp_path: Path, kind: type[CISystem], update: str, other: int, kept: str, writes: int
) -> None:
    class Racing(CommentApi):
        """The other run, which has listed the comments before, replaces ours at once."""

        other = ""

        def reply(self, request: Received) -> tuple[int, dict[str, str], Any]:
            reply = super().reply(request)
            if request.method == update and self.other:
                next(iter(self.comments.values()))["body"] = self.other
                self.other = ""
            return reply

    with serving(Racing()) as api:
        post(kind, environ(api, tmp_path, run=8), "old")
        api.other = api.bodies[0].replace("run 8.1", f"run {other}.1").replace("old", "theirs")

        assert post(kind, environ(api, tmp_path), "ours") == (kept == "ours")
        assert [kept] == [body.split("\n")[1] for body in api.bodies]
        assert writes == api.methods.count(update)


@both
def test_a_newer_run_is_named_so_that_a_forged_one_shows(
    api: CommentApi, tmp_path: Path, kind: type[CISystem], update: str
) -> None:
    post(kind, environ(api, tmp_path, run=987654321), "passed")
    adapter, _ = new_adapter(kind, environ(api, tmp_path))
    thread = adapter.comment_thread(INPUTS, partial(ApiClient, CONDITIONS))

    with pytest.raises(NewerRun, match=r"run 987654321\.1") as caught:
        place_comment(thread, marker_of([*thread.origin.place, *JOB], thread.origin.run), "text")
    assert not caught.value.is_trouble
    assert update not in api.methods


def test_a_merge_request_of_a_fork_is_the_target_projects(api: CommentApi, tmp_path: Path) -> None:
    """In a pipeline of the fork, CI_PROJECT_ID is the fork, which may have a merge request of the same number."""
    post(GitLab, environ(api, tmp_path, CI_PROJECT_ID="99", CI_MERGE_REQUEST_PROJECT_ID="12"))

    assert {"/api/v4/user", "/api/v4/projects/12/merge_requests/5/notes"} == {request.path for request in api.received}


LIMITED = {"message": "You have exceeded a secondary rate limit."}


@both
@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ((401, {}, {"message": "Bad credentials"}), r"rejected the token \(401: Bad credentials\)\. Give"),
        (
            (403, {}, {"message": "Resource not accessible by integration"}),
            r"rejected the token \(403: Resource .* Give",
        ),
        ((403, {}, LIMITED), "rate limit is reached"),
        ((403, {"Retry-After": "60"}, {"message": "x"}), "rate limit is reached"),
        ((403, {"X-RateLimit-Remaining": "0"}, {"message": "x"}), "rate limit is reached"),
        ((429, {"Retry-After": "3600"}, {}), r"rate limit is reached \(429\)"),
        ((404, {}, {"message": "Not Found"}), "cannot find the pull request, or hides it"),
        ((410, {}, {}), "cannot find the pull request"),
        (
            (422, {}, {"message": "Validation Failed\n::error::x"}),
            r"rejected the request \(422: Validation Failed ::err",
        ),
        ((500, {}, b"<html>"), r"rejected the request \(500\)"),
        ((302, {"Location": "https://evil.example/"}, {}), "does not follow it with a token"),
        ((200, {}, b"not JSON"), "not JSON"),
        ((200, {}, {"a": 1}), "not a list of comments|the user of"),
    ],
)
def test_a_refused_list_of_comments_is_reported_with_what_to_do(
    tmp_path: Path, kind: type[CISystem], update: str, reply: tuple[int, dict[str, str], Any], message: str
) -> None:
    with serving(CommentApi({"GET": reply}, lasting=True)) as api:
        with pytest.raises(NoComment, match=message) as caught:
            post(kind, environ(api, tmp_path))

        assert "\n" not in str(caught.value)
        assert TOKEN not in str(caught.value)
        assert update not in api.methods
        assert "POST" not in api.methods


@both
@pytest.mark.parametrize("reply", [(403, {}, {"message": "no"}), (500, {}, {}), (422, {}, {})])
def test_a_refused_update_makes_no_second_comment(
    api: CommentApi, tmp_path: Path, kind: type[CISystem], update: str, reply: tuple[int, dict[str, str], Any]
) -> None:
    post(kind, environ(api, tmp_path))
    api.replies = {update: reply}

    with pytest.raises(NoComment):
        post(kind, environ(api, tmp_path, run=11))
    assert ["GET", update] == api.methods[3:]


@both
def test_a_short_rate_limit_is_waited_for_once(tmp_path: Path, kind: type[CISystem], update: str) -> None:
    pauses: list[float] = []
    with serving(CommentApi({"GET": (429, {"Retry-After": "2"}, {})})) as api:
        assert post(kind, environ(api, tmp_path), pauses=pauses)

    assert [2.0] == pauses
    assert update not in api.methods


@pytest.mark.parametrize("login", [None, "", 5, {"a": 1}])
def test_without_knowing_the_tokens_user_nothing_is_written(tmp_path: Path, login: Any) -> None:
    viewer: tuple[int, dict[str, str], Any] = (200, {}, {"data": {"viewer": {"login": login}}, "errors": [{}]})
    with serving(CommentApi({"POST": viewer}, lasting=True)) as api:
        with pytest.raises(NoComment, match="the user of"):
            post(GitHub, environ(api, tmp_path))

        assert [] == api.methods


@pytest.mark.parametrize(
    "address",
    [
        "http://api.github.com",
        "http://192.0.2.1/",
        "http://localhost.evil.example",
        "http://127.0.0.1@evil.example",
        "https://user:word@evil.example",
        "https://evil.example/?a=",
        "https://evil.example/#a",
        "https://",
        "https://[",
        "https://a:0",
        "file:///etc/passwd",
        "ftp://127.0.0.1",
        "https://a\nb",
        "",
    ],
)
@both
def test_the_token_goes_to_https_or_loopback_only(
    api: CommentApi, tmp_path: Path, kind: type[CISystem], update: str, address: str
) -> None:
    with pytest.raises(NoComment, match="is not"):
        post(kind, environ(api, tmp_path, GITHUB_API_URL=address, CI_API_V4_URL=address))
    assert [] == api.received
    assert update


@pytest.mark.parametrize(
    ("event", "is_trouble"),
    [
        ({"ref": "refs/heads/main"}, False),
        ([], False),
        ({"pull_request": None}, False),
        ({"pull_request": {"number": "5/../6", "head": {"sha": "a"}}}, True),
        ({"pull_request": {"number": True, "head": {"sha": "a"}}}, True),
        ({"pull_request": {"number": -5, "head": {"sha": "a"}}}, True),
        ({"pull_request": {"number": 6, "head": {"sha": "a"}}}, True),
    ],
)
def test_an_event_without_a_usable_pull_request_gets_no_comment(
    api: CommentApi, tmp_path: Path, event: Any, is_trouble: bool
) -> None:
    around = environ(api, tmp_path)
    (tmp_path / "event.json").write_text(json.dumps(event))

    with pytest.raises(NoComment) as caught:
        post(GitHub, around)
    assert is_trouble == caught.value.is_trouble
    assert [] == api.received


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        (GitHub, {"GITHUB_REPOSITORY": "owner/bot/../../x"}, "GITHUB_REPOSITORY"),
        (GitHub, {"GITHUB_EVENT_PATH": "/nowhere"}, "does not belong to a pull request"),
        (GitLab, {"CI_PROJECT_ID": "12/../13"}, "CI_PROJECT_ID"),
        (GitLab, {"CI_MERGE_REQUEST_IID": "a"}, "does not belong to a merge request"),
        (Jenkins, {}, "GitHub and GitLab only"),
    ],
)
def test_variables_that_name_no_pull_request_send_nothing(
    api: CommentApi, tmp_path: Path, kind: type[CISystem], changes: dict[str, str], message: str
) -> None:
    with pytest.raises(NoComment, match=message):
        post(kind, environ(api, tmp_path, **changes))
    assert [] == api.received


@pytest.mark.parametrize(("kind", "name"), [(GitHub, "github-token"), (GitLab, "gitlab-token")])
def test_a_missing_token_is_named(api: CommentApi, tmp_path: Path, kind: type[CISystem], name: str) -> None:
    adapter, _ = new_adapter(kind, environ(api, tmp_path))
    without = read_inputs(GateInputs, {"comment": "true"}, {}, PurePosixPath("/ws"))

    with pytest.raises(NoComment, match=f"{name} is not given"):
        adapter.comment_thread(without, partial(ApiClient, CONDITIONS))


def test_nothing_is_sent_when_the_time_is_over(api: CommentApi, tmp_path: Path) -> None:
    adapter, _ = new_adapter(GitHub, environ(api, tmp_path))
    thread = adapter.comment_thread(INPUTS, partial(ApiClient, CONDITIONS._replace(is_over=lambda: True)))

    with pytest.raises(NoComment, match="no time left"):
        place_comment(thread, marker_of(JOB, (1, 1)), "text")
    assert [] == api.received


def test_an_api_that_nobody_serves_is_named_without_its_address(api: CommentApi, tmp_path: Path) -> None:
    with serving(CommentApi()) as gone:
        around = environ(gone, tmp_path)

    with pytest.raises(NoComment, match=r"cannot be reached \(ConnectionError\)") as caught:
        post(GitHub, around)
    assert gone.address not in str(caught.value)
    assert [] == api.received


@given(st.lists(st.text()), st.lists(st.text()))
def test_markers_of_different_jobs_differ(one: list[str], other: list[str]) -> None:
    assert (one == other) == (marker_of(one, (1, 1)).job == marker_of(other, (1, 1)).job)


@given(st.lists(st.text()), st.integers(0, 10**18 - 1), st.integers(0, 10**18 - 1), st.text())
def test_a_marker_is_read_back(parts: list[str], run: int, attempt: int, rest: str) -> None:
    marker = marker_of(parts, (run, attempt))

    assert marker == read_marker(f"{marker}\n{rest}")


@given(st.text() | st.from_regex(r"<!-- koregate [0-9a-f]{30,34} run [0-9]{1,25}\.[0-9]* -->"))
def test_reading_a_marker_never_fails(text: str) -> None:
    first = text.split("\n", maxsplit=1)[0].rstrip("\r")
    found = read_marker(text)

    assert (found is not None) == bool(
        re.fullmatch(r"<!-- koregate [0-9a-f]{32} run [0-9]{1,18}\.[0-9]{1,18} -->", first)
    )


@pytest.mark.parametrize("pause", ["6", "9" * 5000, "-1", "1.5", "", "Wed, 21 Oct 2026 07:28:00 GMT", "\xb2"])
def test_a_long_or_unreadable_rate_limit_is_not_waited_for(tmp_path: Path, pause: str) -> None:
    pauses: list[float] = []
    limited = CommentApi({"GET": (429, {"Retry-After": pause}, {})})
    with serving(limited) as api, pytest.raises(NoComment, match="rate limit is reached"):
        post(GitHub, environ(api, tmp_path), pauses=pauses)

    assert [] == pauses
