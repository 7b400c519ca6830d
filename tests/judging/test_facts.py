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


def test_each_text_is_cut_to_one_short_line_and_each_address_that_is_too_long_is_left_out() -> None:
    text, address = f" {'x' * MAX_FACT}\n y", f"https://a.example/{'x' * MAX_ADDRESS}"
    texts = [CIFacts(build=text), CIFacts(commit=text), CIFacts(branch=text), CIFacts(default_branch=text)]

    (line,) = {text for facts in texts for text in facts.made_safe() if isinstance(text, str) and text}
    assert (MAX_FACT, "xxx", 1) == (len(line), line[:3], len(line.splitlines()))
    for length, kept in ((MAX_ADDRESS, address[:MAX_ADDRESS]), (MAX_ADDRESS + 1, "")):
        safe = CIFacts(url=address[:length], commit_url=address[:length]).made_safe()
        assert (kept, kept) == (safe.url, safe.commit_url)


def redacted(ci: CIFacts, *patterns: str) -> CIFacts:
    return JobFacts(ci=ci).redacted(personal_data_filter(patterns)).ci


def test_personal_data_is_removed_from_branches_and_takes_an_address_away() -> None:
    ci = CIFacts(
        url="https://ci/ann",
        commit_url="https://ci/ann",
        branch="ann@example.com/fix",
        default_branch="main",
        build="ann",
    )

    assert CIFacts(branch="[email]/fix", default_branch="main", build="[redacted]") == redacted(ci, "email", "ann")
    assert CIFacts(default_branch="[redacted]") == redacted(CIFacts(default_branch="ann"), "ann")
    assert CIFacts() == ci._replace(branch="", default_branch="", build="").changed(lambda text: text[:-1])


def test_digits_of_a_hash_are_no_card_number() -> None:
    ci = CIFacts(
        commit=SHA,
        url="https://github.com/owner/bot/actions/runs/17349911234",
        commit_url="https://github.com/owner/bot/commit/main",
    )

    assert ci == redacted(ci, "email", "card", "phone")
    assert SHA == redacted(ci, "[0-9]{16}").commit
    assert "[card]" == redacted(CIFacts(commit="4111111111111111"), "card").commit


def test_a_job_finishes_at_a_whole_second() -> None:
    facts = JobFacts.at(datetime(2026, 11, 23, 10, 0, 7, 999_999, tzinfo=UTC), CIFacts("Jenkins"))

    assert JobFacts(datetime(2026, 11, 23, 10, 0, 7, tzinfo=UTC), CIFacts("Jenkins")) == facts


@pytest.mark.parametrize(("branches", "expected"), [(["a", "a"], "a"), (["a", "b"], ""), (["a", ""], ""), ([""], "")])
def test_only_what_all_jobs_share_is_common(branches: list[str], expected: str) -> None:
    assert expected == common_facts(JobFacts(ci=CIFacts(branch=branch)) for branch in branches).ci.branch


EARLY, LATE = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moments", "expected"), [([LATE, EARLY], LATE), ([EARLY, None], None), ([None], None), ([], None)]
)
def test_several_jobs_finished_when_the_last_of_them_did_if_each_says_when(
    moments: list[datetime | None], expected: datetime | None
) -> None:
    assert JobFacts(expected) == common_facts(map(JobFacts, moments))
