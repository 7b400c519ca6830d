"""Facts about a job: safe to show, and the same after a second look."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.judging.facts import MAX_ADDRESS, MAX_FACT, CIFacts, JobFacts, common_facts
from koregate.redaction.personal_data import personal_data_filter

SHA = "4111111111111111a1c8e44d2f7b0a9c6e5d3f10"
texts = st.text(st.characters(codec=None)) | st.text(alphabet="htps:/a.-@ \n\t\r\x00[]", max_size=40)


@given(texts, texts, texts)
def test_safe_facts_are_short_single_lines_and_stay_as_they_are(url: str, commit: str, branch: str) -> None:
    safe = CIFacts(url=url, commit=commit, commit_url=f"https://a.example/{url}", branch=branch).made_safe()

    assert safe == safe.made_safe()
    for text in (safe.commit, safe.branch):
        assert len(text) <= MAX_FACT
        assert len(text.splitlines()) <= 1
    for address in (safe.url, safe.commit_url):
        assert not address or address.startswith(("http://", "https://"))
        assert len(address) <= MAX_ADDRESS
        assert address.isascii()
        assert not set(address) & set("\"'<> \n\\`")


def redacted(ci: CIFacts, *patterns: str) -> CIFacts:
    return JobFacts(ci=ci).redacted(personal_data_filter(patterns)).ci


def test_personal_data_is_removed_from_branches_and_takes_an_address_away() -> None:
    ci = CIFacts(url="https://ci/ann", branch="ann@example.com/fix", default_branch="main", build="ann")

    assert CIFacts(branch="[email]/fix", default_branch="main", build="[redacted]") == redacted(ci, "email", "ann")


def test_digits_of_a_hash_are_no_card_number() -> None:
    ci = CIFacts(commit=SHA, url="https://github.com/owner/bot/actions/runs/17349911234")

    assert ci == redacted(ci, "email", "card", "phone")
    assert SHA == redacted(ci, "[0-9]{16}").commit
    assert "[card]" == redacted(CIFacts(commit="4111111111111111"), "card").commit


def test_a_job_finishes_at_a_whole_second() -> None:
    assert datetime(2026, 11, 23, 10, 0, 7, tzinfo=UTC) == (
        JobFacts.at(datetime(2026, 11, 23, 10, 0, 7, 999_999, tzinfo=UTC), CIFacts()).finished
    )


@pytest.mark.parametrize(("branches", "expected"), [(["a", "a"], "a"), (["a", "b"], ""), (["a", ""], ""), ([""], "")])
def test_only_what_all_jobs_share_is_common(branches: list[str], expected: str) -> None:
    assert expected == common_facts(JobFacts(ci=CIFacts(branch=branch)) for branch in branches).ci.branch
