// Building blocks for the kinds: safe HTML, elements, words. No module writes markup as text.

const ALLOWED = {
  p: [], br: [], strong: [], em: [], sub: [], sup: [], ul: [], ol: [], li: [],
  table: [], thead: [], tbody: [], tr: [], th: ["colspan", "rowspan", "scope"], td: ["colspan", "rowspan"],
  img: ["src", "alt", "width", "height"],
};
const IMAGE = /^\/media\/items\/[A-Za-z0-9/_.-]+$/;

/** An element with attributes and children; `on` holds listeners; false and null attributes are left out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [type, listener] of Object.entries(value)) node.addEventListener(type, listener);
    } else if (value === true) {
      node.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      node.setAttribute(name, String(value));
    }
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Server-sanitised HTML as nodes, filtered once more here: what is not allowed becomes its text. */
export function fragment(html) {
  const parsed = new DOMParser().parseFromString(String(html ?? ""), "text/html");
  const target = document.createDocumentFragment();
  copy(parsed.body, target);
  return target;
}

function copy(from, to) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) {
      to.append(node.textContent);
    } else if (node.nodeType === Node.ELEMENT_NODE) {
      const name = node.localName;
      if (name === "script" || name === "style") continue;
      if (!Object.hasOwn(ALLOWED, name)) {
        copy(node, to);
        continue;
      }
      const clean = document.createElement(name);
      for (const attribute of ALLOWED[name]) {
        const value = node.getAttribute(attribute);
        if (value !== null && (attribute !== "src" || IMAGE.test(value))) clean.setAttribute(attribute, value);
      }
      copy(node, clean);
      to.append(clean);
    }
  }
}

/** The words of sanitised HTML, for option elements and spoken names. */
export function words(html) {
  const holder = document.createElement("div");
  holder.append(fragment(html));
  for (const picture of holder.querySelectorAll("img")) picture.replaceWith(picture.alt || "🖼");
  return holder.textContent.replace(/\s+/g, " ").trim();
}

/** The stem as a block with a stable id, so that groups can name it; wide tables scroll on their own. */
export function stemBlock(item) {
  const block = el("div", { class: "question__stem", id: `${item.name}-stem` }, fragment(item.stem));
  for (const table of block.querySelectorAll("table")) {
    const holder = el("div", { class: "item-scroll", tabindex: "0", role: "region", "aria-label": t("table") });
    table.replaceWith(holder);
    holder.append(table);
  }
  return block;
}

/** `entries` in the order of `order`; ids that it does not name keep their place at the end. */
export function inOrder(entries, order) {
  if (!Array.isArray(order) || !order.length) return entries.slice();
  const place = new Map(order.map((id, index) => [id, index]));
  const end = order.length;
  return entries
    .map((entry, index) => ({ entry, index }))
    .sort((a, b) => (place.get(a.entry.id) ?? end) - (place.get(b.entry.id) ?? end) || a.index - b.index)
    .map(({ entry }) => entry);
}

export const LETTERS = "ABCDEFGHIJKLMN";

const WORDS = {
  zh: {
    table: "表格，可左右滚动",
    choose_one: "选择一项",
    choose_many: "可选多项",
    clear: "清除选择",
    right: "正确",
    wrong: "错误",
    judge: "判断这句话",
    blank: (n) => `第 ${n} 空`,
    answer: "答案",
    not_number: "这里需要填写一个数；现在的内容无法读作数值。",
    match_for: (text) => `“${text}”对应`,
    choose: "请选择",
    up: (text) => `上移：${text}`,
    down: (text) => `下移：${text}`,
    up_short: "上移",
    down_short: "下移",
    moved: (text, place, count) => `${text}：第 ${place} 位，共 ${count} 位`,
    order_help: "用“上移”“下移”按钮，或选中一项后按 Alt+↑ / Alt+↓ 调整次序，也可以拖动。",
    order_untouched: "尚未作答。如果现在的次序就是答案，请按“就按此次序”。",
    order_keep: "就按此次序",
    order_done: "已按下列次序作答。",
    your_answer: "作答",
    count: (used, most) => `${used} / ${most} 字`,
    over: (by) => `，超出 ${by} 字`,
    missing: "此题型无法在这里显示。请联系监考人员。",
    put_into: (text) => `“${text}”归入`,
  },
  en: {
    table: "Table, scrolls sideways",
    choose_one: "Choose one",
    choose_many: "Choose all that apply",
    clear: "Clear choice",
    right: "True",
    wrong: "False",
    judge: "Judge the statement",
    blank: (n) => `Blank ${n}`,
    answer: "Answer",
    not_number: "A number is expected here; what is written cannot be read as one.",
    match_for: (text) => `Match for “${text}”`,
    choose: "Choose",
    up: (text) => `Move up: ${text}`,
    down: (text) => `Move down: ${text}`,
    up_short: "Up",
    down_short: "Down",
    moved: (text, place, count) => `${text}: place ${place} of ${count}`,
    order_help: "Use the up and down buttons, or focus an entry and press Alt+↑ / Alt+↓; dragging works too.",
    order_untouched: "Not answered yet. If this order is your answer, press “Keep this order”.",
    order_keep: "Keep this order",
    order_done: "Answered with the order below.",
    your_answer: "Your answer",
    count: (used, most) => `${used} / ${most} characters`,
    over: (by) => `, ${by} over`,
    missing: "This kind of item cannot be shown here. Please ask the invigilator.",
    put_into: (text) => `Category of “${text}”`,
  },
};

/** A word of the interface in the page's language. */
export function t(name, ...values) {
  const language = document.documentElement.lang.startsWith("en") ? "en" : "zh";
  const word = WORDS[language][name];
  return typeof word === "function" ? word(...values) : word;
}
