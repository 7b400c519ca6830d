"""The training status of an app's model: only the platform's own words prove that it is trained."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.inputs import inputs

from koregate.errors import CredentialsRejected, NoVerdict, RequestRejected, RetryableError, SuiteError, UnreadableReply
from koregate.kore_api.replies import HttpReply
from koregate.kore_api.training import TrainingStatus, read_training

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SYNC = {f"isMlInSyncWith{part}": True for part in ("Sentences", "Synonyms", "Traits")}
FINISHED = {"trainingStatus": "Finished", **SYNC, "trainDetails": {"nlpVersion": 3, "trainVersion": 3}}


def read(value: Any, code: int = 200) -> TrainingStatus:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return read_training(HttpReply(code, {}, body), NOW, inputs())


@pytest.mark.parametrize(
    ("changes", "description"),
    [
        ({}, "training Finished, in sync"),
        ({"trainingStatus": "FINISHED"}, "training FINISHED, in sync"),
        ({"isMlInSyncWithSomethingNew": True}, "training Finished, in sync"),
        ({"isKgInSync": True, "needsTraining": False, "outOfSync": []}, "training Finished, in sync"),
        ({"language": "EN", "state": "Configured", "streamId": "st-1"}, "training Finished, in sync"),
        ({"botLanguage": "en", "version": "inDevelopment", "stream_id": None}, "training Finished, in sync"),
    ],
)
def test_a_training_that_finished_in_sync_is_proved(changes: dict[str, Any], description: str) -> None:
    status = read({**FINISHED, **changes})

    assert (True, False, description) == (status.is_trained, status.in_progress, status.description)


@pytest.mark.parametrize(
    ("changes", "in_progress", "description"),
    [
        ({"trainingStatus": "Failed"}, False, "training Failed, in sync"),
        ({"trainingStatus": "Inprogress"}, True, "training in progress"),
        ({"trainingStatus": "Queued"}, True, "training Queued"),
        ({"trainingStatus": "NotTrained"}, False, "training NotTrained, in sync"),
        ({"trainingStatus": None}, False, "training without a status, in sync"),
        ({"trainingStatus": True}, False, "training true, in sync"),
        ({"isMlInSyncWithTraits": False}, False, "training Finished, out of sync with Traits"),
        ({"isMlInSyncWithTraits": None}, False, "training Finished, out of sync with Traits"),
        ({"isMlInSyncWithTraits": "true"}, False, "training Finished, out of sync with Traits"),
        ({"ismlinsyncwithfaqs": 1}, False, "training Finished, out of sync with faqs"),
        ({"isMlInSyncWith": False}, False, "training Finished, out of sync with the app"),
        ({"isMlInSyncWith Small Talk": False}, False, "training Finished, out of sync with Small Talk"),
        ({"isMlInSyncWith-Traits": False}, False, "training Finished, out of sync with Traits"),
        ({"isMlInSyncWith\u00c9tat": False}, False, "training Finished, out of sync with \u00c9tat"),
        ({"TrainingStatus": "Failed"}, False, "training Finished, TrainingStatus is Failed"),
        ({"trainDetails": {"status": "Inprogress"}}, False, "training Finished, trainDetails.status is Inprogress"),
        ({"isKgInSync": False}, False, "training Finished, isKgInSync is false"),
        ({"isFmInSyncWithSynonyms": 0}, False, "training Finished, isFmInSyncWithSynonyms is 0"),
        ({"kg": {"in_sync": None}}, False, "training Finished, kg.in_sync is null"),
        ({"parts": [{"inSync": True}, {"inSync": "no"}]}, False, "training Finished, parts[1].inSync is no"),
        ({"needsTraining": True}, False, "training Finished, needsTraining is true"),
        ({"isTrainingRequired": "yes"}, False, "training Finished, isTrainingRequired is yes"),
        ({"notInSync": True}, False, "training Finished, notInSync is true"),
        ({"outOfSync": ["Traits"]}, False, 'training Finished, outOfSync is ["Traits"]'),
        ({"isTrained": False}, False, "training Finished, isTrained is false"),
    ],
)
def test_anything_else_is_no_proof(changes: dict[str, Any], in_progress: bool, description: str) -> None:
    status = read({**FINISHED, **changes})

    assert (False, in_progress, description) == (status.is_trained, status.in_progress, status.description)


def test_without_a_comparison_with_the_app_nothing_is_proved() -> None:
    status = read({"trainingStatus": "Finished"})

    assert (False, "training Finished, not known to be in sync") == (status.is_trained, status.description)


def test_a_flag_of_another_name_does_not_compare_the_model_with_the_app() -> None:
    assert not read({"trainingStatus": "Finished", "isKgInSync": True}).is_trained


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("language", "de", 'for language "de", but "en" was requested'),
        ("botLanguage", ["en"], 'for language "["en"]", but "en"'),
        ("state", "published", 'for version "published", but "inDevelopment" was requested'),
        ("bot_version", "published", "for version"),
        ("streamId", "st-2", 'for stream "st-2", but "st-1" was requested'),
        ("botId", "st-2", "for stream"),
    ],
)
@pytest.mark.parametrize("word", ["Finished", "Inprogress"])
def test_a_status_of_another_app_version_or_language_is_an_error(key: str, value: Any, said: str, word: str) -> None:
    with pytest.raises(NoVerdict) as error:
        read({**FINISHED, "trainingStatus": word, key: value})

    assert said in str(error.value)


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


_keys = st.sampled_from(
    ["trainingStatus", "isMlInSyncWithSentences", "isMlInSyncWith-Traits", "isMl_in sync", "trainDetails", "x"]
)
_values = st.none() | st.booleans() | st.sampled_from(["Finished", "Failed", "Inprogress", "true"]) | st.integers(0, 1)


@given(st.dictionaries(_keys, _values))
def test_no_model_is_trained_if_the_reply_does_not_prove_it(value: dict[str, Any]) -> None:
    flags = [flag for key, flag in value.items() if key.startswith("isMl")]
    compared = any(key.startswith("isMlInSyncWith") for key in value)
    proved = value.get("trainingStatus") == "Finished" and compared and all(flag is True for flag in flags)
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
        read_training(HttpReply(200, {}, body), NOW, inputs())


@pytest.mark.parametrize("word", ["Finished", "Inprogress"])
def test_an_expression_that_matches_a_documented_word_changes_no_decision(word: str) -> None:
    body = json.dumps({**FINISHED, "trainingStatus": word}).encode()
    status = read_training(HttpReply(200, {}, body), NOW, inputs(redact="(?i)finished|inprogress|isMlInSyncWith"))

    assert (word == "Finished", word == "Inprogress") == (status.is_trained, status.in_progress)


def test_a_key_that_redaction_changes_still_counts_against_the_training() -> None:
    body = json.dumps({**FINISHED, "isMlInSyncWithann@example.com": False}).encode()
    status = read_training(HttpReply(200, {}, body), NOW, inputs(redact="email"))

    assert "training Finished, out of sync with [email]" == status.description
