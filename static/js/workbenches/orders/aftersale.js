// Claims, messages and the carrier file.

import { el } from "../../kinds/dom.js";
import { link } from "./orders.js";
import { badge, button, facts, field, forget, form, heading, list, money, when } from "./ui.js";

const CASE_STATES = { open: "待处理", decided: "已处理" };
const REQUEST_STATES = { open: "待处理", accepted: "已同意", declined: "已拒绝" };

const orderOf = (view, number) => view.orders.find((order) => order.number === number);

export function cases(context) {
  const { view, arg } = context;
  const entry = arg && view.cases.find((found) => found.id === arg);
  if (entry) return oneCase(context, entry);
  const columns = [
    { key: "id", label: "申请号", text: (row) => row.id, node: (row) => button(row.id, () => context.go("cases", row.id), { tone: "quiet", id: `${context.prefix}-case-${row.id}`, label: `打开申请 ${row.id}` }) },
    { key: "status", label: "状态", text: (row) => CASE_STATES[row.status], node: (row) => badge(row.status, CASE_STATES[row.status]) },
    { key: "order", label: "订单号", text: (row) => row.order },
    { key: "claim", label: "原因", text: (row) => view.words.claims[row.claim] },
    { key: "asked", label: "申请金额", num: true, text: (row) => money(row.asked, orderOf(view, row.order).currency), sort: (row) => row.asked },
    { key: "decide_by", label: "处理期限", text: (row) => when(row.decide_by) },
    { key: "decision", label: "处理结果", text: (row) => (row.decision ? `${view.words.decisions[row.decision]}${row.amount ? ` ${row.amount}` : ""}` : "—") },
  ];
  const filters = [{ key: "status", label: "状态", options: Object.entries(CASE_STATES), of: (row) => row.status }];
  return [heading("退款售后"), list(context, { name: "cases", caption: "退款申请", columns, rows: view.cases, filters })];
}

function oneCase(context, entry) {
  const { view } = context;
  const { words } = view;
  const order = orderOf(view, entry.order);
  const next = view.cases.find((other) => other.status === "open" && other.id !== entry.id);
  return [
    el("div", { class: "wb-back" }, button("← 返回申请列表", () => context.go("cases"), { tone: "quiet", id: `${context.prefix}-back` }), next ? button(`下一个待处理 ${next.id} →`, () => context.go("cases", next.id), { tone: "quiet", id: `${context.prefix}-next` }) : null),
    heading(`退款申请 ${entry.id}`, badge(entry.status, CASE_STATES[entry.status])),
    el(
      "div",
      { class: "wb-cols" },
      el(
        "section",
        {},
        el("h3", {}, "申请"),
        facts([
          ["类型", entry.kind === "return_refund" ? "退货退款" : "仅退款"],
          ["原因", words.claims[entry.claim]],
          ["申请金额", money(entry.asked, order.currency)],
          ["申请时间", when(entry.opened_at)],
          ["处理期限", when(entry.decide_by)],
          ["买家说明", el("q", { lang: "en" }, entry.text)],
          ["凭证", entry.evidence.length ? el("ul", { class: "wb-evidence" }, ...entry.evidence.map((item) => el("li", {}, item.text))) : "无"],
        ]),
      ),
      el(
        "section",
        {},
        el("h3", {}, "订单"),
        facts([
          ["订单号", link(context, order)],
          ["状态", words.status[order.status]],
          ["收件", `${order.address.city}，${words.countries[order.address.country]}`],
          ["商品", order.lines.map((line) => el("div", {}, `${line.sku} ${line.unit_price} × ${line.qty}`))],
          ["运费", money(order.shipping_fee, order.currency)],
          ["实付", money(order.total, order.currency)],
          ["发货时间", when(order.shipped_at)],
        ]),
      ),
    ),
    el("section", {}, el("h3", {}, "物流轨迹"), order.events.length ? el("ol", { class: "wb-track" }, ...order.events.map((event) => el("li", {}, el("time", {}, when(event.at)), ` ${event.place} · ${event.text}`))) : el("p", { class: "muted" }, "没有物流信息。")),
    entry.status === "open" ? decision(context, entry, order) : outcome(entry, order, words),
  ];
}

function outcome(entry, order, words) {
  return el(
    "section",
    {},
    el("h3", {}, "处理结果"),
    facts([["决定", words.decisions[entry.decision]], ["金额", entry.amount ? money(entry.amount, order.currency) : "—"], ["原因", words.refund_reasons[entry.reason]]]),
  );
}

function decision(context, entry, order) {
  const { words } = context.view;
  const node = form(context, {
    fields: [
      field(context, { key: `dec-${entry.id}`, name: "decision", label: "决定", kind: "select", options: Object.entries(words.decisions), need: true }),
      field(context, { key: `amt-${entry.id}`, name: "amount", label: "退款金额", kind: "number", unit: order.currency, help: "部分退款和退货退款时填写。" }),
      field(context, { key: `rea-${entry.id}`, name: "reason", label: "原因", kind: "select", options: Object.entries(words.refund_reasons), need: true }),
    ],
    text: "提交决定",
    submit: (values, form) => {
      const command = { type: "decide_refund", case: entry.id, decision: values.decision, reason: values.reason || "-" };
      if (!values.decision) return context.run([{ ...command, decision: "refuse", reason: "-" }], { form });
      const amount = values.amount.trim();
      if (amount && (values.decision === "partial" || values.decision === "return")) command.amount = /^\d+(\.\d+)?$/.test(amount) ? amount : "-1";
      const amountNote = command.amount ? ` ${command.amount} ${order.currency}` : "";
      return context.run([command], { form, ask: `${entry.id}：${words.decisions[values.decision]}${amountNote}？提交后不能更改。`, done: () => forget(context, form) });
    },
  });
  return el("section", {}, el("h3", {}, "处理"), el("p", { class: "muted small" }, "决定提交后不能更改。"), node);
}

export function messages(context) {
  const { view, arg } = context;
  const message = arg && view.messages.find((entry) => entry.id === arg);
  if (message) return oneMessage(context, message);
  const columns = [
    { key: "id", label: "编号", text: (row) => row.id, node: (row) => button(row.id, () => context.go("messages", row.id), { tone: "quiet", id: `${context.prefix}-msg-${row.id}`, label: `打开消息 ${row.id}` }) },
    { key: "at", label: "时间", text: (row) => when(row.at) },
    { key: "sender", label: "买家", text: (row) => row.sender },
    { key: "order", label: "订单号", text: (row) => row.order },
    { key: "text", label: "内容", text: (row) => row.text, wide: true },
    { key: "request", label: "申请", text: request, node: (row) => (row.request ? badge(row.status, request(row)) : "—") },
    { key: "replies", label: "回复", num: true, text: (row) => row.replies.length },
  ];
  return [heading("消息"), list(context, { name: "messages", caption: "买家消息", columns, rows: view.messages })];
}

function request(row) {
  return row.request ? `${row.request === "cancel" ? "取消订单" : "修改地址"} · ${REQUEST_STATES[row.status]}` : "—";
}

function oneMessage(context, message) {
  const { view } = context;
  const order = orderOf(view, message.order);
  const place = message.new_address;
  const reply = form(context, {
    fields: [field(context, { key: `rep-${message.id}`, name: "text", label: "回复内容（英文）", kind: "textarea" })],
    text: "发送回复",
    tone: "",
    submit: (values, form) => context.run([{ type: "reply", message: message.id, text: values.text }], { form, done: () => forget(context, form) }),
  });
  const decline = form(context, {
    fields: [field(context, { key: `dcl-${message.id}`, name: "reason", label: "拒绝原因", kind: "select", options: Object.entries(view.words.decline) })],
    text: "拒绝申请",
    tone: "",
    submit: (values, form) => context.run([{ type: "decline_request", message: message.id, reason: values.reason || "-" }], { form }),
  });
  const open = message.request && message.status === "open";
  return [
    el("div", { class: "wb-back" }, button("← 返回消息列表", () => context.go("messages"), { tone: "quiet", id: `${context.prefix}-back` })),
    heading(`消息 ${message.id}`, message.request ? badge(message.status, request(message)) : null),
    facts([["买家", message.sender], ["时间", when(message.at)], ["订单", [link(context, order), ` ${view.words.status[order.status]}`]], ["内容", el("q", { lang: "en" }, message.text)]]),
    place
      ? el("section", {}, el("h3", {}, "申请改为"), facts([["收件人", place.name], ["地址", place.line1], ["城市 / 州省", `${place.city} / ${place.region}`], ["邮编", place.postcode], ["国家", `${view.words.countries[place.country]}（${place.country}）`]]))
      : null,
    open && message.request === "address" ? el("section", {}, el("h3", {}, "处理申请"), button("按新地址修改订单", () => changeTo(context, message), { tone: "primary", writes: true, id: `${context.prefix}-chg-${message.id}` }), decline) : null,
    open && message.request === "cancel" ? el("section", {}, el("h3", {}, "处理申请"), button("取消订单（买家申请取消）", () => context.run([{ type: "cancel_order", order: message.order, reason: "buyer_request" }], { ask: `取消订单 ${message.order}？取消后不能恢复。` }), { tone: "danger", writes: true, id: `${context.prefix}-can-${message.id}` }), decline) : null,
    message.replies.length ? el("section", {}, el("h3", {}, "已回复"), el("ol", { class: "wb-track" }, ...message.replies.map((text) => el("li", {}, text)))) : null,
    el("section", {}, el("h3", {}, "回复买家"), reply),
  ];
}

function changeTo(context, message) {
  const { name, line1, city, region, postcode, country, phone } = message.new_address;
  context.run([{ type: "change_address", order: message.order, name, line1, city, region, postcode, country, phone }]);
}

export function file(context) {
  const { view } = context;
  const { words } = view;
  const columns = [
    { key: "id", label: "行", text: (row) => row.id },
    { key: "ref", label: "订单号", text: (row) => row.ref, node: (row) => row.ref.split("+").map((number) => el("div", {}, orderOf(view, number) ? link(context, { number }, row.id) : number)) },
    { key: "tracking", label: "物流商与运单号", text: (row) => `${words.carriers[row.carrier]} ${row.tracking}`, node: (row) => [el("div", {}, words.carriers[row.carrier]), el("div", { class: "mono" }, row.tracking)] },
    { key: "consignee", label: "收件人", text: (row) => `${row.consignee} ${words.countries[row.country]} ${row.postcode}`, node: (row) => [el("div", {}, row.consignee), el("div", {}, `${words.countries[row.country]} ${row.postcode}`)] },
    { key: "items", label: "商品与重量", text: (row) => row.items, node: (row) => [...row.items.split("；").map((text) => el("div", {}, text)), el("div", { class: "muted" }, `${row.weight_g} 克`)] },
    { key: "reported", label: "异常登记", text: (row) => words.row_problems[row.reported] ?? "", node: (row) => report(context, row) },
  ];
  const filters = [{ key: "reported", label: "登记", options: [["true", "已登记异常"], ["false", "未登记"]], of: (row) => Boolean(row.reported) }];
  return [
    heading("物流单文件"),
    el("p", { class: "muted small" }, "仓库回传的物流单。逐行与订单核对：无误的到订单中填写运单号并声明发货，有误的在此登记异常。"),
    list(context, { name: "file", caption: "物流单", columns, rows: view.file_rows, filters, size: 30, tone: (row) => (row.reported ? "warn" : null) }),
  ];
}

function report(context, row) {
  const id = `${context.prefix}-row-${row.id}`;
  const control = el(
    "select",
    { class: "input wb-choice", id, "aria-label": `${row.id} 的异常`, on: { change: () => save(control.value) } },
    el("option", { value: "" }, "无异常"),
    ...Object.entries(context.view.words.row_problems).map(([code, text]) => el("option", { value: code }, text)),
  );
  control.value = row.reported;
  const save = (reason) => context.run([reason ? { type: "report_row", row: row.id, reason } : { type: "unreport_row", row: row.id }]);
  return el("span", { "data-writes": true }, control);
}
