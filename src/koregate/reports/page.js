
"use strict";
(() => {
  const get = (id) => document.getElementById(id);
  const search = get("search"), red = get("red"), unfold = get("open"), found = get("found");
  const steps = [...document.querySelectorAll("ol.steps > li")];
  const suites = [...document.querySelectorAll("section.suite")];
  const isRed = steps.map((step) => step.className === "failed" || step.className === "error");
  let texts = null;
  let timer = 0;

  const filter = () => {
    const wanted = search.value.trim().toLowerCase();
    const filtered = wanted !== "" || red.checked;
    if (wanted && !texts) texts = steps.map((step) => step.textContent.toLowerCase());
    let shown = 0;
    steps.forEach((step, index) => {
      const off = (red.checked && !isRed[index]) || (wanted !== "" && !texts[index].includes(wanted));
      if (step.hidden !== off) step.hidden = off;
      if (!off) shown += 1;
    });
    for (const suite of suites) {
      const kept = suite.querySelector("ol.steps > li:not([hidden])");
      const bad = red.checked && !wanted && !suite.classList.contains("passed");
      suite.hidden = filtered && !kept && !bad;
    }
    found.textContent = filtered ? `${shown} of ${steps.length} steps` : "";
  };

  const show = () => {
    const target = location.hash.length > 1 ? get(location.hash.slice(1)) : null;
    if (!target) return;
    if (target.closest("[hidden]")) {
      search.value = "";
      red.checked = false;
      filter();
    }
    const fold = target.querySelector(":scope > details");
    if (fold) fold.open = true;
    target.scrollIntoView();
    // Once more: what came into view has its real height only now.
    requestAnimationFrame(() => target.scrollIntoView());
  };

  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(filter, 120);
  });
  red.addEventListener("change", filter);
  unfold.addEventListener("change", () => {
    for (const fold of document.querySelectorAll("ol.steps > li > details")) fold.open = unfold.checked;
  });
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    search.focus();
  });
  addEventListener("hashchange", show);
  get("tools").hidden = steps.length === 0;
  filter();
  show();
})();
