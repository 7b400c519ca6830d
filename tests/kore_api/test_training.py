"""The training status of an app's model: only the platform's own words prove that it is trained."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.errors import CredentialsRejected, RequestRejected, RetryableError, SuiteError, UnreadableReply
from koregate.kore_api.replies import HttpReply
from koregate.kore_api.training import TrainingStatus, read_training

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SYNC = {f"isMlInSyncWith{part}": True for part in ("Sentences", "Synonyms", "Traits")}
FINISHED = {"trainingStatus": "Finished", **SYNC, "trainDetails": {"nlpVersion": 3, "trainVersion": 3}}


def read(value: Any, code: int = 200) -> TrainingStatus:
    return read_training(HttpReply(code, {}, value if isinstance(value, bytes) else json.dumps(value).encode()), NOW)


@pytest.mark.parametrize(
    ("changes", "description"),
    [
        ({}, "training Finished, in sync"),
        ({"trainingStatus": "FINISHED"}, "training FINISHED, in sync"),
        ({"isMlInSyncWithSomethingNew": True}, "training Finished, in sync"),
    ],
)
def test_a_training_that_finished_in_sync_is_proved(changes: dict[str, Any], description: str) -> None:
    status = read({**FINISHED, **changes})

    assert (True, False, description) == (status.is_trained, status.in_progress, status.description)


@pytest.mark.parametrize(
    ("changes", "in_progress", "description"),
    [
        ({"trainingStatus": "Failed"}, False, "training Failed, in sync"),
        ({"trainingStatus": "Inprogress"}, True, "training Inprogress"),
        ({"trainingStatus": "Queued"}, True, "training Queued"),
        ({"trainingStatus": "NotTrained"}, False, "training NotTrained, in sync"),
        ({"trainingStatus": None}, False, "training without a status, in sync"),
        ({"trainingStatus": True}, False, "training true, in sync"),
        ({"isMlInSyncWithTraits": False}, False, "training Finished, out of sync with Traits"),
        ({"isMlInSyncWithTraits": None}, False, "training Finished, out of sync with Traits"),
        ({"isMlInSyncWithTraits": "true"}, False, "training Finished, out of sync with Traits"),
        ({"ismlinsyncwithfaqs": 1}, False, "training Finished, out of sync with faqs"),
        ({"isMlInSyncWith": False}, False, "training Finished, out of sync with the app"),
    ],
)
def test_anything_else_is_no_proof(changes: dict[str, Any], in_progress: bool, description: str) -> None:
    status = read({**FINISHED, **changes})

    assert (False, in_progress, description) == (status.is_trained, status.in_progress, status.description)


def test_without_a_comparison_with_the_app_nothing_is_proved() -> None:
    status = read({"trainingStatus": "Finished"})

    assert (False, "training Finished, not known to be in sync") == (status.is_trained, status.description)


@pytest.mark.parametrize(
    ("code", "value", "kind", "said"),
    [
        (401, {"errors": [{"msg": "Permission denied. Scope is incorrect!"}]}, CredentialsRejected, '"Train ML"'),
        (403, b"", CredentialsRejected, "(403)"),
        (400, {"errors": [{"msg": "Invalid StreamId"}]}, RequestRejected, "stream-id"),
        (404, b"", RequestRejected, "(404)"),
        (302, b"", RequestRejected, "(302)"),
        (200, {**FINISHED, "errors": [{"msg": "odd"}]}, RequestRejected, "odd"),
        (200, [FINISHED], UnreadableReply, "no trainingStatus"),
        (200, {"status": "Finished"}, UnreadableReply, "no trainingStatus"),
        (200, b'{"trainingStatus": "Failed", "trainingStatus": "Finished"}', UnreadableReply, "more than once"),
        (200, b"<html>", RetryableError, "not JSON"),
        (429, b"", RetryableError, "429"),
        (400, {"errors": [{"msg": "Rate limit for this API has been reached."}]}, RetryableError, "Rate limit"),
        (503, b"", RetryableError, "503"),
    ],
)
def test_a_reply_without_a_status_says_what_to_do(code: int, value: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said.replace("(", r"\(").replace(")", r"\)")):
        read(value, code)


_keys = st.sampled_from(["trainingStatus", "isMlInSyncWithSentences", "isMlInSyncWithTraits", "trainDetails", "x"])
_values = st.none() | st.booleans() | st.sampled_from(["Finished", "Failed", "Inprogress", "true"]) | st.integers(0, 1)


@given(st.dictionaries(_keys, _values))
def test_no_model_is_trained_if_the_reply_does_not_prove_it(value: dict[str, Any]) -> None:
    flags = [flag for key, flag in value.items() if key.startswith("isMl")]
    proved = value.get("trainingStatus") == "Finished" and flags != [] and all(flag is True for flag in flags)
    try:
        status = read(value)
    except SuiteError:
        assert "trainingStatus" not in value
    else:
        assert proved == status.is_trained
        assert "\n" not in status.description


@pytest.mark.parametrize("body", [b'{"trainingStatus": "Finished", "trainingStatus": "Failed"}', b"{}", b"[]"])
def test_a_reply_that_is_no_training_status_says_how_to_do_without(body: bytes) -> None:
    with pytest.raises(UnreadableReply, match=r"\. Check host, or leave out require-trained\.$"):
        read_training(HttpReply(200, {}, body), NOW)
