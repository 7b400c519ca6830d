"use strict";
(() => {
  const get = (id) => document.getElementById(id);
  const search = get("search"), unfold = get("open"), found = get("found"), tools = get("tools");
  const noun = tools.dataset.noun;
  const choices = [...document.querySelectorAll("input[name=show]")];
  const steps = [...document.querySelectorAll("ol.steps > li[id]")];
  const series = [...document.querySelectorAll("li.series > details")];
  const lists = [...document.querySelectorAll("section.suite > ol.steps")];
  const suites = [...document.querySelectorAll("section.suite")].map((section) => ({
    section,
    steps: [...section.querySelectorAll("ol.steps > li[id]")],
    name: section.querySelector("h2 bdi").textContent.toLowerCase(),
    head: [...section.children].filter((part) => !part.matches("ol.steps")),
  }));
  const is = (step, kind) => kind === "all" || step.className === kind || (kind === "failed" && step.className === "error") ||
    (step.dataset.is || "").split(" ").includes(kind);
  const chosen = () => choices.find((choice) => choice.checked)?.value || "all";
  const texts = new Map();
  let timer = 0;
  let opened = [];
  let current = null;

  const make = (tag, text, act) => {
    const element = document.createElement(tag);
    element.textContent = text;
    if (act) {
      element.type = "button";
      element.addEventListener("click", act);
    }
    return element;
  };

  /* search and filters */
  const textOf = (part) => {
    let text = texts.get(part);
    if (text === undefined) texts.set(part, text = part.textContent.toLowerCase());
    return text;
  };

  const mark = (wanted) => {
    if (!CSS.highlights) return;
    CSS.highlights.delete("found");
    if (!wanted) return;
    const ranges = [];
    for (const part of suites.flatMap((suite) => suite.section.hidden ? [] : [...suite.head, ...suite.steps])) {
      if (part.hidden) continue;
      const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
      while (walker.nextNode() && ranges.length < 2000) {
        if (walker.currentNode.parentElement.matches(".copy")) continue;
        const text = walker.currentNode.data.toLowerCase();
        for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
          if (at + wanted.length > walker.currentNode.length) break;
          const range = new Range();
          range.setStart(walker.currentNode, at);
          range.setEnd(walker.currentNode, at + wanted.length);
          ranges.push(range);
        }
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  };

  const unhash = () => history.replaceState(null, "", location.pathname + location.search);

  /* what is found is in sight, also if the bar stands far below */
  const bring = () => {
    if (tools.getBoundingClientRect().top > innerHeight / 2) tools.scrollIntoView();
  };

  /* what the reader jumped to stays where it is, while the page around it grows */
  const inPlace = (act) => {
    const top = () => current?.getBoundingClientRect().top;
    const before = top();
    act();
    if (before === undefined || before < 0 || before > innerHeight) return;
    const back = () => scrollBy(0, top() - before);
    back();
    requestAnimationFrame(back);
  };

  const clear = () => {
    search.value = "";
    for (const choice of choices) choice.checked = choice.value === "all";
    if (choices.some((choice) => location.hash === `#${choice.value}`)) unhash();
    filter();
  };

  const filter = () => {
    const wanted = search.value.trim().toLowerCase(), kind = chosen();
    const filtered = wanted !== "" || kind !== "all";
    const hits = new Set();
    let shown = 0, kept = 0;
    for (const suite of suites) {
      const named = wanted !== "" && suite.name.includes(wanted);
      let here = 0;
      for (const step of suite.steps) {
        const off = !is(step, kind) || !(wanted === "" || named || textOf(step).includes(wanted));
        if (step.hidden !== off) step.hidden = off;
        if (off) continue;
        here += 1;
        if (!named || textOf(step).includes(wanted)) hits.add(step);
      }
      const told = kind === "all" || (kind === "failed" && !suite.section.matches(".passed, .tolerated, .skipped"));
      const stays = told && (wanted === "" || named || suite.head.some((part) => textOf(part).includes(wanted)));
      suite.section.hidden = filtered && here === 0 && !stays;
      shown += here;
      if (!suite.section.hidden) kept += 1;
    }
    for (const fold of opened) fold.open = false;
    opened = [];
    for (const fold of series) {
      const inner = [...fold.querySelectorAll("li[id]")];
      fold.parentElement.hidden = !inner.some((step) => !step.hidden);
      // All steps of a suite that has that name stay, and need no unfolding.
      if (filtered && !fold.open && inner.some((step) => hits.has(step))) {
        fold.open = true;
        opened.push(fold);
      }
    }
    for (const list of lists) list.hidden = ![...list.children].some((step) => !step.hidden);
    mark(wanted);
    found.textContent = filtered ? `${shown} of ${steps.length} ${noun} ` : "";
    if (filtered && kept === 0) {
      const one = `No ${noun.slice(0, -1)}${kind === "all" ? "" : " of that kind"}`;
      found.textContent = wanted ? `${one} matches "${search.value.trim()}". ` : `${one}. `;
      const both = kind === "all" ? "Clear search" : `Clear ${wanted ? "search and " : ""}filter`;
      found.append(make("button", both, () => { clear(); search.focus(); }));
    }
  };

  /* links and keys: what is jumped to stays below the bar, however high that is */
  const pad = () => {
    const sticks = getComputedStyle(tools).position === "sticky";
    document.documentElement.style.scrollPaddingTop = sticks ? `${Math.ceil(tools.offsetHeight) + 8}px` : "8px";
  };

  const show = () => {
    const name = location.hash.slice(1);
    const choice = choices.find((input) => input.value === name);
    if (choice) {
      choice.checked = true;
      filter();
      return;
    }
    const target = name ? get(name) : null;
    if (!target) return;
    if (target.closest("[hidden]")) clear();
    current = target;
    pad();
    const fold = target.querySelector(":scope > details");
    if (fold) fold.open = true;
    for (let outer = target.parentElement.closest("details"); outer; outer = outer.parentElement.closest("details")) outer.open = true;
    target.scrollIntoView();
    // Once more: what came into view has its real height only now.
    requestAnimationFrame(() => target.scrollIntoView());
  };

  const go = (direction) => {
    const red = [...document.querySelectorAll("section.suite:is(.error, .timeout, .cancelled), ol.steps > li[id]")].filter(
      (stop) => !stop.closest("[hidden]") && (stop.matches("section") || is(stop, "failed")));
    if (red.length === 0) return;
    // From a step that did not fail, the next one is the next below it, or above it.
    const below = red.findIndex((stop) => current && (stop === current || current.compareDocumentPosition(stop) & Node.DOCUMENT_POSITION_FOLLOWING));
    const at = below < 0 ? (current ? red.length : 0) : below;
    current = red[(direction < 0 ? at - 1 + red.length : at + (red[at] === current ? 1 : 0)) % red.length];
    if (location.hash === `#${current.id}`) show();
    else location.hash = current.id;
    current.querySelector(current.matches("section") ? "h2 > a" : "a").focus({ preventScroll: true });
  };

  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      filter();
      if (search.value) bring();
    }, 120);
  });
  for (const choice of choices) {
    choice.addEventListener("change", () => {
      if (choice.value === "all") unhash();
      else history.replaceState(null, "", `#${choice.value}`);
      filter();
      bring();
    });
  }
  unfold.addEventListener("change", () => inPlace(() => {
    opened = [];
    for (const fold of document.querySelectorAll("li.passed > details, li.series > details")) fold.open = unfold.checked;
  }));
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && (search.value || chosen() !== "all" || event.target === search)) {
      inPlace(clear);
      search.blur();
      return;
    }
    if (event.target === search) {
      if (event.key !== "Enter" || event.isComposing) return;
      clearTimeout(timer);
      filter();
      const first = steps.find((step) => !step.closest("[hidden]"));
      if (first) first.querySelector("a").focus();
      else search.blur();
      return;
    }
    if (event.key === "/") {
      event.preventDefault();
      search.focus();
    } else if (event.key === "n" || event.key === "j") go(1);
    else if (event.key === "p" || event.key === "k") go(-1);
  });
  addEventListener("hashchange", show);

  /* copies: buttons come when a step is first looked at, as a page may have very many */
  const copy = async (button, text) => {
    const words = button.dataset.words ||= button.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      const area = make("textarea", text);
      document.body.append(area);
      area.select();
      button.textContent = document.execCommand("copy") ? "Copied" : "Not allowed here";
      area.remove();
      button.focus();
    }
    setTimeout(() => { button.textContent = words; }, 1500);
  };
  const offer = (place, name, text, words = "Copy") => {
    const button = make("button", words, () => copy(button, text()));
    button.className = "copy";
    button.setAttribute("aria-label", `Copy ${name}`);
    if (place.matches(".mark")) place.append(button);
    else place.prepend(button);
  };
  const dress = (step) => {
    if (step.dataset.dressed) return;
    step.dataset.dressed = "1";
    // The search shall not find the words on the buttons.
    textOf(step);
    const link = step.querySelector(":scope > a");
    const heading = step.querySelector(":scope > div > h3 > .mark");
    if (link && heading) offer(heading, `link to ${noun.slice(0, -1)} ${link.textContent.slice(1)}`, () => link.href, "Copy link");
    // An intent is a short name, and a button would need more room than it.
    if (step.closest(".batch")) return;
    for (const row of step.querySelectorAll(".note dl > div")) {
      const name = row.querySelector("dt").textContent.toLowerCase();
      const words = row.querySelector("dd");
      if (words.querySelector("details")) continue;
      const text = words.textContent;
      offer(words, `the text: ${name}`, () => text);
    }
  };
  steps.filter((step) => is(step, "failed")).slice(0, 300).forEach(dress);
  for (const kind of ["pointerover", "focusin"]) {
    addEventListener(kind, (event) => {
      const step = event.target.closest?.("ol.steps > li[id]");
      if (step) dress(step);
    });
  }
  for (const block of document.querySelectorAll("pre.copied")) {
    const text = block.textContent;
    offer(block, "these inputs", () => text);
  }

  tools.hidden = steps.length === 0;
  new ResizeObserver(pad).observe(tools);
  addEventListener("resize", pad);
  filter();
  show();
})();
