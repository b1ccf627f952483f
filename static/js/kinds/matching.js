// 匹配: every entry on the left has a select box with the entries of the right. Nothing needs to be dragged.
import { LETTERS, el, fragment, inOrder, stemBlock, t, words } from "./dom.js";

export function render(element, item, onChange) {
  const right = inOrder(item.content.right, item.order);
  const boxes = new Map();

  function changed() {
    const pairs = [...boxes].filter(([, box]) => box.value).map(([id, box]) => [id, box.value]);
    showUsed();
    onChange(pairs.length ? { pairs: Object.fromEntries(pairs) } : null);
  }

  const rows = item.content.left.map((entry, index) => {
    const id = `${item.name}-left-${index}`;
    const box = el(
      "select",
      { class: "input match__select", disabled: item.disabled, "aria-label": t("match_for", words(entry.text)), on: { change: changed } },
      el("option", { value: "" }, t("choose")),
      ...right.map((other, place) => el("option", { value: other.id }, `${LETTERS[place]}. ${words(other.text)}`)),
    );
    box.value = item.response?.pairs?.[entry.id] ?? "";
    if (box.selectedIndex < 0) box.value = "";
    boxes.set(entry.id, box);
    return el(
      "li",
      { class: "match__row" },
      el("span", { class: "match__text", id }, el("span", { class: "match__number" }, `${index + 1}.`), " ", fragment(entry.text)),
      box,
    );
  });
  const legend = right.map((other, place) =>
    el("li", { "data-right": other.id }, el("span", { class: "option__mark", "aria-hidden": "true" }, `${LETTERS[place]}.`), el("span", {}, fragment(other.text))),
  );
  function showUsed() {
    const used = new Set([...boxes.values()].map((box) => box.value));
    for (const line of legend) line.classList.toggle("is-used", used.has(line.dataset.right));
  }
  element.append(
    stemBlock(item),
    el(
      "div",
      { class: "item-answer match", role: "group", "aria-labelledby": `${item.name}-stem` },
      el("ol", { class: "match__left", role: "list" }, ...rows),
      el("ul", { class: "match__right", role: "list" }, ...legend),
    ),
  );
  showUsed();
  return { focus: () => [...boxes.values()][0]?.focus() };
}
