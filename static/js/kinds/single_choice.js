// 单选: radio buttons; arrow keys move, the choice can be cleared.
import { drawChoices } from "./choices.js";

export function render(element, item, onChange) {
  const chosen = new Set(item.response?.choice ? [item.response.choice] : []);
  return drawChoices(element, item, "radio", item.content.options, chosen, (ids) => onChange(ids.length ? { choice: ids[0] } : null));
}
