// Reports to look at, the rules, and the answer form.

import { el } from "../../kinds/dom.js";
import { evaluate } from "./calculator.js";
import { choice, clearErrors, field, heading, list } from "./ui.js";

const REASONS = { quality: "质量问题", size: "尺码描述不符", late: "物流延误", other: "其他", damaged: "破损" };
const day = 86400000;

function rowsOf(view) {
  const { columns, rows } = view.report;
  return rows.map((cells) => {
    const row = Object.fromEntries(columns.map((name, index) => [name, cells[index]]));
    row.days = row.shipped_on && row.delivered_on ? (Date.parse(row.delivered_on) - Date.parse(row.shipped_on)) / day : null;
    row.promise = Number(view.shop.params[`promise_${row.country}`]) || null;
    row.late_ship = Boolean(row.shipped_on && row.ship_by && row.shipped_on > row.ship_by);
    row.late_arrival = row.days !== null && row.promise !== null && row.days > row.promise;
    return row;
  });
}

const GROUPS = {
  country: ["国家", (row, view) => view.words.countries[row.country]],
  sku: ["SKU", (row) => row.sku],
  carrier: ["物流商", (row, view) => view.words.carriers[row.carrier]],
  lane: ["国家与物流商", (row, view) => `${view.words.countries[row.country]} · ${view.words.carriers[row.carrier]}`],
  period: ["期间", (row) => row.period],
  status: ["状态", (row, view) => view.words.status[row.status]],
  refund_reason: ["退款原因", (row) => (row.refund === "0" || Number(row.refund) === 0 ? "无退款" : (REASONS[row.refund_reason] ?? "未注明"))],
};

export function report(context) {
  const { view } = context;
  const { words } = view;
  if (!context.report) context.report = rowsOf(view);
  const settings = context.settings.get("report") ?? { group: "", period: "", country: "", sku: "", status: "" };
  context.settings.set("report", settings);
  const values = (name) => [...new Set(context.report.map((row) => row[name]))].sort();
  const set = (name) => (value) => {
    settings[name] = value;
    context.render();
  };
  const pick = (name, label, options) => (options.length > 1 ? choice(`${context.prefix}-rep-${name}`, label, options, settings[name], set(name)) : null);
  const rows = context.report.filter((row) => ["period", "country", "sku", "status"].every((name) => !settings[name] || row[name] === settings[name]));
  const group = el(
    "select",
    { class: "input wb-choice", id: `${context.prefix}-rep-group`, "aria-label": "查看方式", on: { change: () => set("group")(group.value) } },
    el("option", { value: "" }, "订单明细"),
    ...Object.entries(GROUPS).map(([code, [label]]) => el("option", { value: code }, `按${label}汇总`)),
  );
  group.value = settings.group;
  return [
    heading("订单报告"),
    el(
      "div",
      { class: "wb-tools" },
      group,
      pick("period", "期间", values("period").map((code) => [code, code])),
      pick("country", "国家", values("country").map((code) => [code, words.countries[code]])),
      pick("sku", "SKU", values("sku").map((code) => [code, code])),
      pick("status", "状态", values("status").map((code) => [code, words.status[code]])),
      el("span", { class: "wb-tools__sum" }, `${rows.length} 单`),
    ),
    settings.group ? summary(context, rows, settings.group) : detail(context, rows),
    el("p", { class: "muted small" }, "销售额以美元计，运费以人民币计。汇总中的件数、销售额不含已取消订单；“已发货”含已完成。"),
  ];
}

function detail(context, rows) {
  const { view } = context;
  const columns = [
    { key: "number", label: "订单号", text: (row) => row.number },
    { key: "paid_on", label: "付款日期", text: (row) => row.paid_on },
    { key: "ship_by", label: "最晚发货", text: (row) => row.ship_by ?? "—" },
    { key: "shipped_on", label: "发货日期", text: (row) => row.shipped_on ?? "—" },
    { key: "delivered_on", label: "妥投日期", text: (row) => row.delivered_on ?? "—" },
    { key: "country", label: "国家", text: (row) => view.words.countries[row.country] },
    { key: "sku", label: "SKU", text: (row) => row.sku },
    { key: "qty", label: "件数", num: true, text: (row) => row.qty },
    { key: "amount", label: "销售额", num: true, text: (row) => row.amount },
    { key: "freight", label: "运费（元）", num: true, text: (row) => row.freight },
    { key: "carrier", label: "物流商", text: (row) => view.words.carriers[row.carrier] },
    { key: "status", label: "状态", text: (row) => view.words.status[row.status] },
    { key: "refund", label: "退款额", num: true, text: (row) => (Number(row.refund) ? row.refund : "—"), sort: (row) => row.refund },
  ];
  return list(context, { name: "report", caption: "订单明细", columns, rows, id: (row) => row.number + row.period, size: 25, stack: false });
}

function measures(rows) {
  const valid = rows.filter((row) => row.status !== "cancelled");
  const sent = rows.filter((row) => row.shipped_on);
  const arrived = rows.filter((row) => row.days !== null);
  const cents = (list, name) => list.reduce((sum, row) => sum + Math.round(Number(row[name]) * 100), 0) / 100;
  return {
    count: rows.length,
    cancelled: rows.length - valid.length,
    sent: sent.length,
    late_ship: sent.filter((row) => row.late_ship).length,
    qty: valid.reduce((sum, row) => sum + row.qty, 0),
    amount: cents(valid, "amount"),
    refunds: sent.filter((row) => Number(row.refund)).length,
    refund: cents(sent, "refund"),
    freight: cents(sent, "freight"),
    arrived: arrived.length,
    late_arrival: arrived.filter((row) => row.late_arrival).length,
    days: arrived.length ? arrived.reduce((sum, row) => sum + row.days, 0) / arrived.length : null,
  };
}

const MEASURES = [
  ["count", "订单数", (value) => String(value)],
  ["cancelled", "已取消", (value) => String(value)],
  ["sent", "已发货", (value) => String(value)],
  ["late_ship", "超时发货", (value) => String(value)],
  ["qty", "件数", (value) => String(value)],
  ["amount", "销售额", (value) => value.toFixed(2)],
  ["refunds", "退款单数", (value) => String(value)],
  ["refund", "退款额", (value) => value.toFixed(2)],
  ["freight", "运费（元）", (value) => value.toFixed(2)],
  ["arrived", "已妥投", (value) => String(value)],
  ["late_arrival", "超承诺天数", (value) => String(value)],
  ["days", "平均运输天数", (value) => (value === null ? "—" : value.toFixed(1))],
];

function summary(context, rows, group) {
  const [label, of] = GROUPS[group];
  const groups = new Map();
  for (const row of rows) {
    const key = of(row, context.view);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(row);
  }
  const data = [...groups.entries()].map(([key, members]) => ({ id: key, key, ...measures(members) })).sort((a, b) => a.key.localeCompare(b.key, "zh-Hans-CN"));
  const total = measures(rows);
  const shown = MEASURES.filter(([name]) => !(name === "late_arrival" && rows.every((row) => row.promise === null)) && !(["arrived", "days"].includes(name) && !total.arrived));
  const columns = [{ key: "key", label, text: (row) => row.key }, ...shown.map(([name, text, format]) => ({ key: name, label: text, num: true, text: (row) => format(row[name]), sort: (row) => row[name] ?? -1 }))];
  return list(context, { name: `report-${group}`, caption: `按${label}汇总`, columns, rows: data, search: false, size: 60, stack: false, foot: () => ["合计", ...shown.map(([name, , format]) => format(total[name]))] });
}

export function traffic(context) {
  const { view } = context;
  const columns = [
    { key: "period", label: "期间", text: (row) => row.period },
    { key: "country", label: "国家", text: (row) => view.words.countries[row.country] },
    { key: "visits", label: "访问量", num: true, text: (row) => row.visits },
    { key: "carts", label: "加购数", num: true, text: (row) => row.carts },
    { key: "orders", label: "订单数", num: true, text: (row) => row.orders },
    { key: "ads", label: "广告费（USD）", num: true, text: (row) => row.ad_cost },
  ];
  const filters = [{ key: "period", label: "期间", options: ["上期", "本期"].map((name) => [name, name]), of: (row) => row.period }];
  const sum = (rows, name) => rows.reduce((total, row) => total + Number(row[name]), 0);
  const foot = (rows) => ["合计", "", String(sum(rows, "visits")), String(sum(rows, "carts")), String(sum(rows, "orders")), sum(rows, "ad_cost").toFixed(2)];
  return [heading("流量与广告"), list(context, { name: "traffic", caption: "流量与广告", columns, rows: view.traffic, id: (row) => row.period + row.country, filters, search: false, stack: false, foot })];
}

export function supply(context) {
  const { view } = context;
  const columns = [
    { key: "number", label: "采购单", text: (row) => row.number },
    { key: "period", label: "期间", text: (row) => row.period },
    { key: "supplier", label: "供应商", text: (row) => row.supplier },
    { key: "sku", label: "SKU", text: (row) => row.sku },
    { key: "ordered", label: "下单日期", text: (row) => row.ordered_on },
    { key: "promised", label: "约定到货", text: (row) => row.promised_on },
    { key: "received", label: "实际到货", text: (row) => row.received_on },
    { key: "qty", label: "数量", num: true, text: (row) => row.qty },
    { key: "rejected", label: "不合格", num: true, text: (row) => row.rejected },
  ];
  const names = [...new Set(view.supply.map((row) => row.supplier))].sort();
  const filters = [
    { key: "period", label: "期间", options: ["上期", "本期"].map((name) => [name, name]), of: (row) => row.period },
    { key: "supplier", label: "供应商", options: names.map((name) => [name, name]), of: (row) => row.supplier },
  ];
  const sum = (rows, name) => String(rows.reduce((total, row) => total + Number(row[name]), 0));
  const foot = (rows) => ["合计", "", "", "", "", "", "", sum(rows, "qty"), sum(rows, "rejected")];
  return [heading("采购到货"), list(context, { name: "supply", caption: "采购到货", columns, rows: view.supply, id: (row) => row.number, filters, stack: false, foot })];
}

export function rules(context) {
  const groups = new Map();
  for (const rule of context.view.rules) groups.set(rule.group, [...(groups.get(rule.group) ?? []), rule]);
  return [
    heading("规则"),
    ...[...groups].map(([group, entries]) =>
      el("section", {}, el("h3", {}, group), el("dl", { class: "wb-rules" }, ...entries.flatMap((rule) => [el("dt", {}, el("span", { class: "tag" }, rule.id), ` ${rule.title}`), el("dd", {}, rule.text)]))),
    ),
  ];
}

export function answerForm(context) {
  const { view } = context;
  const groups = new Map();
  for (const entry of view.fields) groups.set(entry.group, [...(groups.get(entry.group) ?? []), entry]);
  return [
    heading("答题表"),
    el("p", { class: "muted small" }, "填写后离开输入框即自动提交，可以反复修改。"),
    ...[...groups].map(([group, entries]) => el("fieldset", { class: "wb-answers", "data-writes": true }, el("legend", {}, group), ...entries.map((entry) => one(context, entry)))),
    calculator(context),
  ];
}

function one(context, entry) {
  const saved = context.view.answers[entry.id] ?? "";
  const node = field(context, {
    key: `ans-${entry.id}`, name: entry.id, label: entry.label, kind: entry.kind === "choice" ? "select" : "number", unit: entry.unit, value: saved, options: entry.options,
    help: saved ? `已提交：${entry.options.find(([code]) => code === saved)?.[1] ?? saved}` : entry.hint,
    act: async (value, control) => {
      const holder = control.closest(".field");
      if (value.trim() === (context.view.answers[entry.id] ?? "")) return clearErrors(holder);
      const passed = await context.run([{ type: "answer", field: entry.id, value }], { form: holder, quiet: true });
      if (passed) {
        if (control.value === value) context.drafts.delete(control.id);
        holder.querySelector(".field__help").textContent = value.trim() ? `已提交：${context.view.answers[entry.id] ?? ""}` : entry.hint;
      }
    },
  });
  node.classList.add("wb-answer");
  if (entry.kind !== "choice") saveWhileTyping(node.querySelector("input"));
  return node;
}

/** A figure that stands still for a moment is handed in, so that running out of time can't lose it. */
function saveWhileTyping(control) {
  let timer = 0;
  control.addEventListener("input", () => {
    clearTimeout(timer);
    const typed = control.value;
    timer = setTimeout(() => {
      if (control.isConnected && control.value === typed && /^-?\d+(\.\d+)?%?$/.test(typed.trim())) control.dispatchEvent(new Event("change"));
    }, 1200);
  });
  control.addEventListener("change", () => clearTimeout(timer));
}

function calculator(context) {
  const id = `${context.prefix}-calc`;
  const result = el("output", { for: id, class: "wb-calc__result", "aria-live": "polite" });
  const box = el("input", { class: "input", id, type: "text", maxlength: 300, autocomplete: "off", spellcheck: "false", placeholder: "例如 (1280.5 - 36) / 72", on: { input: work } });
  box.value = context.drafts.get(id) ?? "";
  function work() {
    context.drafts.set(id, box.value);
    const value = evaluate(box.value);
    result.textContent = Number.isFinite(value) ? `= ${Number(value.toPrecision(12))}` : "";
  }
  work();
  return el("div", { class: "wb-calc" }, el("label", { class: "field__label", for: id }, "算式（只供自己计算，不提交）"), box, result);
}
