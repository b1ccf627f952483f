// 多选: check boxes. The response lists the ids in alphabetical order, so that equal choices are equal bytes.
import { drawChoices } from "./choices.js";
import { el, t } from "./dom.js";

export function render(element, item, onChange) {
  const chosen = new Set(item.response?.choices ?? []);
  const handle = drawChoices(element, item, "checkbox", item.content.options, chosen, (ids) =>
    onChange(ids.length ? { choices: ids.slice().sort() } : null),
  );
  element.querySelector(".item-answer").prepend(el("p", { class: "item-hint" }, t("choose_many")));
  return handle;
}
