// 判断: two radio buttons, always in the same order.
import { drawChoices } from "./choices.js";
import { t } from "./dom.js";

export function render(element, item, onChange) {
  const entries = [
    { id: "true", text: t("right"), unlettered: true },
    { id: "false", text: t("wrong"), unlettered: true },
  ];
  const value = item.response?.value;
  const chosen = new Set(typeof value === "boolean" ? [String(value)] : []);
  return drawChoices(element, { ...item, order: null }, "radio", entries, chosen, (ids) =>
    onChange(ids.length ? { value: ids[0] === "true" } : null),
  );
}
