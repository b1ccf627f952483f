// The task statement at hand, with the candidate's own ticks. Ticks are notes, never judged.

import { el } from "../../kinds/dom.js";

/** Panel and toggle; `asks` are nodes. */
export function taskPanel(context, brief, asks) {
  const id = `${context.prefix}-task`;
  const done = new Set();
  const sum = el("span", { class: "count" });
  const close = el("button", { type: "button", class: "btn btn--quiet btn--small", on: { click: () => set(false) } }, "收起");
  const panel = el(
    "aside",
    { class: "wb__task", id, "aria-label": "任务说明" },
    el("div", { class: "wb__task-head" }, el("h2", {}, "任务说明"), close),
    el("div", { class: "wb__brief" }, brief),
    asks.length ? el("h3", {}, "要做的事") : null,
    el("ul", { class: "wb__asks" }, ...asks.map(row)),
    asks.length ? el("p", { class: "wb__task-note" }, "勾选只供自己记录进度，不影响得分。") : null,
  );
  const toggle = el("button", {
    type: "button", class: "btn btn--small wb__toggle", id: `${id}-toggle`, "aria-controls": id, "aria-expanded": "true",
    on: { click: () => set(panel.hidden) },
  }, "任务说明 ", sum);
  count();
  if (globalThis.matchMedia?.("(max-width: 64rem)").matches) set(false);

  function row(ask, index) {
    const box = el("input", { type: "checkbox", id: `${id}-${index}`, on: { change: () => tick(index, box.checked) } });
    return el("li", {}, el("label", { class: "check", for: box.id }, box, el("span", {}, ask)));
  }
  function tick(index, on) {
    if (on) done.add(index);
    else done.delete(index);
    count();
  }
  function count() {
    sum.textContent = `${done.size} / ${asks.length}`;
  }
  function set(open) {
    panel.hidden = !open;
    toggle.setAttribute("aria-expanded", String(open));
    toggle.closest(".wb")?.classList.toggle("wb--wide", !open);
    if (open && document.activeElement === toggle) panel.querySelector("input")?.focus({ preventScroll: true });
    if (!open && panel.contains(document.activeElement)) toggle.focus();
  }
  return { panel, toggle };
}
