/* What the form gains with scripts: it saves itself, digits choose a mark, Enter goes on. It works without. */
(() => {
  "use strict";
  const form = document.getElementById("answers");
  const saved = document.getElementById("saved");
  const PAUSE = 1200, PATIENCE = 8000;
  let timer = 0, isDirty = false, isSaving = false, isConflict = false;

  const say = (text, isProblem = false) => {
    if (saved.textContent !== text) saved.textContent = text;
    saved.toggleAttribute("data-problem", isProblem);
  };

  /* Only a person's own event counts: mail scanners run scripts too. */
  const touched = (event) => {
    if (!event.isTrusted || form.dataset.mode === "test") return;
    isDirty = true;
    if (!isConflict) plan(PAUSE);
  };
  const plan = (delay) => { clearTimeout(timer); timer = setTimeout(save, delay); };

  async function save() {
    if (!isDirty || isSaving || isConflict) return;
    isSaving = true;
    isDirty = false;
    try {
      const reply = await fetch(form.dataset.autosave, {
        method: "POST", body: new URLSearchParams(new FormData(form)), keepalive: true,
        credentials: "omit", headers: { Accept: "application/json" },
      });
      const told = await reply.json();
      if (reply.ok) {
        form.elements.version.value = told.version;
        say(form.dataset.saved);
      } else {
        isConflict = reply.status === 409;
        say(told.message || form.dataset.unsaved, true);
      }
    } catch {
      isDirty = true;
      say(form.dataset.unsaved, true);
      plan(PATIENCE);
    }
    isSaving = false;
    if (isDirty && !isConflict) plan(PAUSE);
  }

  /* A low mark asks for a few words: open the place for them. */
  const askWhy = (input) => {
    if (input.classList.contains("low")) {
      const remark = input.closest("fieldset").querySelector(".remark");
      if (remark && remark.querySelector(".remark__ask")) remark.open = true;
    }
  };

  form.addEventListener("input", touched);
  form.addEventListener("change", (event) => {
    touched(event);
    if (event.target.type === "radio") askWhy(event.target);
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest(".clear");
    if (!button) return;
    event.preventDefault();
    const radios = button.closest("fieldset").querySelectorAll("input[type=radio]");
    radios.forEach((radio) => { radio.checked = false; });
    radios[0].focus();
    touched(event);
  });

  /* Digits choose a mark of the question in hand; 1 then 0 quickly is 10. Enter goes to the next question. */
  let typed = "", typedAt = 0;
  form.addEventListener("keydown", (event) => {
    const input = event.target;
    if (input.type !== "radio" || event.ctrlKey || event.metaKey || event.altKey) return;
    const group = input.closest("fieldset");
    if (/^[0-9]$/.test(event.key)) {
      const both = event.timeStamp - typedAt < 700 ? typed + event.key : "";
      typed = choice(group, both) ? both : event.key;
      typedAt = event.timeStamp;
      const wanted = choice(group, typed);
      if (!wanted) return;
      event.preventDefault();
      wanted.focus();
      if (!wanted.checked) wanted.click();
      touched(event);
    } else if (event.key === "Enter") {
      event.preventDefault();
      typed = "";
      goOn(group);
    }
  });
  const choice = (group, value) => group.querySelector(`input[type=radio][value="${value}"]`);
  const goOn = (group) => {
    const fields = [...form.querySelectorAll("fieldset")];
    const next = fields[fields.indexOf(group) + 1];
    if (!next) return form.querySelector(".moves .button--primary").focus();
    const target = next.querySelector("input:checked") || next.querySelector("input, textarea");
    target.focus();
    next.scrollIntoView({ block: "nearest" });
  };

  addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") save(); });
  form.addEventListener("submit", () => { clearTimeout(timer); isDirty = false; });
  document.getElementById("errors")?.focus();
})();
