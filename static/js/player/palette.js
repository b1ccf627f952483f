// The palette: every question as a cell, by sections. State is told by shape and words, never by colour alone.

import { el } from "../kinds/dom.js";
import { t } from "./words.js";

export function createPalette(element, { paper, stateOf, onGo }) {
  const cells = new Map();
  const groups = paper.sections.map((section) =>
    el(
      "section",
      { class: "exam__group", "aria-label": section.title },
      paper.sections.length > 1 ? el("h3", {}, section.title) : null,
      el("div", { class: "palette" }, ...section.questions.map(cell)),
    ),
  );
  element.replaceChildren(...groups);
  element.addEventListener("keydown", walk);

  function cell(question) {
    const button = el("button", { type: "button", class: "palette__cell", on: { click: () => onGo(question.index) } }, String(question.number));
    cells.set(question.slot, button);
    return button;
  }

  /** Arrow keys walk the cells. */
  function walk(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 5, ArrowUp: -5 }[event.key];
    const all = [...cells.values()];
    const at = all.indexOf(document.activeElement);
    if (!by || at < 0) return;
    event.preventDefault();
    event.stopPropagation();
    all[Math.min(Math.max(at + by, 0), all.length - 1)].focus();
  }

  function update(currentSlot) {
    for (const question of paper.questions) {
      const button = cells.get(question.slot);
      const { state, flagged } = stateOf(question);
      button.dataset.state = state;
      button.toggleAttribute("data-flagged", flagged);
      if (question.slot === currentSlot) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
      button.setAttribute("aria-label", [t("question", question.number), t(state === "unsaved" ? "unsaved" : state), flagged ? t("flagged") : ""].filter(Boolean).join("，"));
    }
  }

  return { update, focus: (slot) => cells.get(slot)?.focus() };
}
