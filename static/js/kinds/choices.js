// What the choice kinds share: a list of options with a box each, lettered by their place on the screen.

import { LETTERS, el, fragment, inOrder, stemBlock, t } from "./dom.js";

/**
 * Draw stem and options. `type` is "radio" or "checkbox"; `chosen` is a set of ids; `onPick(ids)` gets the ids chosen
 * now, in the order of the screen. Radios can be cleared again with a button.
 */
export function drawChoices(element, item, type, entries, chosen, onPick) {
  const boxes = [];
  const list = el("div", { class: "options" });
  const picked = () => boxes.filter((box) => box.checked).map((box) => box.value);
  const changed = () => {
    if (clear) clear.hidden = item.disabled || !picked().length;
    onPick(picked());
  };
  inOrder(entries, item.order).forEach((entry, index) => {
    const box = el("input", {
      type, name: `${item.name}-choice`, value: entry.id, disabled: item.disabled, on: { change: changed },
    });
    box.checked = chosen.has(entry.id);
    boxes.push(box);
    const mark = entry.unlettered ? null : el("span", { class: "option__mark", "aria-hidden": "true" }, LETTERS[index]);
    list.append(
      el("label", { class: "option", "data-option": entry.id }, box, mark, el("span", { class: "option__text" }, fragment(entry.text))),
    );
  });
  const clear =
    type === "radio"
      ? el("button", { type: "button", class: "btn btn--quiet btn--small item-clear", hidden: true, on: { click: wipe } }, t("clear"))
      : null;
  function wipe() {
    for (const box of boxes) box.checked = false;
    boxes[0]?.focus();
    changed();
  }
  if (clear) clear.hidden = item.disabled || !picked().length;
  const group = el(
    "div",
    { class: "item-answer", role: type === "radio" ? "radiogroup" : "group", "aria-labelledby": `${item.name}-stem` },
    list,
    clear,
  );
  element.append(stemBlock(item), group);
  return { focus: () => (boxes.find((box) => box.checked) ?? boxes[0])?.focus() };
}
