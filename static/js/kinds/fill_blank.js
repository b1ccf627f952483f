// 填空: the marks {{1}} of the stem become boxes in the running text.
import { el, stemBlock, t } from "./dom.js";

const MARK = /\{\{\s*([A-Za-z0-9_-]{1,16})\s*\}\}/;

export function render(element, item, onChange) {
  const blanks = new Map(item.content.blanks.map((blank) => [blank.id, blank]));
  const boxes = new Map();
  const block = stemBlock(item);
  block.removeAttribute("id");

  function changed() {
    const filled = [...boxes].filter(([, box]) => box.value.trim()).map(([id, box]) => [id, box.value]);
    onChange(filled.length ? { blanks: Object.fromEntries(filled) } : null);
  }
  function box(blank) {
    const input = el("input", {
      type: "text", class: "blank item-blank", size: Math.min(Math.max(Number(blank.width) || 8, 2) * 2, 48), maxlength: 200,
      autocomplete: "off", autocapitalize: "off", spellcheck: "false", disabled: item.disabled,
      "aria-label": t("blank", [...blanks.keys()].indexOf(blank.id) + 1), "data-blank": blank.id, on: { input: changed },
    });
    input.value = item.response?.blanks?.[blank.id] ?? "";
    boxes.set(blank.id, input);
    return blank.unit ? el("span", { class: "item-blank-unit" }, input, ` ${blank.unit}`) : input;
  }

  const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) {
    let rest = text;
    for (let found = MARK.exec(rest.data); found; found = MARK.exec(rest.data)) {
      const mark = rest.splitText(found.index);
      rest = mark.splitText(found[0].length);
      const blank = blanks.get(found[1]);
      if (blank && !boxes.has(blank.id)) mark.replaceWith(box(blank));
    }
  }
  const stray = [...blanks.values()].filter((blank) => !boxes.has(blank.id));
  element.append(block);
  if (stray.length) {
    element.append(
      el("div", { class: "item-answer" }, ...stray.map((blank) => el("p", {}, `(${blank.id}) `, box(blank)))),
    );
  }
  return { focus: () => [...boxes.values()][0]?.focus() };
}
