// One question on the screen: drawn by its kind, options that can be struck out, keys to choose.

import { renderItem } from "../kinds/index.js";
import { el } from "../kinds/dom.js";
import { TYPED } from "./paper.js";
import { mountPractical } from "./practical.js";
import { t } from "./words.js";

const CHOOSING = new Set(["single_choice", "multiple_choice", "true_false"]);

/** `marks`: `{struck: {slot: [id, …]}}`, kept by the caller through `onMarks`. */
export function createQuestion(element, { api, answers, sync, marks, onMarks, onAnswer, onRefused }) {
  let shown = null;
  let handle = null;
  let serial = 0;

  async function show(question, { disabled = false } = {}) {
    serial += 1;
    const mine = serial;
    handle?.destroy();
    handle = null;
    shown = question;
    const holder = el("div", { class: "exam__holder" });
    element.replaceChildren(holder);
    if (question.kind === "practical") {
      handle = mountPractical(holder, question, { api, answers, sync, disabled, onRefused });
      return;
    }
    const item = {
      kind: question.kind,
      stem: question.stem,
      content: question.content,
      response: answers.current(question.slot).value,
      order: question.options,
      disabled,
      name: `q${question.slot}`,
    };
    const made = await renderItem(holder, item, (response) => onAnswer(question, response, { typing: TYPED.has(question.kind) }));
    if (mine !== serial) return void made.destroy();
    handle = made;
    if (question.kind === "single_choice" || question.kind === "multiple_choice") offerStriking(holder, question, disabled);
  }

  function offerStriking(holder, question, disabled) {
    for (const option of holder.querySelectorAll(".option[data-option]")) {
      const id = option.dataset.option;
      const letter = option.querySelector(".option__mark")?.textContent ?? id;
      const button = el("button", { type: "button", class: "btn btn--quiet btn--small option-row__strike", disabled, on: { click: toggle } }, t("strike"));
      const row = el("div", { class: "option-row" });
      option.replaceWith(row);
      row.append(option, button);
      paint();

      function toggle() {
        const struck = new Set(marks.struck[question.slot] ?? []);
        if (!struck.delete(id)) struck.add(id);
        marks.struck[question.slot] = [...struck];
        onMarks();
        paint();
      }
      function paint() {
        const struck = (marks.struck[question.slot] ?? []).includes(id);
        option.classList.toggle("is-eliminated", struck);
        button.setAttribute("aria-pressed", String(struck));
        button.setAttribute("aria-label", t(struck ? "restore" : "eliminate", letter));
      }
    }
  }

  /** Choose the n-th option (from 0); true if there was one. */
  function choose(n) {
    if (!shown || !CHOOSING.has(shown.kind)) return false;
    const box = element.querySelectorAll(".option > input")[n];
    if (!box || box.disabled) return false;
    box.click();
    box.focus();
    return true;
  }

  return {
    show,
    choose,
    focus: () => handle?.focus(),
    connection: () => handle?.connection?.(),
    clear() {
      serial += 1;
      handle?.destroy();
      handle = null;
      shown = null;
      element.replaceChildren();
    },
  };
}
