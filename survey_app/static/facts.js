// Shows the result of a line's formula while its counts are typed. What counts is what the server computes, exactly.
"use strict";

(() => {
  const output = document.querySelector("[data-formula]");
  if (!output) return;
  const tokens = output.dataset.formula.match(/[A-Za-z_]\w*|\d+(?:\.\d+)?|[-+*/()]/g) || [];
  const fields = new Map([...document.querySelectorAll("[data-count]")].map((field) => [field.dataset.count, field]));
  const shown = new Intl.NumberFormat(output.dataset.language, { maximumFractionDigits: 2 });

  const typed = (name) => {
    const text = fields.get(name) ? fields.get(name).value.replace(/[\s\u00a0\u202f]/g, "").replace(",", ".") : "";
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
