// Shows the result of a line's formula while its counts are typed. What counts is what the server computes, exactly.
"use strict";

(() => {
  const output = document.querySelector("[data-formula]");
  if (!output) return;
  const tokens = output.dataset.formula.match(/[A-Za-z_]\w*|\d+(?:\.\d+)?|[-+*/()]/g) || [];
  const fields = new Map([...document.querySelectorAll("[data-count]")].map((field) => [field.dataset.count, field]));
  const shown = new Intl.NumberFormat(output.dataset.language, { maximumFractionDigits: 2 });

  // The server's rule: 1,250 can be read in two ways and is asked back; with both marks, the last one is the decimal's.
  const typed = (name) => {
    const field = fields.get(name);
    let text = field ? field.value.trim().replace(/[\u200b-\u200f\u2060\ufeff\u00ad]/g, "").replace(/^€\s*|\s*(?:€|EUR)$/g, "") : "";
    if (/^[1-9]\d{0,2}[.,]\d{3}$/.test(text)) return NaN;
    if (/^\d{1,3}(?:[\s'’]\d{3})+(?!\d)/.test(text)) text = text.replace(/[\s'’]/g, "");
    const grouped = text.match(/^(\d{1,3}(?:([.,])\d{3})(?:\2\d{3})*)(?:([.,])(\d+))?$/);
    if (grouped && grouped[2] !== grouped[3]) text = grouped[1].replaceAll(grouped[2], "") + (grouped[3] ? `.${grouped[4]}` : "");
    text = text.replace(",", ".");
    return /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  };

  const evaluate = () => {
    let place = 0;
    const factor = () => {
      const token = tokens[place++];
      if (token === "(") {
        const value = sum();
        place++;
        return value;
      }
      return /^\d/.test(token) ? Number(token) : typed(token);
    };
    const product = () => {
      let value = factor();
      while (tokens[place] === "*" || tokens[place] === "/") value = tokens[place++] === "*" ? value * factor() : value / factor();
      return value;
    };
    const sum = () => {
      let value = product();
      while (tokens[place] === "+" || tokens[place] === "-") value = tokens[place++] === "+" ? value + product() : value - product();
      return value;
    };
    return sum();
  };

  const update = () => {
    const value = evaluate();
    const isTyped = tokens.every((token) => !fields.has(token) || !Number.isNaN(typed(token)));
    const unit = output.dataset.unit ? `\u00a0${output.dataset.unit}` : "";
    if (!isTyped) output.textContent = "–";
    else output.textContent = Number.isFinite(value) ? shown.format(value) + unit : output.dataset.none;
  };

  for (const field of fields.values()) field.addEventListener("input", update);
  update();
})();
