"""Every state of page, summary and comment, made by whole jobs: what a reader meets first, and axe-core."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import lxml.html
import pytest
from states import markdown_page
from support.browser import AXE, CHROMIUM, DRIVER, LOOKS, Browser, Look, browsing
from support.page import Parser
from support.states import SIXTEEN, STATES, State, make

# `make states` looks at all of them in every way. A browser takes its time, so these stand for the others here.
LOOKED_AT = (
    ("failed-16-suites", "light"),
    ("new-and-known", "dark"),
    ("batch-failed", "phone"),
    ("right-to-left", "phone"),
    ("tolerated-quarantine", "light"),
    ("error-inputs", "dark"),
    ("flaky-that-fails", "light"),
)
_MADE: dict[str, State] = {}

GRANT_THE_SCOPE = (
    'Grant the scope "Conversation Tests Execution" to the JWT app and publish the app with its API scopes.'
)


INVALID = ["host", "stream-id", "test-suites", "client-id", "user-email", "timeout"]


def state(name: str, folder: Path) -> State:
    if name not in _MADE:
        _MADE[name] = make(name, folder)
    return _MADE[name]


def failing_suites(made: State) -> list[str]:
    return [row.classname.rpartition(".")[0] for row in made.done.rows if row.outcome in ("failure", "error")]


@pytest.mark.parametrize("name", STATES)
def test_the_first_line_of_summary_and_comment_names_what_did_not_pass(name: str, tmp_path: Path) -> None:
    made = state(name, tmp_path)
    shown = [made.done.summary, *([made.comment.partition("\n")[2]] if made.comment else [])]
    for text in shown:
        first = text.splitlines()[0].replace("&#8203;", "")
        assert first.startswith("## ")
        if made.done.outputs["verdict"] == "passed":
            assert first.endswith("passed")
        elif name == "skipped":
            assert html.unescape(first).endswith("skipped: the bot was not tested")
        elif name == "error-inputs":
            assert first.endswith("the inputs are invalid, so no suite ran")
        elif name in ("error-credentials", "error-credentials-16", "error-out-of-sync"):
            # What concerns all suites is no matter of one of them.
            assert not any(suite in first for suite in failing_suites(made))
        elif (failing := failing_suites(made)) == ["koregate"]:
            # An error of the job itself is told in its own words.
            assert "koregate" not in first
            assert "suites" not in first
        elif failing:
            assert any(suite in first for suite in failing)
        assert made.done.outputs["verdict"] != "error" or "This job fails (exit code " in text
        assert ("Full report: report.html, among the artifacts of <a" in text) == (
            name not in ("error-inputs", "skipped")
        )
    if made.done.outputs["verdict"] in ("failed", "error", "timeout", "cancelled"):
        assert all("### What to do next\n" in text for text in shown)


@pytest.mark.parametrize("name", STATES)
def test_the_page_leads_with_what_did_not_pass_and_says_when_which_commit_and_which_bot(
    name: str, tmp_path: Path
) -> None:
    made = state(name, tmp_path)
    root = Parser.read(made.page)
    header = root.only("header")
    facts = {row.only("dt").text for part in header.all("dl") for row in part.all("div")}
    assert {"Finished", "Run", "Commit", "Branch", "koregate"} <= facts
    assert name in ("error-inputs", "skipped", "merged-unusable") or {"Bot version", "Language"} <= facts
    if made.done.outputs["verdict"] in ("failed", "error", "timeout", "cancelled"):
        # A list of problems of the job itself is no list of links.
        failing = failing_suites(made)
        assert bool(root.all("nav")) == any(suite.partition(" (")[0] != "koregate" for suite in failing)
        assert header.all("section", "next")
    order = ["failed", "error", "timeout", "cancelled", "tolerated", "skipped", "passed"]
    places = [order.index(section.classes[-1]) for section in root.all("section", "suite")]
    assert sorted(places) == places


needs_browser = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no Chromium and chromedriver on this machine")
needs_axe = pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: make .venv/axe")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as window:
        yield window


def opened(browser: Browser, name: str, look: str, folder: Path) -> None:
    made = state(name, folder)
    page = folder / "report.html"
    page.write_bytes(made.page)
    browser.open(page, LOOKS[look])


@needs_browser
def test_a_link_to_a_suite_shows_its_name_below_the_search(browser: Browser, tmp_path: Path) -> None:
    opened(browser, "failed", "light", tmp_path)
    browser.run('location.hash = "#s1"')
    bar, name = browser.run(
        "const box = (place) => document.querySelector(place).getBoundingClientRect();"
        'return [box("#tools").bottom, box("#s1-title").top];'
    )
    assert name >= bar > 0


JUMP = """
location.hash = "#s1-step-3";
return new Promise((done) => setTimeout(() => {
  const box = (place) => document.querySelector(place).getBoundingClientRect();
  done([box("#tools").bottom, box("#s1-step-3").top, getComputedStyle(document.querySelector("#tools")).position]);
}, 400));
"""
FILTERS = """
document.querySelector("input[name=show][value=failed]").click();
const search = document.querySelector("#search");
search.value = "pizza";
search.dispatchEvent(new Event("input"));
return new Promise((done) => setTimeout(() => done(document.querySelector("#found").textContent), 400));
"""


@needs_browser
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (800, 800), (390, 844), (800, 450)])
def test_the_bar_covers_nothing_of_a_step_that_is_jumped_to(
    browser: Browser, width: int, height: int, tmp_path: Path
) -> None:
    opened(browser, "new-and-known", "light", tmp_path)
    browser.open(tmp_path / "report.html", Look(width, height))
    before = browser.run(JUMP)
    browser.run('location.hash = "#s1";')
    assert browser.run(FILTERS)
    filtered = browser.run(JUMP)
    for bottom, top, position in (before, filtered):
        assert ("sticky" if width > 736 and height > 480 else "static") == position
        assert 0 <= top - max(bottom, 0) <= 40


COUNTED = """
const get = (name) => document.getElementById(name);
const type = (text) => new Promise((done) => {
  get("search").value = text;
  get("search").dispatchEvent(new Event("input"));
  setTimeout(() => done([
    [...document.querySelectorAll("section.suite")].filter((part) => part.checkVisibility()).map((part) => part.id),
    [...document.querySelectorAll("ol.steps > li[id]")].filter((step) => !step.hidden).length,
    [...document.querySelectorAll("ol.steps")].filter((list) => list.offsetHeight && !list.innerText.trim()).length,
    get("found").textContent,
  ]), 400);
});
"""


@needs_browser
def test_the_search_finds_names_of_suites_and_reasons_and_no_words_of_buttons(browser: Browser, tmp_path: Path) -> None:
    opened(browser, "failed-16-suites", "light", tmp_path)
    search = 'return type("{}");'
    assert [[], 0, 0, 'No step matches "copy". Clear search'] == browser.run(COUNTED + search.format("copy"))
    assert [["s9"], 4, 0, "4 of 124 steps "] == browser.run(COUNTED + search.format("Complaints"))
    # Its reason stands above its steps, and none of them has these words.
    assert [["s5"], 0, 0, "0 of 124 steps "] == browser.run(COUNTED + search.format("run was aborted"))
    # The bot's own words, as ever, also in the passed steps of other suites.
    suites, found, empty, _ = browser.run(COUNTED + search.format("number 3 costs 11.50"))
    assert (["s2", "s9"], 2, 0) == (suites, found, empty)


@needs_browser
def test_the_key_for_the_next_failure_also_goes_to_suites_without_a_result(browser: Browser, tmp_path: Path) -> None:
    press = (
        'document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "n", bubbles: true}));'
        "return new Promise((done) => setTimeout(() => done([location.hash, document.activeElement.hash]), 50));"
    )
    opened(browser, "failed-16-suites", "light", tmp_path)
    places = ["#s2-step-3", "#s2-step-6", "#s8-step-5", "#s9-step-3", "#s5", "#s10", "#s2-step-3"]
    assert [[place, place] for place in places] == [browser.run(press) for _ in places]
    opened(browser, "error-missing-steps", "light", tmp_path)
    assert ["#s1", "#s1"] == browser.run(press)


@needs_browser
def test_a_filter_leaves_no_empty_list_of_steps(browser: Browser, tmp_path: Path) -> None:
    opened(browser, "failed-16-suites", "light", tmp_path)
    heights = browser.run(
        'document.querySelector("input[name=show][value=failed]").click();'
        'return ["#s5 > p.quiet", "#s5 > ol.steps"].map((place) => document.querySelector(place).offsetHeight);'
    )
    assert heights[0] > 0 == heights[1]


@needs_browser
def test_unfolding_passed_steps_leaves_the_failed_ones_as_they_are(browser: Browser, tmp_path: Path) -> None:
    opened(browser, "failed", "light", tmp_path)
    states = (
        "const open = (step) => document.querySelector(`#s1-step-${step} > details`).open;"
        'document.querySelector("#open").click();'
        "return [1, 5, 7].map(open);"
    )
    browser.run('document.querySelector("#s1-step-7 > details").open = true;')
    assert [True, False, True] == browser.run(states)
    assert [False, False, True] == browser.run(states)


@needs_browser
def test_a_hidden_button_takes_no_room_beside_the_text_that_it_copies(browser: Browser, tmp_path: Path) -> None:
    opened(browser, "failed", "light", tmp_path)
    with_button, without = browser.run(
        'const row = document.querySelector("#s1-step-3 .note dl > div"), height = () => row.offsetHeight;'
        'const button = row.querySelector(".copy"), before = height(); button.remove(); return [before, height()];'
    )
    assert with_button == without


FIRST_FAILURE = """
const item = document.querySelector("nav li");
const box = item.getBoundingClientRect();
return [box.bottom, innerHeight, document.documentElement.scrollWidth, innerWidth];
"""


@needs_browser
@pytest.mark.parametrize("look", ["light", "phone-with-bars"])
@pytest.mark.parametrize(
    "name", ["failed", "failed-16-suites", "failed-200-steps", "new-and-known", "tolerated-quarantine"]
)
def test_the_first_failure_is_on_the_first_screen(browser: Browser, name: str, look: str, tmp_path: Path) -> None:
    opened(browser, name, look, tmp_path)
    bottom, height, wide, width = browser.run(FIRST_FAILURE)
    assert bottom <= height
    assert wide <= width


SEEN_AFTER_JUMP = """
location.hash = "#s1-step-3";
return new Promise((done) => setTimeout(() => {
  const mark = document.querySelector("#s1-step-3 .mark"), box = mark.getBoundingClientRect();
  done(mark.contains(document.elementFromPoint(box.left + 80, box.top + 10)));
}, 300));
"""


@needs_browser
@pytest.mark.parametrize("look", ["light", "phone"])
def test_a_jump_to_a_step_leaves_its_verdict_in_sight(browser: Browser, look: str, tmp_path: Path) -> None:
    opened(browser, "new-and-known", look, tmp_path)
    assert browser.run(SEEN_AFTER_JUMP) is True


LEFT_ENDS = """
const left = (element) => {
  const range = new Range();
  range.selectNodeContents(element);
  return [...range.getClientRects()].map((box) => box.left);
};
const item = document.querySelector("nav li");
const lines = [...item.querySelectorAll("q, dt, dd")].flatMap(left);
return [left(item.querySelector("a"))[0], lines, left(item.querySelector(".mark"))[0]];
"""


@needs_browser
def test_on_a_phone_all_lines_of_a_failure_begin_right_of_its_sign(browser: Browser, tmp_path: Path) -> None:
    opened(browser, "failed", "phone", tmp_path)
    first, lines, sign = browser.run(LEFT_ENDS)
    assert sign < first - 8
    assert first == pytest.approx(min(lines), abs=2)
    keys = 'return [...document.querySelectorAll("kbd")].some((key) => key.checkVisibility());'
    assert browser.run(keys) is False


@needs_browser
def test_forced_colors_leave_a_mark_at_the_words_that_differ(browser: Browser, tmp_path: Path) -> None:
    marked = 'return getComputedStyle(document.querySelector("nav del")).textDecorationLine;'
    opened(browser, "failed", "forced-colors", tmp_path)
    assert "underline" == browser.run(marked)
    opened(browser, "failed", "light", tmp_path)
    assert "none" == browser.run(marked)


@needs_browser
@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_gap_in_the_color_of_the_page_parts_the_outcomes_of_the_bar(
    browser: Browser, look: str, tmp_path: Path
) -> None:
    opened(browser, "new-and-known", look, tmp_path)
    styles = 'const of = (query) => getComputedStyle(document.querySelector(query)); const piece = of(".bar rect");'

    page, stroke, width, effect = browser.run(
        f"{styles} return [of('body').backgroundColor, piece.stroke, piece.strokeWidth, piece.vectorEffect];"
    )
    assert (page, "2px", "non-scaling-stroke") == (stroke, width, effect)


@needs_browser
def test_paper_shows_the_facts_that_a_screen_folds(browser: Browser, tmp_path: Path) -> None:
    height = 'return document.querySelector(".about > details > dl").getBoundingClientRect().height;'
    opened(browser, "failed", "print", tmp_path)
    assert browser.run(height) > 0
    opened(browser, "failed", "no-script", tmp_path)
    closed = 'return document.querySelector(".about > details > dl").checkVisibility();'
    assert browser.run(closed) is False


@needs_browser
def test_a_phone_shows_branch_and_version_with_the_other_facts(browser: Browser, tmp_path: Path) -> None:
    seen = (
        'return [...document.querySelectorAll(".about > dl dt")].filter((name) => name.checkVisibility())'
        ".map((name) => name.innerText);"
    )
    opened(browser, "failed", "phone", tmp_path)
    assert ["Finished", "Commit", "Run"] == browser.run(seen)
    browser.run('document.querySelector(".about > details").open = true;')
    assert ["Finished", "Branch", "Commit", "Run", "Bot version"] == browser.run(seen)


@needs_browser
def test_paper_has_the_addresses_behind_commit_and_job(browser: Browser, tmp_path: Path) -> None:
    after = (
        'return [...document.querySelectorAll(".facts a")].map((link) => getComputedStyle(link, "::after").content);'
    )
    opened(browser, "failed", "print", tmp_path)
    commit, job = browser.run(after)
    assert "3f9c2ab4d1" * 4 in commit
    assert "/actions/runs/71234567" in job
    opened(browser, "failed", "light", tmp_path)
    assert ["none", "none"] == browser.run(after)


FOLDED = """
const folds = [...document.querySelectorAll("details > :not(summary)")];
const closed = ".passed .raw *, .note > .raw:not(.compared) *, .series > details > ol, .series > details > ol *";
const inner = folds.filter((part) => !part.matches(closed));
const seen = inner.filter((part) => part.checkVisibility() && part.getBoundingClientRect().height > 0);
const arrow = getComputedStyle(document.querySelector(".steps > li > details > summary .mark"), "::before").content;
return [inner.length, seen.length, arrow];
"""


@needs_browser
@pytest.mark.parametrize("name", ["failed", "failed-16-suites", "error-aborted", "drifting"])
def test_paper_shows_what_a_screen_folds_and_no_triangles(browser: Browser, name: str, tmp_path: Path) -> None:
    opened(browser, name, "print", tmp_path)
    folded, shown, arrow = browser.run(FOLDED)
    assert folded == shown > 0
    assert "none" == arrow
    opened(browser, name, "no-script", tmp_path)
    folded, shown, arrow = browser.run(FOLDED)
    assert shown < folded / 2
    assert "▸" in arrow


@needs_browser
def test_a_series_of_passed_steps_is_one_line_on_paper(browser: Browser, tmp_path: Path) -> None:
    seen = 'return [...document.querySelectorAll("li.series ol")].map((list) => list.checkVisibility());'
    height = "return document.documentElement.scrollHeight;"
    opened(browser, "failed-200-steps", "print", tmp_path)
    assert [False] * 3 == browser.run(seen)
    # Three pages of paper.
    assert browser.run(height) < 3 * 1123
    browser.run('for (const fold of document.querySelectorAll("li.series > details")) fold.open = true;')
    assert [True] * 3 == browser.run(seen)


@needs_browser
def test_buttons_that_copy_appear_for_the_mouse_and_the_keyboard_and_stay_on_a_phone(
    browser: Browser, tmp_path: Path
) -> None:
    seen = (
        'return [...document.querySelectorAll("#s1-step-3 .copy")].map((button) => getComputedStyle(button).opacity);'
    )
    opened(browser, "failed", "light", tmp_path)
    assert ["0"] * 4 == browser.run(seen)
    browser.run('document.querySelector("#s1-step-3 dd > .copy").focus();')
    assert ["1", "1", "0", "0"] == browser.run(seen)
    opened(browser, "failed", "phone", tmp_path)
    assert ["1"] * 4 == browser.run(seen)


@needs_browser
def test_paper_with_margins_is_no_phone(browser: Browser, tmp_path: Path) -> None:
    opened(browser, "failed", "print", tmp_path)
    browser.open(tmp_path / "report.html", LOOKS["print"]._replace(width=700))
    head = 'return document.querySelector("#suites thead").getBoundingClientRect().height;'
    assert browser.run(head) > 10


@needs_browser
def test_paper_has_the_json_of_an_expected_message_only_beside_another_json(browser: Browser, tmp_path: Path) -> None:
    shown = (
        'const raw = [...document.querySelectorAll(".note > .raw")];'
        "return raw.map((part) => [part.innerText.trim(), part.checkVisibility()]);"
    )
    opened(browser, "failed", "no-script", tmp_path)
    assert ["Expected JSON", True] in browser.run(shown)
    opened(browser, "failed", "print", tmp_path)
    assert not any(visible for _, visible in browser.run(shown))


SIZES = """
const size = (name) => parseFloat(getComputedStyle(document.querySelector(name)).fontSize);
return ["body", ".facts", "nav dl", ".note dl", ".user", "td"].map(size);
"""


@needs_browser
def test_no_detail_is_larger_than_the_text_on_paper(browser: Browser, tmp_path: Path) -> None:
    opened(browser, "failed", "print", tmp_path)
    text, *details = browser.run(SIZES)
    assert text == pytest.approx(10 * 96 / 72, abs=0.1)
    assert max(details) <= text


@needs_browser
def test_the_bots_reply_is_seen_in_a_folded_passed_step(browser: Browser, tmp_path: Path) -> None:
    shown = (
        'return [...document.querySelectorAll("#s1-step-1 .bot")].map((bot) => [bot.checkVisibility(), bot.innerText]);'
    )
    opened(browser, "failed", "no-script", tmp_path)
    assert [[True, "Bot Hi, I am Luigi, your pizza bot. What can I do for you?"]] == browser.run(shown)


@needs_browser
@pytest.mark.parametrize("look", ["light", "print"])
def test_all_failed_assertions_stand_in_the_column_of_the_verdict(browser: Browser, look: str, tmp_path: Path) -> None:
    opened(browser, "failed", look, tmp_path)
    first, second, mark = browser.run(
        'const box = (part) => part.getBoundingClientRect(), step = document.querySelector("#s1-step-4");'
        'return [...step.querySelectorAll(".note"), step.querySelector(".mark")].map(box);'
    )
    assert first["bottom"] < second["top"]
    assert first["left"] == second["left"] == pytest.approx(mark["left"], abs=2)


@needs_browser
def test_the_verdict_of_an_utterance_stands_on_the_line_of_its_texts(browser: Browser, tmp_path: Path) -> None:
    opened(browser, "batch-failed", "light", tmp_path)
    bottoms = browser.run(
        # The bottom of an empty inline block is on the baseline.
        'const note = document.querySelector("#s1-step-3 .note"), dot = document.createElement("span");'
        'dot.style.display = "inline-block";'
        "const bottom = (part) => {part.prepend(dot); return dot.getBoundingClientRect().bottom;};"
        'return ["h4", "dt", "dd"].map((name) => bottom(note.querySelector(name)));'
    )
    assert max(bottoms) - min(bottoms) < 1


@needs_browser
def test_a_failed_utterance_takes_few_lines(browser: Browser, tmp_path: Path) -> None:
    opened(browser, "batch-failed", "light", tmp_path)
    heights = browser.run(
        'const failed = [...document.querySelectorAll(".batch > li.failed")];'
        "return failed.map((item) => item.getBoundingClientRect().height);"
    )
    assert len(heights) == 5
    # One of them has a line about the assertions that passed too.
    assert max(heights) <= 80


@needs_browser
@pytest.mark.parametrize("look", ["light", "print"])
def test_how_often_a_step_failed_stands_beside_its_verdict(browser: Browser, look: str, tmp_path: Path) -> None:
    opened(browser, "failed-with-history", look, tmp_path)
    places = browser.run(
        "const box = (step, name) => step.querySelector(name).getBoundingClientRect();"
        'return [...document.querySelectorAll(".steps > li.failed")].map((step) => {'
        '  const said = box(step, ".user"), mark = box(step, ".mark");'
        '  return [step.querySelector(".mark > small").innerText, mark.top - said.bottom, mark.left - said.right];'
        "});"
    )
    assert [
        "failed in 2 of the last 5 runs, this one included",
        "failed in 3 of the last 5 runs, this one included",
    ] == [place[0] for place in places[:2]]
    assert len(places) == 4
    for _, below, beside in places:
        assert below < 0 < beside


@needs_browser
@pytest.mark.parametrize(
    ("where", "look"), [("nav dl > div", "light"), (".note dl > div", "light"), ("nav dl > div", "phone")]
)
def test_a_value_from_right_to_left_begins_near_its_label(
    browser: Browser, where: str, look: str, tmp_path: Path
) -> None:
    opened(browser, "right-to-left", look, tmp_path)
    ends = browser.run(
        f'const row = document.querySelector("{where}"), value = row.querySelector("dd").getBoundingClientRect();'
        "return [value.right - value.left, row.getBoundingClientRect().width];"
    )
    assert ends[0] < ends[1] / 2


@needs_browser
@needs_axe
@pytest.mark.parametrize(("name", "look"), LOOKED_AT)
def test_axe_finds_nothing(browser: Browser, name: str, look: str, tmp_path: Path) -> None:
    opened(browser, name, look, tmp_path)
    assert [] == browser.violations()


@needs_browser
@needs_axe
def test_axe_finds_what_is_wrong(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    page.write_text("<!DOCTYPE html><html><title>x</title><body><h3>x</h3><img src=x><p style='color:#ccc'>pale</p>")
    browser.open(page, LOOKS["light"])
    found = {name for line in browser.violations() for name in re.findall(r"^[\w-]+", line)}
    assert {"color-contrast", "html-has-lang", "image-alt"} <= found


@pytest.mark.parametrize(
    ("name", "heading", "reason", "steps"),
    [
        (
            "error-out-of-sync",
            "Conversation tests: the app's model is not trained on its latest changes, so no test run was started",
            "training Finished, out of sync with Sentences, EntityNode.",
            ["Train the app on the platform, because it was changed", "Then re-run the failed job."],
        ),
        (
            "suite-files-changed",
            "Batch tests: Pizza intents was changed by somebody else while it ran",
            "changed while it ran: another file was imported into it.",
            [
                "Set suite-prefix to something unique to this pull request that its author cannot choose, such as its",
            ],
        ),
        (
            "error-aborted",
            "Conversation tests: the run was aborted on the platform: Order a pizza",
            "Steps 4 to 8 did not run.",
            ["Re-run the failed job.", "If the suite has no result again, check it in the App Builder."],
        ),
        (
            "error-missing-steps",
            "Conversation tests: step 8 of 8 is missing: Order a pizza",
            "So the suite cannot be counted as passed.",
            ["Re-run the failed job.", "If the suite has no result again, check it in the App Builder."],
        ),
        (
            "error-credentials",
            (
                "Conversation tests: the platform rejected the scope of the token (HTTP 401): the scope "
                '"Conversation Tests Execution" is missing'
            ),
            'The platform rejected the scope of the token (401 "Permission denied. Scope is incorrect!").',
            [
                GRANT_THE_SCOPE,
                "Check with koregate doctor, which starts no test run.",
                "Then re-run the failed job.",
            ],
        ),
        (
            "timeout",
            "Conversation tests: the suite timed out: Order a pizza",
            "The platform last reported 40% progress (4 steps in all).",
            [
                "The test run of Order a pizza may still be running on the platform.",
                "To get the result of this test run, set the two inputs below in with: of the koregate step",
                "To start a new one instead, re-run the failed job.",
                "If it times out again, increase stall-timeout in with: of the koregate step and push, which starts a",
            ],
        ),
        (
            "failed-16-suites",
            (
                "Conversation tests: 3 of 16 suites failed: Order a pizza, Vouchers and discounts, Complaints; "
                "2 have no result: Track an order, Talk to a person"
            ),
            "",
            [
                "Order a pizza, Vouchers and discounts, Complaints: Compare expected and actual.",
                "Then push, or re-run the failed job if you corrected it on the platform.",
                "If Track an order and Talk to a person have no result again, check them in the App Builder.",
            ],
        ),
    ],
)
def test_a_reason_says_why_and_what_to_do_next_says_the_rest(
    name: str, heading: str, reason: str, steps: list[str], tmp_path: Path
) -> None:
    root = lxml.html.fromstring(markdown_page(state(name, tmp_path).comment))

    assert root.find(".//h2").text_content().replace("\u200b", "").endswith(heading)
    told, *reasons = [[item.text_content().replace("\u200b", "") for item in items] for items in root.iter("ul")]
    assert len(steps) == len(told)
    assert all(map(str.startswith, told, steps))
    assert not reason or [reason] == [said[-len(reason) :] for (said,) in reasons]


def test_an_owner_whom_reports_do_not_show_is_warned_of_and_leaves_no_gap(tmp_path: Path) -> None:
    made = state("tolerated-quarantine", tmp_path)

    told = (
        "Quarantine: the owners of the entries on lines 1 and 8 look like e-mail addresses, which reports do not show. "
        "Write a name or a team."
    )
    assert f"::warning title=koregate::{told}\n" in made.done.log
    assert "until their owner corrects them." in made.done.log
    assert "Why it is tolerated: quarantined until 2026-12-03 (10 days left): The menu" in made.done.log
    assert not [text for text in (made.done.log, made.done.summary, made.page.decode()) if "[email]" in text]


def test_in_a_pull_request_known_failures_are_tolerated_beside_new_ones_that_block(tmp_path: Path) -> None:
    done = state("new-and-known", tmp_path).done

    assert ("failed", "5", "2") == tuple(done.outputs[name] for name in ("verdict", "new-failures", "tolerated"))
    # The line at the end of its run, before policy, and the one that joins it to the counts after policy.
    assert (
        "in 4s: 7 of 16 test cases failed in steps 3, 4, 5 and 7. The policy may still tolerate this at the end.\n"
        in done.log
    )
    assert (
        "2 suites: 1 passed, 1 failed. 5 new failures. 2 test cases tolerated as known (main/report.json, " in done.log
    )
    assert '"A margherita, please" (new)' in done.log
    assert done.summary.splitlines()[0].endswith("1 of 2 suites failed&#58; Order a pizza&#59; 5 new failures")
    assert "very test run" not in done.log


def test_on_the_default_branch_each_report_says_why_a_known_failure_blocks(tmp_path: Path) -> None:
    made = state("new-and-known-on-main", tmp_path)
    why = (
        'The baseline "main/report.json" tolerates no known failures: this job does not belong to a pull or merge '
        "request. Known failures block here like new ones."
    )

    assert ("failed", "2", "0") == tuple(made.done.outputs[name] for name in ("verdict", "known-failures", "tolerated"))
    assert "The policy, applied" not in made.done.log
    for text in (markdown_page(made.done.summary), markdown_page(made.comment), made.page.decode()):
        assert why in lxml.html.fromstring(text).text_content().replace("\u200b", "")
    assert why in made.done.log


def test_tolerated_failures_name_what_to_review(tmp_path: Path) -> None:
    made = state("tolerated-quarantine", tmp_path)
    header = Parser.read(made.page).only("header")
    texts = [lxml.html.fromstring(markdown_page(text)).text_content() for text in (made.done.summary, made.comment)]

    for text in (*texts, made.done.log, header.only("section", "next").words):
        assert 'Review the entry on line 8 ("Order a pizza", "12 Harbour Street"' in text.replace("\u200b", "")
    for text in (*texts, header.words):
        assert "This job passes: the tolerated failures do not block the merge." in text


def test_a_timeout_says_what_was_reported_and_what_was_judged(tmp_path: Path) -> None:
    page = Parser.read(state("timeout", tmp_path).page)

    assert "The platform last reported 40% progress (4 steps in all)." in page.only("nav").words
    assert "The platform returned no results for the 4 steps." in page.by_id("s1").words
    assert "0 of 4" not in page.words


@pytest.mark.parametrize(
    ("name", "counted", "caption", "row", "bar", "logged", "outputs"),
    [
        (
            "tolerated-flaky",
            (
                "6 of 8 steps passed in every run. 12 of 14 test cases (one per assertion) passed in every run, 2 only "
                "in the last run (flaky, tolerated)."
            ),
            "Test cases (one per assertion): 12 passed in every run, 2 only in the last run (flaky, tolerated)",
            ["4 of 6 in every run", "10 of 12 in every run"],
            {"passed": "12", "tolerated": "2"},
            "14 test cases: 12 passed in every run, 2 only in the last run (flaky, tolerated)",
            ["14", "14", "0", "0", "2"],
        ),
        (
            "tolerated-quarantine",
            "4 of 6 steps passed. 10 of 12 test cases (one per assertion) passed, 2 tolerated.",
            "Test cases (one per assertion): 10 passed, 2 tolerated",
            ["4 of 6", "10 of 12"],
            {"passed": "10", "tolerated": "2"},
            "Order a pizza: 10 of 12 test cases passed, 2 tolerated.",
            ["12", "10", "0", "2", "2"],
        ),
        (
            "failed-16-suites",
            "114 of 124 steps passed. 114 of 124 test cases (one per assertion) passed, 4 failed, 6 skipped.",
            "Test cases (one per assertion): 114 passed, 4 failed, 6 skipped",
            ["6 of 8", "6 of 8"],
            {"passed": "114", "failed": "4", "skipped": "6"},
            "124 test cases: 114 passed, 4 failed, 6 skipped",
            ["126", "114", "2", "6", "0"],
        ),
    ],
)
def test_people_read_the_same_counts_everywhere_and_programs_those_of_junit(
    name: str,
    counted: str,
    caption: str,
    row: list[str],
    bar: dict[str, str],
    logged: str,
    outputs: list[str],
    tmp_path: Path,
) -> None:
    made = state(name, tmp_path)
    page = Parser.read(made.page)

    for text in (made.done.summary, made.comment):
        assert counted in text
    # The page has the numbers of its bar once.
    header = page.only("header")
    assert f"{counted.partition('.')[0]}." in header.words
    assert caption == header.only("p", "bar").words
    assert "test cases (one per assertion)" not in header.words
    if made.done.outputs["verdict"] != "tolerated":
        assert counted in made.done.log
    assert logged in made.done.log
    assert row == [cell.text for cell in page.by_id("suites").all("td")[1:3]]
    assert bar == {part.classes[0]: part.attributes["width"] for part in page.only("svg").all("rect")}
    assert outputs == [made.done.outputs[key] for key in ("total", "passed", "errors", "skipped", "tolerated")]


def test_what_keeps_all_suites_from_starting_is_told_once(tmp_path: Path) -> None:
    made = state("error-credentials-16", tmp_path)
    page = Parser.read(made.page)

    for text in (*texts_of(made)[:-1], page.words):
        assert 1 == text.count('The platform rejected the credentials (401 "Invalid SDK credentials").')
        assert [1] * len(SIXTEEN) == [text.count(name) for name in SIXTEEN]
    assert "No test run was started." in page.words
    assert not page.all("table")
    assert not page.all("section", "suite")
    assert not any("|---|" in text for text in (made.done.summary, made.comment))
    _, shared = [line for line in made.done.log.splitlines() if line.startswith("::error")]
    assert shared.startswith("::error title=16 suites without a result::The platform rejected the credentials (401")


def test_each_problem_with_the_inputs_has_a_line_in_its_annotation(tmp_path: Path) -> None:
    log = state("error-inputs", tmp_path).done.log

    (told,) = [line for line in log.splitlines() if line.startswith("::error title=koregate::")]
    lines = told.partition("::error title=koregate::")[2].split("%0A")
    assert INVALID == [re.split(":? ", line)[0] for line in lines]
    assert "Set client-id and client-secret, or only jwt, under" in lines[3]
    assert "::error title=koregate%3A error (exit code 2)::The inputs are invalid, so no suite ran.%0A" in log


def test_on_github_reports_name_the_run_to_which_the_artifacts_belong(tmp_path: Path) -> None:
    made, invalid = state("failed", tmp_path), state("error-inputs", tmp_path)
    run = "https://github.com/acme/pizza-bot/actions/runs/71234567"

    for text in (made.done.summary, made.comment, invalid.comment):
        links = [link for link in lxml.html.fromstring(markdown_page(text)).iter("a") if link.get("href") == run]
        assert ["run #123"] == [link.text_content().replace("\u200b", "") for link in links]
    assert "%0AFull report: report.html, among the artifacts of run #123.\n" in made.done.log
    facts = {
        row.only("dt").text: row.only("dd")
        for row in Parser.read(made.page).only("header").all("dl", "facts")[0].all("div")
    }
    assert (run, "123") == (facts["Run"].only("a").attributes["href"], facts["Run"].text)


def test_names_in_problems_with_the_inputs_are_code_in_each_report(tmp_path: Path) -> None:
    made = state("error-inputs", tmp_path)
    names = [
        ["host"],
        ["stream-id", "stream-id", "with:"],
        ["test-suites", "test-suites", "with:"],
        ["client-id", "client-id", "client-secret", "jwt", "with:"],
        ["user-email", "user-email", "with:"],
        ["timeout"],
    ]

    for text in (markdown_page(made.done.summary), markdown_page(made.comment), made.page.decode()):
        root = lxml.html.fromstring(text.encode())
        problems = [item for item in root.iter("li") if item.text_content().partition(" ")[0].rstrip(":") in INVALID]
        assert names == [[code.text for code in item.iter("code")] for item in problems]
        assert "6 problems with the inputs" in root.text_content()


def texts_of(made: State) -> list[str]:
    """What people read in the summary, the comment if there is one, and the header of the page."""
    pages = [markdown_page(text) for text in (made.done.summary, made.comment) if text]
    texts = [lxml.html.fromstring(page).text_content().replace("\u200b", "") for page in pages]
    return [*texts, Parser.read(made.page).only("header").words]


def test_what_passed_in_a_suite_without_a_result_does_not_count_and_looks_like_in_any_other(tmp_path: Path) -> None:
    made = state("suite-files-changed", tmp_path)
    page = Parser.read(made.page)

    assert all("2 of 2 utterances passed, which cannot be counted as a pass." in text for text in texts_of(made))
    assert {"passed": "2"} == {part.classes[0]: part.attributes["width"] for part in page.only("svg").all("rect")}
    assert "cannot be counted as a pass" not in " ".join(texts_of(state("failed-16-suites", tmp_path)))
    aborted = Parser.read(state("error-aborted", tmp_path).page)
    bar = [part.attributes["width"] for part in aborted.only("svg").all("rect", "passed")]
    assert bar == [cell.text.partition(" of ")[0] for cell in aborted.by_id("suites").all("td")[2:3]]


@pytest.mark.parametrize("name", STATES)
def test_the_end_of_the_log_has_the_exit_code_once(name: str, tmp_path: Path) -> None:
    log = state(name, tmp_path).done.log

    assert 1 == log[log.index("Reports: ") :].count("(exit code ") - ("had invalid inputs (exit code 2)" in log)


def test_remarks_stand_before_the_failures_that_the_verdict_is_about(tmp_path: Path) -> None:
    log = state("error-aborted", tmp_path).done.log

    assert log.index("Remark: ") < log.index("The run was aborted on the platform: ") < log.index("What to do next:")


@pytest.mark.parametrize("name", ["cancelled", "timeout", "new-and-known", "error-aborted"])
def test_a_blank_line_stands_before_each_part_of_the_log_and_after_the_last(name: str, tmp_path: Path) -> None:
    lines = state(name, tmp_path).done.log.splitlines()
    told = lines[lines.index("::endgroup::") + 1 : lines.index("::group::Annotations")]

    assert ("", "") == (told[0], told[-1])
    for number, line in enumerate(told):
        if "still be running on the platform. The inputs" in line or "Remark: " in line:
            assert not told[number - 1]


def test_a_tolerated_step_is_named_once(tmp_path: Path) -> None:
    log = state("new-and-known", tmp_path).done.log.partition("::group::Annotations")[0]

    assert 1 == log.count("Order a pizza, step 5")
    assert all(f"5.1 {kind}: expected" in log for kind in ("text", "context"))


def test_a_suite_without_a_result_outranks_a_failed_one_where_the_exit_code_is_its_own(tmp_path: Path) -> None:
    told = "which blocks the merge if the check is required. The verdict is error because 2 suites have no result."
    made = state("failed-16-suites", tmp_path)

    assert all(f"This job fails (exit code 4), {told}" in text for text in texts_of(made))
    assert 1 == made.done.log.partition("Verdict: ")[2].count("The verdict is error because")
    for name in ("failed", "error-aborted"):
        assert not any("The verdict is error because" in text for text in texts_of(state(name, tmp_path)))


def test_a_skipped_job_says_whether_it_blocks_and_what_to_do(tmp_path: Path) -> None:
    made = state("skipped", tmp_path)

    for text in texts_of(made):
        assert "This job passes (exit code 0), but the bot was not tested. It got no credentials" in text
        assert "Run the tests from a branch of this repository before you merge." in text
    assert "Run the tests from a branch" in made.done.log
    assert not Parser.read(made.page).all("section", "suite")


def annotation_titles(made: State) -> list[str]:
    found = re.findall(r"^::(?:error|notice|warning) title=(.*?)::", made.done.log, re.MULTILINE)
    return [title.replace("%2C", ",").replace("%3A", ":") for title in found]


def test_annotations_say_what_is_new_or_known_and_how_often_it_failed(tmp_path: Path) -> None:
    marks = [title.rpartition('" ')[2] for title in annotation_titles(state("new-and-known-on-main", tmp_path))]
    assert ["(new)", "(new)", "(new; likely a consequence of step 4)", "(known since 2026-11-23)"] == marks[-4:]
    titles = annotation_titles(state("failed-with-history", tmp_path))
    assert any("; failed in 2 of the last 5 runs, this one included)" in title for title in titles)


def test_the_failures_of_a_tolerated_step_stand_below_one_heading(tmp_path: Path) -> None:
    made = state("new-and-known", tmp_path)

    for text in (made.done.summary, made.comment):
        tolerated = text.replace("&#8203;", "").partition("tolerated&#58; known")[2]
        assert 1 == tolerated.count("step 5 &#34;Large&#34;")
        assert 2 == tolerated.count("🟡&nbsp;5&#46;1&nbsp;")
        (table,) = [part for part in re.findall("<table>.*?</table>", tolerated, re.DOTALL) if "🟡" in part]
        assert 2 == table.count("<td>expected</td>")


def test_a_dialog_that_ended_in_silence_says_so(tmp_path: Path) -> None:
    made = state("new-and-known", tmp_path)

    assert "%0Auser: Yes%0Abot: (no response)\n" in made.done.log
    rows = [row for row in lxml.html.fromstring(made.done.summary).iter("tr") if "🤖" in row.text_content()]
    assert "7❌\xa0🤖\xa0bot(no response)" == rows[-1].text_content()


def test_annotations_name_the_steps_that_are_tolerated(tmp_path: Path) -> None:
    (told,) = [line for line in state("tolerated-flaky", tmp_path).done.log.splitlines() if "::warning" in line]

    assert told.startswith("::warning title=Order a pizza%2C steps 3 and 5%3A tolerated::This job passes: ")
    assert "%0A2 test cases tolerated as flaky.%0A" in told
    assert '%0AStep 3 "A margherita, please":%0A3.1 text: ' in told
    assert '%0AStep 5 "12 Harbour Street":%0A5.1 text: ' in told
    log = state("new-and-known", tmp_path).done.log
    assert "::warning title=Order a pizza%2C step 5%3A tolerated::Why these 2 are tolerated: known on the" in log
    assert '%0AStep 5 "Large":%0A5.1 text: expected "One large' in log
    assert 1 == log.partition("::group::Annotations")[2].partition("::endgroup")[0].count("2 test cases tolerated as")


def test_an_annotation_does_not_repeat_the_utterance_of_its_title(tmp_path: Path) -> None:
    titles = annotation_titles(state("batch-failed", tmp_path))

    assert 'Pizza intents, utterance 2 "a large margherita please"' in titles
    assert "user: " not in state("batch-failed", tmp_path).done.log.partition("::group::Annotations")[2]


def test_the_page_says_once_why_a_run_has_no_result(tmp_path: Path) -> None:
    page = Parser.read(state("timeout", tmp_path).page)

    assert 1 == page.words.count("The platform last reported 40% progress")


def test_reports_name_the_version_of_the_bot_in_words_and_once(tmp_path: Path) -> None:
    made = state("failed", tmp_path)

    for text in (*texts_of(made)[:-1], Parser.read(made.page).words):
        assert 1 == text.count("ersion in development")
        assert "inDevelopment" not in text


def test_a_filter_names_failures_of_two_kinds_in_one_word(tmp_path: Path) -> None:
    page = Parser.read(state("new-and-known", tmp_path).page)

    choices = [label.words for label in page.by_id("tools").only("fieldset").all("label")]
    assert ["all", "failed, all new (3)", "tolerated as known (1)"] == choices


def test_tolerated_utterances_are_called_utterances(tmp_path: Path) -> None:
    words = Parser.read(state("tolerated-f1", tmp_path).page).only("nav").words

    assert "5 utterances with tolerated failures" in words


def test_that_a_flaky_suite_fails_is_not_what_the_platform_reports(tmp_path: Path) -> None:
    words = Parser.read(state("flaky-that-fails", tmp_path).page).words

    assert "Why it did not pass 2 test cases failed in an earlier run and passed in the last one." in words
    assert "What the platform reports" not in words
    assert "What the platform reports" in Parser.read(state("failed", tmp_path).page).words


def test_the_bot_time_of_suites_that_ran_again_is_that_of_the_last_run(tmp_path: Path) -> None:
    made, once = state("drifting", tmp_path), state("failed", tmp_path)

    assert all("Bot time, last run" in text for text in (made.done.summary, made.page.decode()))
    assert not any("Bot time, last run" in text for text in (once.done.summary, once.page.decode()))


def test_the_verdict_line_names_the_scope_that_is_missing(tmp_path: Path) -> None:
    told = state("error-credentials", tmp_path).done.verdict

    assert told.endswith(
        'the platform rejected the scope of the token: the scope "Conversation Tests Execution" is missing.'
    )


def test_each_report_says_in_one_way_that_the_failed_utterances_are_not_known(tmp_path: Path) -> None:
    made = state("batch-without-file", tmp_path)
    told = "1 of 3 utterances failed; the platform did not say which."

    assert told in Parser.read(made.page).only("nav").words
    assert told in made.done.log
    assert "The platform counts" not in Parser.read(made.page).only("nav").words


def test_a_test_run_that_failed_without_a_reason_is_named_in_the_advice(tmp_path: Path) -> None:
    made = state("failed-step-without-reason", tmp_path)

    told = f"Open test run {made.done.outputs['test-run-ids'].splitlines()[0]} in the App Builder to find the cause."
    assert all(told in text for text in texts_of(made))


def test_a_bot_that_gives_one_answer_to_everything_is_probably_down(tmp_path: Path) -> None:
    made = state("failed-broken", tmp_path)
    told = (
        "Check that the bot and the services behind it are up. All 10 failed steps got the same answer: "
        '"Sorry, something went wrong." '
    )

    assert all(told in text.replace("\n", " ") for text in [*texts_of(made), re.sub(r"\s+", " ", made.done.log)])
    assert not any("Compare expected" in text for text in [*texts_of(made), made.done.log])
    told = "10 failed steps, all with the same answer"
    assert all(told in text for text in (made.done.summary, made.comment, Parser.read(made.page).only("nav").words))
    listed = Parser.read(made.page).only("nav")
    assert ["Sorry, something went wrong."] == [said.text for said in listed.only("h2").all("q")]
    assert 10 == len(listed.all("dt")) == [row.text for row in listed.all("dt")].count("text expected")
    assert "Opening hours: 10 failed steps" == annotation_titles(made)[-1]
    for text in (made.done.summary, made.comment):
        root = lxml.html.fromstring(markdown_page(text))
        table, *conversation = root.iter("table")
        rows = [[cell.text_content().replace("\u200b", "") for cell in row] for row in table.iter("tr")]
        assert ["step", "user", "expected"] == rows[0]
        assert ["❌\xa02", "When are you open?", "We are open every day from 11 to 23 o'clock."] == rows[1]
        assert 1 + 10 == len(rows)
        # In what to do next, above the table, and where a summary has the conversation to the first failure.
        assert 2 + len(conversation) == root.text_content().replace("\u200b", "").count("Sorry, something went wrong.")
    for name in ("failed", "failed-200-steps", "batch-failed"):
        assert not any("same answer" in text for text in texts_of(state(name, tmp_path)))


def test_reports_explain_the_kinds_of_what_failed_and_only_those(tmp_path: Path) -> None:
    made = state("failed", tmp_path)
    kinds = "flow: the dialog, intent and node that answered; text: what the bot said; context: a value that"
    summary, comment, _ = texts_of(made)

    for text in (summary, comment):
        assert kinds in text
        assert "; 3.1: step 3, response 1" in text
    assert kinds in Parser.read(made.page).only("nav").words.replace(" :", ":")
    tolerated = Parser.read(state("tolerated-quarantine", tmp_path).page)
    assert "text: what the bot said" in tolerated.only("nav").words.replace(" :", ":")
    assert not any("; 3.1: " in text or "text: what" in text for text in texts_of(state("passed", tmp_path)))
    assert "entity: a detail of that" in texts_of(state("batch-failed", tmp_path))[0]
    assert not any(", response 1" in text for text in texts_of(state("batch-failed", tmp_path)))
