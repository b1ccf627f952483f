// 订单处理后台: the screen of the orders workbench.
//
//   const bench = mount(element, { view, brief, asks, send, readOnly });
//   bench.update(view); bench.destroy();
//
// `view` is the server's public view; `send(command)` resolves to {view} (merged over the old one) or {refusal}.
// All rules live on the server: this page shows, asks and reports.

import { el, fragment } from "../kinds/dom.js";
import { PAGES } from "./orders/pages.js";
import { taskPanel } from "./orders/task.js";
import { clearErrors, showRefusal } from "./orders/ui.js";

let serial = 0;

/** Set up the back office in `element`. Returns a handle with `update`, `go`, `focus` and `destroy`. */
export function mount(element, { view, brief = "", asks = [], send = null, readOnly = false }) {
  const prefix = `wb${++serial}`;
  const pages = PAGES.filter((page) => page.needs.some((feature) => view.features.includes(feature)));
  const context = {
    view,
    prefix,
    readOnly: readOnly || !send,
    page: pages[0].name,
    arg: null,
    settings: new Map(), // filters, sort orders and pages of lists, by list
    drafts: new Map(), // what is typed and not yet sent, by field
    picked: new Map(), // ticked rows, by list
    go,
    run,
    render,
  };

  const waiting = new Set();
  let turn = Promise.resolve();
  const nav = el("nav", { class: "wb__nav", "aria-label": "后台导航" });
  const notice = el("div", { class: "wb__notice", role: "alert" });
  const main = el("div", { class: "wb__page", tabindex: "-1", id: `${prefix}-page` });
  const task = taskPanel(context, fragment(brief), asks.map(fragment));
  const question = el("p", {});
  const dialog = el(
    "dialog",
    { class: "wb-dialog", "aria-label": "请确认" },
    el("form", { method: "dialog" }, question, el("div", { class: "wb-form__foot" }, el("button", { class: "btn btn--primary btn--small", value: "yes" }, "确定"), el("button", { class: "btn btn--small", value: "no" }, "再想想"))),
  );
  const root = el(
    "div",
    { class: "wb" },
    el(
      "div",
      { class: "wb__bar" },
      el("strong", { class: "wb__shop" }, view.shop.name),
      el("span", { class: "wb__platform" }, `${view.shop.platform} · 卖家后台`),
      el("span", { class: "wb__now" }, `模拟日期 ${view.now.slice(0, 10)}`),
      task.toggle,
    ),
    el("div", { class: "wb__body" }, nav, el("div", { class: "wb__main" }, notice, main), task.panel),
    dialog,
  );
  element.replaceChildren(root);
  render();

  function go(page, arg = null) {
    context.page = page;
    context.arg = arg;
    notice.replaceChildren();
    render();
    main.focus({ preventScroll: true });
    if (root.getBoundingClientRect().top < 0) root.scrollIntoView();
  }

  function render() {
    const held = document.activeElement?.id;
    const caret = document.activeElement?.selectionStart;
    drawNav();
    const page = pages.find((entry) => entry.name === context.page) ?? pages[0];
    main.replaceChildren(...[page.draw(context)].flat().filter(Boolean));
    if (context.readOnly) {
      for (const control of main.querySelectorAll("[data-writes] :is(button, input, select, textarea), button[data-writes]")) control.disabled = true;
    }
    if (held && held.startsWith(prefix)) {
      const again = document.getElementById(held);
      again?.focus({ preventScroll: true });
      if (caret !== undefined && caret !== null && again?.setSelectionRange && /^(text|search)$/.test(again.type)) again.setSelectionRange(caret, caret);
    }
  }

  function drawNav() {
    nav.replaceChildren(
      ...pages.map((page) => {
        const waiting = page.count?.(context.view) ?? 0;
        return el(
          "button",
          {
            type: "button",
            class: "wb__tab",
            id: `${prefix}-nav-${page.name}`,
            "aria-current": page.name === context.page ? "page" : false,
            on: { click: () => go(page.name) },
          },
          el("span", {}, page.label),
          waiting ? el("span", { class: "count", "aria-label": `${waiting} 项` }, String(waiting)) : null,
        );
      }),
    );
  }

  /** Ask before what can't be undone. */
  function confirmed(text) {
    question.textContent = text;
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise((answer) => dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true }));
  }

  /** Send commands after those under way. Refusals go to the form's field, or to the notice line. True if all passed. */
  async function run(commands, options = {}) {
    if (context.readOnly) return false;
    if (options.ask && !(await confirmed(options.ask))) return false;
    const words = JSON.stringify(commands);
    if (waiting.has(words)) return false; // a second click on the same button
    waiting.add(words);
    const mine = turn.then(() => perform(commands, options)).finally(() => waiting.delete(words));
    turn = mine.catch(() => false);
    return mine;
  }

  async function perform(commands, { form = null, done = null, quiet = false }) {
    root.setAttribute("aria-busy", "true");
    if (form) clearErrors(form);
    notice.replaceChildren();
    const refused = [];
    let passed = 0;
    try {
      for (const command of commands) {
        const result = await send(command);
        if (result.refusal) {
          refused.push([command, result.refusal]);
          if (commands.length === 1 || form) break;
        } else {
          passed += 1;
          context.view = { ...context.view, ...result.view };
        }
      }
    } catch (error) {
      say("danger", "操作没有送达服务器，请稍后重试。", String(error?.message ?? ""));
      return false;
    } finally {
      root.removeAttribute("aria-busy");
    }
    if (refused.length && form) {
      showRefusal(form, refused[0][1]);
      if (passed) render();
      return false;
    }
    if (!refused.length && done) done();
    if (!quiet || refused.length) render();
    else drawNav();
    for (const [, refusal] of refused) say("danger", refusal.message, refusal.hint);
    if (commands.length > 1) say(refused.length ? "warn" : "success", `批量操作：成功 ${passed} 项，被拒绝 ${refused.length} 项。`, "");
    return refused.length === 0;
  }

  function say(tone, text, hint) {
    notice.append(el("p", { class: "wb-note", "data-tone": tone }, text, hint ? el("span", { class: "wb-note__hint" }, hint) : null));
  }

  return {
    update(next) {
      context.view = { ...context.view, ...next };
      render();
    },
    go,
    focus: () => main.focus(),
    destroy: () => element.replaceChildren(),
  };
}

/** The contract of item kinds: a preview without a world shows what is asked; with `content.view` it shows the world. */
export function render(element, item, onChange = () => {}) {
  const asks = item.content.asks ?? [];
  if (item.content.view) {
    return mount(element, { view: item.content.view, brief: item.stem, asks, send: item.send ?? null, readOnly: item.disabled });
  }
  element.append(
    el("div", { class: "question__stem" }, fragment(item.stem)),
    el("ol", { class: "wb-asks-plain" }, ...asks.map((ask) => el("li", {}, fragment(ask)))),
  );
  void onChange;
  return {};
}
