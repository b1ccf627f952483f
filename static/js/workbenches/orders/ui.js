// Lists with search, filters, sorting and ticks; forms whose fields show the marketplace's refusals.

import { el } from "../../kinds/dom.js";

const TONES = {
  unpaid: "neutral", review: "warn", to_ship: "accent", exception: "danger", shipped: "success", completed: "success", cancelled: "neutral",
  open: "warn", decided: "success", accepted: "success", declined: "neutral",
};

export function badge(state, label) {
  return el("span", { class: "badge", "data-tone": TONES[state] ?? "neutral" }, label);
}

export function money(amount, currency) {
  return `${amount} ${currency}`;
}

export function when(iso) {
  return iso ? iso.slice(0, 16).replace("T", " ") : "—";
}

export function heading(title, ...actions) {
  return el("div", { class: "wb-head" }, el("h2", {}, title), el("div", { class: "wb-head__actions" }, ...actions.filter(Boolean)));
}

export function facts(pairs) {
  return el("dl", { class: "wb-facts" }, ...pairs.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, ...[value].flat())]));
}

export function button(text, act, { tone = "", small = true, writes = false, id = null, label = null } = {}) {
  return el("button", {
    type: "button", class: `btn${small ? " btn--small" : ""}${tone ? ` btn--${tone}` : ""}`, id, "aria-label": label, "data-writes": writes, on: { click: act },
  }, text);
}

/** A labelled control. kind: text, number, textarea, select (options: [[value, text], …]). Drafts survive redrawing. */
export function field(context, { key, name, label, kind = "text", value = "", options = [], help = "", need = false, act = null, unit = "" }) {
  const id = `${context.prefix}-${key}`;
  const shared = {
    id, name, required: need, "aria-describedby": `${id}-help ${id}-error`, autocomplete: "off",
    on: {
      input: (event) => context.drafts.set(id, event.target.value),
      ...(act ? { change: (event) => act(event.target.value, event.target) } : {}),
    },
  };
  let control;
  if (kind === "select") {
    control = el("select", { ...shared, class: "input" }, el("option", { value: "" }, "请选择"), ...options.map(([code, text]) => el("option", { value: code }, text)));
  } else if (kind === "textarea") {
    control = el("textarea", { ...shared, class: "input", rows: 4, maxlength: 2000 });
  } else {
    control = el("input", { ...shared, class: "input", type: "text", inputmode: kind === "number" ? "decimal" : null, maxlength: 200, spellcheck: "false" });
  }
  control.value = context.drafts.has(id) ? context.drafts.get(id) : (value ?? "");
  return el(
    "div",
    { class: "field" },
    el("label", { class: "field__label", for: id }, label),
    unit ? el("div", { class: "with-unit" }, control, el("span", { class: "item-unit" }, unit)) : control,
    el("span", { class: "field__help", id: `${id}-help` }, help),
    el("span", { class: "field__error", id: `${id}-error`, "data-error": name }),
  );
}

/** A form of fields; `submit(values, form)` gets what was typed. */
export function form(context, { fields, text, submit, tone = "primary", extra = [] }) {
  const node = el(
    "form",
    {
      class: "wb-form", novalidate: true, "data-writes": true,
      on: {
        submit: (event) => {
          event.preventDefault();
          const values = Object.fromEntries([...new FormData(node)].map(([name, value]) => [name, String(value)]));
          submit(values, node);
        },
      },
    },
    ...fields,
    el("p", { class: "field__error wb-form__error", role: "alert", "data-form-error": true }),
    el("div", { class: "wb-form__foot" }, el("button", { class: `btn btn--small btn--${tone}` }, text), ...extra),
  );
  return node;
}

/** Forget what was typed in `node`, after it was accepted. */
export function forget(context, node) {
  for (const control of node.querySelectorAll("input, select, textarea")) context.drafts.delete(control.id);
}

export function clearErrors(node) {
  for (const control of node.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
  for (const error of node.querySelectorAll("[data-error], [data-form-error]")) error.replaceChildren();
}

/** Put a refusal at its field, or at the foot of the form. */
export function showRefusal(node, refusal) {
  const control = refusal.field ? node.querySelector(`[name="${CSS.escape(refusal.field)}"]`) : null;
  const place = control ? node.querySelector(`[data-error="${CSS.escape(refusal.field)}"]`) : node.querySelector("[data-form-error]");
  if (control) {
    control.setAttribute("aria-invalid", "true");
    control.focus();
  }
  place?.replaceChildren(refusal.message, refusal.hint ? el("span", { class: "wb-note__hint" }, refusal.hint) : "");
}

function remembered(context, list, fallback) {
  const key = `list:${list}`;
  if (!context.settings.has(key)) context.settings.set(key, { search: "", filters: {}, sort: "", down: false, page: 1, ...fallback });
  return context.settings.get(key);
}

/**
 * A list. columns: [{key, label, num?, text(row), node?(row), sort?(row)}]; filters: [{key, label, options, of(row)}];
 * bulk: [{text, tone?, act(rows)}]; foot: cells of a sum row from the rows shown.
 */
export function list(context, spec) {
  const { name, caption, columns, rows, filters = [], bulk = [], stack = true, id = (row) => row.id, tone = null, size = 20, search = true, foot = null, empty = "没有符合条件的记录。" } = spec;
  const settings = remembered(context, name, spec.start ?? {});
  const picked = context.picked.get(name) ?? new Set();
  context.picked.set(name, picked);
  const words = settings.search.trim().toLowerCase();
  let shown = rows.filter((row) => filters.every((filter) => !settings.filters[filter.key] || String(filter.of(row)) === settings.filters[filter.key]));
  if (words) shown = shown.filter((row) => columns.some((column) => String(column.text(row)).toLowerCase().includes(words)));
  const sorted = columns.find((column) => column.key === settings.sort);
  if (sorted) {
    const value = sorted.sort ?? sorted.text;
    shown = [...shown].sort((a, b) => compare(value(a), value(b)) * (settings.down ? -1 : 1));
  }
  const pages = Math.max(1, Math.ceil(shown.length / size));
  settings.page = Math.min(settings.page, pages);
  const part = shown.slice((settings.page - 1) * size, settings.page * size);
  const key = `${context.prefix}-${name}`;
  const can = bulk.length && !context.readOnly;

  return el(
    "div",
    { class: "wb-list" },
    search || filters.length ? toolbar() : null,
    can ? el("div", { class: "wb-bulk", "data-writes": true }, el("span", {}, `已选 ${picked.size} 项`), ...bulk.map((entry) => button(entry.text, () => entry.act(rows.filter((row) => picked.has(id(row)))), { tone: entry.tone, id: `${key}-bulk-${entry.text}` }))) : null,
    part.length
      ? el("div", { class: "table-wrap wb-scroll", tabindex: "0", role: "region", "aria-label": `${caption}，可左右滚动` }, table())
      : el("p", { class: "wb-empty" }, empty),
    pages > 1 ? pager() : null,
  );

  function toolbar() {
    return el(
      "div",
      { class: "wb-tools", role: "search" },
      search ? el("input", { class: "input wb-tools__search", type: "search", id: `${key}-search`, "aria-label": `搜索${caption}`, placeholder: "搜索", value: settings.search, on: { input: (event) => event.isComposing || change({ search: event.target.value }), compositionend: (event) => change({ search: event.target.value }) } }) : null,
      ...filters.map((filter) =>
        choice(`${key}-f-${filter.key}`, filter.label, filter.options, settings.filters[filter.key] ?? "", (value) => change({ filters: { ...settings.filters, [filter.key]: value } })),
      ),
      el("span", { class: "wb-tools__sum" }, `共 ${shown.length} 条`),
    );
  }

  function table() {
    return el(
      "table",
      { class: `table table--dense${stack ? " table--stack" : ""}` },
      el("caption", { class: "sr-only" }, caption),
      el("thead", {}, el("tr", {}, can ? el("th", { class: "tick", scope: "col" }, all()) : null, ...columns.map(head))),
      el("tbody", {}, ...part.map(line)),
      foot ? el("tfoot", {}, el("tr", {}, ...foot(shown).map((text, index) => el(index ? "td" : "th", { class: columns[index]?.num ? "num" : null }, text)))) : null,
    );
  }

  function all() {
    const box = el("input", { type: "checkbox", id: `${key}-all`, "aria-label": "全选本页", on: { change: () => { for (const row of part) mark(row, box.checked); context.render(); } } });
    box.checked = part.every((row) => picked.has(id(row)));
    return box;
  }

  function head(column) {
    const on = settings.sort === column.key;
    const act = () => change({ sort: column.key, down: on && !settings.down });
    return el(
      "th",
      { scope: "col", class: column.num ? "num" : null, "aria-sort": on ? (settings.down ? "descending" : "ascending") : null },
      column.fixed ? column.label : el("button", { type: "button", class: "wb-sort", id: `${key}-s-${column.key}`, on: { click: act } }, column.label, on ? (settings.down ? " ↓" : " ↑") : ""),
    );
  }

  function line(row) {
    const box = can ? el("input", { type: "checkbox", id: `${key}-t-${id(row)}`, "aria-label": `选择 ${id(row)}`, on: { change: () => { mark(row, box.checked); context.render(); } } }) : null;
    if (box) box.checked = picked.has(id(row));
    return el(
      "tr",
      { "data-tone": tone?.(row) || null, class: picked.has(id(row)) ? "is-selected" : null },
      box ? el("td", { class: "tick" }, box) : null,
      ...columns.map((column) => el("td", { "data-label": column.label, class: column.num ? "num" : column.wide ? "wide" : null }, ...[column.node ? column.node(row) : column.text(row)].flat())),
    );
  }

  function mark(row, on) {
    if (on) picked.add(id(row));
    else picked.delete(id(row));
  }

  function pager() {
    return el(
      "div",
      { class: "wb-pager" },
      button("上一页", () => change({ page: Math.max(1, settings.page - 1) }, true), { id: `${key}-prev` }),
      el("span", {}, `第 ${settings.page} / ${pages} 页`),
      button("下一页", () => change({ page: Math.min(pages, settings.page + 1) }, true), { id: `${key}-next` }),
    );
  }

  function change(next, keep = false) {
    Object.assign(settings, keep ? {} : { page: 1 }, next);
    context.render();
  }
}

/** A small select for filters. */
export function choice(id, label, options, value, act) {
  const control = el("select", { class: "input wb-choice", id, "aria-label": label, on: { change: () => act(control.value) } }, el("option", { value: "" }, `${label}：全部`), ...options.map(([code, text]) => el("option", { value: code }, text)));
  control.value = value;
  return control;
}

/** Open a fresh list with these filters. */
export function preset(context, name, filters) {
  context.settings.set(`list:${name}`, { search: "", filters, sort: "", down: false, page: 1 });
}

function compare(a, b) {
  const [x, y] = [Number(a), Number(b)];
  if (a !== "" && b !== "" && Number.isFinite(x) && Number.isFinite(y)) return x - y;
  return String(a).localeCompare(String(b), "zh-Hans-CN", { numeric: true });
}
