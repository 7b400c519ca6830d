"""Every state of the page in a browser: what a reader sees first, jumps to, folds and prints, and axe-core."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.browser import AXE, CHROMIUM, DRIVER, LOOKS, Browser, Look, browsing
from support.states import state

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
@pytest.mark.parametrize(
    ("place", "key", "then"),
    [
        ("s1-step-4", "n", "#s1-step-5"),
        ("s1-step-6", "n", "#s1-step-7"),
        ("s1-step-6", "p", "#s1-step-5"),
        ("s1-step-7", "n", "#s1-step-3"),
        ("s1-step-3", "p", "#s1-step-7"),
        ("s2-step-1", "n", "#s1-step-3"),
        ("s2-step-1", "p", "#s1-step-7"),
        ("", "n", "#s1-step-3"),
        ("", "p", "#s1-step-7"),
    ],
)
def test_the_keys_begin_at_the_step_that_the_reader_jumped_to(
    browser: Browser, tmp_path: Path, place: str, key: str, then: str
) -> None:
    opened(browser, "failed", "light", tmp_path)
    press = f'document.body.dispatchEvent(new KeyboardEvent("keydown", {{key: "{key}", bubbles: true}}));'
    assert then == browser.run(
        f'if ("{place}") location.hash = "{place}";'
        f"return new Promise((done) => setTimeout(() => {{ {press}"
        "setTimeout(() => done(location.hash), 50); }, 50));"
    )


@needs_browser
def test_what_a_search_or_a_filter_finds_is_in_sight(browser: Browser, tmp_path: Path) -> None:
    seen = (
        "[scrollY, innerHeight, document.querySelector('ol.steps > li[id]:not([hidden])').getBoundingClientRect().top,"
        " document.querySelector('#tools').getBoundingClientRect().top]"
    )
    opened(browser, "failed", "light", tmp_path)
    before, height, _, bar = browser.run(f"return {seen};")
    assert before == 0
    assert bar > height / 2
    for act in (
        (
            'const search = document.querySelector("#search"); search.value = "harbour";'
            'search.dispatchEvent(new Event("input"));'
        ),
        'document.querySelector("input[name=show][value=failed]").click();',
    ):
        opened(browser, "failed", "light", tmp_path)
        after, height, first, _ = browser.run(
            f"{act} return new Promise((done) => setTimeout(() => done({seen}), 300));"
        )
        assert after > 0
        assert first < height - 100


@needs_browser
def test_a_filter_beside_a_search_is_named_and_both_are_cleared_with_the_address(
    browser: Browser, tmp_path: Path
) -> None:
    opened(browser, "failed-broken", "light", tmp_path)
    told, address = browser.run(
        'document.querySelector("input[name=show][value=failed]").click();'
        'const search = document.querySelector("#search"); search.value = "luigi";'
        'search.dispatchEvent(new Event("input"));'
        "return new Promise((done) => setTimeout(() => {"
        'const told = document.querySelector("#found").textContent;'
        'document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "Escape", bubbles: true}));'
        "done([told, location.hash]); }, 300));"
    )
    assert ['No step of that kind matches "luigi". Clear search and filter', ""] == [told, address]


@needs_browser
@pytest.mark.parametrize(("key", "focused"), [("Enter", "#s1-step-6"), ("Escape", "")])
def test_the_search_can_be_left_by_a_key(browser: Browser, tmp_path: Path, key: str, focused: str) -> None:
    opened(browser, "failed", "light", tmp_path)
    left = browser.run(
        'const search = document.querySelector("#search"); search.focus();'
        f'if ("{key}" === "Enter") search.value = "harbour";'
        f'search.dispatchEvent(new KeyboardEvent("keydown", {{key: "{key}", bubbles: true}}));'
        'return document.activeElement === search ? "search" : document.activeElement.hash || "";'
    )
    assert focused == left


@needs_browser
def test_what_the_reader_jumped_to_stays_in_its_place_while_the_page_grows(browser: Browser, tmp_path: Path) -> None:
    top = "document.querySelector('#s1-step-150').getBoundingClientRect().top"
    for act in (
        "document.querySelector('#open').click()",
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape', bubbles: true}))",
    ):
        opened(browser, "failed-200-steps", "light", tmp_path)
        before, after = browser.run(
            'document.querySelector("input[name=show][value=failed]").click();'
            "location.hash = '#s1-step-150';"
            "return new Promise((done) => setTimeout(() => {"
            f"const before = {top}; {act}; setTimeout(() => done([before, {top}]), 300); }}, 300));"
        )
        assert abs(before - after) < 2


@needs_browser
@pytest.mark.parametrize("name", ["failed-with-history", "drifting"])
def test_a_narrow_screen_needs_no_scrolling_to_the_side(browser: Browser, tmp_path: Path, name: str) -> None:
    state(name, tmp_path)
    opened(browser, name, "phone", tmp_path)
    browser.open(tmp_path / "report.html", LOOKS["phone"]._replace(width=320))
    assert 320 >= browser.run("return document.documentElement.scrollWidth;")


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
