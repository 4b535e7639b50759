// Keyboard movement, menus and copying. Every page works without this file.
"use strict";

(() => {
  const isTyping = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  const rowsOf = () => [...document.querySelectorAll("table[data-rows] tbody tr, ul[data-rows] > li")];
  const firstLink = (row) => row.querySelector("a[href], button");

  function move(step) {
    const rows = rowsOf().filter(firstLink);
    if (!rows.length) return;
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step));
    firstLink(rows[next]).focus();
    rows[next].scrollIntoView({ block: "nearest" });
  }

  const keys = () => document.getElementById("keys");
  const actions = {
    j: () => move(1),
    k: () => move(-1),
    x: () => document.activeElement.closest("tr, li")?.querySelector("input[type=checkbox]")?.click(),
    "/": () => {
      const box = document.querySelector("main [data-search], main input[type=search]");
      box?.focus();
      box?.select();
    },
    "?": () => keys()?.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      document.querySelectorAll("details.menu[open]").forEach((menu) => {
        menu.open = false;
        if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
      });
      if (isTyping(event.target)) event.target.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const action = actions[event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  });

  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    if (event.target.closest("[data-show-keys]")) keys().showModal();
    if (event.target.closest("[data-print]")) window.print();
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      const from = document.querySelector(copy.dataset.copy);
      from.select?.();
      navigator.clipboard?.writeText(from.value ?? from.textContent);
      copy.querySelector("[data-copy-text]").textContent = copy.dataset.copied;
    }
  });

  document.addEventListener("input", (event) => {
    const list = event.target.dataset?.filter && document.querySelector(event.target.dataset.filter);
    if (!list) return;
    const words = event.target.value.toLowerCase().split(/\s+/);
    for (const row of list.children) row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
  });

  document.addEventListener("change", (event) => {
    const target = event.target;
    if (target.matches("[data-tick-all]")) {
      target.closest("table").querySelectorAll("tbody input[type=checkbox]").forEach((box) => { box.checked = target.checked; });
    }
    if (target.matches("[data-submit-on-change]")) target.form.requestSubmit();
  });

  // A form that asks before it acts: <form data-confirm="Delete the company?">
  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm || event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  document.querySelectorAll("[data-show-keys]").forEach((button) => { button.hidden = false; });
  document.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = false; });
})();
