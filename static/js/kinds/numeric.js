// 数值: one text box with a decimal keyboard, the unit beside it.
import { el, stemBlock, t } from "./dom.js";
import { looksNumeric } from "./numbers.js";

export function render(element, item, onChange) {
  const { unit = "", hint = "" } = item.content;
  const warning = el("p", { class: "item-warning", id: `${item.name}-warning`, role: "status" });
  const box = el("input", {
    type: "text", inputmode: "decimal", class: "input item-number", maxlength: 60, autocomplete: "off", spellcheck: "false",
    disabled: item.disabled, "aria-labelledby": `${item.name}-stem`, "aria-describedby": `${item.name}-hint ${item.name}-warning`,
    on: { input: changed, blur: look },
  });
  box.value = item.response?.value ?? "";
  function look() {
    warning.textContent = box.value.trim() && !looksNumeric(box.value, unit) ? t("not_number") : "";
  }
  function changed() {
    if (warning.textContent) look();
    onChange(box.value.trim() ? { value: box.value } : null);
  }
  element.append(
    stemBlock(item),
    el(
      "div",
      { class: "item-answer" },
      el("div", { class: "with-unit" }, box, unit ? el("span", { class: "item-unit" }, unit) : null),
      el("p", { class: "item-hint", id: `${item.name}-hint` }, hint),
      warning,
    ),
  );
  look();
  return { focus: () => box.focus() };
}
