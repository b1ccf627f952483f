// 简答: a text area that tells how much was written; the limit is shown, never enforced by cutting words off.
import { el, stemBlock, t } from "./dom.js";

export function render(element, item, onChange) {
  const most = Number(item.content.max_chars) || 300;
  const count = el("p", { class: "item-count", id: `${item.name}-count` });
  const box = el("textarea", {
    class: "input item-text", rows: Math.min(16, Math.max(6, Math.ceil(most / 40))), maxlength: 20000, disabled: item.disabled,
    "aria-labelledby": `${item.name}-stem`, "aria-describedby": `${item.name}-count`, on: { input: changed },
  });
  box.value = item.response?.text ?? "";
  function show() {
    const used = [...box.value].filter((char) => !/\s/.test(char)).length;
    count.textContent = t("count", used, most) + (used > most ? t("over", used - most) : "");
    count.classList.toggle("is-over", used > most);
  }
  function changed() {
    show();
    onChange(box.value.trim() ? { text: box.value } : null);
  }
  element.append(stemBlock(item), el("div", { class: "item-answer" }, box, count));
  show();
  return { focus: () => box.focus() };
}
