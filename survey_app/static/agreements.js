// Filters the catalogue as one types, so that ticked lines stay ticked; without it the search button asks the server.
"use strict";

(() => {
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const search = document.querySelector("[data-filter]");
  if (!search) return;
  const list = document.getElementById(search.dataset.filter);
  if (!list) return;
  const rows = [...list.querySelectorAll("[data-words]")].map((row) => [row, plain(row.dataset.words)]);

  const filter = () => {
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    for (const [row, text] of rows) {
      const isTicked = row.querySelector("input:checked:not(:disabled)") !== null;
      row.hidden = !isTicked && !words.every((word) => text.includes(word));
    }
    for (const section of list.querySelectorAll("section")) {
      section.hidden = section.querySelector("[data-words]:not([hidden])") === null;
    }
  };

  search.addEventListener("input", filter);
  search.form.addEventListener("submit", (event) => { event.preventDefault(); filter(); });
})();

// Opens the fields of a counter-proposal when it is chosen; without it, a click on their title does.
(() => {
  for (const details of document.querySelectorAll("[data-answer]")) {
    for (const radio of document.getElementsByName(`decision-${details.dataset.answer}`)) {
      radio.addEventListener("change", () => { details.open = radio.value !== "accept"; });
    }
  }
})();
