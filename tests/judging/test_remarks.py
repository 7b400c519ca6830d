"""Remarks on a reply: what is undocumented in it, without personal data, and never another verdict."""

from typing import Any

import pytest
from support import batch
from support.answers import TARGET, answer, record_of, step

from koregate.judging.job import judge_job
from koregate.runs.record import RunRecord
from koregate.verdicts import Verdict


def with_key(reply: dict[str, Any], key: str) -> dict[str, Any]:
    return {**reply, key: "hi"}


@pytest.mark.parametrize(
    "record",
    [
        record_of("Pizza", with_key(answer(step()), "ann@example.com")),
        batch.record(with_key(batch.reply(2, 0), "ann@example.com")),
    ],
    ids=["conversation", "batch"],
)
def test_an_undocumented_key_is_told_without_personal_data_and_changes_no_verdict(record: RunRecord) -> None:
    (suite,) = judge_job(TARGET, [record], ("email",)).suites

    remark = next(remark for remark in suite.remarks if "undocumented" in remark)
    assert "undocumented parts: [email] (the key)" in remark
    assert "ann@" not in repr(suite)
    assert Verdict.PASSED is suite.verdict
