// 排序: up and down buttons, Alt+arrow keys, and dragging for those who like it. The first order shown is not an
// answer until the candidate moves something or says so.
import { el, fragment, inOrder, stemBlock, t, words } from "./dom.js";

export function render(element, item, onChange) {
  const given = item.response?.order?.length ? item.response.order : item.order;
  let answered = Boolean(item.response?.order?.length);
  let dragged = null;
  const rows = inOrder(item.content.entries, given).map(row);
  const list = el("ol", { class: "order", role: "list", "aria-labelledby": `${item.name}-stem` }, ...rows);
  const status = el("p", { class: "item-status", role: "status" });
  const spoken = el("p", { class: "sr-only", "aria-live": "assertive" });
  const keep = el("button", { type: "button", class: "btn btn--small", on: { click: () => commit() } }, t("order_keep"));
  const foot = el("div", { class: "order__foot" }, status, keep);

  function row(entry) {
    const text = words(entry.text);
    const up = button("↑", "up_short", t("up", text), () => move(line, -1, up));
    const down = button("↓", "down_short", t("down", text), () => move(line, 1, down));
    const line = el(
      "li",
      {
        class: "order__row", tabindex: item.disabled ? null : "0", draggable: item.disabled ? null : "true", "data-entry": entry.id,
        on: {
          keydown(event) {
            const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
            if (!by || !event.altKey || item.disabled) return;
            event.preventDefault();
            move(line, by, event.target);
          },
          dragstart(event) {
            dragged = line;
            event.dataTransfer.effectAllowed = "move";
            event.dataTransfer.setData("text/plain", entry.id);
            line.classList.add("is-dragged");
          },
          dragend() {
            dragged?.classList.remove("is-dragged");
            dragged = null;
          },
          dragover(event) {
            if (!dragged || dragged === line) return;
            event.preventDefault();
            const box = line.getBoundingClientRect();
            line[event.clientY < box.top + box.height / 2 ? "before" : "after"](dragged);
          },
          drop(event) {
            event.preventDefault();
            commit();
          },
        },
      },
      el("span", { class: "order__place", "aria-hidden": "true" }),
      el("span", { class: "order__text" }, fragment(entry.text)),
      el("span", { class: "order__moves" }, up, down),
    );
    line.label = text;
    return line;
  }
  function button(sign, label, spokenName, act) {
    return el(
      "button",
      { type: "button", class: "btn btn--small order__move", "aria-label": spokenName, title: t(label), disabled: item.disabled, on: { click: act } },
      sign,
    );
  }
  function move(line, by, focus) {
    const other = by < 0 ? line.previousElementSibling : line.nextElementSibling;
    if (!other) return;
    other[by < 0 ? "before" : "after"](line);
    commit();
    (focus.disabled ? line : focus).focus();
    const place = [...list.children].indexOf(line) + 1;
    spoken.textContent = t("moved", line.label, place, list.children.length);
  }
  function commit() {
    answered = true;
    show();
    onChange({ order: [...list.children].map((line) => line.dataset.entry) });
  }
  function show() {
    const lines = [...list.children];
    lines.forEach((line, index) => {
      line.querySelector(".order__place").textContent = String(index + 1);
      const [up, down] = line.querySelectorAll(".order__move");
      up.disabled = item.disabled || index === 0;
      down.disabled = item.disabled || index === lines.length - 1;
    });
    status.textContent = answered ? t("order_done") : t("order_untouched");
    keep.hidden = answered || item.disabled;
  }

  element.append(
    stemBlock(item),
    el("div", { class: "item-answer" }, el("p", { class: "item-hint" }, t("order_help")), foot, list, spoken),
  );
  show();
  return { focus: () => list.querySelector(".order__row")?.focus() };
}
